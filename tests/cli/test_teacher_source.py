"""A teacher that is trained on data of the suite's own, from the suite file to the encoder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from clirbench.cli import main
from clirbench.data.base import CollectionSource, Fetch, TrainingQuery
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.results.restore import restored_suite
from clirbench.running.plan import plan_stages
from clirbench.running.stage import walk
from clirbench.running.stages.teacher import TeacherStage
from clirbench.spec.cell import cells
from clirbench.spec.data_needs import DataNeeds
from clirbench.spec.identity import canonical, seed_for
from clirbench.spec.read import read_suite
from clirbench.training.teacher import train_teacher

Write = Callable[..., Path]
TRAINING = "training = { epochs = 1, batch_size = 16 }"


def triples(path: Path, count: int) -> list[TrainingQuery]:
    """Write triples to a file."""
    made = [
        TrainingQuery(f"what is word {n}", f"word {n} is here", f"word {n + 1} is there")
        for n in range(count)
    ]
    path.write_text("".join("\t".join(map(str, each)) + "\n" for each in made))
    return made


def suite(write: Write, source: str, more: str = "") -> Path:
    """The tiny suite with a source for its teacher."""
    return write((TRAINING, TRAINING.replace(" }", f', source = "{source}"{more} }}')))


def teacher(path: Path) -> TeacherStage:
    """The teacher's stage."""
    read = read_suite(path).suite
    (stage,) = (
        s for s in walk(plan_stages(read, cells(read)).values()) if isinstance(s, TeacherStage)
    )
    return stage


def test_a_teacher_from_triples(
    write_suite: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first examples of the file make the encoder, from the suite's start and seed."""
    data = triples(tmp_path / "triples.tsv", 60)
    path = suite(write_suite, "triples.tsv", ", examples = 40")
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    places = ["--results", str(tmp_path / "results"), "--store", str(tmp_path / "store")]
    assert main(["run", str(path), *places, "--only", "qsw-en/zero-shot"]) == 0
    (made,) = (tmp_path / "store" / "teacher").iterdir()
    steps = [json.loads(line) for line in (made / "training.jsonl").read_text().splitlines()]
    assert sum(step["examples"] for step in steps) == 40
    read = read_suite(path).suite.teacher
    assert read.training is not None
    with torch.random.fork_rng():
        torch.manual_seed(seed_for(0, "teacher", "start"))
        texts = list(_texts(path, data[:40], tmp_path))
        encoder = build_encoder(read, lambda: texts)
    losses = [step.loss for step in train_teacher(encoder, data[:40], read, read.training)]
    assert [step["loss"] for step in steps] == pytest.approx(losses, rel=1e-5)
    again = Encoder.load(made).state_dict()
    for name, weights in encoder.state_dict().items():
        torch.testing.assert_close(again[name], weights)


def _texts(path: Path, data: list[TrainingQuery], folder: Path) -> list[str]:
    """What the tokenizer of a teacher from scratch is made from."""
    from clirbench.data.download import Cache

    fetch, source = Cache(folder / "cache"), read_suite(path).suite.collection
    texts = [document.text for document in source.documents(fetch, "en")]
    texts += [text for each in data for text in each if text]
    for pair in read_suite(path).suite.pairs:
        for bitext in pair.bitext:
            for one in bitext.source.pairs(fetch, pair.query):
                texts += (one.foreign, one.english)
    return texts


def test_data_is_known_by_its_content(write_suite: Write, tmp_path: Path) -> None:
    """Neither its path nor a collection that is not read changes the teacher; content and number do."""
    for name, count in (("a.tsv", 9), ("b.tsv", 9), ("c.tsv", 8)):
        triples(tmp_path / name, count)
    a, b, c = (teacher(suite(write_suite, name)).identity() for name in ("a.tsv", "b.tsv", "c.tsv"))
    assert a == b != c
    assert teacher(suite(write_suite, "a.tsv", ", examples = 5")).identity() != a
    found = teacher(suite(write_suite, "irds:msmarco-passage/train/triples-small"))
    assert found.file is None
    assert "triples-small" in str(found.settings())
    plain = teacher(write_suite()).settings()
    assert "file" not in plain
    assert "examples" not in str(plain["teacher"])


def test_a_pretrained_teacher_needs_no_collection(write_suite: Write, tmp_path: Path) -> None:
    """Its training then rests on the file alone."""
    triples(tmp_path / "a.tsv", 9)
    shape = "scratch = { layers = 1, width = 16, heads = 2, vocabulary = 400 }\n"
    path = write_suite(
        (TRAINING, TRAINING.replace(" }", ', source = "a.tsv" }')),
        ('backbone = "scratch"', 'backbone = "some/model"'),
        (shape, ""),
    )
    assert teacher(path).collection is None
    assert teacher(path).bitext == ()


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("none.tsv", r"suite\.toml:\d+:\d+: teacher\.training\.source: no file \".*none\.tsv\""),
        ("irds:no/such", r'has no "no/such"'),
    ],
)
def test_what_is_not_there(source: str, error: str, write_suite: Write) -> None:
    """A file or an id is missed before anything is run."""
    with pytest.raises((SuiteError, DataError), match=error):
        teacher(suite(write_suite, source))


