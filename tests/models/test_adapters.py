from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from string import punctuation
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from clirbench.errors import DataError
from clirbench.models.adapters import choose, own_reading
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.folder import Folder
from clirbench.models.settings import Expansion, Markers, Prefix
from clirbench.spec.model import Teacher

if TYPE_CHECKING:
    from numpy.typing import NDArray

Make = Callable[..., Path]

QUERIES = ["what is the word", "number seven, of eight!", "a"]
PASSAGES = ["the word: unreadable; a number, seven.", "passage", "query of a word " * 6]
CLS, SEP, MASK, Q, D = 2, 3, 4, 5, 6


def teacher(folder: Path, **settings: Any) -> Teacher:  # noqa: ANN401 - keys of the section
    """A section that names the folder."""
    given = {"interaction": "late", "query_length": 12, "document_length": 20}
    return Teacher(backbone=str(folder), **{**given, **settings})


def pieces(folder: Path, text: str) -> list[int]:
    """Its word pieces alone."""
    from transformers import AutoTokenizer

    found: list[int] = AutoTokenizer.from_pretrained(folder).encode(text, add_special_tokens=False)
    return found


def hidden(folder: Path, ids: Sequence[int], read: int | None = None) -> NDArray[np.float64]:
    """Vectors of one text by transformers alone, (n, d); only the first `read` tokens are attended to."""
    from transformers import BertModel

    model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    attended = torch.arange(len(ids)) < (len(ids) if read is None else read)
    with torch.no_grad():
        found = model(input_ids=torch.tensor([ids]), attention_mask=attended[None].long())
    values: NDArray[np.float64] = found.last_hidden_state[0].double().numpy()
    return values


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of length 1."""
    found: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return found


def texts(encoder: Encoder, given: Sequence[str], length: int, side: Any) -> list[Any]:  # noqa: ANN401 - a side
    """The vectors of each text, as search sees them."""
    ragged = encoder.encode(given, length, side=side)
    return [ragged.vectors[a:b].numpy() for a, b in zip(ragged.offsets, ragged.offsets[1:])]  # noqa: B905 - one shorter


def max_sim(query: NDArray[np.float64], passage: NDArray[np.float64]) -> float:
    """Equation 3 of Khattab & Zaharia 2020."""
    return float((query @ passage.T).max(axis=1).sum())


POOLING = "sentence_transformers.models.Pooling"
DENSE = "sentence_transformers.models.Dense"
NORMALIZE = ("sentence_transformers.models.Normalize", {})
TANH = {
    "in_features": 16,
    "out_features": 6,
    "bias": True,
    "activation_function": "torch.nn.modules.activation.Tanh",
}
PYLATE = "pylate.models.Dense.Dense"
LINEAR = {
    "in_features": 16,
    "out_features": 8,
    "bias": False,
    "activation_function": "torch.nn.modules.linear.Identity",
}
MARKED = {
    "query_prefix": "[unused0]",
    "document_prefix": "[unused1]",
    "query_length": 12,
    "document_length": 20,
    "attend_to_expansion_tokens": False,
    "skiplist_words": list(punctuation),
    "do_query_expansion": True,
}  # fmt: skip


def by_hand(
    folder: Path, linear: torch.Tensor, *, filled: int = 12, attend: bool = False, skip: bool = True
) -> tuple[list[Any], list[Any]]:
    """Vectors of queries and passages, computed as ColBERT's paper says."""
    dropped = {pieces(folder, mark)[0] for mark in punctuation} if skip else set()
    weight = linear.double().numpy()
    queries, passages = [], []
    for text in QUERIES:
        own = [CLS, Q, *pieces(folder, text)[: 12 - 3], SEP]
        ids = own + [MASK] * (filled - len(own))
        found = hidden(folder, ids, len(ids) if attend else len(own))
        queries.append(unit(found @ weight.T))
    for text in PASSAGES:
        ids = [CLS, D, *pieces(folder, text)[: 20 - 3], SEP]
        kept = [number not in dropped for number in ids]
        passages.append(unit(hidden(folder, ids) @ weight.T)[kept])
    return queries, passages


