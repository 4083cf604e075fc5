"""Folders for other libraries: what is written there reads as the encoder did."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from clirbench.errors import DataError
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.layouts import LAYOUTS, Lengths, layout_for
from clirbench.models.reading import Side
from clirbench.models.settings import Expansion, Markers, Prefix
from clirbench.spec.model import Teacher

Make = Callable[..., Path]
QUERIES = ["what is the word", "number seven, of eight!", "a", "seven of a number " * 8]
PASSAGES = ["the word: unreadable; a number, seven.", "passage", "query of a word " * 9]
LENGTHS = Lengths(query=12, document=20)
LATE: dict[str, dict[str, Any]] = {
    "plain": {},
    "markers": {"markers": Markers(query="[unused0]", passage="[unused1]")},
    "one marker": {"markers": Markers(query="[unused0]")},
    "filled": {"expansion": Expansion(tokens=12)},
    "attended": {
        "expansion": Expansion(tokens=12, attend=True),
        "markers": Markers(query="[unused0]", passage="[unused1]"),
    },
    "skipping": {"skip": (".", ",", ":", "no word of it")},
    "prefixed": {"prefix": Prefix(query="query of ", passage="query of ")},
}
SINGLE: dict[str, dict[str, Any]] = {
    "mean": {},
    "cls": {"pooling": "cls"},
    "last": {"pooling": "last"},
    "prefixed": {"prefix": Prefix(query="query of ", passage="passage: ")},
}


def _encoder(folder: Path, *, projection: bool, **settings: Any) -> Encoder:  # noqa: ANN401 - keys of the section
    teacher = Teacher(
        backbone=str(folder),
        query_length=LENGTHS.query,
        document_length=LENGTHS.document,
        **settings,
    )
    encoder = build_encoder(teacher, list)
    if projection:
        generator = torch.Generator().manual_seed(4)
        matrix = torch.randn(16, encoder.size, generator=generator)
        encoder.follow(matrix, torch.randn(16, generator=generator))
    return encoder


def _texts(encoder: Encoder, side: Side) -> list[np.ndarray]:
    """The vectors of each text."""
    texts, length = (QUERIES, LENGTHS.query) if side == "query" else (PASSAGES, LENGTHS.document)
    found = encoder.encode(texts, length, side=side)
    pieces = zip(found.offsets[:-1], found.offsets[1:], strict=True)
    return [found.vectors[start:stop].numpy() for start, stop in pieces]


def _same(found: Sequence[Any], expected: Sequence[Any], apart: float) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.atleast_2d(one), np.atleast_2d(other), rtol=0, atol=apart)


def _run(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the code that comes with a folder, in it."""
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own
    return names


def _written(encoder: Encoder, layout: str, folder: Path) -> str:
    folder.mkdir()
    return LAYOUTS[layout].write(encoder, folder, LENGTHS)


@pytest.mark.parametrize("projection", [False, True])
@pytest.mark.parametrize("name", LATE)
def test_pylate_reads_back(name: str, projection: bool, backbone: Make, tmp_path: Path) -> None:  # noqa: FBT001
    """Late interaction: the adapter of PyLate's folders gives the same vectors."""
    encoder = _encoder(backbone(), projection=projection, **LATE[name])
    _written(encoder, "pylate", tmp_path / "out")
    again = _encoder(tmp_path / "out", projection=False)
    assert (again.reading.adapter, layout_for(encoder)) == ("pylate", "pylate")
    for side in ("query", "passage"):
        _same(_texts(again, side), _texts(encoder, side), 1e-6)


@pytest.mark.parametrize("projection", [False, True])
@pytest.mark.parametrize("name", SINGLE)
def test_sentence_transformers_reads_back(
    name: str,
    projection: bool,  # noqa: FBT001
    backbone: Make,
    tmp_path: Path,
) -> None:
    """One vector: the adapter of sentence-transformers' folders gives the same."""
    encoder = _encoder(backbone(), projection=projection, interaction="single", **SINGLE[name])
    _written(encoder, "sentence-transformers", tmp_path / "out")
    again = _encoder(tmp_path / "out", projection=False, interaction="single")
    assert again.reading.adapter == layout_for(encoder) == "sentence-transformers"
    for side in ("query", "passage"):
        _same(_texts(again, side), _texts(encoder, side), 1e-6)