def test_no_teacher_sees_what_is_tested(tmp_path: Path, root: Path) -> None:
    """The judgments of the collection are not there to learn from."""
    text = (root / "suites" / "mmarco.toml").read_text(encoding="utf-8")
    path = tmp_path / "suite.toml"
    for source, told in (("msmarco-passage/dev/small", True), ("msmarco-passage/train", False)):
        section = f'[teacher.training]\nsource = "irds:{source}"\n\n[training]'
        path.write_text(text.replace("[training]", section))
        if not told:
            assert read_suite(path).suite.teacher.training
            continue
        with pytest.raises(
            SuiteError, match=r"source: is the collection that methods are tested on"
        ):
            read_suite(path)


TAUGHT = "training = { epochs = 1, batch_size = 16, %s }"


def collections(folder: Path) -> list[str]:
    """A folder of training queries; one asks what a topic of the tiny suite does, its passage in hand."""
    from clirbench.data.download import Cache
    from clirbench.data.sources.synthetic import Synthetic

    tiny = Synthetic(
        concepts=60,
        topic_count=12,
        document_count=120,
        training_query_count=64,
        pairs_low=48,
        pairs_high=64,
    )
    fetch = Cache(folder / "cache")
    topics = list(tiny.topics(fetch, "en").values())
    (relevant,) = (d for d in tiny.documents(fetch, "en") if d.id in _first(tiny, fetch))
    rows = [(f"what is word {n}", f"word {n} is here") for n in range(30)]
    rows += [(topics[0], "a passage"), ("a query", relevant.text)]
    (folder / "own").mkdir()
    text = "".join("\t".join(row) + "\n" for row in rows)
    (folder / "own" / "training.tsv").write_text(text)
    return [text for row in rows for text in row]


def _first(tiny: CollectionSource, fetch: Fetch) -> set[str]:
    judgments = tiny.judgments(fetch, "qsw")
    return {next(d for grades in judgments.values() for d, grade in grades.items() if grade > 0)}


def test_a_teacher_from_collections(
    write_suite: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Tested topics and what is relevant to them stay out; the counts are told, and in the results."""
    collections(tmp_path)
    given = 'sources = [{ source = "files", folder = "own" }], negatives = "bm25"'
    path = write_suite((TRAINING, TAUGHT % given))
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    places = ["--results", str(tmp_path / "results"), "--store", str(tmp_path / "store")]
    assert main(["run", str(path), *places, "--only", "qsw-en/zero-shot"]) == 0
    (counts,) = json.loads((tmp_path / "results" / "teacher-training.json").read_text())
    assert (counts["source"], counts["read"], counts["used"]) == ("files", 32, 30)
    assert counts["left_out"]["in test text"] == 2
    assert "files: 30 of 32 queries to train the teacher from" in capsys.readouterr().out
    (made,) = (tmp_path / "store" / "teacher").iterdir()
    steps = [json.loads(line) for line in (made / "training.jsonl").read_text().splitlines()]
    assert sum(step["examples"] for step in steps) == 30
    read = read_suite(path).suite
    resolved = json.loads((tmp_path / "results" / "settings.json").read_text())["resolved"]
    assert canonical(restored_suite(resolved)) == canonical(read)
    before = teacher(path)
    assert before.tested == (("qsw", "en"), ("qde", "en"))
    with (tmp_path / "own" / "training.tsv").open("a") as file:
        file.write("one\tmore\n")
    assert teacher(path).identity() != before.identity()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            "sources = []",
            r'sources: expected an array of collections such as \["afriqa", "xquad"\]',
        ),
        ('sources = ["xqad"]', r'sources\[1\]\.source: unknown source "xqad".*"xquad"'),
        ('sources = ["tatoeba"]', r'sources\[1\]\.source: unknown source "tatoeba"'),
        ("sources = [3]", r"sources\[1\]: expected the name of a collection, or a table"),
        (
            'sources = ["xquad"], source = "irds:beir/nq"',
            "sources: cannot be combined with `source`",
        ),
        ('source = "xquad"', 'a collection such as "afriqa" belongs in `sources`'),
        ('sources = ["afriqa"], negatives = "hard"', "negatives: expected 'batch' or 'bm25'"),
    ],
)
def test_wrong_collections(given: str, error: str, write_suite: Write) -> None:
    """They are told with their place."""
    with pytest.raises(SuiteError, match=rf"suite\.toml:\d+:\d+: teacher\.training\.?.*{error}"):
        read_suite(write_suite((TRAINING, TAUGHT % given)))


def test_the_files_of_collections_are_a_suites_data(write_suite: Write) -> None:
    """`clirbench data fetch` gets them."""
    suite = read_suite(write_suite((TRAINING, TAUGHT % 'sources = ["xquad"]')))
    lock = Lock(suite.path.with_suffix(".lock"))
    urls = [each.url for each in DataNeeds.of_suite(suite.suite, lock).downloads()]
    assert [url.rpartition("/")[2] for url in urls] == ["xquad.en.json"]
