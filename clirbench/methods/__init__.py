"""The methods of the comparison, one file each."""

from __future__ import annotations

from clirbench.lazy import Table
from clirbench.methods.base import ClosedForm, Distillation, Method, Need, Ranking, Untrained
from clirbench.methods.searcher import Given, Searcher
from clirbench.models.vectors import Affine, Memory, Units, Vectors

__all__ = [
    "METHODS",
    "Affine",
    "ClosedForm",
    "Distillation",
    "Given",
    "Memory",
    "Method",
    "Need",
    "Ranking",
    "Searcher",
    "Units",
    "Untrained",
    "Vectors",
]

METHODS: Table[type[Method]] = Table(
    __name__,
    {
        "zero-shot": "ZeroShot",
        "oracle": "Oracle",
        "encoder": "OtherEncoder",
        "bm25": "BM25",
        "outside": "Outside",
        "psq": "PSQ",
        "nmt": "NMT",
        "procrustes": "Procrustes",
        "gaussian-map": "GaussianMap",
        "sentence-mse": "SentenceMSE",
        "sentence-contrastive": "SentenceContrastive",
        "sentence-crd": "SentenceCRD",
        "additive-margin": "AdditiveMargin",
        "similarity-kl": "SimilarityKL",
        "sentence-ot": "SentenceOT",
        "token-contrastive": "TokenContrastive",
        "token-contrastive-ot": "TokenContrastiveOT",
        "nearest": "TokenNearest",
        "attention": "TokenAttention",
        "greedy": "TokenGreedy",
        "optical": "Optical",
        "optical-partial": "OpticalPartial",
        "optical-unbalanced": "OpticalUnbalanced",
        "mixed": "Mixed",
        "staged": "Staged",
        "translate-train": "TranslateTrain",
        "code-switch": "CodeSwitch",
        "score-kl": "ScoreKL",
        "margin-mse": "MarginMSE",
    },
)
"""Name in suite files → class."""
