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
"""Stands in place of a model's name if the model is trained from scratch."""
EMBEDDINGS = "embeddings"
"""Name of a backbone's tables of word pieces, positions and segments in a list of its parts."""
Positive = Annotated[float, Field(gt=0)]
PositiveInt = Annotated[int, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Clip = Positive | Literal["adaptive", "off"]
Length = PositiveInt | Literal["auto"]
_SCRATCH_LENGTH = 64
"""Longest query of a model from scratch, which has as many positions as it is told."""


@settings
class Scratch:
    """A small encoder trained from scratch (`backbone = "scratch"`)."""

    layers: PositiveInt = 1
    """Transformer layers. With 1, a cell of the quick suite takes a few seconds on two cores."""
    width: PositiveInt = 64
    """Hidden size. Chosen like `layers`."""
    heads: PositiveInt = 4
    """Attention heads; must divide `width`."""
    vocabulary: Annotated[int, Field(ge=100)] = 4000
    """Word pieces of the tokenizer. It is trained on the documents and on all bitext."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Dropout in training. BERT's value (Devlin et al. 2019)."""


@settings
class LoRA:
    """Low-rank adaptation: B and A of W + alpha / rank · B A are trained.

    The method is that of Hu et al., ICLR 2022, arXiv 2106.09685. The backbone's own weights stay as
    they are; a projection on top is trained in full. At the end the changes are added to the
    weights, so a trained encoder is no larger.
    """

    rank: PositiveInt = 8
    """Columns of B and rows of A. Chosen here."""
    alpha: Positive = 16.0
    """Numerator of the factor alpha / rank. Chosen here; twice the rank is usual."""
    targets: tuple[str, ...] = ()
    """Linear maps that are changed, by the last part of their names, such as `["query", "value"]`.
    Default: all of the layers, as in QLoRA (Dettmers et al. 2023)."""


@settings
class Optimisation:
    """How a model is trained: AdamW with linear warm-up and linear decay to zero."""

    epochs: PositiveInt = 2
    """Passes over the data. Two, as in DR.DECR's alignment stage."""
    batch_size: PositiveInt = 32
    """Pairs in a batch; the in-batch negatives come from the same batch. The methods were tried
    with 32."""
    learning_rate: Positive = 1e-4
    """Peak learning rate. Among 2e-5, 5e-5 and 1e-4, 1e-4 was best for small encoders in our
    try-outs."""
    warmup: Fraction = 0.1
    """Share of the steps in which the learning rate rises linearly from zero."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """Weight decay, not applied to biases and layer norms. AdamW's default (Loshchilov & Hutter
    2019)."""
    clip: Clip = "adaptive"
    """Largest norm of the gradient. adaptive: the 90th percentile of the norms so far, in units of
    the method's own loss (AutoClip, Seetharaman et al. 2020). off: no limit. BERT's 1 (Devlin et
    al. 2019) clips every step of contrastive losses and squared errors, but one in a hundred of
    OPTICAL's."""

    freeze: tuple[Literal["embeddings"] | PositiveInt, ...] = ()
    """Parts of the backbone that are not trained: "embeddings" with their normalisation, and layers
    counted from 1, such as `["embeddings", 1, 2, 3]`."""
    lora: LoRA | None = None
    """Low-rank changes instead of training the backbone's own weights, such as `{ rank = 8, alpha =
    16 }`. Needs clirbench[lora]. Default: the weights are trained."""


@settings
class TeacherTraining(Optimisation):
    """Training of the teacher from queries and passages, with in-batch and own negatives.

    The loss is the cross entropy of picking a query's passage. The candidates are that passage, the
    other passages of the batch, and the query's own negative, if the data have one (Karpukhin et
    al. 2020). Khattab & Zaharia 2020 use the own negative only.
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
    """`irds:` and an id of ir_datasets, or a file. Of an id, the triples are read (such as
    msmarco-passage/train/triples-small), else the judgments. A file has lines of
    query<TAB>positive[<TAB>negative]; a name in .gz is a gzip file. Default: the collection's own
    training queries."""
    sources: tuple[CollectionSource, ...] = ()
    """Collections to learn from instead of `source`, by name or as tables, such as `["afriqa",
    "xquad"]`. Their English training queries are used, else their topics and the documents relevant
    to these. Examples with a tested topic, or with text of a document relevant to one, are left out
    and counted."""
    negatives: Literal["batch", "bm25"] = "batch"
    """Negatives for queries that have none in the data. batch: only other passages of the batch.
    bm25: the best passage by BM25 except its own, as in DPR (Karpukhin et al. 2020)."""
    examples: Annotated[int, Field(ge=2)] | None = None
    """Number of examples that are read and used, the first of the data. Default: all. All texts are
    held in memory."""
    epochs: PositiveInt = 10
    """Passes over the data. A teacher from scratch needs more than a student that starts from
    one."""
    clip: Clip = 1.0
    """Largest norm of the gradient, as for students. BERT's value: with one teacher and one loss,
    it favours no method."""
    learning_rate: Positive = 1e-3
    """Peak learning rate. Chosen on the synthetic collection."""
    temperature: Positive = 0.05
    """Temperature of the softmax over in-batch scores (for late interaction: of scores per query
    token)."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the teacher. It has its own, since the whole suite has only one teacher."""


