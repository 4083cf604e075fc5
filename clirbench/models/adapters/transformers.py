"""A model as transformers writes it, and nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clirbench.models.reading import Reading

if TYPE_CHECKING:
    from clirbench.models.folder import Folder

__all__ = ["read_transformers"]

_DECODING = frozenset(
    [
        "bart",
        "bigbird_pegasus",
        "blenderbot",
        "fsmt",
        "led",
        "longt5",
        "m2m_100",
        "marian",
        "mbart",
        "mt5",
        "mvp",
        "pegasus",
        "pegasus_x",
        "plbart",
        "prophetnet",
        "switch_transformers",
        "t5",
        "umt5",
        "xlm-prophetnet",
    ]
)
"""Models of an encoder and a decoder; the settings of an encoder alone deny it, where there is one."""


def read_transformers(folder: Folder) -> Reading:
    """Whatever has a config.json: all of it reads, or of an encoder-decoder the encoder."""
    config = folder.config
    decoding = config.get("is_encoder_decoder") or config.get("model_type") in _DECODING
    return Reading(part="encoder" if decoding else "all")
