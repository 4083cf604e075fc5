"""A check as JUnit XML, which continuous integration shows as tests."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from clirbench.analysis.regression import Check, Finding, Verdict

__all__ = ["junit_xml"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(check: Check) -> str:
    """Write a test case for each method on a pair.

    What regressed is a failure, what is missing an error; the attributes are those of the JUnit
    schema that GitLab, Jenkins and GitHub's actions read.
    """
    counts = {
        "tests": str(len(check.findings)),
        "failures": str(len(check.of(Verdict.REGRESSED))),
        "errors": str(len(check.of(Verdict.MISSING))),
        "skipped": "0",
    }
    suites = ET.Element("testsuites", {"name": "clirbench check", **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": _clean(check.suite), **counts})
    properties = ET.SubElement(suite, "properties")
    notes = [("note", note) for note in check.notes]
    for name, value in (("measure", check.measure), ("rule", str(check.rule)), *notes):
        ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})
    for finding in check.findings:
        _case(suite, check, finding)
    ET.indent(suites, space=" ")
    text: str = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(suite: ET.Element, check: Check, finding: Finding) -> None:
    attributes = {
        "classname": _clean(f"{check.suite}.{finding.pair}"),
        "name": _clean(finding.method),
    }
    case = ET.SubElement(suite, "testcase", attributes)
    text = _clean(f"{finding.pair}/{finding.method}, {check.measure}: {finding.text}")
    kind = {Verdict.REGRESSED: "failure", Verdict.MISSING: "error"}.get(
        finding.verdict, "system-out"
    )
    own = {} if kind == "system-out" else {"message": text, "type": finding.verdict.value}
    ET.SubElement(case, kind, own).text = text


def _clean(text: str) -> str:
    """Leave out what XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
