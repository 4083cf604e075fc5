from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.cli import main
from clirbench.errors import SuiteError
from clirbench.methods.optical import Optical
from clirbench.models.settings import LoRA
from clirbench.results.restore import restored_suite
from clirbench.spec.identity import canonical
from clirbench.spec.model import titles_of
from clirbench.spec.read import read_suite
from clirbench.transport.exact import Exact
from clirbench.transport.sinkhorn import Sinkhorn

Write = Callable[..., Path]

PSQ_OVER_FOREIGN = """\
query = "qsw"
documents = "qde"
resource = "low"
bitext = ["synthetic"]

[[method]]
name = "psq"
"""
MIX_WITHOUT_EFFECT = """\
loss = [
    { method = "sentence-mse" },
    { method = "optical", solver = "greedy", marginals = "norm" },
]"""
BROKEN = {
    "unknown key": (
        ("epochs = 2\nbatch_size = 8", "epoch = 2\nbatch_size = 8"),
        'suite.toml:24:1: training.epoch: unknown key; did you mean "epochs"?',
    ),
    "wrong type": (
        ("topic_count = 12", 'topic_count = "twelve"'),
        'suite.toml:10:1: collection.topic_count: expected a whole number (got "twelve")',
    ),
    "negative number": (
        ("learning_rate = 1e-3", "learning_rate = -0.1"),
        "suite.toml:26:1: training.learning_rate: must be > 0 (got -0.1)",
    ),
    "unknown method": (
        ('name = "optical"', 'name = "optcal"'),
        'suite.toml:55:1: method[5].name: unknown method "optcal"; did you mean "optical"?',
    ),
    "unknown marginals": (
        ('name = "optical"', 'name = "optical"\nmarginals = "idfs"'),
        "method[5].marginals: expected 'uniform', 'norm' or 'idf' (got \"idfs\"); did you mean \"idf\"?",
    ),
    "marginals without effect": (
        ('name = "optical"', 'name = "optical"\nsolver = "greedy"\nmarginals = "norm"'),
        'method[5].marginals: "greedy" gives every match the same mass; leave `marginals` out',
    ),
    "marginals without effect in a mix": (
        (
            'name = "bm25"',
            MIX_WITHOUT_EFFECT,
        ),
        'method[3].loss[2].marginals: "greedy" gives every match the same mass; leave `marginals` out',
    ),
    "one language": (
        ('query = "qsw"', 'query = "en"'),
        "pair[1]: en-en has the same language on both sides",
    ),
    "documents that a method cannot search": (
        ('query = "qsw"\nresource = "low"\nbitext = ["synthetic"]\n', PSQ_OVER_FOREIGN),
        'pair[1].documents: must be "en" (got "qde"), since psq can search only English documents',
    ),
    "re-ranking of nothing": (
        ("[statistics]", '[retrieval]\nmode = "rerank"\n\n[statistics]'),
        "retrieval.first: missing; name a method without seeds: zero-shot, oracle, bm25",
    ),
    "re-ranking of a trained method": (
        ("[statistics]", '[retrieval]\nmode = "rerank"\nfirst = "optical"\n\n[statistics]'),
        'retrieval.first: no method without seeds "optical"',
    ),
    "first stage without re-ranking": (
        ("[statistics]", '[retrieval]\nfirst = "bm25"\n\n[statistics]'),
        'retrieval.first: only for mode = "rerank"',
    ),
    "joint training of a method that cannot": (
        ('name = "bm25"', 'name = "nmt"\ntraining = { scope = "joint" }'),
        "method[3].training.scope: nmt cannot learn several pairs jointly",
    ),
    "freezing of what is no encoder": (
        ('name = "bm25"', 'name = "nmt"\ntraining = { freeze = [1] }'),
        "method[3].training.freeze: nmt trains no encoder, so this setting has no effect",
    ),
    "freezing of an unknown part": (
        ("epochs = 2\n", 'freeze = ["embedding"]\nepochs = 2\n'),
        'training.freeze[1]: expected \'embeddings\' (got "embedding"); did you mean "embeddings"?',
    ),
    "layers from 0": (
        ("epochs = 2\n", "freeze = [0]\nepochs = 2\n"),
        "training.freeze[1]: must be > 0 (got 0)",
    ),
    "missing section": (
        ("[teacher]", "[trainer]"),
        "suite.toml:1:1: missing section [teacher]",
    ),
    "duplicate label": (
        ('name = "bm25"', 'name = "bm25"\nlabel = "oracle"'),
        'method[3]: duplicate label "oracle"',
    ),
    "bad seed list": (
        ("seeds = [1, 2]", "seeds = [1, -2]"),
        "suite.toml:3:13: suite.seeds[2]: must be >= 0 (got -2)",
    ),
    "repeated seed": (
        ("seeds = [1, 2]", "seeds = [3, 3]"),
        "suite.toml:3:1: suite.seeds: 3 is given twice",
    ),
    "bad path": (
        (
            """source = "synthetic"
concepts = 60
topic_count = 12
document_count = 120
training_query_count = 64
pairs_low = 48
pairs_high = 64""",
            'source = "files"\nfolder = "nowhere"',
        ),
        'suite.toml:9:1: collection.folder: no folder "',
    ),
    "bad backbone": (
        ('backbone = "scratch"', 'backbone = "./nowhere"'),
        'suite.toml:17:1: teacher.backbone: no folder "',
    ),
    "syntax error": (
        ("seeds = [1, 2]", "seeds = [1, 2"),
        "suite.toml:4:1: not TOML: unclosed array",
    ),
    "measure of trec_eval": (
        ('"nDCG@10"', '"ndcg_cut_10"'),
        'suite.measures[2]: unknown measure "ndcg_cut_10"; did you mean "nDCG@10"?',
    ),
    "unknown measure": (
        ('"nDCG@10"', '"nDGC@10"'),
        'suite.toml:4:19: suite.measures[2]: unknown measure "nDGC@10"',
    ),
    "quoted measure of trec_eval": (
        (
            "[[pair]]",
            '[[quoted]]\nlabel = "a"\nsource = "b"\nscores = { map = { qsw-en = 0.1 } }\n[[pair]]',
        ),
        'quoted[1].scores.map: no measure of the suite; did you mean "AP"?',
    ),
    "measure by two names": (
        ('"nDCG@10"', '"MAP"'),
        'suite.toml:4:19: suite.measures[2]: "MAP" is the same measure as "AP"',
    ),
    "measure that no package has": (
        ('"nDCG@10"', '"alpha_nDCG@5"'),
        'suite.toml:4:19: suite.measures[2]: no installed package computes "alpha_nDCG@5": ',
    ),
    "unknown source": (
        ('source = "synthetic"', 'source = "sintetic"'),
        'suite.toml:8:1: collection.source: unknown source "sintetic"; did you mean "synthetic"?',
    ),
    "unknown language": (
        ('query = "qde"', 'query = "qdx"'),
        'suite.toml:38:1: pair[2].query: synthetic has no "qdx"',
    ),
    "a code of three letters for one of two": (
        ('query = "qde"', 'query = "swa"'),
        'suite.toml:38:1: pair[2].query: "swa" is not the form used here; write "sw"',
    ),
    "a language by its name": (
        ('query = "qde"', 'query = "swahili"'),
        'suite.toml:38:1: pair[2].query: "swahili" is not the form used here; write "sw"',
    ),
    "no language": (
        ('query = "qde"', 'query = "xx"'),
        'suite.toml:38:1: pair[2].query: "xx" is not a language; expected a code of ISO 639-1',
    ),
    "unknown bitext": (
        ('resource = "high"\nbitext = ["synthetic"]', 'resource = "high"\nbitext = ["tico20"]'),
        'suite.toml:40:11: pair[2].bitext[1].source: unknown source "tico20"; did you mean "tico19"?',
    ),
    "no bitext": (
        ('resource = "high"\nbitext = ["synthetic"]', 'resource = "high"'),
        "suite.toml:37:1: pair[2].bitext: missing, but sentence-contrastive, optical learn from bitext",
    ),
    "bad solver": (
        ('name = "optical"', 'name = "optical"\nsolver = { name = "ipot", beta = -1 }'),
        "suite.toml:56:1: method[5].solver:",
    ),
    "hypothesis": (
        ('than = "sentence-contrastive"', 'than = "sentence-contrast"'),
        'suite.hypothesis.than: no method "sentence-contrast"; did you mean "sentence-contrastive"?',
    ),
    "resource class": (
        ('resource = "high"', 'resource = "hihg"'),
        """suite.toml:39:1: pair[2].resource: expected 'low', 'medium' or 'high' (got "hihg"); did you mean "high"?""",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_suite_names_the_place(case: str, write_suite: Write) -> None:
    """What is wrong is said with file, line and column, what came, and what is allowed."""
    replacement, expected = BROKEN[case]
    path = write_suite(replacement)
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert any(expected in error for error in caught.value.errors), caught.value.errors
    assert all(error.startswith(f"{path}:") for error in caught.value.errors)


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("command", ["plan", "run"])
def test_broken_suite_exits_with_2(
    case: str,
    command: str,
    write_suite: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On the command line each error is a line on standard error; nothing is run, no traceback."""
    replacement, expected = BROKEN[case]
    path = write_suite(replacement)
    assert main([command, str(path), "--results", str(tmp_path / "results")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert any(expected in line for line in err.splitlines())
    assert all(line.startswith(f"{path}:") for line in err.splitlines())
    assert not (tmp_path / "results").exists()


def test_empty_file(tmp_path: Path) -> None:
    """An empty file is told what a suite needs."""
    path = tmp_path / "empty.toml"
    path.write_text("")
    with pytest.raises(
        SuiteError, match=r"empty\.toml:1:1: the file is empty; a suite needs \[suite\]"
    ):
        read_suite(path)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(SuiteError, match=r"none\.toml: cannot be read: no such file"):
        read_suite(tmp_path / "none.toml")


def test_all_errors_at_once(write_suite: Write) -> None:
    """Every error of a file is told in one go."""
    path = write_suite(
        ("seeds = [1, 2]", "seeds = []"),
        ("topic_count = 12", "topic_cuont = 12"),
        ("learning_rate = 1e-3", "learning_rate = 0"),
        ('name = "bm25"', 'name = "bm52"'),
    )
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert len(caught.value.errors) == 4


def test_overrides_change_values(write_suite: Write) -> None:
    """--set reaches sections, pairs by language, and methods by label or number."""
    path = write_suite()
    suite = read_suite(
        path,
        [
            "training.pairs=7",
            "suite.seeds=[5]",
            "pair.qsw.resource=medium",
            "suite.hypothesis.on=all",
            "method.optical.solver=exact",
            "method.4.training.epochs=9",
            "suite.name=other",
        ],
    ).suite
    assert suite.training.pairs == 7
    assert suite.seeds == (5,)
    assert suite.pairs[0].resource == "medium"
    optical = suite.methods[4].method
    assert isinstance(optical, Optical)
    assert isinstance(optical.solver, Exact)
    assert [entry.training.epochs for entry in suite.methods[3:]] == [9, 2]
    assert suite.methods[3].training.pairs == 7
    assert suite.name == "other"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("training.epochs=0", "--set training.epochs=0: training.epochs: must be > 0 (got 0)"),
        ("training.epoch=1", "--set training.epoch=1: training.epoch: unknown key"),
        ("training", "--set training: expected KEY=VALUE"),
        (
            "method.optikal.solver=exact",
            '--set method.optikal.solver=exact: no "optikal" in method',
        ),
        ("suite.name.x=1", "--set suite.name.x=1: suite.name is not a table"),
        ("nowhere.a.b=1", "--set nowhere.a.b=1: nowhere: unknown section"),
        (
            "pair.qsw.bitext.1.weight=2",
            "--set pair.qsw.bitext.1.weight=2: pair[1].bitext[1] is not a table",
        ),
    ],
)
def test_override_errors_name_the_override(
    override: str, expected: str, write_suite: Write
) -> None:
    """What is wrong with --set is told as such, not as a line of the file."""
    with pytest.raises(SuiteError) as caught:
        read_suite(write_suite(), [override])
    assert any(error.startswith(expected) for error in caught.value.errors), caught.value.errors


def test_override_of_several_items(write_suite: Write) -> None:
    """A name that two pairs have changes neither of them, and not just the first."""
    reverse = ('query = "qsw"\n', 'query = "en"\ndocuments = "qsw"\n')
    again = ('query = "qde"\n', 'query = "en"\ndocuments = "qde"\n')
    path = write_suite(reverse, again)
    with pytest.raises(SuiteError, match=r'"en" names several items of pair; use 1 or 2 instead'):
        read_suite(path, ["pair.en.resource=medium"])
    pairs = read_suite(path, ["pair.2.resource=medium"]).suite.pairs
    assert [pair.resource for pair in pairs] == ["low", "medium"]


def test_wrong_items_are_not_missing_ones(write_suite: Write) -> None:
    """A list of which all items are wrong is not called empty."""
    with pytest.raises(SuiteError) as caught:
        read_suite(write_suite(("seeds = [1, 2]", "seeds = [-1]")))
    assert len(caught.value.errors) == 1
    assert "must be >= 0 (got -1)" in str(caught.value)


@pytest.mark.parametrize("weight", ["0", "nan", "inf", "9" * 400, '"1"'])
def test_weights_of_bitext(weight: str, write_suite: Write) -> None:
    """A weight is a finite number above 0; else the error has its place."""
    bitext = f'bitext = [{{ source = "synthetic", weight = {weight} }}]'
    path = write_suite(('resource = "low"\nbitext = ["synthetic"]', f'resource = "low"\n{bitext}'))
    with pytest.raises(SuiteError, match=r"suite\.toml:\d+:\d+: pair\[1\]\.bitext\[1\]\.weight: "):
        read_suite(path)


@pytest.mark.parametrize("name", ["~nobody-of-this-name/x", "./" + "x" * 5000])
def test_impossible_folders(name: str, write_suite: Write) -> None:
    """A folder that cannot be is one that is not there."""
    path = write_suite(('backbone = "scratch"', f'backbone = "{name}"'))
    with pytest.raises(SuiteError, match=r"suite\.toml:\d+:\d+: teacher\.backbone: no folder"):
        read_suite(path)


OWN = """\
[suite]
name = "own"
seeds = [1]
[collection]
source = "files"
folder = "own"
[teacher]
backbone = "x"
[[pair]]
query = "sw"
resource = "low"
bitext = ["files"]
[[method]]
name = "bm25"
"""


def test_own_files_are_asked_for_where_a_method_reads_them(tmp_path: Path) -> None:
    """Translated topics are needed by the oracle alone; what is missing is told before anything runs."""
    path, folder = tmp_path / "own.toml", tmp_path / "own"
    folder.mkdir()
    path.write_text(OWN)
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert caught.value.errors == (
        f"{path}:9:1: pair[1]: {folder} has no topics.sw.tsv; no qrels.sw or qrels",
        f"{path}:9:1: pair[1]: {folder} has no docs.en.jsonl or docs.jsonl",
        f"{path}:12:11: pair[1].bitext[1]: {folder} has no bitext.sw.tsv or bitext.tsv",
    )
    for name in ("docs.jsonl", "topics.sw.tsv", "qrels", "bitext.sw.tsv"):
        (folder / name).touch()
    assert read_suite(path)
    path.write_text(OWN + '[[method]]\nname = "oracle"\n')
    with pytest.raises(SuiteError, match=r"has no topics\.en\.tsv, which oracle reads"):
        read_suite(path)


def test_method_settings_are_read(write_suite: Write) -> None:
    """A method's own knobs, a solver's among them, come from its table."""
    path = write_suite(
        (
            'name = "optical"',
            'name = "optical"\nlabel = "o"\nsolver = { name = "sinkhorn", epsilon = 0.2 }',
        ),
        ('better = "optical"', 'better = "o"'),
    )
    optical = read_suite(path).suite.methods[4]
    assert optical.label == "o"
    assert isinstance(optical.method, Optical)
    assert optical.method.solver == Sinkhorn(epsilon=0.2)


@pytest.mark.parametrize("name", ["quick", "ntrex"])
def test_shipped_suites_are_valid(name: str, root: Path) -> None:
    """Each suite that ships can be read, and names its file."""
    assert read_suite(root / "suites" / f"{name}.toml").suite.name == name


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("pooling=cls", 'teacher.pooling: only for interaction = "single"'),
        ("pooling=max", "teacher.pooling: expected 'mean', 'cls' or 'last'"),
        ("adapter=colbert", "teacher.adapter: only for a pretrained backbone"),
        ("markers={query='[Q]'}", "teacher.markers: only for a pretrained backbone"),
        ("layer=1", "teacher.layer: only for a pretrained backbone"),
        ("layer=0", "teacher.layer: must be > 0 (got 0)"),
        ("prefix='query: '", "teacher.prefix: expected a table"),
        ("prefix={doc='a'}", "teacher.prefix.doc: unknown key"),
        ("expansion={tokens=-1}", "teacher.expansion.tokens: must be >= 0 (got -1)"),
    ],
)
def test_how_texts_are_read(override: str, expected: str, tiny: Path) -> None:
    """Keys without effect, and values of another form, are told with their places."""
    with pytest.raises(SuiteError) as caught:
        read_suite(tiny, [f"teacher.{override}"])
    assert f"--set teacher.{override}: {expected}" in str(caught.value)


def test_a_methods_own_training_is_read_as_the_general_one(write_suite: Write) -> None:
    """Tables and arrays become settings; a translator is left out of what is an encoder's."""
    path = write_suite(
        ("[training]\n", '[training]\nfreeze = ["embeddings", 1]\n'),
        (
            'name = "optical"',
            'name = "optical"\ntraining = { lora = { rank = 4 }, freeze = [] }\n\n[[method]]\nname = "nmt"',
        ),
    )
    suite = read_suite(path).suite
    contrastive, optical, nmt = (entry.training for entry in suite.methods[-3:])
    assert (contrastive.freeze, contrastive.lora) == (("embeddings", 1), None)
    assert (optical.freeze, optical.lora) == ((), LoRA(rank=4))
    assert (nmt.freeze, nmt.lora, nmt.epochs) == ((), None, 40)
    resolved = json.loads(json.dumps(canonical(suite)))
    assert canonical(restored_suite(resolved)) == resolved
    plain = canonical(read_suite(write_suite()).suite.training)
    assert not {"freeze", "lora"} & set(plain)  # type: ignore[arg-type]


def test_titles_change_no_identity(write_suite: Write) -> None:
    """What people are shown is read, and moves nothing that is in the store."""
    plain = read_suite(write_suite()).suite
    titled = read_suite(
        write_suite(
            ('name = "optical"', 'name = "optical"\ntitle = "OPTICAL"'),
            ('resource = "low"', 'resource = "low"\ntitle = "Lowish"'),
        )
    ).suite
    names = titles_of(titled)
    assert names["optical"] == "OPTICAL"
    assert "Lowish" in names.values()
    assert titles_of(plain) == {}
    assert canonical(titled) == canonical(plain)
    assert all("title" not in canonical(pair) for pair in titled.pairs)  # type: ignore[operator]
