"""Lengths that follow from the data, and the pairs that are left out at them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from transformers import AutoTokenizer, BertConfig, BertModel

from clirbench.data.base import BitextSource, CollectionSource
from clirbench.data.download import Cache
from clirbench.models.scratch import train_tokenizer
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Context, Stage, walk
from clirbench.running.stages.cell import CellStage
from clirbench.running.stages.sentences import SentencesStage, read_pairs
from clirbench.running.stages.tokens import TokensStage, read_length
from clirbench.running.store import Store
from clirbench.spec.cell import Cell, cells
from clirbench.spec.model import Suite
from clirbench.spec.read import read_suite

Write = Callable[..., Path]
MIRROR = Path(__file__).resolve().parents[2] / ".." / "shared" / "mirror.zip"
PRETRAINED = (
    (
        """\
backbone = "scratch"
query_length = 24
document_length = 48
scratch = { layers = 1, width = 16, heads = 2, vocabulary = 400 }
training = { epochs = 1, batch_size = 16 }
""",
        'backbone = "./model"\ndocument_length = 48\n',
    ),
    ('cut = "keep"\n', ""),
)
REAL = """\
[suite]
name = "real"
seeds = [1]
[collection]
source = "ntrex"
[teacher]
backbone = "{model}"
[training]
pairs = 1000
[[pair]]
query = "so"
resource = "low"
bitext = ["tico19", "hornmt"]
[[method]]
name = "optical"
"""


def write_backbone(folder: Path, positions: int) -> None:
    """A small BERT that reads letter by letter."""
    tokenizer = train_tokenizer(["abcdefghijklmnopqrstuvwxyz .,!?'-"] * 2, 50)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=positions,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)


def counted(folder: Path, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, by the tokenizer itself."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return [len(tokenizer(text, verbose=False)["input_ids"]) for text in texts]


def needed(lengths: Sequence[int]) -> int:
    """The shortest length at which 95 of 100 texts are whole."""
    return sorted(lengths)[math.ceil(0.95 * len(lengths)) - 1]


class Made:
    """The stages of a suite's cell as far as a kind, made."""

    def __init__(
        self, path: Path, cell: str, fetch: Cache, *, until: type[Stage] = SentencesStage
    ) -> None:
        self.path = path
        self.suite: Suite = read_suite(path).suite
        self.said: list[str] = []
        self.store = Store(shared=path.parent / "store", results=path.parent / "results")
        self.goal: Stage = plan_stages(self.suite, cells(self.suite))[Cell.parse(cell)]
        context = Context(fetch=fetch, says=self.said.append)
        for stage in walk([self.find(until)]):
            self.store.make(stage, context)

    def find(self, kind: type[Stage]) -> Stage:
        """The cell's stage of a kind."""
        return next(stage for stage in walk([self.goal]) if isinstance(stage, kind))

    @property
    def length(self) -> int:
        """What was found."""
        return read_length(self.store.folder(self.find(TokensStage)))

    @property
    def sentences(self) -> Path:
        """Where the pairs are."""
        return self.store.folder(self.find(SentencesStage))


def test_a_length_that_the_data_need(write_suite: Write, tmp_path: Path) -> None:
    """Of each language, 95 % of training sentences and of topics are whole; what is cut is left out."""
    write_backbone(tmp_path / "model", 512)
    fetch = Cache(tmp_path / "cache")
    limited = ("epochs = 2\n", "epochs = 2\npairs = 40\n")
    made = Made(write_suite(*PRETRAINED, limited), "qsw-en/optical/seed=1", fetch)
    source = made.suite.collection
    assert isinstance(source, CollectionSource)
    assert isinstance(source, BitextSource)
    kinds, english = [], []
    for language in ("qsw", "qde"):
        pairs = list(source.pairs(fetch, language))
        kinds += [list(source.topics(fetch, language).values()), [p.foreign for p in pairs]]
        english += [pair.english for pair in pairs]
    most = max(needed(counted(tmp_path / "model", texts)) for texts in (*kinds, english))
    assert made.length == most
    assert f"teacher.query_length = {most} tokens of " in made.said[0]

    dropped = 0
    for language, there in (("qsw", 48), ("qde", 64)):
        made = Made(made.path, f"{language}-en/optical/seed=1", fetch)
        (counts,) = json.loads((made.sentences / "counts.json").read_text())
        texts = zip(*[pair[:2] for pair in source.pairs(fetch, language)], strict=True)
        foreign, other = (
            [size > most for size in counted(tmp_path / "model", own)] for own in texts
        )
        dropped += (either := sum(map(max, foreign, other)))
        assert (counts["cut_foreign"], counts["cut_english"]) == (sum(foreign), sum(other))
        assert counts["left_out"]["cut"] == either
        assert (counts["foreign_length"], counts["english_length"]) == (most, most)
        kept = read_pairs(made.sentences)
        assert len(kept) == counts["used"] == 40
        for side in (0, 1):
            assert max(counted(tmp_path / "model", [pair[side] for pair in kept])) <= most
        told = f"{language}-en: {either} of {there} sentence pairs are left out"
        assert any(told in text for text in made.said) is (either > 0)
    assert dropped > 0