def assert_same(encoder: Encoder, queries: list[Any], passages: list[Any]) -> None:
    """Vectors and scores are those, to 1e-5."""
    own = texts(encoder, QUERIES, 12, "query"), texts(encoder, PASSAGES, 20, "passage")
    for found, expected in zip((*own[0], *own[1]), (*queries, *passages), strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-5)
    for query, expected in zip(own[0], queries, strict=True):
        for passage, other in zip(own[1], passages, strict=True):
            assert max_sim(query, passage) == pytest.approx(max_sim(expected, other), abs=1e-5)


@pytest.mark.parametrize("attend", [False, True])
@pytest.mark.parametrize("skip", [False, True])
def test_colbert_folder(attend: bool, skip: bool, colbert_folder: Make, tmp_path: Path) -> None:  # noqa: FBT001
    """Projection, markers, [MASK] and punctuation, as its files say; also after saving."""
    folder = colbert_folder(attend_to_mask_tokens=attend, mask_punctuation=skip)
    encoder = build_encoder(teacher(folder), list)
    assert encoder.reading.adapter == "colbert"
    linear = load_file(folder / "model.safetensors")["linear.weight"]
    expected = by_hand(_plain(folder), linear, attend=attend, skip=skip)
    encoder.save(tmp_path / "saved")
    for each in (encoder, Encoder.load(tmp_path / "saved")):
        assert_same(each, *expected)


def _plain(folder: Path) -> Path:
    """The same folder with the backbone's weights alone, under transformers' names."""
    import shutil

    other = folder.with_name("plain")
    shutil.copytree(folder, other)
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name.removeprefix("bert."): v for name, v in weights.items() if name.startswith("bert.")},
        other / "model.safetensors",
        {"format": "pt"},
    )
    return other


def test_pylate(layered_folder: Make) -> None:
    """The same from PyLate's files; two Dense layers follow one another, with a residual."""
    folder = layered_folder([(PYLATE, {**LINEAR, "use_residual": False})], MARKED)
    encoder = build_encoder(teacher(folder), list)
    assert encoder.reading.adapter == "pylate"
    linear = load_file(folder / "1_Dense" / "model.safetensors")["linear.weight"]
    assert_same(encoder, *by_hand(folder, linear))


def test_pylate_with_two_layers(layered_folder: Make) -> None:
    """The second, with a residual of its own size, follows the first."""
    second = {**LINEAR, "in_features": 8, "out_features": 4, "use_residual": True}
    folder = layered_folder([(PYLATE, LINEAR), (PYLATE, second)], MARKED)
    first = load_file(folder / "1_Dense" / "model.safetensors")["linear.weight"]
    last = load_file(folder / "2_Dense" / "model.safetensors")
    both = (last["linear.weight"] + last["residual.weight"]) @ first
    assert_same(build_encoder(teacher(folder), list), *by_hand(folder, both))


def test_pylate_without_expansion(layered_folder: Make) -> None:
    """Queries stay as they are where its files say so."""
    folder = layered_folder([(PYLATE, LINEAR)], {**MARKED, "do_query_expansion": False})
    linear = load_file(folder / "1_Dense" / "model.safetensors")["linear.weight"]
    assert_same(build_encoder(teacher(folder), list), *by_hand(folder, linear, filled=0))


