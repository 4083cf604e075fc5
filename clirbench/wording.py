"""Words of messages that many rooms say: counts, lists, times, and the name that was probably meant."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence

__all__ = [
    "close",
    "counted",
    "duration",
    "listed",
    "nearest",
    "newer",
    "no_formula",
    "show",
    "size",
    "visible",
]

_TENTH, _SHORT, _MINUTE = 0.05, 10, 60
"""Seconds; times between the first two have a decimal."""
_KIBI = 1024
_WIDTH = 60
"""A value that came is shown in so many characters."""
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys, but for tab and new line, and what turns the order of a line round."""


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 cell`, `2 stories`, `1,200 cells`."""
    if number != 1:
        noun = f"{noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{noun}s"
    return f"{number:,} {noun}"


def listed(parts: Sequence[str], shown: int, *, between: str = "; ") -> str:
    """Write the first parts of a list, and how many more there are: `a; b; and 3 more`."""
    more = [f"and {len(parts) - shown:,} more"] if len(parts) > shown else []
    return between.join([*parts[:shown], *more])


def duration(seconds: float) -> str:
    """Write a time: `0 s`, `4.8 s`, `48 s`, `3:05 min`, `2:07:30 h`."""
    if round(seconds) < _MINUTE:
        return f"{seconds:.1f} s" if _TENTH <= seconds < _SHORT else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def size(number: float) -> str:
    """Write a number of bytes: `400 B`, `12 KiB`, `90 MiB`, `1.5 GiB`."""
    for unit in ("B", "KiB", "MiB"):
        if number < _KIBI:
            return f"{number:.0f} {unit}"
        number /= _KIBI
    return f"{number:.1f} GiB"


def close(name: str, known: Iterable[str]) -> str:
    """Ask whether the known name that is most like `name` was meant; empty where none is like it."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which names are known, the nearest first: a clause to end an error with."""
    names = sorted(known)
    return f"{close(name, names)} (known: {', '.join(names) or 'none'})"


def newer(version: object, latest: int) -> str | None:
    """Say that a file's format is one that only a later clirbench knows; None: it is not."""
    if not isinstance(version, int) or version <= latest:
        return None
    return (
        f"written by a newer clirbench (format {version}; this one reads up to {latest}); upgrade "
        "clirbench to read it"
    )


def no_formula(text: str) -> str:
    """Put a ' before a text that a spreadsheet would take for a formula and run."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def show(value: object) -> str:
    """Show a value that came as it may have stood in a file, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."


def visible(text: str) -> str:
    r"""Write out each character that a terminal would obey, such as `\x1b`."""
    return _COMMANDS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
