"""Compare training methods for cross-lingual information retrieval.

    results = clirbench.run("suite.toml")
    results = clirbench.load("results/ntrex-small")

What is offered here is imported when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clirbench.front.merging import merge
    from clirbench.front.results import Results
    from clirbench.front.running import load, plan, run, suite
    from clirbench.methods.registry import register
    from clirbench.report.site import site

__version__ = "0.1.0"
__all__ = ["Results", "load", "merge", "plan", "register", "run", "site", "suite"]

_HOMES = {
    "Results": "clirbench.front.results",
    "load": "clirbench.front.running",
    "merge": "clirbench.front.merging",
    "plan": "clirbench.front.running",
    "register": "clirbench.methods.registry",
    "run": "clirbench.front.running",
    "site": "clirbench.report.site",
    "suite": "clirbench.front.running",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