@pytest.mark.parametrize(
    ("pooling", "chosen"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode": "lasttoken"}, "last"),
    ],
)
@pytest.mark.parametrize("dense", [False, True])
def test_sentence_transformers(
    pooling: dict[str, Any],
    chosen: str,
    dense: bool,  # noqa: FBT001
    layered_folder: Make,
    tmp_path: Path,
) -> None:
    """Prompt, pooling, then tanh(W x + b), of unit length."""
    prompts = {"query": "query of ", "document": "passage: "}
    folder = layered_folder(
        [(POOLING, pooling), *([(DENSE, TANH)] if dense else []), NORMALIZE], {"prompts": prompts}
    )
    encoder = build_encoder(teacher(folder, interaction="single"), list)
    assert encoder.reading.adapter == "sentence-transformers"
    encoder.save(tmp_path / "saved")
    for side, prompt, given, length in (
        ("query", "query of ", QUERIES, 12),
        ("passage", "passage: ", PASSAGES, 20),
    ):
        expected = []
        for text in given:
            found = hidden(folder, [CLS, *pieces(folder, prompt + text)[: length - 2], SEP])
            pooled = {"cls": found[0], "last": found[-1], "mean": found.mean(axis=0)}[chosen]
            if dense:
                weights = load_file(folder / "2_Dense" / "model.safetensors")
                weight, bias = (weights[f"linear.{n}"].double().numpy() for n in ("weight", "bias"))
                pooled = np.tanh(weight @ pooled + bias)
            expected.append(unit(pooled))
        for each in (encoder, Encoder.load(tmp_path / "saved")):
            one = np.concatenate(texts(each, given, length, side))
            np.testing.assert_allclose(one, np.array(expected), atol=1e-5)


def test_lower_case(layered_folder: Make) -> None:
    """A folder that says do_lower_case reads capitals as small letters."""
    folder = layered_folder(
        [(POOLING, {"pooling_mode": "mean"})], transformer={"do_lower_case": True}
    )
    encoder = build_encoder(teacher(folder), list)
    encoder.tokenizer.backend_tokenizer.normalizer = None
    assert encoder.tokenize(["The WORD"], 12) == encoder.tokenize(["the word"], 12)


def test_late_interaction_of_a_sentence_model(layered_folder: Make) -> None:
    """Pooling, and what comes after it, are no part of token vectors; prompts are."""
    modules = [(POOLING, {"pooling_mode": "cls"}), (DENSE, TANH), NORMALIZE]
    folder = layered_folder(modules, {"prompts": {"query": "query of "}})
    encoder = build_encoder(teacher(folder), list)
    (found,) = texts(encoder, ["a word"], 12, "query")
    ids = [CLS, *pieces(folder, "query of a word"), SEP]
    np.testing.assert_allclose(found, unit(hidden(folder, ids)), atol=1e-5)
    assert encoder.note == (
        'read as sentence-transformers does, prefix "query of " for queries, "" for passages; its '
        "layers on single vectors left out (not used in late interaction)"
    )


def test_lengths_beyond_the_makers_are_told(colbert_folder: Make) -> None:
    """They are the suite's, and read; a longer one than the model was made for is said."""
    encoder = build_encoder(teacher(colbert_folder(), query_length=16, document_length=30), list)
    assert encoder.note.endswith(
        "; query_length = 16, but its makers cut texts at 12; document_length = 30, but its makers "
        "cut texts at 20"
    )
    assert len(encoder.tokenize(["word " * 40], 16)[0]) == 16


def test_the_suite_overrides_the_folder(colbert_folder: Make) -> None:
    """Each setting is a key, that holds over what the files say."""
    folder = colbert_folder()
    encoder = build_encoder(
        teacher(
            folder,
            markers=Markers(query="[unused1]", passage=""),
            expansion=Expansion(tokens=0),
            skip=("word",),
            prefix=Prefix(query="a ", passage="the "),
            layer=2,
        ),
        list,
    )
    plain = _plain(folder)
    linear = load_file(folder / "model.safetensors")["linear.weight"].double().numpy()
    config = json.loads((plain / "config.json").read_text())
    (plain / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 2}))
    ids = [CLS, D, *pieces(folder, "a number"), SEP]
    (found,) = texts(encoder, ["number"], 12, "query")
    np.testing.assert_allclose(found, unit(hidden(plain, ids) @ linear.T), atol=1e-5)
    ids = [CLS, *pieces(folder, "the word seven!"), SEP]
    (found,) = texts(encoder, ["word seven!"], 20, "passage")
    expected = unit(hidden(plain, ids) @ linear.T)
    np.testing.assert_allclose(found, np.delete(expected, 2, axis=0), atol=1e-5)


