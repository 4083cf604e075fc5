from __future__ import annotations

import json
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.data import sources
from clirbench.data.base import BitextSource, CollectionSource, Fetch
from clirbench.data.download import Cache
from clirbench.data.sources import SOURCES
from clirbench.statistics import Design, MethodRole, PairRole, Scores, compare, to_json

Command = Callable[..., "subprocess.CompletedProcess[str]"]
MIRROR = Path(__file__).resolve().parents[2] / ".." / "shared" / "mirror.zip"


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, and no mirror but what the test names."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CLIRBENCH_MIRROR", raising=False)


@pytest.fixture
def upstream(tmp_path: Path) -> Fetch:
    """A fetch of real files, from a zip file of them."""
    if not MIRROR.exists():
        pytest.skip("needs ../shared/mirror.zip, a zip file of the upstream files")
    return Cache(tmp_path / "cache", MIRROR)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A mirror that has a Greek XQuAD, and nothing else."""
    folder = tmp_path / "mirror" / "raw.githubusercontent.com"
    path = (
        folder / "google-deepmind/xquad/7d30520c717524000f0d9d2f9c10a069acd9d285" / "xquad.el.json"
    )
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    return tmp_path / "mirror"


def test_list(command: Command) -> None:
    """Every source is listed."""
    result = command("data", "list")
    assert result.returncode == 0
    assert all(name in result.stdout for name in SOURCES)


def test_get_and_verify(command: Command) -> None:
    """What was fetched is verified; a changed byte is found and named."""
    if not MIRROR.exists():
        pytest.skip("needs ../shared/mirror.zip, a zip file of the upstream files")
    result = command("data", "get", "hornmt:so", "--mirror", MIRROR)
    assert result.returncode == 0, result.stderr
    assert "2 files" in result.stdout
    assert "2 files, 0 damaged" in command("data", "verify").stdout
    assert "2 files, 0 damaged" in command("data", "verify", "hornmt:so").stdout
    folder = Path(result.stdout.rpartition(" in ")[2].strip())
    path = next(folder.rglob("som.txt"))
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    for arguments in (["data", "verify"], ["data", "verify", "hornmt"]):
        result = command(*arguments)
        assert result.returncode == 2
        assert "som.txt: failed the checksum" in result.stdout
        assert "1 file failed the checksum" in result.stderr


def test_get_locks(command: Command, mirror: Path, tmp_path: Path) -> None:
    """Nothing is locked before what stands before it in the suite could be had."""
    lock = tmp_path / "my.lock"
    result = command("data", "get", "xquad:el", "--mirror", mirror, "--lock", lock)
    assert result.returncode == 2
    assert "xquad.en.json: not in the mirror" in result.stderr
    assert not lock.exists()


def test_describe(command: Command, tmp_path: Path) -> None:
    """A suite's card has its pairs, filters and samples; the counts alone are one table."""
    suite = tmp_path / "own.toml"
    own = tmp_path / "own"
    own.mkdir()
    (own / "docs.jsonl").write_text('{"id": "a", "text": "an apple"}\n')
    (own / "topics.sw.tsv").write_text("1\ttufaha\n")
    (own / "topics.en.tsv").write_text("1\tthe apple\n")
    (own / "qrels").write_text("1 0 a 1\n")
    (own / "bitext.sw.tsv").write_text("tufaha\tapple\nndizi\tbanana\n")
    suite.write_text(
        '[suite]\nname = "own"\nseeds = [1]\n[collection]\nsource = "files"\nfolder = "own"\n'
        '[teacher]\nbackbone = "x"\n[[pair]]\nquery = "sw"\nresource = "low"\nbitext = ["files"]\n'
        '[[method]]\nname = "optical"\n'
    )
    result = command("data", "describe", suite, "--markdown")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "- documents (en): 1, on average 8 characters, 2.0 words" in lines
    assert "| sw | low | 1 | 6 characters, 1.0 words | 1 | 1.00 | 1 |" in lines
    assert "- tufaha ⟷ an apple" in lines
    assert "| files | 2 | 0 | 0 | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 1 | 1 |" in lines
    counts = command("data", "describe", suite, "--counts").stdout.splitlines()
    assert counts[2:] == [
        "| files | sw | 1 | 1 | 1 | 1 |  |  |",
        "| files | sw |  |  |  |  | 2 | 1 |",
    ]
    assert "tufaha" in command("data", "describe", suite).stdout


def opus(folder: Path, text: str) -> Path:
    """A mirror that has an OPUS corpus of 60 pairs for a generated language."""
    path = folder / "object.pouta.csc.fi" / "OPUS-Toy" / "v1" / "moses" / "en-qsw.txt.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Toy.en-qsw.en", "".join(f"word {text} {n}\n" for n in range(60)))
        archive.writestr("Toy.en-qsw.qsw", "".join(f"neno {text} {n}\n" for n in range(60)))
    return folder


