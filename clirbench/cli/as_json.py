"""`--json`: what a command says as one JSON object, for programs; the keys of each are documented here."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = ["KEYS", "add_json", "write_json"]

KEYS: Mapping[str, Mapping[str, str]] = {
    "methods": {
        "methods": "an array: for each method its name, level, learns_from and reference, or "
        "its error",
    },
    "methods METHOD": {
        "name": "name of the method",
        "level": "of what it compares or does",
        "learns_from": "what it learns from",
        "reference": "where it is from",
        "description": "the text of `clirbench methods METHOD`",
        "settings": "an object: key → type, default (as in a suite file) and description",
    },
    "data list": {
        "sources": "an array: for each source its name, whether it is a collection, whether it "
        "is bitext, its languages (null: any) and its licence",
    },
    "plan": {
        "suite": "its name",
        "cells": "an object: cell → whether it is done",
        "stages": "an object: kind of stage → number in the plan",
        "to_make": "an object: kind of stage → number that a run would make",
        "expected": "an object: kind of stage still to run → seconds for all of them, memory "
        "(bytes) of the largest, and like: the number of artifacts that this is "
        "estimated from",
        "notes": "an array of texts",
    },
    "power": {
        "suite": "its name",
        "measure": "the suite's first",
        "seeds": "their number",
        "alpha": "level of significance",
        "effect": "smallest effect of interest; null: none is set",
        "on": "an array: for each pair and group the topics, sd, seed_sd, seed_df; the "
        "differences detected, alone and corrected for a family; need_alone and "
        "need_corrected. A need has topics and seeds; it is null if no number is enough",
        "notes": "an array of texts",
    },
    "status": {
        "state": "running, stopped, ended or unknown (no log)",
        "text": "the same in words, with the reason",
        "done": "stages made or failed; of a folder without a log, cells that have results",
        "total": "number of all stages, or of all cells",
        "seconds_left": "expected for a run in progress; null: not known yet",
        "failed": "an array: for each failed stage its name and the reason",
        "working": "an array: for each running stage its name, host (empty: that of the run) "
        "and seconds so far",
        "cost": "all stages made so far: seconds, gpu_seconds, memory (bytes at most), energy "
        "(joules; null: not measured)",
    },
    "store list": {
        "store": "the folder",
        "bytes": "of all artifacts",
        "artifacts": "an array: for each artifact its kind, title, identity, made (UTC), bytes, "
        "folder, and the seconds and memory (bytes) that it took",
    },
    "compare": {
        "measure": "an array of settings that differ: key, before, after",
        "settings": "an array of those that differ: key, before, after",
        "versions": "the same of packages",
        "changes": "an array: for each pair and method: before, after, number of differing "
        "topics, test (difference, interval, p, why there is none, topics), "
        "p_adjusted",
        "replications": "an array: for each pair effect_ratio and delta_relative_improvement of "
        "advanced against baseline",
        "unlike": "an array of texts: what was averaged over other seeds",
        "apart": "an array of texts: what could not be compared",
    },
    "check": {
        "suite": "its name",
        "measure": "of the baseline",
        "rule": "tolerance, alpha, exact, seed_sd",
        "findings": "an array: for each pair and method: verdict, text, change (as of compare; "
        "null: missing)",
        "new": "an array of pairs and methods that the baseline lacks",
        "notes": "an array of texts",
        "summary": "one line",
        "exit_code": "exit status of the command",
    },
}
"""Command → key → what it is."""


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object and nothing else; the documentation lists its keys",
    )


def write_json(command: str, values: Mapping[str, object]) -> None:
    """Print the values of the keys of a command; whatever is a dataclass becomes an object."""
    found = {key: _plain(values[key]) for key in KEYS[command]}
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> object:  # noqa: ANN401 - anything that a command has found
    """As JSON has it. What is not a finite number is null."""
    if isinstance(value, Enum):
        value = value.value
    elif is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    elif hasattr(value, "_asdict"):
        value = value._asdict()
    elif isinstance(value, Path):
        value = str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(own) for key, own in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(own) for own in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
