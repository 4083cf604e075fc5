"""A trained cell before and now, each as a process; and training alone, beside what one would write.

    python -m benchmarks training --before CHECKOUT --backbone FOLDER [--pairs 500] [--mirror ZIP]

The cell is NTREX in Swahili with sentence-mse: `clirbench run` trains the student, ranks and judges,
with teacher, documents and bitext already there. `--before` is a checkout of an earlier clirbench;
without it there is no such row. Its time is that of the whole process; the difference is that of the
mean average precision.

Training alone is of the same pairs, in this process: the teacher reads the English sides, and the
student learns for one epoch. The bare loop has the same batches, rate and clipping; the largest
difference is that of a step's loss. sentence-transformers' recipe is its MSELoss on the teacher's
embeddings, which trains on both sides of a pair; or on the foreign side alone.

Training fewer weights is measured beside training every one: `freeze` and, where peft is installed, `lora`.

Where PyLate is installed, late interaction is trained beside it: `token-contrastive` learns from the
teacher's vectors of the English side, PyLate's contrastive loss from both sides read by the model that
learns. PyLate 1.6 asks for an older transformers, so it has an environment of its own.

Where clirbench takes oneDNN for products of matrices, peers are measured as torch comes, and once more with the
same products. The bare loop has the same products.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from benchmarks.frame import Contest
from benchmarks.processes import average_precisions, run
from clirbench.data.base import SentencePair
from clirbench.data.download import Cache, default_folder, default_mirror
from clirbench.data.sources.tatoeba import Tatoeba
from clirbench.data.sources.tico19 import TICO19
from clirbench.methods.base import Distillation
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.methods.token_contrastive import TokenContrastive
from clirbench.models.build import build_encoder
from clirbench.models.device import choose_products
from clirbench.models.encoder import Encoder
from clirbench.models.settings import LoRA
from clirbench.spec.identity import seed_for
from clirbench.spec.model import Teacher, Training
from clirbench.training.adapt import parts
from clirbench.training.batches import bucketed
from clirbench.training.student import train_student

HERE = Path(__file__).resolve().parents[1]
CELL = "sw-en/sentence-mse/seed=1"
HOW = Training(epochs=1, clip=1.0)
LENGTH = 64
RECIPE: dict[str, Any] = {
    "num_train_epochs": HOW.epochs,
    "per_device_train_batch_size": HOW.batch_size,
    "learning_rate": HOW.learning_rate,
    "weight_decay": HOW.weight_decay,
    "max_grad_norm": HOW.clip,
    "warmup_ratio": HOW.warmup,
    "use_cpu": True,
    "save_strategy": "no",
    "logging_strategy": "no",
    "report_to": "none",
    "disable_tqdm": True,
}
"""Of the peers' trainers."""
SUITE = """
[suite]
name = "training"
seeds = [1]
measures = ["AP"]

[collection]
source = "ntrex"

[teacher]
backbone = "{backbone}"
query_length = {length}

[training]
pairs = {pairs}
epochs = {epochs}
clip = {clip}
{more}

[[pair]]
query = "sw"
resource = "low"
bitext = ["tico19", "tatoeba"]

[[method]]
name = "sentence-mse"
"""


@dataclass(frozen=True, kw_only=True)
class Where:
    """What is trained on what."""

    before: Path | None
    """A checkout of an earlier clirbench."""
    backbone: Path
    mirror: Path | None
    """Of downloads; none: the network."""
    pairs: int
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="training-")))


def contests(where: Where) -> Iterator[Contest]:
    """The cell, and training alone."""
    peaks: dict[str, float] = {}
    trees = {"clirbench": HERE, **({"before": where.before} if where.before else {})}
    try:
        yield Contest(
            problem=f"{where.backbone.name}, a cell of {where.pairs} pairs",
            calls={name: cell(where, name, tree, peaks) for name, tree in trees.items()},
            compared=Tensor.mean,
            peak=peaks.__getitem__,
        )
        yield alone(where)
        yield plans(where)
        yield fewer(where)
        if find_spec("pylate"):
            yield late(where)
    finally:
        shutil.rmtree(where.folder)


