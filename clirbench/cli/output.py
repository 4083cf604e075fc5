"""The two streams of a command: whatever is said can be said, and one that fails is told from a crash.

Python's own streams raise where a character is not in the terminal's encoding, are None where they
were closed, and give exit status 1 or 120 where the disk is full or the reader of a pipe has gone.
"""

from __future__ import annotations

import codecs
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, cast

from clirbench import __version__
from clirbench.wording import visible

__all__ = ["CRASHED", "NOT_SAID", "OutputError", "crashed", "guarded"]

CRASHED, NOT_SAID, _PIPE_GONE = 70, 74, 141
"""EX_SOFTWARE and EX_IOERR of sysexits.h; 128 + SIGPIPE, as shells have it."""
_PLAIN = {
    "–": "-",
    "—": "-",
    "−": "-",
    "‑": "-",
    "…": "...",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "±": "+/-",
    "×": "x",
    "·": ".",
    "≥": ">=",
    "≤": "<=",
    "→": "->",
    "Δ": "difference",
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
}


class OutputError(BaseException):
    """Standard output cannot be written to.

    No `Exception`: like an interrupt, it is no stage's fault, and ends the command.
    """

    def __init__(self, error: OSError | ValueError) -> None:
        self.pipe = isinstance(error, BrokenPipeError)
        super().__init__(f"standard output cannot be written to: {_reason(error)}")

    @property
    def exit_code(self) -> int:
        """That of a program which the reader of its pipe left, or of an output error."""
        return _PIPE_GONE if self.pipe else NOT_SAID


class _Stream:
    """A text stream that writes every character in one way or another.

    Args:
        stream: the one beneath.
        shows: whether control characters are written out, as for a terminal.
        matters: whether a failure is an error.
    """

    def __init__(self, stream: TextIO, *, shows: bool, matters: bool) -> None:
        self._stream = stream
        self._shows = shows
        self._matters = matters
        if shows:  # a name of rich's: a console writes its own colours beneath
            self.rich_proxied_file = _Stream(stream, shows=False, matters=matters)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of the stream beneath
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write; what the encoding lacks is replaced."""
        if self._shows:
            text = visible(text)
        encoding = self._stream.encoding or "utf-8"
        plain = text.encode(encoding, "clirbench.plain").decode(encoding)
        try:
            return self._stream.write(plain)
        except (OSError, ValueError) as error:
            self._fail(error)
        return len(text)

    def writelines(self, lines: Sequence[str]) -> None:
        """Write them all."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is still held back."""
        try:
            self._stream.flush()
        except (OSError, ValueError) as error:
            self._fail(error)

    def _fail(self, error: OSError | ValueError) -> None:
        # Else Python tries again at its end, and gives an exit status of its own.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        if self._matters:
            raise OutputError(error) from error


@contextmanager
def guarded() -> Iterator[None]:
    """Put the two streams in place for as long as a command runs, and write all that was said."""
    codecs.register_error("clirbench.plain", _plainly)
    before = sys.stdout, sys.stderr
    _open_missing()
    out, errors = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    sys.stdout = cast("TextIO", _Stream(out, shows=out.isatty(), matters=True))
    sys.stderr = cast("TextIO", _Stream(errors, shows=True, matters=False))
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    finally:
        sys.stdout, sys.stderr = before


def crashed(error: Exception, argv: Sequence[str]) -> str:
    """Keep a report of an error that was not foreseen, and say where it lies."""
    text = "\n".join(
        [
            f"clirbench {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"command: {' '.join(['clirbench', *argv])}",
            "".join(traceback.format_exception(error)),
        ]
    )
    what = (str(error).strip() or "no message").splitlines()[0]
    what = f"{type(error).__name__}: {what[:200]}"
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    for folder in _crash_folders():
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            return f"clirbench: internal error ({what}); please report it with the file {path}"
    return f"{text}\nclirbench: internal error ({what}); the report above could not be written to a file"


def _crash_folders() -> Iterator[Path]:
    from clirbench.data.download import default_folder

    with suppress(Exception):
        yield default_folder() / "crashes"
    yield Path(tempfile.gettempdir())


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding lacks: typography by its likes, all else by its code."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    found = [
        _PLAIN.get(each) or each.encode("ascii", "backslashreplace").decode() for each in lacking
    ]
    return "".join(found), error.end


def _open_missing() -> None:
    """Open the standard descriptors that are closed, before another file gets their numbers."""
    with suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - that of stderr
            pass
        os.close(descriptor)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
