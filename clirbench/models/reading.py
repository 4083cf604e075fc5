"""How an encoder reads texts: what the model's own files say, and what the suite says over them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clirbench.models.settings import Reader

__all__ = ["Dense", "Reading", "Side", "resolve"]

Side: TypeAlias = Literal["query", "passage"]
"""As what a text is read; sentences of a bitext are read as queries are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense:
    """A layer on top of the backbone: activation(W x + b), and x or a map of it added."""

    size: tuple[int, int]
    """Of what comes in and of what goes out."""
    bias: bool
    activation: str = "Identity"
    """Name of the class in torch.nn."""
    residual: bool = False
    file: str
    """In the model's folder, with the weights `linear.weight`, `linear.bias`, `residual.weight`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is done with a text. The defaults are those of a folder of transformers alone."""

    adapter: str = "transformers"
    """Whose files they are."""
    part: Literal["all", "encoder"] = "all"
    """Of an encoder-decoder, only the encoder reads."""
    pooling: str = "mean"
    """Of a single vector: mean of the tokens, the first or the last token."""
    layer: int | None = None
    """Whose output is read, from 1; none: the last, with what follows it."""
    lower: bool = False
    """Whether texts are read in lower case."""
    prefix: tuple[str, str] = ("", "")
    """Text put before queries, and before passages."""
    markers: tuple[str, str] = ("", "")
    """Token put after the first one of queries, and of passages."""
    expansion: int = 0
    """Tokens that a shorter query is filled up to with [MASK]."""
    attend: bool = False
    """Whether the query's own tokens attend to those."""
    skip: tuple[str, ...] = ()
    """Tokens of passages that are read but take no part in scoring; unknown ones are none."""
    skip_by: Literal["name", "piece"] = "name"
    """Whether those are names in the vocabulary, or words whose first piece is meant."""
    dense: tuple[Dense, ...] = ()
    """Layers on top, in order."""
    dense_of: Literal["tokens", "sentences"] = "tokens"
    """Whether they map each token, or the pooled vector."""
    made_for: tuple[int | None, int | None] = field(default=(None, None), compare=False)
    """Tokens that the makers cut queries and passages to; the suite's lengths hold, so this is told, and
    no part of what is compared or kept."""

    def as_json(self) -> dict[str, Any]:
        """What differs from a plain reading; `from_json` turns it back."""
        plain = asdict(Reading())
        return {
            key: value
            for key, value in asdict(self).items()
            if value != plain[key] and key != "made_for"
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Reading:
        """Read what `as_json` gave, also after it was JSON."""
        made: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list | tuple) else value
            for key, value in values.items()
        }
        if "dense" in made:
            made["dense"] = tuple(
                Dense(**{**each, "size": tuple(each["size"])}) for each in made["dense"]
            )
        return cls(**made)

    def of(self, side: Side) -> tuple[str, str]:
        """Prefix and marker of a side."""
        which = 0 if side == "query" else 1
        return self.prefix[which], self.markers[which]

    def __str__(self) -> str:
        parts = [f"read as {self.adapter} does"]
        parts += ["the encoder alone"] * (self.part == "encoder")
        parts += [f"pooling {self.pooling}"] * (self.pooling != "mean")
        parts += [f"layer {self.layer}"] * (self.layer is not None)
        parts += ["lower case"] * self.lower
        for name, pair in (("prefix", self.prefix), ("marker", self.markers)):
            if any(pair):
                parts.append(f'{name} "{pair[0]}" for queries, "{pair[1]}" for passages')
        if self.expansion:
            attended = "attended to" if self.attend else "not attended to"
            parts.append(f"queries filled up to {self.expansion} with [MASK], {attended}")
        parts += [f"{len(self.skip)} tokens of passages not scored"] * bool(self.skip)
        parts += [
            f"{each.activation} layer {each.size[0]} → {each.size[1]} on {self.dense_of}"
            for each in self.dense
        ]
        return ", ".join(parts)


def resolve(own: Reading, reader: Reader) -> Reading:
    """What holds: the suite's keys where they are given, else what the folder says.

    Args:
        own: what the folder says.
        reader: what the suite says.
    """
    given: dict[str, Any] = {}
    if reader.pooling is not None:
        given["pooling"] = reader.pooling
    if reader.layer is not None:
        given["layer"] = reader.layer
    if reader.prefix is not None:
        given["prefix"] = (reader.prefix.query, reader.prefix.passage)
    if reader.markers is not None:
        given["markers"] = (reader.markers.query, reader.markers.passage)
    if reader.expansion is not None:
        given |= {"expansion": reader.expansion.tokens, "attend": reader.expansion.attend}
    if reader.skip is not None:
        given["skip"] = reader.skip
    made = replace(own, **given)
    if reader.interaction == "late":  # nothing is pooled, and so nothing that comes after it
        made = replace(made, pooling="mean")
        if made.dense_of == "sentences":
            made = replace(made, dense=(), dense_of="tokens")
    if not made.expansion:
        made = replace(made, attend=False)
    return made