def cell(where: Where, name: str, tree: Path, peaks: dict[str, float]) -> Callable[[], Tensor]:
    """One `clirbench run` of a checkout; gives each topic's average precision."""
    folder = where.folder / name
    folder.mkdir()
    suite, store, results = folder / "training.toml", folder / "store", folder / "results"
    text = SUITE.format(
        backbone=where.backbone.resolve(),
        length=LENGTH,
        pairs=where.pairs,
        epochs=HOW.epochs,
        clip=HOW.clip,
        more="" if tree == where.before else 'cut = "keep"',  # an earlier one had no other way
    )
    suite.write_text(text, encoding="utf-8")
    words = ["run", suite, "--store", store, "--results", results]
    words += ["--threads", str(torch.get_num_threads())]
    words += ["--mirror", where.mirror.resolve()] if where.mirror else []

    def call() -> Tensor:
        for kind in ("student", "run"):
            shutil.rmtree(store / kind, ignore_errors=True)
        shutil.rmtree(results, ignore_errors=True)
        peaks[name] = run(words, tree, folder, CLIRBENCH_PROCESSES="1")
        return torch.tensor(list(average_precisions(results / "cells" / CELL)))

    return call


def alone(where: Where) -> Contest:
    """Training of one epoch with the teacher's pass, in this process."""
    encoder = read(where, "single")
    pairs = swahili(where.mirror, where.pairs)

    choose_products()
    calls: dict[str, Callable[[], Tensor]] = {
        "clirbench": lambda: taught(encoder, pairs, SentenceMSE()),
        "bare loop": lambda: bare(encoder, pairs),
    }
    if find_spec("sentence_transformers") and find_spec("datasets"):
        both, foreign = ("english", "foreign"), ("foreign",)
        calls |= {
            "sentence-transformers, both sides": plain(lambda: peer(where, pairs, both)),
            "sentence-transformers, both sides, same products": lambda: peer(where, pairs, both),
            "sentence-transformers, foreign side": plain(lambda: peer(where, pairs, foreign)),
        }
    return Contest(problem=f"{where.backbone.name}, training on {where.pairs} pairs", calls=calls)


def plans(where: Where) -> Contest:
    """What transport plans cost: late interaction by two methods, in this process."""
    choose_products()
    encoder = read(where, "late")
    pairs = swahili(where.mirror, where.pairs)
    methods = {"sentence-mse": SentenceMSE(), "optical": Optical()}
    return Contest(
        problem=f"{where.backbone.name}, sentence-mse and optical, {where.pairs} pairs",
        calls={
            name: lambda method=method: taught(encoder, pairs, method)
            for name, method in methods.items()
        },
        compared=lambda losses: losses[:0],  # of two methods
    )


