"""sentence-transformers folders (Reimers & Gurevych 2019): a list of modules and their settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clirbench.errors import DataError
from clirbench.models.adapters.transformers import read_transformers
from clirbench.models.folder import tensor_shapes
from clirbench.models.reading import Dense, Reading

if TYPE_CHECKING:
    from clirbench.models.folder import Folder

__all__ = ["prompts", "read_dense", "read_sentence_transformers"]

_POOLINGS = {"mean": "mean", "cls": "cls", "lasttoken": "last"}
"""Their names of poolings → ours."""
_OLD_POOLINGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_MODULES = ("Pooling", "Dense", "Normalize", "MultiVectorMask")
_ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "SiLU", "Sigmoid")


def read_sentence_transformers(folder: Folder) -> Reading | None:
    """Transformer, then Pooling, Dense and Normalize, or what a MultiVectorEncoder has; and prompts.

    Normalize at the end changes nothing here, where scores are cosines.

    Raises:
        DataError: it has a module, or a setting of one, that is not read here.
    """
    if not folder.modules:
        return None
    _check_modules(folder)
    places = {kind.rpartition(".")[2]: path for kind, path in folder.modules}
    layers = [path for kind, path in folder.modules if kind.rpartition(".")[2] == "Dense"]
    of = {_input(folder, path) for path in layers}
    if len(of) > 1:
        raise _unread(folder, "Dense both before and after its pooling")
    said = folder.json("sentence_bert_config.json")
    length = said.get("max_seq_length")
    expansion = said.get("query_expansion") or {}
    if expansion.get("token") is not None:
        raise _unread(folder, f"filling up of queries with {expansion['token']}")
    return replace(
        read_transformers(folder),
        adapter="sentence-transformers",
        pooling=_pooling(folder, places["Pooling"]) if "Pooling" in places else "mean",
        lower=bool(said.get("do_lower_case", False)),
        prefix=prompts(folder),
        expansion=int(expansion.get("length", 0)),
        attend=bool(expansion.get("attend", False)),
        skip=_skipped(folder, places["MultiVectorMask"]) if "MultiVectorMask" in places else (),
        dense=tuple(read_dense(folder, path) for path in layers),
        dense_of="sentences" if "sentence_embedding" in of else "tokens",
        made_for=(said.get("query_length", length), said.get("document_length", length)),
    )


def _check_modules(folder: Folder) -> None:
    """Refuse a module that is not read here, or not where it stands."""
    names = [kind.rpartition(".")[2] for kind, _ in folder.modules]
    for place, (name, (kind, path)) in enumerate(zip(names, folder.modules, strict=True)):
        if place == 0:
            if name != "Transformer" or path:
                raise _unread(folder, f"its first module, {kind} in {path or '.'}/")
        elif name not in _MODULES or (name == "Normalize" and "Dense" in names[place:]):
            raise _unread(folder, f"its module {kind}, number {place + 1},")


def _input(folder: Folder, path: str) -> str:
    """What a Dense module maps: their name of a text's vector, or of its tokens'."""
    return str(folder.json(f"{path}/config.json").get("module_input_name", "sentence_embedding"))


def _skipped(folder: Folder, path: str) -> tuple[str, ...]:
    """Tokens of passages that a MultiVectorEncoder does not score."""
    said = folder.json(f"{path}/config.json")
    if said.get("skiplist_tasks", ["document"]) != ["document"] or said.get("keep_only_token_ids"):
        raise _unread(folder, f"what {path}/ leaves out beside words of documents")
    return tuple(map(str, said.get("skiplist_words") or ()))


def prompts(folder: Folder) -> tuple[str, str]:
    """Texts put before queries and passages: as `encode_query` and `encode_document` choose them."""
    settings = folder.json("config_sentence_transformers.json")
    known = {
        name: text for name, text in (settings.get("prompts") or {}).items() if text is not None
    }
    default = known.get(settings.get("default_prompt_name"), "")
    passages = [known[name] for name in ("document", "passage", "corpus") if name in known]
    passage = next(filter(None, passages), "") if passages else default
    return str(known.get("query", default)), str(passage)


def read_dense(folder: Folder, path: str) -> Dense:
    """A Dense module, of theirs or of PyLate's.

    Raises:
        DataError: its activation is not read here, or it has no safetensors.
    """
    settings = folder.json(f"{path}/config.json")
    activation = str(settings.get("activation_function", "torch.nn.modules.activation.Tanh"))
    name = activation.rpartition(".")[2]
    if name not in _ACTIVATIONS or not activation.startswith("torch.nn."):
        raise _unread(folder, f"the activation {activation} of {path}/")
    file = f"{path}/model.safetensors"
    if not (folder.path / file).exists():
        raise DataError(f'no "{folder.path / file}"; pickled weights are not loaded')
    tensor_shapes(folder.path / file)
    try:
        size = int(settings["in_features"]), int(settings["out_features"])
    except KeyError as error:
        raise DataError(f'"{folder.path / path / "config.json"}" has no {error}') from error
    return Dense(
        size=size,
        bias=bool(settings.get("bias", True)),
        activation=name,
        residual=bool(settings.get("use_residual", False)),
        file=file,
    )


def _pooling(folder: Folder, path: str) -> str:
    settings = folder.json(f"{path}/config.json")
    modes = settings.get("pooling_mode")
    if modes is None:
        modes = [name for key, name in _OLD_POOLINGS.items() if settings.get(key)] or ["mean"]
    modes = [modes] if isinstance(modes, str) else list(modes)
    if len(modes) != 1 or modes[0] not in _POOLINGS:
        raise _unread(folder, f"its pooling {' + '.join(map(str, modes))}")
    if not settings.get("include_prompt", True) and any(prompts(folder)):
        raise _unread(folder, "its pooling, which leaves out the prompt,")
    return _POOLINGS[modes[0]]


def _unread(folder: Folder, what: str) -> DataError:
    return DataError(
        f'"{folder.path}": {what} is not supported (supported: Transformer, Pooling by '
        f"{', '.join(_POOLINGS)}, Dense with {', '.join(_ACTIVATIONS)}, Normalize at the end, "
        'MultiVectorMask); adapter = "transformers" reads the backbone alone'
    )