@pytest.mark.parametrize("of", ["token_embeddings", "sentence_embedding"])
def test_layers_that_bend_stay_where_they_are(
    of: str, layered_folder: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Tanh before the mean is none after it; layers with a residual keep it, in every layout."""
    dense = {"bias": True, "activation_function": "torch.nn.modules.activation.Tanh"}
    first = {"in_features": 16, "out_features": 8, "use_residual": True, **dense}
    second = {"in_features": 8, "out_features": 8, "use_residual": True, **dense}
    pooling = ("sentence_transformers.models.Pooling", {"pooling_mode_mean_tokens": True})
    layers = [
        ("sentence_transformers.models.Dense", {**each, "module_input_name": of})
        for each in (first, second)
    ]
    folder = layered_folder([*layers, pooling] if of == "token_embeddings" else [pooling, *layers])
    encoder = _encoder(folder, projection=True, interaction="single")
    assert len(encoder.reading.dense) == 2
    code = _written(encoder, "transformers", tmp_path / "plain")
    _written(encoder, "sentence-transformers", tmp_path / "modules")
    again = _encoder(tmp_path / "modules", projection=False, interaction="single")
    encode = _run(tmp_path / "plain", code, monkeypatch)["encode"]
    for side in ("query", "passage"):
        expected = _texts(encoder, side)
        _same(_texts(again, side), expected, 1e-6)
        _same(_by_code(encode, side), expected, 1e-6)


def _by_code(encode: Callable[[str, str], torch.Tensor], side: Side) -> list[np.ndarray]:
    texts = QUERIES if side == "query" else PASSAGES
    name = "query" if side == "query" else "document"
    return [encode(text, name).numpy() for text in texts]


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("name", [*LATE, *(f"single {name}" for name in SINGLE), "layer"])
def test_the_code_for_transformers(
    name: str,
    drop: bool,  # noqa: FBT001
    backbone: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It needs nothing of clirbench, and gives the vectors whatever is done with texts."""
    settings: dict[str, Any] = {"special_tokens": "drop"} if drop else {}
    if name.startswith("single "):
        settings |= {"interaction": "single", **SINGLE[name.removeprefix("single ")]}
    else:
        settings |= {"layer": 2} if name == "layer" else LATE[name]
    encoder = _encoder(backbone(), projection=True, **settings)
    code = _written(encoder, "transformers", tmp_path / "out")
    assert "clirbench" not in code
    names = _run(tmp_path / "out", code, monkeypatch)
    assert names["score"].shape == ()
    for side in ("query", "passage"):
        _same(_by_code(names["encode"], side), _texts(encoder, side), 1e-6)


def test_what_a_layout_cannot_express(backbone: Make, tmp_path: Path) -> None:
    """It is refused with all reasons, and nothing is written."""
    late = _encoder(backbone(), projection=False)
    single = _encoder(backbone(), projection=False, interaction="single")
    colbert = _encoder(
        backbone(), projection=False, special_tokens="drop", expansion=Expansion(tokens=8), layer=2
    )
    whole = _encoder(backbone(), projection=False)
    whole.reading = replace(whole.reading, part="encoder")
    dropping = _encoder(
        backbone(), projection=False, interaction="single", special_tokens="drop",
        markers=Markers(query="[unused0]"), skip=(",",),
    )  # fmt: skip
    for encoder, layout, *reasons in (
        (late, "sentence-transformers", "late interaction", "another layout may"),
        (single, "pylate", "has a single vector for a text"),
        (colbert, "pylate", "layer 2", "special tokens out", "up to 8 tokens but reads 12"),
        (dropping, "sentence-transformers", "special tokens out", "marker", "tokens of passages"),
        (whole, "transformers", "an encoder-decoder model; no layout does"),
    ):
        with pytest.raises(DataError, match=f"the layout {layout} cannot express") as error:
            _written(encoder, layout, tmp_path / f"out-{reasons[0]}")
        assert [reason for reason in reasons if reason not in str(error.value)] == []
        assert list((tmp_path / f"out-{reasons[0]}").iterdir()) == []


def test_prefixes_that_differ_are_named_in_pylate(backbone: Make, tmp_path: Path) -> None:
    """PyLate has one default prompt; two are asked for by name, and clirbench is told of them."""
    prefix = Prefix(query="query of ", passage="passage: ")
    encoder = _encoder(backbone(), projection=True, prefix=prefix)
    code = _written(encoder, "pylate", tmp_path / "out")
    assert 'prompt_name="query")' in code
    said = json.loads((tmp_path / "out/config_sentence_transformers.json").read_text())
    assert said["prompts"] == {"query": "query of ", "document": "passage: "}
    assert said["default_prompt_name"] is None
    again = _encoder(tmp_path / "out", projection=False, prefix=prefix)
    for side in ("query", "passage"):
        _same(_texts(again, side), _texts(encoder, side), 1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("projection", [False, True])
@pytest.mark.parametrize("name", SINGLE)
def test_in_sentence_transformers(
    name: str,
    projection: bool,  # noqa: FBT001
    backbone: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library itself gives the same vectors, by the code that comes with the folder."""
    pytest.importorskip("sentence_transformers", reason='pip install "clirbench[agreement]"')
    encoder = _encoder(backbone(), projection=projection, interaction="single", **SINGLE[name])
    code = _written(encoder, "sentence-transformers", tmp_path / "out")
    names = _run(tmp_path / "out", code, monkeypatch)
    model = names["model"]
    model.max_seq_length = LENGTHS.query
    _same(model.encode_query(QUERIES), _texts(encoder, "query"), 1e-5)
    model.max_seq_length = LENGTHS.document
    _same(model.encode_document(PASSAGES), _texts(encoder, "passage"), 1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("projection", [False, True])
@pytest.mark.parametrize("name", LATE)
def test_in_a_multi_vector_encoder(
    name: str,
    projection: bool,  # noqa: FBT001
    backbone: Make,
    tmp_path: Path,
) -> None:
    """sentence-transformers reads PyLate's folders, too, and gives the same token vectors."""
    found = pytest.importorskip(
        "sentence_transformers", reason='pip install "clirbench[agreement]"'
    )
    encoder = _encoder(backbone(), projection=projection, **LATE[name])
    _written(encoder, "pylate", tmp_path / "out")
    model = found.MultiVectorEncoder(str(tmp_path / "out"), device="cpu")
    _same(model.encode_query(QUERIES), _texts(encoder, "query"), 1e-5)
    _same(model.encode_document(PASSAGES), _texts(encoder, "passage"), 1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*LATE, "prefixes"])
def test_in_pylate(
    name: str, backbone: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyLate itself gives the same vectors, and so the same scores."""
    pytest.importorskip("pylate", reason="PyLate pins another transformers: needs its environment")
    different = {"prefix": Prefix(query="query of ", passage="passage: ")}
    settings = different if name == "prefixes" else LATE[name]
    encoder = _encoder(backbone(), projection=True, **settings)
    code = _written(encoder, "pylate", tmp_path / "out")
    model = _run(tmp_path / "out", code, monkeypatch)["model"]
    prompts = ("query", "document") if name == "prefixes" else (None, None)
    queries = model.encode(QUERIES, is_query=True, prompt_name=prompts[0])
    passages = model.encode(PASSAGES, is_query=False, prompt_name=prompts[1])
    own_queries, own_passages = _texts(encoder, "query"), _texts(encoder, "passage")
    _same(queries, own_queries, 1e-5)
    _same(passages, own_passages, 1e-5)
    for query, own_query in zip(queries, own_queries, strict=True):
        for passage, own in zip(passages, own_passages, strict=True):
            score = (query @ passage.T).max(axis=1).sum()
            assert score == pytest.approx((own_query @ own.T).max(axis=1).sum(), abs=1e-4)