def fewer(where: Where) -> Contest:
    """What it saves to train fewer weights, in this process."""
    choose_products()
    encoder = read(where, "single")
    pairs = swahili(where.mirror, where.pairs)
    layers = len(parts(encoder.backbone)) - 1
    half = range(1, 1 + layers // 2)
    ways = {
        "every weight": HOW,
        "frozen embeddings": replace(HOW, freeze=("embeddings",)),
        "and half of the layers": replace(HOW, freeze=("embeddings", *half)),
    }
    if find_spec("peft"):
        ways["LoRA"] = replace(HOW, lora=LoRA())
    return Contest(
        problem=f"{where.backbone.name}, fewer weights, {where.pairs} pairs",
        calls={
            name: lambda how=how: taught(encoder, pairs, SentenceMSE(), how)
            for name, how in ways.items()
        },
        compared=lambda losses: losses[:0],  # of other trainings
    )


def plain(call: Callable[[], Tensor]) -> Callable[[], Tensor]:
    """A call with the products of matrices that torch takes by itself."""
    products: Any = torch.backends.mkldnn.matmul

    def own() -> Tensor:
        before, products.fp32_precision = products.fp32_precision, "none"
        try:
            return call()
        finally:
            products.fp32_precision = before

    return own


def late(where: Where) -> Contest:
    """Training of late interaction for one epoch, in this process."""
    choose_products()
    encoder = read(where, "late")
    pairs = swahili(where.mirror, where.pairs)
    return Contest(
        problem=f"{where.backbone.name}, late interaction, {where.pairs} pairs",
        calls={
            "clirbench, token-contrastive": lambda: taught(encoder, pairs, TokenContrastive()),
            "PyLate, Contrastive": plain(lambda: pylate(where, pairs)),
            "PyLate, Contrastive, same products": lambda: pylate(where, pairs),
        },
    )


def read(where: Where, interaction: Literal["single", "late"]) -> Encoder:
    """The backbone."""
    teacher = Teacher(
        backbone=str(where.backbone),
        interaction=interaction,
        query_length=LENGTH,
        document_length=180,
    )
    return build_encoder(teacher, list)


def taught(
    encoder: Encoder,
    pairs: Sequence[SentencePair],
    method: Distillation,
    how: Training = HOW,
) -> Tensor:
    """Train a student on what the encoder makes of the English sides; gives the losses."""
    student = deepcopy(encoder)
    steps = train_student(
        student,
        pairs,
        encoder.tokens([pair.english for pair in pairs], LENGTH),
        method=method,
        training=how,
        length=LENGTH,
        pair="sw-en",
        seed=1,
    )
    return torch.tensor([step.loss for step in steps])


def swahili(mirror: Path | None, count: int) -> list[SentencePair]:
    """The first sentence pairs of TICO-19 and Tatoeba."""
    cache = Cache(default_folder(), mirror or default_mirror())
    found = (pair for source in (TICO19(), Tatoeba()) for pair in source.pairs(cache, "sw"))
    return list(islice(found, count))


def bare(encoder: Encoder, pairs: Sequence[SentencePair]) -> Tensor:
    """The same, as one would write it for once."""
    tokenizer, teacher = encoder.tokenizer, encoder.backbone
    student = deepcopy(teacher)

    def ids(texts: Sequence[str]) -> list[list[int]]:
        found: list[list[int]] = tokenizer(list(texts), truncation=True, max_length=LENGTH)[
            "input_ids"
        ]
        return found

    def means(model: nn.Module, texts: Sequence[Sequence[int]]) -> Tensor:
        longest = max(map(len, texts))
        padded = torch.tensor(
            [[*text, *[tokenizer.pad_token_id] * (longest - len(text))] for text in texts]
        )
        mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
        hidden = model(input_ids=padded, attention_mask=mask).last_hidden_state
        return (hidden * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)

    foreign, english = (ids([getattr(p, side) for p in pairs]) for side in ("foreign", "english"))
    target = torch.empty(len(pairs), int(teacher.config.hidden_size))
    order = sorted(range(len(pairs)), key=lambda index: -len(english[index]))
    teacher.eval()
    with torch.no_grad():
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            target[batch] = means(teacher, [english[index] for index in batch])
    batches = bucketed(list(map(len, foreign)), HOW.batch_size, 1, "sw-en", "order", 0)
    groups = [
        {
            "params": [p for p in student.parameters() if p.ndim > 1],
            "weight_decay": HOW.weight_decay,
        },
        {"params": [p for p in student.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=HOW.learning_rate, fused=True)
    rising = max(1, round(HOW.warmup * len(batches)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min(
            (step + 1) / rising, (len(batches) - step) / max(1, len(batches) - rising)
        ),
    )
    student.train(HOW.dropout)
    losses = []
    state = torch.get_rng_state()
    torch.manual_seed(seed_for(1, "sw-en", "dropout"))
    for batch in batches:
        own = means(student, [foreign[index] for index in batch])
        loss = (own - target[batch]).square().sum(dim=-1).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), HOW.clip)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    torch.set_rng_state(state)
    return torch.tensor(losses)


def peer(where: Where, pairs: Sequence[SentencePair], sides: Sequence[str]) -> Tensor:
    """sentence-transformers' recipe; has no losses to compare."""
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.losses import MSELoss

    teacher, student = (SentenceTransformer(str(where.backbone), device="cpu") for _ in range(2))
    teacher.max_seq_length = student.max_seq_length = LENGTH
    columns: dict[str, Any] = {side: [getattr(pair, side) for pair in pairs] for side in sides}
    english = [pair.english for pair in pairs]
    columns["label"] = teacher.encode(english, batch_size=32, show_progress_bar=False)
    trainer = SentenceTransformerTrainer(
        model=student,
        args=SentenceTransformerTrainingArguments(output_dir=str(where.folder / "peer"), **RECIPE),
        train_dataset=Dataset.from_dict(columns),
        loss=MSELoss(student),
    )
    trainer.train()
    return torch.empty(0)


def pylate(where: Where, pairs: Sequence[SentencePair]) -> Tensor:
    """PyLate's recipe, without its padding of queries; has no losses to compare."""
    from datasets import Dataset
    from pylate.losses import Contrastive
    from pylate.models import ColBERT
    from pylate.utils import ColBERTCollator
    from sentence_transformers import (
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )

    model = ColBERT(
        str(where.backbone),
        embedding_size=128,
        query_length=LENGTH,
        document_length=LENGTH,
        do_query_expansion=False,
        device="cpu",
    )
    columns = {side: [getattr(pair, side) for pair in pairs] for side in ("foreign", "english")}
    trainer = SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(output_dir=str(where.folder / "peer"), **RECIPE),
        train_dataset=Dataset.from_dict(columns),
        loss=Contrastive(model=model, temperature=0.05),
        data_collator=ColBERTCollator(model.tokenize),
    )
    trainer.train()
    return torch.empty(0)
