"""Neural machine translation of the topics, then the teacher or BM25."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from clirbench.methods.base import Method
from clirbench.methods.bm25 import BM25
from clirbench.models.settings import SCRATCH, Scratch
from clirbench.settings import settings

__all__ = ["NMT"]


@settings
class NMT(Method):
    """The topics are translated into the documents' language, and read as if they had been in it.

    By any sequence-to-sequence model that transformers loads, or by a small one trained from
    nothing on the pair's bitext. A low-resource language without a model has to make do with the
    latter.
    """

    any_documents: ClassVar[bool] = False
    name: ClassVar[str] = "nmt"
    level: ClassVar[str] = "translation"
    needs: ClassVar[str] = "bitext, or a translation model"
    reference: ClassVar[str] = "standard pipeline; Vaswani et al. 2017 (model from scratch)"
    untunable: ClassVar[frozenset[str]] = frozenset(
        {"model", "revision", "codes", "prefix", "beams", "length", "then"}
    )
    models: ClassVar[frozenset[str]] = frozenset({"model"})
    own_training: ClassVar[Mapping[str, Any]] = {
        "epochs": 40,
        "learning_rate": 2e-3,
        "freeze": (),
        "lora": None,
    }

    model: Annotated[str, Field(min_length=1)] = "scratch"
    """A model hub id, a local folder, or "scratch"; {query} and {documents} stand for the pair's
    languages, as in "Helsinki-NLP/opus-mt-{query}-{documents}". Weights are safetensors."""
    revision: str | None = None
    """Commit or tag of a hub id; none: the hub's current one."""
    codes: Mapping[str, str] = Field(default_factory=dict)
    """A many-language model's own names of languages, such as { sw = "swh_Latn", en = "eng_Latn" }."""
    prefix: str = ""
    """Written before each topic, as in "translate German to English: ", for models that ask for it."""
    beams: Annotated[int, Field(ge=1)] = 4
    """Width of the beam search, 1: greedy. Usual for translation. Chosen here."""
    length: Annotated[int, Field(ge=4)] = 64
    """Longest topic, and longest translation, in the model's word pieces."""
    then: Literal["teacher", "bm25"] = "teacher"
    """What ranks the documents for the translated topics; BM25 has the settings of `bm25`."""
    scratch: Scratch = Scratch(layers=1, width=64, vocabulary=2000)
    """Shape of the model from scratch: layers of encoder and of decoder each. From the 2,000 sentence
    pairs of qde it learns what translates what at width 64; at 128 it learned the sentences by heart."""
    smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Label smoothing in training it; the value of Vaswani et al. 2017."""

    @property
    def translation(self) -> NMT:
        """Itself."""
        return self

    @property
    def searcher(self) -> BM25 | None:
        """BM25, or none: the teacher."""
        return BM25() if self.then == "bm25" else None

    @property
    def trained(self) -> bool:  # type: ignore[override] # for other methods it is a fact
        """Whether the model is trained here, so that seeds and bitext matter."""
        return self.model == SCRATCH

    @property
    def bitext(self) -> bool:  # type: ignore[override]
        """As `trained`."""
        return self.trained