@settings
class Prefix:
    """Text put before what the model reads, such as E5's "query: " and "passage: "."""

    query: str = ""
    """Text before queries and training sentences."""
    passage: str = ""
    """Text before documents and training passages."""


@settings
class Markers:
    """ColBERT's tokens that tell queries from passages, after the first token; "" for none."""

    query: str = ""
    """Token for queries and training sentences: a token of the vocabulary, such as "[unused0]"."""
    passage: str = ""
    """Token for documents and training passages."""


@settings
class Expansion:
    """ColBERT's query augmentation: queries are filled up with [MASK], which is scored."""

    tokens: Annotated[int, Field(ge=0)]
    """Shorter queries are filled up to this many tokens, at most to `query_length`. 0: none is."""
    attend: bool = False
    """Whether the query's own tokens attend to the added ones."""


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
    """Commit or tag of a hub id. Default: the hub's current one, recorded in the results."""
    adapter: Literal["auto", "transformers", "sentence-transformers", "colbert", "pylate"] = "auto"
    """Library that the backbone's folder is from. auto: its files decide. transformers: the
    backbone alone, without anything on top."""
    prefix: Prefix | None = None
    """Text put before queries and passages. Default: the backbone's own prompts, if it has any."""
    pooling: Literal["mean", "cls", "last"] | None = None
    """How a single vector is made: mean of the tokens, the first, or the last. Default: the
    backbone's own, or mean."""
    layer: PositiveInt | None = None
    """Layer of the backbone whose vectors are used, counted from 1. Default: the last."""
    markers: Markers | None = None
    """ColBERT's tokens for queries and passages. Default: the backbone's own, if it has any."""
    expansion: Expansion | None = None
    """Filling up of queries with [MASK]. Default: the backbone's own, if it has any."""
    skip: tuple[str, ...] | None = None
    """Tokens of documents that are read but not scored, such as punctuation. Default: the
    backbone's own."""


@settings
class Reader(Reads):
    """An encoder: a backbone, and how its token vectors are turned into what is scored."""

    section: ClassVar[str]
    """Of the suite, for messages."""

    backbone: Annotated[str, Field(min_length=1)]
    """A model hub id, a local folder, or "scratch"."""
    interaction: Literal["late", "single"] = "late"
    """late: one vector for each token, compared by MaxSim (ColBERT, Khattab & Zaharia 2020).
    single: one vector for each text, see `pooling`."""
    projection: Annotated[int, Field(ge=0)] = 0
    """Size of a new linear projection on top, trained with the teacher. ColBERT uses 128. 0: no new
    one; a projection in the backbone's own files is kept."""
    special_tokens: Literal["keep", "drop"] = "keep"
    """Whether [CLS], [SEP] and similar tokens take part in scoring and in losses. ColBERT keeps
    them."""
    query_length: Length = "auto"
    """Most word pieces of a query or training sentence, with special ones. auto: what 95 % of the
    training sentences and topics of each language need, at most the backbone's positions; for a
    model from scratch, 64."""
    document_length: PositiveInt = 256
    """Most word pieces of a document. The rest of a longer text is not read. ColBERT uses 180."""
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
    """The fixed English retrieval model that students start from or learn from.

    How a pretrained backbone reads texts is taken from its own files, and logged: those of
    transformers, sentence-transformers, ColBERT or PyLate. Keys that are given here override them.
    """

    section: ClassVar[str] = "teacher"

    training: TeacherTraining | None = None
    """How the teacher is trained. Default: it is used as it is."""


@settings
class Beside(Reads):
    """Settings of a pretrained encoder beside the teacher."""

    special_tokens: Literal["keep", "drop"] | None = None
    """Whether [CLS], [SEP] and similar tokens take part in scoring and in losses. Default: as the
    teacher's."""
    query_length: Length | None = None
    """Most word pieces of a query or training sentence, in the encoder's own pieces. Default: the
    teacher's setting; auto is computed for these pieces."""
    document_length: PositiveInt | None = None
    """Most word pieces of a document, in the encoder's own pieces. Default: as many as the
    teacher's."""

    def beside(self, teacher: Teacher) -> dict[str, Any]:
        """All that the encoder's `Reader` is made of; what is not given here is the teacher's."""
        shared = ("interaction", "special_tokens", "query_length", "document_length")
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {key: value for key, value in own.items() if key not in shared or value is not None}
        return {**{key: getattr(teacher, key) for key in shared}, **given}


@settings
class Student(Beside):
    """The pretrained model that the students start from, if that is not the teacher.

    It reads foreign text with a tokenizer of its own. The teacher reads English, and also foreign
    topics if nothing is trained, as in zero-shot.
    """

    neutral: ClassVar[Mapping[str, object]] = {**Reads.neutral, "projection": "drawn"}

    backbone: Annotated[str, Field(min_length=1)]
    """A model hub id or a local folder."""
    projection: Literal["drawn", "fitted"] = "drawn"
    """How a student's vectors reach the teacher's space, by a linear projection that is trained.
    drawn: at random by the seed; no projection if sizes are the same. fitted: by least squares
    between both models' mean vectors of the English training sentences; this uses no
    translations."""

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
