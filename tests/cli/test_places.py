"""Nothing is written outside results, store and cache, wherever the files lie that are read."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

WATCHED = """
import os, sys
places, wrong = sys.argv[1].split(os.pathsep), []
def hear(event, values):
    if event == "open":
        path, mode, flags = values
        paths = [path] if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND) else []
    elif event in {"os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.truncate", "os.utime"}:
        paths = values[:1]
    elif event in {"os.rename", "os.symlink", "os.link"}:
        paths = values[:2]
    else:
        return
    for path in paths:
        if isinstance(path, (str, bytes, os.PathLike)):
            base = values[-1] if event in {"os.remove", "os.rmdir", "os.mkdir"} else -1
            base = os.readlink(f"/proc/self/fd/{base}") if base >= 0 else os.getcwd()
            found = os.path.realpath(os.path.join(base, os.fsdecode(path)))
            nameless = event == "open" and os.path.isdir(found)  # gone once it is closed
            if not nameless and not found.startswith((*places, "/dev/", "/proc/")):
                wrong.append(f"{event} {found}")
sys.addaudithook(hear)
from clirbench.cli import main
status = main(sys.argv[2:])
print(*wrong, sep="\\n", file=sys.stderr)
sys.exit(71 if wrong else status)
"""


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file and folder, with its size and the time that it was last written to."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def watched(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command that may write under `folder`/own alone: what else it does to files is status 71."""
    own = folder / "own"
    own.mkdir(exist_ok=True)
    named = ("IR_DATASETS", "TORCHINDUCTOR")
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(named)},
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "CLIRBENCH_CACHE": str(own / "cache"),
    }
    places = os.pathsep.join((str(own), str(folder / "tmp")))  # where nothing is to stay
    command = [sys.executable, "-B", "-c", WATCHED, places, *map(str, words)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder / "elsewhere",
        check=False,
    )


SUITE = """\
[suite]
name = "own"
seeds = [1]
measures = ["RR"]
[collection]
source = "files"
folder = "{given}/data"
[teacher]
backbone = "{given}/model"
document_length = 64
query_length = 64
[training]
epochs = 1
batch_size = 4
[statistics]
flips = 1000
resamples = 1000
[[pair]]
query = "sw"
resource = "low"
bitext = [{{ source = "files", folder = "{given}/bitext" }}]
[[method]]
name = "optical"
[[method]]
name = "psq"
[[method]]
name = "outside"
label = "other"
runs = "{given}/runs/{{pair}}.trec"
"""


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder with everything that a user has: suite, data, bitext, run, model."""
    import torch
    from transformers import BertConfig, BertModel

    from clirbench.models.scratch import train_tokenizer

    folder = tmp_path / "given"
    for name in ("data", "bitext", "runs", "mirror"):
        (folder / name).mkdir(parents=True)
    for name in ("home", "elsewhere", "tmp"):
        (tmp_path / name).mkdir()
    texts = ["one two", "three four", "five six", "seven eight"]
    numbered = list(enumerate(texts))
    (folder / "data" / "docs.jsonl").write_text(
        "".join(f'{{"id": "d{n}", "text": "{text}"}}\n' for n, text in numbered)
    )
    for language in ("sw", "en"):
        topics = "".join(f"t{n}\t{text}\n" for n, text in numbered)
        (folder / "data" / f"topics.{language}.tsv").write_text(topics)
    (folder / "data" / "qrels").write_text("".join(f"t{n} 0 d{n} 1\n" for n, _ in numbered))
    (folder / "runs" / "sw-en.trec").write_text(
        "".join(f"t{n} Q0 d{n} 1 1.0 x\n" for n, _ in numbered)
    )
    pairs = "".join(f"{text} neno {n}\t{text} word {n}\n" for n, text in enumerate(texts * 4))
    (folder / "bitext" / "bitext.sw.tsv").write_text(pairs)
    tokenizer = train_tokenizer(["abcdefghijklmnopqrstuvwxyz .,!?"] * 2, 100)
    tokenizer.save_pretrained(folder / "model")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(tokenizer), intermediate_size=32, **sizes)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config, add_pooling_layer=False).save_pretrained(folder / "model")
    (folder / "own.toml").write_text(SUITE.format(given=folder))
    return folder


def test_a_run_and_all_that_reads_it(given: Path, tmp_path: Path) -> None:
    """With absolute paths for all that is given, and another folder to work in."""
    before, own = (
        {name: listing(tmp_path / name) for name in ("given", "home", "elsewhere", "tmp")},
        tmp_path / "own",
    )
    results, suite = own / "results", given / "own.toml"
    places = ("--results", results, "--store", own / "store")
    for words in (
        ("plan", suite, *places),
        ("run", suite, *places, "--mirror", given / "mirror", "--checkpoint-every", "0.00001"),
        ("run", suite, *places, "--set", "training.epochs=2"),
        ("table", results),
        ("report", results),
        ("status", results),
        ("compare", results, results),
        ("baseline", results, "--output", own / "b.json"),
        ("check", results, "--baseline", own / "b.json"),
        ("export", results, "--what", "runs", "--output", own / "runs"),
        ("analyse", results, "--suite", suite),
        ("data", "describe", suite),
        ("store", "verify", "--store", own / "store"),
    ):
        done = watched(tmp_path, *words)
        assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
    after = {name: listing(tmp_path / name) for name in before}
    assert after == before
    assert not (results / "logs" / str(given)[1:]).exists()


def test_folder_of_ir_datasets(given: Path, tmp_path: Path) -> None:
    """It lies in the cache, unless the user has one or names one; nothing comes into the home."""
    text = (given / "own.toml").read_text()
    collection = text[text.index("[collection]") : text.index("[teacher]")]
    text = text.replace(collection, '[collection]\nsource = "irds"\nid = "vaswani"\n')
    (given / "own.toml").write_text(text)
    words = ("plan", given / "own.toml", "--results", tmp_path / "own" / "r")
    done = watched(tmp_path, *words)
    assert done.returncode in {0, 2}, done.stderr
    assert list((tmp_path / "home").iterdir()) == []
    assert (tmp_path / "own" / "cache" / "ir_datasets").is_dir()


def test_earlier_folder_of_ir_datasets(tmp_path: Path) -> None:
    """One that is there already, with what was fetched into it, goes on being used."""
    (tmp_path / ".ir_datasets").mkdir()
    code = textwrap.dedent(
        """
        from clirbench.data.irds import check_known
        check_known("vaswani")
        import ir_datasets
        print(ir_datasets.util.home_path())
        """
    )
    for home, expected in ((None, tmp_path / ".ir_datasets"), ("mine", tmp_path / "mine")):
        environment = {**os.environ, "HOME": str(tmp_path), "CLIRBENCH_CACHE": str(tmp_path / "c")}
        environment.pop("IR_DATASETS_HOME", None)
        if home:
            environment["IR_DATASETS_HOME"] = str(tmp_path / home)
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        assert done.stdout.strip() == str(expected)
