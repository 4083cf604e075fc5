"""A check as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from clirbench.analysis.regression import Check, Finding, Verdict
from clirbench.report.markdown import escape, markdown_row

__all__ = ["check_summary"]

_TITLES = {
    Verdict.REGRESSED: "Regressed",
    Verdict.MISSING: "Missing or failed",
    Verdict.LOWER: "Lower, within tolerance",
    Verdict.IMPROVED: "Improved",
}
_OUTCOMES = {0: "held", 1: "regressed", 3: "cells are missing"}


def check_summary(check: Check) -> str:
    """Write what changed first, all else folded away."""
    lines = [
        f"### clirbench check: {_OUTCOMES[check.exit_code]}",
        "",
        f"{escape(check.summary)}. Rule: {escape(str(check.rule))}.",
        "",
    ]
    for verdict, title in _TITLES.items():
        if found := check.of(verdict):
            lines += [f"**{title}**", "", *(f"- {_named(one)}" for one in found), ""]
    if check.new:
        names = ", ".join("/".join(key) for key in check.new)
        lines += [f"Not in the baseline, so not checked: {escape(names)}.", ""]
    lines += [line for note in check.notes for line in (f"Note: {escape(note)}.", "")]
    if compared := [one for one in check.findings if one.change is not None]:
        lines += [
            f"<details><summary>All {len(compared)} compared</summary>",
            "",
            *_table(compared),
            "",
            "</details>",
            "",
        ]
    return "\n".join(lines)


def _named(finding: Finding) -> str:
    return escape(f"{finding.pair}/{finding.method}: {finding.text}")


def _table(findings: Sequence[Finding]) -> list[str]:
    heads = ["pair", "method", "baseline", "now", "difference", "p, adjusted", "verdict"]
    lines = [markdown_row(heads), markdown_row([":--", ":--", *["--:"] * 4, ":--"])]
    for one in findings:
        if one.change is not None:
            cells = [
                escape(one.pair),
                escape(one.method),
                *map(escape, one.change.shown),
                one.verdict.value,
            ]
            lines.append(markdown_row(cells))
    return lines
