from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.methods.optical import Optical
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.spec.identity import canonical, canonical_json, identity, seed_for
from clirbench.spec.model import Training


def test_golden() -> None:
    """Identities and seeds are the same on every machine; a change here makes stores stale."""
    assert (
        identity({"b": 1.5, "a": ["x", None, True]}) == "3ba01e2a1bc0cf07a0915809dd6b797f2a4348f3"
    )
    assert seed_for(3, "sw-en", "order") == 8939927110231379151


def test_methods_of_like_settings_differ() -> None:
    """A class without settings still tells itself apart."""
    assert identity(SentenceMSE()) != identity(Optical())
    assert canonical(Optical()) == {
        "class.name": "optical",
        "class.version": 1,
        "solver": {
            "class.name": "ipot",
            "class.version": 2,
            "beta": 0.5,
            "iterations": 50,
            "inner": 1,
            "domain": "scaling",
        },
    }


def test_any_setting_changes_it() -> None:
    """No setting of a training is forgotten."""
    plain = identity(Training())
    for change in (
        {"epochs": 3},
        {"pairs": 7},
        {"clip": 2.0},
        {"clip": "off"},
        {"anchor": 1.0},
        {"dropout": True},
    ):
        assert identity(Training(**change)) != plain  # type: ignore[arg-type]


def test_paths_do_not_count() -> None:
    """Where a file lies is no part of what it is."""
    assert canonical({"a": Path("/x")}) == {"a": None}


def test_sets_are_sorted_and_others_refused() -> None:
    """Sets have one order; what JSON cannot hold is an error."""
    assert canonical_json(canonical({"x": {3, 1, 2}})) == '{"x":[1,2,3]}'
    with pytest.raises(TypeError, match="cannot be part of an identity"):
        canonical(object())
