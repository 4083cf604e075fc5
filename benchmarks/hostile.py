"""Damages suites, results, stores and command lines at random, and counts what clirbench makes of them.

    python benchmarks/hostile.py --suites 1000 --damages 700 --lines 200

Every call must end in one of three ways. Right: the exit status and every byte of the output are those of
the undamaged input, or the input is a valid one. A located error or warning: a line that is not said of the
undamaged input names the damaged file, its cell or the value, with a documented exit status. Anything else:
a crash, an undocumented status, a time over the limit, other figures without a word, an error that names
nothing. The last must not happen. Exit status 1 if it does.

Calls are made in forks of this process, which has imported everything.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import torch

import clirbench.report.html_report
import clirbench.running.stages.run
import clirbench.training.student  # noqa: F401
from clirbench.cli import main as main_of_clirbench

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 120
"""Seconds for all calls on one input."""
CODES = {0, 2, 3, 4}
"""Documented exit statuses; 1 is a regression, which no damage may be taken for."""
BASE = """\
[suite]
name = "hostile"
seeds = [1, 2]
measures = ["AP", "nDCG@10"]
hypothesis = { better = "optical", than = "zero-shot", on = "low" }

[collection]
source = "synthetic"
concepts = 60
topic_count = 12
document_count = 120
training_query_count = 64
pairs_low = 48

[teacher]
backbone = "scratch"
query_length = 24
document_length = 48
scratch = { layers = 1, width = 16, heads = 2, vocabulary = 400 }
training = { epochs = 1, batch_size = 16 }

[training]
epochs = 1
batch_size = 8
learning_rate = 1e-3

[statistics]
flips = 1000
resamples = 1000

[[pair]]
query = "qsw"
resource = "low"
bitext = ["synthetic"]

[[method]]
name = "zero-shot"

[[method]]
name = "bm25"

[[method]]
name = "optical"
"""
VALUES = (
    *(
        "0",
        "-1",
        "1e999",
        "nan",
        "inf",
        '""',
        '"\\u0000"',
        "[]",
        "{}",
        "true",
        "9999999999999999999",
    ),
    *(
        '"../../etc"',
        '"\\u001b[31m"',
        '"[bold]"',
        "1979-05-27",
        '"=1+1"',
        '"x/y"',
        '"%s"',
        "[[[[1]]]]",
    ),
    *(
        '"P@0"',
        '"nDCG@99999999999"',
        '"AP(**{})"',
        '"os:system"',
        "0x10",
        "''",
        '"\\U0001F600"',
        "-0.0",
    ),
)
WORDS = (
    *(
        "",
        "-",
        "--",
        "-1",
        "nan",
        "\x1b[31m",
        "[bold]",
        "x/y",
        "../..",
        "/dev/null",
        "=",
        "a=b",
        "*",
        "\u00e9",
    ),
    *(
        "sw-en/*",
        "[",
        "teacher",
        "teacher=",
        "=1",
        "training.epochs=nan",
        "a.b.c=1",
        "99999999999999999999",
    ),
    *(
        "method.optical.epsilon=-1",
        "collection.source=x",
        "\udcff",
        "x" * 5000,
        "AP(**{})",
        "P@0",
        "{}",
    ),
)


class Said(NamedTuple):
    """What a call came to."""

    status: int
    text: str
    """Both streams."""
    written: bytes = b""
    """What it was asked to write."""


class Verdict(NamedTuple):
    """Which of the three it is, and why if it is the last."""

    kind: str
    why: str = ""


def call(words: Sequence[str | Path], output: Path | None = None) -> Said:
    """Call the command line in this process."""
    out, errors = StringIO(), StringIO()
    if output is not None and output.exists():
        shutil.rmtree(output) if output.is_dir() else output.unlink()
    with redirect_stdout(out), redirect_stderr(errors):
        try:
            status = main_of_clirbench([str(word) for word in words])
        except SystemExit as end:  # from argparse
            status = end.code if isinstance(end.code, int) else 1
    files = sorted(output.rglob("*")) if output and output.is_dir() else [output]
    written = b"\0".join(path.read_bytes() for path in files if path and path.is_file())
    return Said(status, out.getvalue() + errors.getvalue(), written)


def forked(work: Callable[[], list[tuple[str, Verdict]]]) -> list[tuple[str, Verdict]]:
    """Do some work in a fork, which may crash or hang."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        try:
            with os.fdopen(write, "w") as pipe:
                json.dump(work(), pipe)
        finally:
            os._exit(0)
    os.close(write)
    signal.alarm(LIMIT)
    try:
        with os.fdopen(read) as pipe:
            text = pipe.read()
    except TimeoutError:
        os.kill(process, signal.SIGKILL)
        text = ""
    signal.alarm(0)
    _, status = os.waitpid(process, 0)
    if not text:
        return [("-", Verdict("else", f"no answer: status {status} or over {LIMIT} s"))]
    return [(name, Verdict(*verdict)) for name, verdict in json.loads(text)]


