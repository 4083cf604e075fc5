"""What a suite asks beside its own comparison: methods on harder topics, and with other bitexts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from clirbench.data.perturbations import PERTURBATIONS
from clirbench.data.perturbations.base import Perturbation
from clirbench.models.settings import PositiveInt
from clirbench.settings import settings
from clirbench.spec.judging import Name

__all__ = ["ALL", "AXES", "NONE", "Robustness", "Sweep", "Swept"]

Share = Annotated[float, Field(gt=0, le=1)]
AXES = ("pairs", "mispaired", "sources", "translated")
"""What can be changed about a bitext."""
ALL, NONE = "all", "none"
"""What a suite has itself on an axis that it says nothing of: all pairs, all sources; no translations."""


class _Somewhere:
    """What is asked of some pairs."""

    on: tuple[str, ...]

    def asks(self, pair: str, resource: str) -> bool:
        """Whether it is about a pair."""
        return bool({"all", pair, resource} & set(self.on))


@settings
class Robustness(_Somewhere):
    """Harder versions of the topics, searched by every method too. Nothing is trained again."""

    neutral: ClassVar[Mapping[str, object]] = {"on": ("all",)}

    queries: dict[str, Annotated[tuple[Share, ...], Field(min_length=1)]]
    """Kinds of perturbation, each with the shares of words that are perturbed, such as `{ typos =
    [0.1, 0.2, 0.4], case = [1.0] }`. Share 0 means unchanged topics."""
    methods: tuple[Name, ...] | None = None
    """Labels of the methods that search with the perturbed topics. Default: all."""
    on: tuple[str, ...] = ("all",)
    """Pairs whose topics are perturbed: resource classes, pairs such as "so-en", or "all"."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the draw of words and of edits."""

    @property
    def points(self) -> Iterator[Perturbation]:
        """Each way with each severity."""
        for name, severities in self.queries.items():
            for severity in severities:
                yield PERTURBATIONS[name](severity=severity, seed=self.seed)


@settings
class Sweep(_Somewhere):
    """Changes of the bitext that methods are trained from too, with their settings in the suite.

    One thing is changed at a time. Nothing is tuned again, and what the suite has already trained
    is not trained twice.
    """

    pairs: tuple[PositiveInt | Literal["all"], ...] = ()
    """Numbers of sentence pairs to try instead of `training.pairs`, such as `[250, 500, 1000,
    "all"]`."""
    mispaired: tuple[Share, ...] = ()
    """Shares of the sentence pairs that get the English side of another pair, such as `[0.1,
    0.3]`."""
    sources: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = ()
    """Bitexts of a pair that are used alone, by name, such as `[["tico19"], ["tatoeba"]]`: one
    domain each. A pair that lacks any of them is left out."""
    translated: tuple[Name, ...] = ()
    """Labels of methods that train a translator, such as "nmt". Its translations replace people's.
    There are `training.pairs` of them, of sentences that the translator has not learned from."""
    methods: tuple[Name, ...] | None = None
    """Labels of the methods that are trained from the changed bitexts. Default: all that learn from
    bitext."""
    on: tuple[str, ...] = ("all",)
    """Where the sweep is run: resource classes, pairs such as "so-en", or "all"."""

    @property
    def points(self) -> Iterator[Swept]:
        """Each value of each axis."""
        for value in self.pairs:
            yield Swept(axis="pairs", value=str(value))
        for share in self.mispaired:
            yield Swept(axis="mispaired", value=f"{share:g}")
        for names in self.sources:
            yield Swept(axis="sources", value="+".join(names))
        for label in self.translated:
            yield Swept(axis="translated", value=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """One change of a bitext; `str` of it follows the name of a pair, such as `~pairs=250`."""

    axis: str
    value: str

    def __str__(self) -> str:
        return f"~{self.axis}={self.value}"

    @property
    def training(self) -> Mapping[str, Any]:
        """What it changes of [training]."""
        match self.axis:
            case "pairs":
                return {"pairs": None if self.value == ALL else int(self.value)}
            case "mispaired":
                return {"mispaired": float(self.value)}
        return {}

    @property
    def translated(self) -> str | None:
        """Label of the method whose translations are learned from; none: people's."""
        return self.value if self.axis == "translated" and self.value != NONE else None

    @property
    def sources(self) -> frozenset[str] | None:
        """Names of the bitexts that are learned from; none: all."""
        if self.axis != "sources" or self.value == ALL:
            return None
        return frozenset(self.value.split("+"))
