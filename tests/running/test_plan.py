from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from clirbench.errors import SuiteError
from clirbench.running.plan import plan_stages
from clirbench.running.stage import walk
from clirbench.spec.cell import Cell, cells, select
from clirbench.spec.model import Teacher
from clirbench.spec.read import read_suite

Write = Callable[..., Path]


def identities(path: Path, *overrides: str) -> dict[str, str]:
    """Cell → identity of its run."""
    suite = read_suite(path, overrides).suite
    return {
        str(cell): stage.run.identity() for cell, stage in plan_stages(suite, cells(suite)).items()
    }


def test_work_that_cells_share_is_planned_once(tiny: Path) -> None:
    """One teacher, one index, one bitext a pair, one oracle run for topics in English."""
    suite = read_suite(tiny).suite
    kinds = Counter(stage.kind for stage in walk(plan_stages(suite, cells(suite)).values()))
    # Of 14 cells, the two oracles share their run.
    assert kinds == {
        "teacher": 1,
        "documents": 1,
        "tokens": 1,
        "sentences": 2,
        "bitext": 2,
        "student": 8,
        "run": 13,
        "cell": 14,
    }


def test_psq_needs_no_vectors(write_suite: Write) -> None:
    """It learns from the pairs that all learn from: a teacher's tokens settle these, not its weights."""
    psq = ('name = "bm25"', 'name = "psq"')
    suite = read_suite(write_suite(psq)).suite
    teacher = Teacher(backbone="a/model")
    needed = {"tokens": 1, "sentences": 2, "lexicon": 2, "run": 2, "cell": 2}
    for own, expected in ((suite, {"teacher": 1}), (replace(suite, teacher=teacher), {})):
        stages = plan_stages(own, select(own, ["*/psq"]))
        assert Counter(stage.kind for stage in walk(stages.values())) == {**needed, **expected}


def test_golden_identities(tiny: Path) -> None:
    """A change of identity makes what users have in their stores stale: it has to be meant."""
    found = identities(tiny)
    assert found["qsw-en/optical/seed=1"] == "4e19ce3724d1765c6ed362c5674747e2556d2701"
    assert found["qde-en/zero-shot"] == "3bc6754a9df7a2cbf3f69b0dd2f0f8998f2bd73f"


@pytest.mark.parametrize(
    ("override", "changed"),
    [
        ("training.epochs=3", {"sentence-contrastive", "optical"}),
        ("method.optical.solver=exact", {"optical"}),
        ("method.bm25.k1=1.2", {"bm25"}),
        (
            "collection.document_count=130",
            {"zero-shot", "oracle", "bm25", "sentence-contrastive", "optical"},
        ),
        ("teacher.training.epochs=2", {"zero-shot", "oracle", "sentence-contrastive", "optical"}),
        ("retrieval.vectors=float32", set()),
        ("retrieval.vectors=float16", {"zero-shot", "oracle", "sentence-contrastive", "optical"}),
        ("retrieval.depth=10", {"zero-shot", "oracle", "bm25", "sentence-contrastive", "optical"}),
        ("training.joint_temperature=3.0", set()),
        ("suite.seeds=[1,2,3]", set()),
        ("suite.measures=['AP']", set()),
        ("suite.name=other", set()),
        ("statistics.seed=5", set()),
        ("pair.qde.resource=medium", set()),
    ],
)
def test_a_setting_changes_what_depends_on_it(override: str, changed: set[str], tiny: Path) -> None:
    """Neither more is made again than has to be, nor less."""
    before, after = identities(tiny), identities(tiny, override)
    assert {Cell.parse(cell).method for cell in before if before[cell] != after[cell]} == changed


def test_labels_do_not_matter_but_cells_stay_apart(write_suite: Write) -> None:
    """The same method under two labels shares its runs and has cells of its own."""
    path = write_suite(
        ('[[method]]\nname = "bm25"', '[[method]]\nname = "optical"\nlabel = "again"'),
    )
    suite = read_suite(path).suite
    found = plan_stages(suite, cells(suite))
    one, two = found[Cell("qde-en", "optical", 1)], found[Cell("qde-en", "again", 1)]
    assert one.run.identity() == two.run.identity()
    assert one.identity() != two.identity()


def test_backbone_is_known_by_its_content(tiny: Path, tmp_path: Path) -> None:
    """A copy of a backbone is the same; a changed one is another; pickled weights are refused."""
    for name, content in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / "tokenizer.json").write_text("{}")
        save_file({"weight": np.array([content])}, tmp_path / name / "model.safetensors")
    path = tmp_path / "pretrained.toml"
    lines = [
        line
        for line in tiny.read_text().splitlines()
        if not line.startswith(("scratch", "training ="))
    ]
    path.write_text("\n".join(lines))
    a, b, c = (identities(path, f"teacher.backbone={tmp_path / name}") for name in "abc")
    assert a == b
    assert a["qde-en/oracle"] != c["qde-en/oracle"]
    assert a["qde-en/bm25"] == c["qde-en/bm25"]
    (tmp_path / "c" / "model.safetensors").rename(tmp_path / "c" / "pytorch_model.bin")
    with pytest.raises(SuiteError, match="pickled weights are not loaded"):
        identities(path, f"teacher.backbone={tmp_path / 'c'}")
