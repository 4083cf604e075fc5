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
    """The topics are translated into the documents' language, then searched as if written in it.

    The translator is any sequence-to-sequence model that transformers loads. Or it is a small one,
    trained from scratch on the pair's bitext: the only choice for a low-resource language without a
    model.
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
    """A model hub id, a local folder, or "scratch". {query} and {documents} stand for the pair's
    languages, as in "Helsinki-NLP/opus-mt-{query}-{documents}". Weights must be safetensors."""
    revision: str | None = None
    """Commit or tag of a hub id. Default: the hub's current one."""
    codes: Mapping[str, str] = Field(default_factory=dict)
    """Names of languages in a many-language model, such as { sw = "swh_Latn", en = "eng_Latn" }."""
    prefix: str = ""
    """Text before each topic, for models that ask for it, as in "translate German to English: "."""
    beams: Annotated[int, Field(ge=1)] = 4
    """Width of the beam search; 1 is greedy search. Chosen here; usual for translation."""
    length: Annotated[int, Field(ge=4)] = 64
    """Most word pieces of a topic, and of its translation."""
    then: Literal["teacher", "bm25"] = "teacher"
    """What ranks the documents for the translated topics. BM25 has the settings of `bm25`."""
    scratch: Scratch = Scratch(layers=1, width=64, vocabulary=2000)
    """Shape of the model from scratch; encoder and decoder have `layers` layers each. From the
    2,000 sentence pairs of qde, width 64 learns which word translates which; at width 128 it
    learned the sentences by heart."""
    smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Label smoothing when the model is trained from scratch. The value of Vaswani et al. 2017."""

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