def judged(found: Said, whole: Said | None, names: Sequence[str]) -> Verdict:
    """Which of the three a call is.

    Args:
        found: what it came to.
        whole: what the undamaged input comes to; None: an input of its own, right where it is accepted.
        names: of which a line must name one, where something is said.
    """
    if found.status not in CODES:
        return Verdict("else", f"exit status {found.status}: {found.text[-300:]}")
    if "Traceback" in found.text:
        return Verdict("else", f"traceback: {found.text[-300:]}")
    if (found.status == 0) if whole is None else found == whole:
        return Verdict("right")
    known = set(whole.text.splitlines()) if whole else set()
    new = [line for line in found.text.splitlines() if line not in known]
    if any(name in line for line in new for name in names if name):
        return Verdict("located")
    return Verdict("else", f"status {found.status}, and none of {names} in {new[:5]}")


def damaged(data: bytes, draw: random.Random) -> bytes | None:
    """Damage a file; None: it is to be deleted."""
    place = draw.randrange(len(data) + 1)
    end = min(len(data), place + draw.choice((1, 8, 100)))
    digits = [found.start() for found in re.finditer(rb"[0-9]", data)] if len(data) < 10**6 else []
    at = draw.choice(digits) if digits else 0
    ways: list[Callable[[], bytes | None]] = [
        lambda: None,
        lambda: b"",
        lambda: data[:place],
        lambda: data[:place] + bytes([draw.randrange(256)]) + data[place + 1 :],
        lambda: data[:place] + data[end:],
        lambda: data[:place] + draw.randbytes(20) + data[place:],
        lambda: data[:place] + data[place:end] * 2 + data[end:],
        lambda: data[:at] + b"%d" % draw.randrange(10) + data[at + 1 :],
        lambda: data.replace(b"\n", b"\r\n"),
        lambda: b"[" * 100_000,
        lambda: data + b"x",
        lambda: data.replace(b"true", b"1e999").replace(b"null", b"[]", 1),
        lambda: draw.choice((b"{}", b"[]", b"null", b"0", b'"x"', b"NaN")),
    ]
    return draw.choice(ways)()


