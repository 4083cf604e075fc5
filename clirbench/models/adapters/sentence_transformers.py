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
_ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "SiLU", "Sigmoid")


def read_sentence_transformers(folder: Folder) -> Reading | None:
    """Transformer, Pooling, then Dense and Normalize in any number; prompts, and lower case.

    Normalize changes nothing here, where scores are cosines.

    Raises:
        DataError: it has a module, or a setting of one, that is not read here.
    """
    if not folder.modules:
        return None
    pooling, dense = "mean", []
    for place, (kind, path) in enumerate(folder.modules):
        name = kind.rpartition(".")[2]
        if place == 0:
            if name != "Transformer" or path:
                raise _unread(folder, f"its first module, {kind} in {path or '.'}/")
        elif name == "Pooling":
            pooling = _pooling(folder, path)
        elif name == "Dense":
            dense.append(read_dense(folder, path))
        elif name != "Normalize":
            raise _unread(folder, f"its module {kind}")
    said = folder.json("sentence_bert_config.json")
    length = said.get("max_seq_length")
    return replace(
        read_transformers(folder),
        adapter="sentence-transformers",
        pooling=pooling,
        lower=bool(said.get("do_lower_case", False)),
        prefix=prompts(folder),
        dense=tuple(dense),
        dense_of="sentences" if dense else "tokens",
        made_for=(length, length),
    )


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
        f'"{folder.path}": {what} is not read here (read are Transformer, Pooling by '
        f"{', '.join(_POOLINGS)}, Dense with {', '.join(_ACTIVATIONS)}, Normalize); "
        'adapter = "transformers" reads the backbone alone'
    )