def test_a_run_trusts_on_first_use(
    command: Command,
    write_suite: Callable[..., Path],
    places: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lock beside the suite pins the file; upstream's change stops a later run, elsewhere too."""
    suite = write_suite(
        ('query = "qsw"\nresource = "low"\nbitext = ["synthetic"]',
         'query = "qsw"\nresource = "low"\nbitext = [{ source = "opus", corpus = "Toy", release = "v1" }]'),
        ("seeds = [1, 2]", "seeds = [1]"),
        ("epochs = 2", "epochs = 1"),
    )  # fmt: skip
    run = ["run", suite, *places, "--only", "qsw-en/bm25"]
    assert not suite.with_suffix(".lock").exists()
    assert command("plan", suite, *places).returncode == 0
    result = command(*run, "--mirror", opus(tmp_path / "a", "one"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "trusted on first use: https://object.pouta.csc.fi/OPUS-Toy" in result.stdout
    assert "OPUS-Toy/v1/moses/en-qsw.txt.zip" in suite.with_suffix(".lock").read_text()
    again = command(*run, "--mirror", tmp_path / "nowhere")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing to do" in again.stdout
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "another cache"))
    changed = command("data", "get", suite, "--mirror", opus(tmp_path / "b", "two"))
    assert changed.returncode == 2
    assert "failed the checksum" in changed.stderr
    assert "suite.lock; if the change upstream is right" in changed.stderr


def test_notes_of_the_data_stand_below_tables(
    command: Command, write_results: Callable[..., Path]
) -> None:
    """What was searched, and what was quoted, is in every table that is drawn of the results."""
    quoted = [{"label": "Other", "source": "A 2020", "scores": {"AP": {"sw-en": 0.125}}}]
    results = write_results("r", {}, quoted=quoted)
    path = results / "settings.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "caption": "searched is a part"}))
    pairs = (PairRole(name="sw-en", resource="low"), PairRole(name="so-en", resource="low"))
    design = Design(
        pairs=pairs,
        methods=(MethodRole(name="bm25", trained=False), MethodRole(name="psq", trained=False)),
        seeds=(),
        translated=True,
        flips=1000,
        resamples=1000,
    )
    records = [
        (method.name, pair.name, None, f"t{n}", n / 10 + level / 2)
        for level, method in enumerate(design.methods)
        for pair in pairs
        for n in range(5)
    ]
    scores = Scores.from_records(records, measure="AP", seeds=[], untrained=["bm25", "psq"])
    (results / "comparisons.json").write_text(to_json([compare(scores, design=design)]))
    for name in ("markdown", "terminal", "html", "latex"):
        printed = command("table", results, "--format", name).stdout
        assert "Searched is a part." in printed
        assert "Other (quoted)" in printed
        assert ".125" in printed
        assert "taken from A 2020" in printed
    row = next(
        line
        for line in command("table", results, "--format", "markdown").stdout.splitlines()
        if line.startswith("| Other")
    )
    assert row == "| Other (quoted) | .125 | – | – |"
    assert "quoted" not in command("table", results, "--format", "csv").stdout


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("tico", 'no source "tico"; known: '),
        ("nothing.toml", r"nothing.toml"),
        ("tico19:xh", 'tico19: no language "xh"'),
        ("tico19:xx", 'tico19: "xx" is not a language'),
        ("ntrex:swa,fil", 'ntrex: "swa" is not the form used here; write "sw"'),
        ("files", "has settings without a default"),
    ],
)
def test_unknown(command: Command, target: str, error: str) -> None:
    """What is not there is told without a traceback."""
    result = command("data", "describe", target)
    assert result.returncode == 2
    assert error in result.stderr


def test_the_committed_counts(upstream: Fetch, root: Path) -> None:
    """The table in docs/data.md has each source's documents, topics, judgments and pairs."""
    rows = [line.split("|")[1:-1] for line in _table(root)[2:]]
    sizes: dict[str, int] = {}
    for name, language, *counts in ([value.strip() for value in row] for row in rows):
        expected = [int(count.replace(",", "")) if count else None for count in counts]
        source = sources.find(name)()
        if expected[0] is None:
            assert isinstance(source, BitextSource)
            assert expected[4] == sum(1 for _ in source.pairs(upstream, language))
            continue
        assert isinstance(source, CollectionSource)
        if name not in sizes:
            sizes[name] = sum(1 for _ in source.documents(upstream, "en"))
        grades = [g for own in source.judgments(upstream, language).values() for g in own.values()]
        found = [sizes[name], len(source.topics(upstream, language)), len(grades), sum(grades)]
        assert found == expected[:4]
    assert Counter(row[0].strip() for row in rows if row[2].strip()) == {
        "ntrex": 17,
        "afriqa": 8,
        "xquad": 6,
    }
    assert Counter(row[0].strip() for row in rows if not row[2].strip()) == {
        "afriqa": 8,
        "tico19": 10,
        "tatoeba": 12,
        "hornmt": 2,
        "globalvoices": 1,
    }


@pytest.mark.slow
def test_the_committed_command(command: Command, root: Path) -> None:
    """The command above the table prints it, filters' counts and all."""
    if not MIRROR.exists():
        pytest.skip("needs ../shared/mirror.zip, a zip file of the upstream files")
    text = (root / "docs" / "data.md").read_text(encoding="utf-8")
    line = next(
        line for line in text.splitlines() if line.startswith("    clirbench data describe")
    )
    result = command(*line.split()[1:], "--mirror", MIRROR)
    assert result.stdout.splitlines() == _table(root)


def _table(root: Path) -> list[str]:
    text = (root / "docs" / "data.md").read_text(encoding="utf-8").partition("## Counts")[2]
    return [line for line in text.splitlines() if line.startswith("|")]
