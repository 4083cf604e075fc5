"""What the results were made of and with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clirbench.data.base import JSON
from clirbench.results.folder import Folder
from clirbench.spec.model import Suite

__all__ = ["Bitext", "DataSource", "Provenance", "provenance"]

_WIDE = 16
"""Digits of a checksum that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bitext:
    """A source of sentence pairs, as far as a language pair read and used it."""

    pair: str
    source: str
    read: int
    left_out: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """Where data came from."""

    name: str
    licence: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The last section of a report."""

    machine: tuple[tuple[str, str], ...]
    packages: tuple[tuple[str, str], ...]
    sources: tuple[DataSource, ...]
    bitext: tuple[Bitext, ...]
    resolved: str
    """The settings as resolved, as JSON."""
    files: tuple[tuple[str, str, str, str], ...]
    """Cell, file, size, SHA-256."""


def provenance(results: Folder) -> Provenance:
    """Collect it from settings, environment, records and counts of bitext."""
    environment = results.environment
    packages = environment.get("packages")
    return Provenance(
        machine=tuple(_machine(environment)),
        packages=tuple(
            (name, "–" if version is None else str(version))
            for name, version in (packages.items() if isinstance(packages, dict) else ())
        ),
        sources=tuple(_sources(results.suite)),
        bitext=tuple(_bitext(results)),
        resolved=json.dumps(results.resolved, indent=1, ensure_ascii=False),
        files=tuple(_files(results)),
    )


def _machine(environment: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    for key, value in environment.items():
        if key in {"packages", "format"} or value is None:
            continue
        if isinstance(value, dict):
            changed = ", changed since" if value.get("dirty") else ""
            yield key, f"{value.get('revision')}{changed}"
        else:
            yield key.replace("_gib", " (GiB)"), str(value)


def _sources(suite: Suite) -> Iterator[DataSource]:
    training = suite.teacher.training
    every = [
        suite.collection,
        *(b.source for pair in suite.pairs for b in pair.bitext),
        *(training.sources if training else ()),
    ]
    for source in {each.name: each for each in every}.values():
        yield DataSource(name=source.name, licence=source.licence, citation=source.citation)


def _bitext(results: Folder) -> Iterator[Bitext]:
    for pair, limits in results.bitext.items():
        for limit, sources in limits.items():
            cap = f", at most {limit}" if len(limits) > 1 else ""
            for one in sources:
                match one:
                    case {"source": str(source), "read": int(read), "used": int(used)}:
                        left_out = sum((one.get("left_out") or {}).values())
                        yield Bitext(
                            pair=pair + cap, source=source, read=read, left_out=left_out, used=used
                        )


def _files(results: Folder) -> Iterator[tuple[str, str, str, str]]:
    for cell, record in results.records.items():
        files = record.get("files")
        for name, found in files.items() if isinstance(files, dict) else ():
            if isinstance(found, dict):
                size = found.get("bytes")
                shown = f"{size:,}" if isinstance(size, int) else "–"
                yield str(cell), name, shown, str(found.get("sha256"))[:_WIDE]
