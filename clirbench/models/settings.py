"""What a suite says of models: teacher and students, how they read texts, and how they are trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from clirbench.data.base import CollectionSource
from clirbench.settings import settings

__all__ = [
    "EMBEDDINGS",
    "SCRATCH",
    "Beside",
    "Clip",
    "Expansion",
    "Fraction",
    "Length",
    "LoRA",
    "Markers",
    "MethodReader",
    "Optimisation",
    "Positive",
    "PositiveInt",
    "Prefix",
    "Reader",
    "Reads",
    "Scratch",
    "Student",
    "StudentReader",
    "Teacher",
    "TeacherTraining",
]

SCRATCH = "scratch"
"""What stands in place of a model's name where it is trained from nothing."""
EMBEDDINGS = "embeddings"
"""What stands for a backbone's tables of word pieces, positions and segments in a list of its parts."""
Positive = Annotated[float, Field(gt=0)]
PositiveInt = Annotated[int, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Clip = Positive | Literal["adaptive", "off"]
Length = PositiveInt | Literal["auto"]
_SCRATCH_LENGTH = 64
"""Longest query of a model from scratch, which has as many positions as it is told."""


@settings
class Scratch:
    """A small encoder trained from nothing (`backbone = "scratch"`)."""

    layers: PositiveInt = 1
    """Transformer layers; 1 keeps a cell of the quick suite at a few seconds on two cores."""
    width: PositiveInt = 64
    """Hidden size; as `layers`."""
    heads: PositiveInt = 4
    """Attention heads; must divide `width`."""
    vocabulary: Annotated[int, Field(ge=100)] = 4000
    """Word pieces of the tokenizer, which is trained on the documents and on all bitext."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """BERT's value (Devlin et al. 2019)."""


@settings
class LoRA:
    """Low-rank adaptation (Hu et al., ICLR 2022, arXiv 2106.09685): W + alpha / rank · B A is trained by B, A.

    The backbone's own weights stay as they are; a projection on top is trained in full. In the end the
    changes are added to the weights, so that a trained encoder is none the larger.
    """

    rank: PositiveInt = 8
    """Columns of B and rows of A. Chosen here."""
    alpha: Positive = 16.0
    """Numerator of the factor alpha / rank; twice the rank is usual. Chosen here."""
    targets: tuple[str, ...] = ()
    """Last parts of the names of linear maps that are changed, such as `["query", "value"]`; none: all
    of the layers, as in QLoRA (Dettmers et al. 2023)."""


@settings
class Optimisation:
    """How a model is trained: AdamW with linear warm-up and linear decay to zero."""

    epochs: PositiveInt = 2
    """Passes over the data; two, as in DR.DECR's alignment stage."""
    batch_size: PositiveInt = 32
    """Pairs in a batch, also the pool of in-batch negatives; 32 is what the methods were tried at."""
    learning_rate: Positive = 1e-4
    """Peak rate; 1e-4 was best among {2e-5, 5e-5, 1e-4} for small encoders in our try-outs."""
    warmup: Fraction = 0.1
    """Share of the steps in which the rate rises linearly from zero."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """AdamW's default (Loshchilov & Hutter 2019); not applied to biases and layer norms."""
    clip: Clip = "adaptive"
    """Largest norm of the gradient; adaptive: the 90th percentile of the norms so far, in units of the
    method's own loss (AutoClip, Seetharaman et al. 2020); off: none. BERT's 1 (Devlin et al. 2019) clips
    every step of contrastive losses and squared errors, and one in a hundred of OPTICAL's."""

    freeze: tuple[Literal["embeddings"] | PositiveInt, ...] = ()
    """Parts of the backbone that stay as they are: "embeddings", and layers counted from 1, such as
    `["embeddings", 1, 2, 3]`."""
    lora: LoRA | None = None
    """Low-rank changes in place of the backbone's own weights, `{ rank = 8, alpha = 16 }`; needs
    clirbench[lora]. none: the weights are trained."""


@settings
class TeacherTraining(Optimisation):
    """Training of the teacher from queries and passages, with in-batch negatives and own ones.

    The loss is the cross entropy of picking a query's passage. The others are the other passages of
    the batch, and the query's own negative, where the data have one (Karpukhin et al. 2020).
    Khattab & Zaharia 2020 have the own negative alone.
    """

    neutral: ClassVar[Mapping[str, object]] = {
        "source": None,
        "sources": (),
        "negatives": "batch",
        "examples": None,
        "freeze": (),
        "lora": None,
    }

    source: Annotated[str, Field(min_length=1)] | None = None
    """What is learned from: `irds:` and an id of ir_datasets, such as
    msmarco-passage/train/triples-small, whose triples are read, or where it has none its judgments.
    Or a file of query<TAB>positive[<TAB>negative] lines; it may be a .gz. none: the collection's own
    training queries."""
    sources: tuple[CollectionSource, ...] = ()
    """Collections to learn from in place of `source`, by name or as tables, such as `["afriqa",
    "xquad"]`. What is learned from: their English training queries, or where one has none its
    topics and what is relevant to them. What holds a tested topic, or text of a document that is
    relevant to one, is left out and counted."""
    negatives: Literal["batch", "bm25"] = "batch"
    """Negatives of a query whose data have none. batch: none; bm25: the passage that BM25 finds
    best among all but its own, as in DPR (Karpukhin et al. 2020)."""
    examples: Annotated[int, Field(ge=2)] | None = None
    """The first so many are used, and no more read; none: all. All texts are held in memory."""
    epochs: PositiveInt = 10
    """A teacher from scratch needs more than a student that starts from one."""
    clip: Clip = 1.0
    """Largest norm of the gradient, as for students. BERT's value: there is one teacher and one loss,
    so that it favours none."""
    learning_rate: Positive = 1e-3
    """Chosen on the synthetic collection."""
    temperature: Positive = 0.05
    """Temperature of the softmax over in-batch scores (per query token for late interaction)."""
    seed: Annotated[int, Field(ge=0)] = 0
    """The teacher is one for the whole suite, so it has a seed of its own."""


@settings
class Prefix:
    """Text that is put before what the model reads, such as E5's "query: " and "passage: "."""

    query: str = ""
    """Before queries and training sentences."""
    passage: str = ""
    """Before documents and training passages."""


@settings
class Markers:
    """Tokens of ColBERT that tell queries from passages, after the first token; "" for none."""

    query: str = ""
    """In queries and training sentences; a token of the vocabulary, such as "[unused0]"."""
    passage: str = ""
    """In documents and training passages."""


@settings
class Expansion:
    """ColBERT's query augmentation: queries are filled up with [MASK], and its vectors are scored."""

    tokens: Annotated[int, Field(ge=0)]
    """A query of fewer tokens is filled up to so many, at most to `query_length`; 0: none is."""
    attend: bool = False
    """Whether the query's own tokens attend to them."""


@settings
class Reads:
    """How a pretrained model reads texts."""

    neutral: ClassVar[Mapping[str, object]] = {
        "adapter": "auto",
        "prefix": None,
        "pooling": None,
        "layer": None,
        "markers": None,
        "expansion": None,
        "skip": None,
    }

    revision: str | None = None
    """Commit or tag of a hub id; none: the hub's current one, recorded in the results."""
    adapter: Literal["auto", "transformers", "sentence-transformers", "colbert", "pylate"] = "auto"
    """Whose files the backbone's folder holds; auto: they say it. transformers: the backbone alone,
    without what others put on top."""
    prefix: Prefix | None = None
    """Text put before queries and passages; none: the backbone's own prompts, if it has any."""
    pooling: Literal["mean", "cls", "last"] | None = None
    """Of a single vector: mean of the tokens, the first, or the last; none: the backbone's own, or mean."""
    layer: PositiveInt | None = None
    """The layer of the backbone whose vectors are taken, counted from 1; none: the last."""
    markers: Markers | None = None
    """ColBERT's tokens for queries and passages; none: the backbone's own, if it has any."""
    expansion: Expansion | None = None
    """Filling up of queries with [MASK]; none: the backbone's own, if it has any."""
    skip: tuple[str, ...] | None = None
    """Tokens of documents that are read but not scored, such as punctuation; none: the backbone's own."""


@settings
class Reader(Reads):
    """An encoder: a backbone, with all that turns its token vectors into what is scored."""

    section: ClassVar[str]
    """Of the suite, for messages."""

    backbone: Annotated[str, Field(min_length=1)]
    """A model hub id, a local folder, or "scratch"."""
    interaction: Literal["late", "single"] = "late"
    """late: one vector a token, MaxSim (ColBERT, Khattab & Zaharia 2020); single: one, see `pooling`."""
    projection: Annotated[int, Field(ge=0)] = 0
    """Size of a new linear projection on top, which is trained with the teacher; ColBERT uses 128.
    0: no new one; what the backbone's own files have on top is kept."""
    special_tokens: Literal["keep", "drop"] = "keep"
    """Whether [CLS], [SEP] and their like take part in scoring and in losses; ColBERT keeps them."""
    query_length: Length = "auto"
    """Longest query or training sentence in word pieces, special ones included. auto: what 95 % of
    the training sentences and of the topics of each language need, at most the backbone's
    positions. For a model from scratch auto is 64."""
    document_length: PositiveInt = 256
    """Longest document in word pieces; ColBERT uses 180, the rest of a longer text is not read."""
    scratch: Scratch | None = None
    """Shape of the encoder when the backbone is "scratch"."""

    @property
    def query_tokens(self) -> int | None:
        """Longest query or training sentence in word pieces; none: it follows from the data."""
        if self.query_length != "auto":
            return self.query_length
        return _SCRATCH_LENGTH if self.backbone == SCRATCH else None


@settings
class Teacher(Reader):
    """The fixed English retrieval model that every student starts from, or that [student] learns from.

    How a pretrained backbone reads texts is taken from its own files, and said in the log: those of
    transformers, sentence-transformers, ColBERT or PyLate. A key that is given here holds over them.
    """

    section: ClassVar[str] = "teacher"

    training: TeacherTraining | None = None
    """How the teacher is trained; none: it is taken as it is."""


@settings
class Beside(Reads):
    """Keys of a pretrained encoder that stands beside the teacher."""

    special_tokens: Literal["keep", "drop"] | None = None
    """Whether [CLS], [SEP] and their like take part in scoring and in losses; none: as the teacher's."""
    query_length: Length | None = None
    """Longest query or training sentence in the encoder's own word pieces; none: as the teacher's key
    says, which with auto is what the texts need in these."""
    document_length: PositiveInt | None = None
    """Longest document in the encoder's own word pieces; none: as many as the teacher's."""

    def beside(self, teacher: Teacher) -> dict[str, Any]:
        """All that the encoder's `Reader` is made of; what is not given here is the teacher's."""
        shared = ("interaction", "special_tokens", "query_length", "document_length")
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {key: value for key, value in own.items() if key not in shared or value is not None}
        return {**{key: getattr(teacher, key) for key in shared}, **given}


@settings
class Student(Beside):
    """The pretrained model that the students start from, where that is not the teacher.

    It reads what is not English, with a tokenizer of its own; English is read by the teacher, and so are
    foreign topics where nothing is trained, as in zero-shot.
    """

    neutral: ClassVar[Mapping[str, object]] = {**Reads.neutral, "projection": "drawn"}

    backbone: Annotated[str, Field(min_length=1)]
    """A model hub id or a local folder."""
    projection: Literal["drawn", "fitted"] = "drawn"
    """How a student's vectors come into the teacher's space, by a linear projection that is trained
    on. drawn: at random, by the seed, and none where sizes are the same. fitted: by least squares,
    between both models' mean vectors of the English sentences of the bitext. No translation is
    needed for that."""

    def reader(self, teacher: Teacher) -> Reader:
        """The encoder that the students start from."""
        given = self.beside(teacher)
        del given["projection"]  # is a student's, not its encoder's
        return StudentReader(**given)


@settings
class StudentReader(Reader):
    """What the students start from, in full."""

    section: ClassVar[str] = "student"


@settings
class MethodReader(Reader):
    """A method's own encoder, in full."""

    section: ClassVar[str] = "method"