class Hostile:
    """The undamaged input, and what is done to it.

    Args:
        folder: to work in.
        draw: of all that is random.
    """

    def __init__(self, folder: Path, draw: random.Random) -> None:
        self.folder, self.draw = folder, draw
        self.suite, self.baseline = folder / "hostile.toml", folder / "baseline.json"
        self.whole, self.results = folder / "whole", folder / "results"
        self.store, self.output = folder / "store", folder / "output"
        self.suite.write_text(BASE)
        made = call(["run", self.suite, "--results", self.results, "--store", self.store])
        if made.status:
            sys.exit(made.text)
        call(["baseline", self.results, "--output", self.baseline])
        self.results.rename(self.whole)
        shutil.copytree(self.store, folder / "whole-store")
        self.restore(self.results, self.whole)
        self.said = {name: call(words, out) for name, words, out in self.reading()}
        for name, said in self.said.items():
            if said.status:
                sys.exit(f"{name}: {said.text}")

    def restore(self, place: Path, whole: Path) -> None:
        """Put a whole folder back where it was damaged."""
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(whole, place)

    def reading(self) -> Iterator[tuple[str, list[str | Path], Path | None]]:
        """Every command that reads results; the last writes to them."""
        results, out = self.results, self.output
        for name, words, output in (
            ("table", [results], None),
            ("table, latex", [results, "--format", "latex"], None),
            ("report", [results, "--output", out], out),
            ("site", [results, self.whole, "--output", out], out),
            ("compare", [results, self.whole], None),
            ("check", [results, "--baseline", self.baseline], None),
            ("baseline", [results, "--output", out], out),
            ("export, scores", [results, "--what", "scores", "--output", out], out),
            ("export, runs", [results, "--what", "runs", "--output", out], out),
            ("status", [results], None),
            ("power", [self.suite, "--pilot", results], None),
            ("data describe", [results / "suite.toml"], None),
            ("analyse", [results], None),
        ):
            command = ["data", "describe"] if name == "data describe" else [name.split(",")[0]]
            yield name, [*command, *words], output

    def damage_results(self) -> list[tuple[str, Verdict]]:
        """Damage a file of the results, and read them in every way."""
        self.restore(self.results, self.whole)
        files = sorted(path for path in self.results.rglob("*") if path.is_file())
        path = self.draw.choice(files)
        before = path.read_bytes()
        after = damaged(before, self.draw)
        path.unlink() if after is None else path.write_bytes(after)
        name = path.relative_to(self.results)
        names = [name.name]
        if name.parts[0] == "cells":  # which some name by pair and method, and then by seed
            names += [name.parent.relative_to("cells").as_posix(), "/".join(name.parts[1:3])]

        def read() -> list[tuple[str, Verdict]]:
            found = []
            for command, words, out in self.reading():
                said = call(words, out)
                verdict = judged(said, self.said[command], names)
                # The log is passed over where it is no log; a suite is another one, if it is one; what
                # is large may be missing.
                own = {"events.jsonl": "status report", "suite.toml": "data describe"}
                lent = after is None and name.name in {"run.trec.gz", "plans.json"}
                if said.status == 0 and (lent or command in own.get(name.name, "")):
                    verdict = Verdict("right")
                found.append((f"{command}: {name}", verdict))
            return found

        return forked(read)

    def damage_store(self) -> list[tuple[str, Verdict]]:
        """Damage a file of the store, and have it verified."""
        files = sorted(path for path in self.store.rglob("*") if path.is_file())
        path = self.draw.choice(files)
        before = path.read_bytes()
        after = damaged(before, self.draw)
        path.unlink() if after is None else path.write_bytes(after)
        whole = Said(0, "") if after == before else None

        def read() -> list[tuple[str, Verdict]]:
            listed = judged(call(["store", "list", "--store", self.store]), None, [])
            found = call(["store", "verify", "--store", self.store])
            verdict = judged(found, Said(-1, ""), [path.name, path.parent.name])
            if whole or (path.name == "record.json" and same_json(before, after)):
                verdict = Verdict("right") if found.status == 0 else Verdict("else", found.text)
            elif found.status != 3:  # noqa: PLR2004 - that of a damaged store
                verdict = Verdict("else", f"status {found.status}: {found.text}")
            return [("store list", listed), (f"store verify: {path.name}", verdict)]

        found = forked(read)
        path.write_bytes(before)
        return found

    def mutate_suite(self) -> list[tuple[str, Verdict]]:
        """Change a suite, and plan it."""
        text = self.draw.choice(self.suites())
        lines = text.splitlines()
        number = self.draw.randrange(len(lines))
        line = lines[number]
        key, equals, _ = line.partition("=")
        other = self.draw.choice(lines)
        ways: dict[str, list[str]] = {
            "deleted": [],
            "twice": [line, line],
            "moved": [other],
            "value": [f"{key}= {self.draw.choice(VALUES)}"]
            if equals
            else [self.draw.choice(VALUES)],
            "key": [f"{key.strip()}x ={line.partition('=')[2]}"] if equals else [f"{line}x"],
            "cut": [line[: self.draw.randrange(len(line) + 1)]],
            "new": [line, f"{self.draw.choice('abcz')} = {self.draw.choice(VALUES)}"],
        }
        way = self.draw.choice([*ways, "bytes"])
        if way == "bytes":
            data = damaged(text.encode(), self.draw) or b""
        else:
            data = "\n".join([*lines[:number], *ways[way], *lines[number + 1 :], ""]).encode()
        path = self.folder / "mutated.toml"
        path.write_bytes(data)

        def read() -> list[tuple[str, Verdict]]:
            words = ["plan", path, "--results", self.folder / "none", "--store", self.store]
            found = call(words)
            verdict = judged(found, None, [f"{path}:", path.name])
            tree, before = parsed(data), parsed(text.encode())
            if verdict.kind == "right" and tree is None:
                verdict = Verdict("else", f"accepted, though it is no TOML: {data[:200]!r}")
            elif (
                verdict.kind == "right" and tree != before and way == "key" and "quoted" not in text
            ):
                verdict = Verdict("else", f"accepted, with the unknown key {ways[way]}")
            return [(f"plan: {way}", verdict)]

        return forked(read)

    def suites(self) -> list[str]:
        """The suites that are changed."""
        shipped = sorted((ROOT / "suites").glob("*.toml"))
        return [BASE, *(path.read_text() for path in shipped)]

    def command_line(self) -> list[tuple[str, Verdict]]:
        """Call a command with words that nobody expects."""
        draw = self.draw
        name, words, _ = draw.choice(
            [
                *self.reading(),
                ("plan", ["plan", self.suite], None),
                ("run", ["run", self.suite, "--only", "*/bm25", "--store", self.store], None),
                ("store", ["store", "verify", "--store", self.store], None),
                ("methods", ["methods"], None),
                ("schema", ["schema"], None),
                ("import-run", ["import-run", self.suite, "qsw-en=x"], None),
            ]
        )
        options = ("--set", "--only", "--measure", "--alpha", "--format", "--versus", "--results")
        options += (
            "--output",
            "--threads",
            "--device",
            "--what",
            "--mirror",
            "--tolerance",
            "--keep",
        )
        extra = [draw.choice(WORDS)]
        if draw.random() < 3 / 4:
            extra.insert(0, draw.choice(options))
        place = draw.choice((1, len(words)))
        given = [*words[:place], *extra, *words[place:]]

        def read() -> list[tuple[str, Verdict]]:
            os.chdir(self.folder / "aside")
            names = [*(w[:40] or '""' for w in extra), *map(str, words[1:]), "usage"]
            return [(f"{name} {extra}", judged(call(given), None, names))]

        (self.folder / "aside").mkdir(exist_ok=True)
        return forked(read)


