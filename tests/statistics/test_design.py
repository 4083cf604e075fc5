"""Designs and their families."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clirbench.errors import StatisticsError
from clirbench.statistics import Design, Hypothesis, MethodRole, PairRole
from clirbench.statistics.families import Member, planned_families


def test_scopes_are_pairs_then_groups(make_design: Callable[..., Design]) -> None:
    """A class of one pair is that pair; `all` comes last."""
    design = make_design()
    assert [scope.name for scope in design.scopes] == ["p0", "p1", "p2", "p3", "low", "all"]
    assert design.scope("medium").name == "p2"
    assert design.scope("all").pairs == ("p0", "p1", "p2", "p3")
    assert [group.name for group in design.groups] == ["low", "medium", "high", "all"]


def test_all_of_one_class_is_that_class(make_design: Callable[..., Design]) -> None:
    """Where every pair is low-resource, `all` is `low`: nothing is compared twice."""
    design = make_design(pairs=2)
    assert [scope.name for scope in design.scopes] == ["p0", "p1", "low"]
    assert design.scope("all").name == "low"


def test_families_hold_every_pair_once(make_design: Callable[..., Design]) -> None:
    """The hypothesis stands alone and is in no other family; the label tells the size."""
    primary, pairs, macro = planned_families(make_design(), "AP")
    assert primary.members == (Member("m2", "m1", "low"),)
    assert pairs.label == "all 6 pairs of 4 methods x 4 language pairs, AP: 24 comparisons, Holm"
    assert len(pairs.members) == 24
    assert macro.label == (
        "all 6 pairs of 4 methods x the macro means over low and all, the hypothesis apart, AP: "
        "11 comparisons, Holm"
    )
    assert Member("m1", "m2", "low") not in macro.members
    assert len(macro.members) == 11


def test_another_measure_has_no_primary(make_design: Callable[..., Design]) -> None:
    """The hypothesis names one measure; by others it is one comparison among many."""
    families = planned_families(make_design(), "nDCG@10")
    assert [family.name for family in families] == ["pairs", "macro"]
    assert Member("m1", "m2", "low") in families[1].members


def test_a_hypothesis_about_the_oracle(make_design: Callable[..., Design]) -> None:
    """The oracle is in no family, but a hypothesis may name it."""
    design = make_design(
        oracle="m0", hypothesis=Hypothesis(better="m1", than="m0", on="p1", measure="AP")
    )
    primary, pairs, _ = planned_families(design, "AP")
    assert primary.members == (Member("m1", "m0", "p1"),)
    assert pairs.label.startswith("all 3 pairs of 3 methods x 4 language pairs, AP")


def test_two_methods_and_one_pair(make_design: Callable[..., Design]) -> None:
    """The smallest suite has its hypothesis and nothing else."""
    design = make_design(
        pairs=1, methods=2, hypothesis=Hypothesis(better="m1", than="m0", on="all", measure="AP")
    )
    assert [family.name for family in planned_families(design, "AP")] == ["primary"]
    (family,) = planned_families(make_design(pairs=1, methods=2, hypothesis=None), "AP")
    assert family.label == "the one pair of 2 methods x 1 language pair, AP: 1 comparison, Holm"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pairs": ()}, "at least one pair"),
        ({"methods": ()}, "at least one method"),
        ({"seeds": ()}, "at least one seed"),
        ({"seeds": (1, 1)}, 'duplicate seed "1"'),
        ({"pairs": (PairRole(name="low", resource="low"),)}, 'cannot be called "low"'),
        ({"pairs": (PairRole(name="x", resource="tiny"),)}, 'unknown resource "tiny"'),
        ({"methods": (MethodRole(name="m", trained=True),) * 2}, 'duplicate method "m"'),
        ({"oracle": "m9"}, 'unknown method "m9"'),
        ({"zero_shot": "m9"}, 'unknown method "m9"'),
        ({"flips": 0}, "flips must be at least 1"),
        ({"resamples": 0}, "resamples must be at least 1"),
        ({"alpha": 1.0}, "alpha must be between"),
        ({"smallest_effect": 0.0}, "smallest_effect must be > 0"),
        ({"correction": "tukey"}, 'unknown correction "tukey"'),
        ({"interval": "t"}, 'unknown interval "t"'),
        (
            {"hypothesis": Hypothesis(better="m1", than="m1", on="low", measure="AP")},
            "better than itself",
        ),
        (
            {"hypothesis": Hypothesis(better="m1", than="m7", on="low", measure="AP")},
            'unknown method "m7"; known: m0, m1, m2, m3',
        ),
        (
            {"hypothesis": Hypothesis(better="m1", than="m2", on="sw", measure="AP")},
            'unknown pair or group "sw"; known: low, medium, high, all, p0',
        ),
    ],
)
def test_bad_designs_are_refused(
    make_design: Callable[..., Design], changes: dict[str, object], text: str
) -> None:
    """Every name and number is checked, and the error says what is allowed."""
    with pytest.raises(StatisticsError, match=text):
        make_design(**changes)


def test_a_design_of_untrained_methods_needs_no_seed(make_design: Callable[..., Design]) -> None:
    """Seeds are for trained methods."""
    methods = (MethodRole(name="a", trained=False), MethodRole(name="b", trained=False))
    assert make_design(methods=methods, seeds=(), hypothesis=None).seeds == ()