def test_the_backbone_alone(colbert_folder: Make) -> None:
    """What lies on top is left out where the suite says adapter = "transformers"."""
    folder = colbert_folder()
    encoder = build_encoder(teacher(folder, adapter="transformers"), list)
    (found,) = texts(encoder, ["a number"], 12, "query")
    ids = [CLS, *pieces(folder, "a number"), SEP]
    np.testing.assert_allclose(found, unit(hidden(_plain(folder), ids)), atol=1e-5)


@pytest.mark.parametrize("pooling", ["cls", "last"])
def test_pooling_of_a_plain_folder(pooling: str, backbone: Make) -> None:
    """The vector of the first or the last token, also where texts are padded."""
    encoder = build_encoder(teacher(backbone(), interaction="single", pooling=pooling), list)
    found = np.concatenate(texts(encoder, QUERIES, 12, "query"))
    place = 0 if pooling == "cls" else -1
    ids = [[CLS, *pieces(backbone("again"), text), SEP] for text in QUERIES]
    expected = [unit(hidden(backbone("third"), each))[place] for each in ids]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_identities_stay_where_numbers_do(
    backbone: Make, layered_folder: Make, colbert_folder: Make
) -> None:
    """What was read as now has no reading in its identity: plain folders, and MiniLM's or E5's modules."""

    def reading(folder: Path, **settings: Any) -> object:  # noqa: ANN401 - keys of the section
        return own_reading(Folder(path=folder), teacher(folder, **settings))

    assert reading(backbone()) is None
    usual = layered_folder([(POOLING, {"pooling_mode_mean_tokens": True}), NORMALIZE])
    assert reading(usual) is None
    assert reading(usual, interaction="single") is None
    (usual / "1_Pooling" / "config.json").write_text('{"pooling_mode": "cls"}')
    assert reading(usual) is None
    assert reading(usual, interaction="single", pooling="mean") is None
    assert reading(usual, interaction="single") is not None
    assert reading(colbert_folder()) is not None


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ([(POOLING, {"pooling_mode": "max"})], r"its pooling max is not supported"),
        ([(POOLING, {"pooling_mode": ["cls", "mean"]})], r"its pooling cls \+ mean is not supported"),
        ([("sentence_transformers.models.LSTM", {})], r"its module sentence_transformers\.models\.LSTM"),
        (
            [(POOLING, {}), (DENSE, {**TANH, "activation_function": "torch.nn.modules.activation.CELU"})],
            r"the activation torch\.nn\.modules\.activation\.CELU of 2_Dense/ is not supported",
        ),
        ([(PYLATE, {**LINEAR, "in_features": 4})], "maps 4 numbers, but 16 come in"),
        ([(POOLING, {}), NORMALIZE, (DENSE, TANH)], r"models\.Normalize, number 3, is not supported"),
        (
            [(DENSE, {**TANH, "module_input_name": "token_embeddings"}), (POOLING, {}), (DENSE, TANH)],
            "Dense both before and after its pooling is not supported",
        ),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused(
    modules: list[tuple[str, dict[str, Any]]], message: str, layered_folder: Make
) -> None:
    """With what it is, and how to do without."""
    with pytest.raises(DataError, match=message):
        build_encoder(teacher(layered_folder(modules), interaction="single"), list)


def test_another_adapter_is_refused(backbone: Make) -> None:
    """A plain folder is no ColBERT's."""
    with pytest.raises(DataError, match="is not a folder of colbert; leave `adapter` out"):
        choose(Folder(path=backbone()), "colbert")


def test_markers_that_are_not_there(backbone: Make) -> None:
    """A marker that the tokenizer reads as unknown is no marker."""
    given = teacher(backbone(), markers=Markers(query="[Q]", passage="[D]"))
    with pytest.raises(DataError, match=r'the tokenizer has no token "\[Q\]"'):
        build_encoder(given, list)