def parsed(data: bytes) -> object:
    """What TOML says; None where it is none."""
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        return None


def same_json(before: bytes, after: bytes | None) -> bool:
    """Whether two texts hold the same JSON."""
    try:
        return after is not None and json.loads(before) == json.loads(after)
    except (ValueError, RecursionError):
        return False


def main(words: Sequence[str] | None = None) -> int:
    """Do it all; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--suites", type=int, default=1000)
    parser.add_argument("--damages", type=int, default=700)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(words)
    os.environ |= {"TOKENIZERS_PARALLELISM": "false", "COLUMNS": "5000"}
    torch.set_num_threads(1)

    def late(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    start, wrong = time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        hostile = Hostile(Path(folder), random.Random(given.seed))  # noqa: S311 - no secrets
        tried = {
            "damaged files of results": (hostile.damage_results, given.damages * 5 // 7),
            "damaged files of a store": (
                hostile.damage_store,
                given.damages - given.damages * 5 // 7,
            ),
            "changed suites": (hostile.mutate_suite, given.suites),
            "command lines": (hostile.command_line, given.lines),
        }
        print("| input | inputs | calls | right | located | anything else |")
        print("| --- | --: | --: | --: | --: | --: |")
        for name, (attempt, number) in tried.items():
            counts: Counter[str] = Counter()
            found: list[str] = []
            for _ in range(number):
                for what, verdict in attempt():
                    counts[verdict.kind] += 1
                    found += [f"{what}: {verdict.why}"] if verdict.kind == "else" else []
            kinds = [counts[kind] for kind in ("right", "located", "else")]
            print(f"| {name} | {number} |", *(f"{n} |" for n in (sum(kinds), *kinds)), flush=True)
            print(*found, sep="\n", end="\n" * bool(found), file=sys.stderr, flush=True)
            wrong += counts["else"]
    print(f"\n{time.perf_counter() - start:.0f} s, seed {given.seed}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
