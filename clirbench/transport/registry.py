"""The table of solvers."""

from __future__ import annotations

from clirbench.errors import SuiteError
from clirbench.lazy import Table
from clirbench.transport.base import Solver
from clirbench.wording import close

__all__ = ["SOLVERS", "find"]

SOLVERS: Table[type[Solver]] = Table(
    "clirbench.transport",
    {
        "attention": "Attention",
        "exact": "Exact",
        "greedy": "Greedy",
        "ipot": "IPOT",
        "nearest": "Nearest",
        "partial": "Partial",
        "product": "Product",
        "sinkhorn": "Sinkhorn",
        "unbalanced": "Unbalanced",
    },
)
"""Every solver under its name in suite files, in alphabetical order."""


def find(name: str) -> type[Solver]:
    """The settings of the solver called `name`.

    Raises:
        SuiteError: there is none; says which there are.
    """
    try:
        return SOLVERS[name]
    except KeyError:
        known = ", ".join(SOLVERS)
        raise SuiteError(f'solver "{name}" is not one of {known}{close(name, SOLVERS)}') from None
