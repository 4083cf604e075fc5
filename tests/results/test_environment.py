from __future__ import annotations

from importlib.metadata import version

from clirbench.results.environment import environment


def test_every_required_package_is_there_with_its_version() -> None:
    """Names end where the requirement's version begins, digits and all."""
    packages = environment("CPU")["packages"]
    assert isinstance(packages, dict)
    assert packages["jinja2"] == version("jinja2")
    assert packages["ir-measures"] == version("ir-measures")
    assert all(packages.values())
    assert environment("CPU")["processor"]
