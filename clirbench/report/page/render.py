"""Pages from templates: each needs nothing but itself, and asks for nothing from elsewhere."""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import clirbench
from clirbench.analysis.answer import decisive
from clirbench.report.page.answer import minus, sampled, span
from clirbench.statistics import number, p_value

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render"]


def render(template: str, **context: object) -> str:
    """Fill a template that extends `base.html`; style and script are put into the page.

    Args:
        template: its file name.
        context: what it shows.
    """
    script = _part("page.js")
    return (
        _environment()
        .get_template(template)
        .render(
            version=clirbench.__version__,
            style=_part("page.css"),
            script=script,
            script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
            **context,
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("clirbench.report.page"),
        autoescape=True,  # every name and text is shown as it is, never read as markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    filters: dict[str, Any] = {
        "rank": lambda value: f"{value:.1f}",
        "num": lambda value, sign=False: "–" if value is None else minus(number(value, sign=sign)),
        "p": p_value,
        "sampled": sampled,
        "span": span,
        "decisive": decisive,
        "minus": minus,
        "bare_p": lambda p: p_value(p).removeprefix("= "),
    }
    environment.filters.update(filters)
    return environment


def _part(name: str) -> str:
    """Read a part of the page that is ours, to be put in as it is."""
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