def test_no_more_than_there_are_positions(write_suite: Write, tmp_path: Path) -> None:
    """And a number that the suite gives holds; kept pairs are counted all the same."""
    write_backbone(tmp_path / "model", 60)
    made = Made(write_suite(*PRETRAINED), "qsw-en/optical/seed=1", Cache(tmp_path / "cache"))
    assert made.length == 60
    assert "all its positions" in made.said[0]
    given = ('"./model"\n', '"./model"\nquery_length = 50\n')
    keep = ("batch_size = 8\n", 'batch_size = 8\ncut = "keep"\n')
    made = Made(
        write_suite(*PRETRAINED, given, keep), "qsw-en/optical/seed=1", Cache(tmp_path / "cache")
    )
    assert made.length == 50
    (counts,) = json.loads((made.sentences / "counts.json").read_text())
    assert len(read_pairs(made.sentences)) == counts["used"] == 48
    assert counts["left_out"]["cut"] == 0 < counts["cut_foreign"]
    assert "qsw-en: sentence pairs are cut: the foreign side is longer than " in made.said[-1]


def test_topics_and_documents_that_are_cut(write_suite: Write, tmp_path: Path) -> None:
    """They are counted where they are read, said, and told with the cell."""
    write_backbone(tmp_path / "model", 512)
    short = (
        '"./model"\ndocument_length = 48\n',
        '"./model"\ndocument_length = 200\nquery_length = 60\n',
    )
    fetch = Cache(tmp_path / "cache")
    made = Made(write_suite(*PRETRAINED, short), "qsw-en/zero-shot", fetch, until=CellStage)
    source = made.suite.collection
    topics = counted(tmp_path / "model", list(source.topics(fetch, "qsw").values()))
    documents = counted(tmp_path / "model", [each.text for each in source.documents(fetch, "en")])
    expected = []
    for what, lengths, most in (("en documents", documents, 200), ("qsw topics", topics, 60)):
        longer = sum(size > most for size in lengths)
        assert 0 < longer < len(lengths)
        expected.append(
            f"{longer} of {len(lengths)} {what} have more than {most} tokens; the rest "
            "of each is not read"
        )
    notes = json.loads((made.store.folder(made.goal) / "notes.json").read_text())
    assert [note for note in notes if "tokens" in note] == expected
    assert set(expected) <= set(made.said)


def test_what_a_length_changes(write_suite: Write, tmp_path: Path) -> None:
    """Lengths of the data change with the data; the index, which is cut at another, does not."""
    write_backbone(tmp_path / "model", 512)

    def found(*replacements: tuple[str, str]) -> dict[str, set[str]]:
        suite = read_suite(write_suite(*PRETRAINED, *replacements)).suite
        kinds: dict[str, set[str]] = {}
        for stage in walk(plan_stages(suite, cells(suite)).values()):
            kinds.setdefault(stage.kind, set()).add(stage.identity())
        return kinds

    def changed(*replacements: tuple[str, str]) -> set[str]:
        other = found(*replacements)
        return {kind for kind in before if not before[kind] & other[kind]}

    before = found()
    trained = {"sentences", "bitext", "student", "run", "cell"} - {"run", "cell"}
    assert changed() == set()
    assert changed(("pairs_high = 64", "pairs_high = 64\nseed = 5")) >= {"tokens", *trained}
    one_pair = ('[[pair]]\nquery = "qde"\nresource = "high"\nbitext = ["synthetic"]\n\n', "")
    assert changed(one_pair) >= {"tokens", *trained}
    assert not changed(one_pair) & {"teacher", "documents"}
    assert changed(('"./model"\n', '"./model"\nquery_length = 50\n')) >= {"tokens", *trained}
    assert changed(("epochs = 2", 'epochs = 2\ncut = "keep"')) == trained
    assert changed(('"./model"\n', '"./model"\ninteraction = "single"\n')) >= {"teacher", "bitext"}
    assert not changed(('"./model"\n', '"./model"\ninteraction = "single"\n')) & {"tokens"}


@pytest.mark.parametrize("name", ["CLIRBENCH_ME5", "CLIRBENCH_MINILM"])
def test_somali_at_the_default(name: str, tmp_path: Path) -> None:
    """Of the real pairs that are learned from, no side is cut; the counts are the tokenizer's own."""
    model = os.environ.get(name)
    if not model or not MIRROR.exists():
        pytest.skip(f"needs {name}, a folder with the model, and ../shared/mirror.zip")
    (tmp_path / "suite.toml").write_text(REAL.format(model=model))
    fetch = Cache(tmp_path / "cache", MIRROR)
    made = Made(tmp_path / "suite.toml", "so-en/optical/seed=1", fetch)
    kept = read_pairs(made.sentences)
    assert len(kept) == 1000
    for side in (0, 1):
        assert max(counted(Path(model), [pair[side] for pair in kept])) <= made.length
    everything = tmp_path / "all"
    everything.mkdir()
    text = REAL.format(model=model).replace("pairs = 1000", f'cut = "keep"\npairs = {10**9}')
    (everything / "suite.toml").write_text(text)
    kept_all = Made(everything / "suite.toml", "so-en/optical/seed=1", fetch)
    pairs = read_pairs(kept_all.sentences)
    sides = (
        [size > made.length for size in counted(Path(model), own)]
        for own in zip(*[pair[:2] for pair in pairs], strict=True)
    )
    foreign, english = sides
    counts = json.loads((made.sentences / "counts.json").read_text())
    assert sum(each["cut_foreign"] for each in counts) == sum(foreign) > 0
    assert sum(each["cut_english"] for each in counts) == sum(english)
    assert sum(each["left_out"]["cut"] for each in counts) == sum(map(max, foreign, english))
