"""Why a ranking is good or bad: what an encoder makes of translations that it has not learned from.

One encoder reads the foreign side of n sentence pairs, another one, or the same, the English side. The
vector of a sentence is the mean of its token vectors, scaled to length 1, as the losses on sentences and
single-vector search have it. f_i is that of foreign sentence i, e_i that of its translation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import normalize

from clirbench.models.ragged import Ragged
from clirbench.retrieval.search import max_sim_scores
from clirbench.transport import Solver, cosine_cost, plan, uniform

if TYPE_CHECKING:
    from clirbench.data.base import SentencePair
    from clirbench.models.encoder import Encoder

__all__ = [
    "accuracy",
    "alignment",
    "diagnose",
    "drift",
    "margin",
    "plan_entropy",
    "unaligned",
    "uniformity",
]

_TOGETHER = 32
"""Sentence pairs whose plans are made at once."""
_DIGITS = 6
"""Decimals that are kept: beyond them a value depends on the order of a sum."""


@torch.no_grad()
def diagnose(
    encoder: Encoder,
    length: int,
    pairs: Sequence[SentencePair],
    english: Ragged,
    solver: Solver,
    *,
    alike: bool,
) -> dict[str, float | None]:
    """Measure an encoder on sentence pairs.

    Args:
        encoder: reads the foreign sides, and for its drift the English ones.
        length: longest sentence in its word pieces.
        pairs: two or more.
        english: token vectors of the English sides by what reads English in search.
        solver: of the transport plans.
        alike: whether both cut English into the same tokens.

    Returns:
        Name of each measure to its value; None where it is not defined.
    """
    foreign = encoder.tokens([pair.foreign for pair in pairs], length)
    own = encoder.tokens([pair.english for pair in pairs], length)
    f, e = foreign.pooled().vectors, english.pooled().vectors
    cosines = f @ e.T
    late = encoder.interaction == "late"
    to, back = _max_sim(foreign, english) if late else (None, None)
    entropy, loose = _plans(foreign, english, solver)
    same = alike and torch.equal(own.offsets, english.offsets)
    found = {
        "to_english": accuracy(cosines),
        "from_english": accuracy(cosines.T),
        "maxsim_to_english": accuracy(to) if to is not None else None,
        "maxsim_from_english": accuracy(back) if back is not None else None,
        "cosine": float(cosines.diagonal().mean()),
        "margin": margin(cosines),
        "plan_entropy": entropy,
        "unaligned": loose,
        "alignment": alignment(f, e),
        "uniformity": uniformity(f),
        "drift": drift(own.pooled().vectors, e),
        "token_drift": drift(own.vectors, english.vectors) if same else None,
    }
    return {name: None if v is None else round(v, _DIGITS) + 0.0 for name, v in found.items()}


def accuracy(scores: Tensor) -> float:
    """Share of sentences whose translation has the highest score of all, from 0 to 1; a tie is a miss.

    Bitext retrieval, as in the Tatoeba test (Artetxe & Schwenk, TACL 2019; as an accuracy in XTREME, Hu et
    al., ICML 2020). By chance 1 / n.

    Args:
        scores: (n, n): of each sentence with each in the other language; translations on the diagonal.
    """
    others = scores.clone()
    others.fill_diagonal_(-math.inf)
    return float((scores.diagonal() > others.amax(dim=1)).float().mean())


def margin(cosines: Tensor) -> float:
    """Mean cosine of translations less that of all other pairs of a foreign and an English sentence.

    From -2 to 2; 0 where translations are no nearer than chance. Unlike the mean cosine it does not rise
    when all vectors come to lie in a narrow cone: what is subtracted is Ethayarajh's baseline of anisotropy
    (EMNLP 2019), here between languages.

    Args:
        cosines: (n, n), translations on the diagonal.
    """
    n, matched = len(cosines), cosines.diagonal().double().sum()
    unmatched = cosines.double().sum() - matched
    return float(matched / n - unmatched / (n * (n - 1)))


def plan_entropy(masses: Tensor) -> Tensor:
    """How blurred a plan is: 0 where each token of the longer side has one partner, 1 for the product.

    Entropy of the token of the side with fewer tokens, k of them, given the token of the other side, in
    units of its largest value: (H(T) - H(long)) / log k, with H(T) = -Σ T_ij log T_ij. The conditional
    entropy by the chain rule (Cover & Thomas, Elements of Information Theory, 2006, equation 2.14) of the
    entropy of a plan (Cuturi, NeurIPS 2013, section 3). Where neither length divides the other, masses must
    be split, and 0 is not reached.

    Args:
        masses: (B, n, m), each summing to 1; 0 at padding, with mass elsewhere in each row and column.

    Returns:
        (B,); NaN where a side has one token.
    """
    masses = masses.double()
    rows, columns = masses.sum(2), masses.sum(1)
    counts = torch.stack([(rows > 0).sum(1), (columns > 0).sum(1)])  # (2, B)
    sides = torch.stack([_entropy(rows), _entropy(columns)])
    longer = sides.gather(0, counts.argmax(0, keepdim=True))[0]
    fewest = counts.amin(0)
    spread = (_entropy(masses.flatten(1)) - longer).clamp(min=0) / fewest.double().log()
    return spread.where(fewest > 1, torch.nan)


def unaligned(masses: Tensor, cosines: Tensor) -> Tensor:
    """Share of the mass that does not go between tokens each of which is the other's nearest.

    From 0 to 1. Mutual nearest neighbours are SimAlign's alignment (Jalili Sabet et al., Findings of EMNLP
    2020, section 2.1, "Argmax"); it needs no threshold, which would mean another thing to each encoder. Of
    n and m tokens, at least 1 - min(n, m) / max(n, m) is unaligned under uniform marginals.

    Args:
        masses: (B, n, m), each summing to 1; 0 at padding.
        cosines: (B, n, m); -∞ at padding.

    Returns:
        (B,).
    """
    rows, columns = cosines.amax(2, keepdim=True), cosines.amax(1, keepdim=True)
    mutual = (cosines == rows) & (cosines == columns)
    return 1 - (masses.double() * mutual).sum((1, 2))


def alignment(x: Tensor, y: Tensor) -> float:
    """Mean squared distance of translations, from 0 to 4: E ‖x_i - y_i‖² (Wang & Isola, ICML 2020, 4.1.1).

    α is 2, as in their experiments. On unit vectors it is 2 less twice the mean cosine.

    Args:
        x: (n, d), each of length 1.
        y: (n, d), each of length 1.
    """
    return float((x - y).double().square().sum(1).mean())


def uniformity(x: Tensor) -> float:
    """How evenly vectors fill the sphere, from -8 to 0; lower is more evenly (Wang & Isola, 2020, 4.1.2).

    log E exp(-t ‖x_i - x_j‖²) over pairs i ≠ j, with t = 2 as in their experiments; 0 where all are one.

    Args:
        x: (n, d), each of length 1.
    """
    distances = torch.pdist(x.double()).square()
    return float((-2 * distances).exp().mean().log())


def drift(x: Tensor, y: Tensor) -> float:
    """Mean cosine distance between two readings of the same English, from 0 to 2: E (1 - cos(x_i, y_i)).

    The cosine counterpart of the English term of Reimers & Gurevych's loss (EMNLP 2020, equation 1), which
    is the squared distance between the student's and the teacher's reading.

    Args:
        x: (n, d), of sentences or of tokens.
        y: (n, d), of the same.
    """
    return float(1 - (normalize(x.double(), dim=1) * normalize(y.double(), dim=1)).sum(1).mean())


def _max_sim(foreign: Ragged, english: Ragged) -> tuple[Tensor, Tensor]:
    """Scores of search by late interaction, (n, n): foreign sentences as queries, and English ones."""
    f, e = (Ragged(normalize(x.vectors, dim=1), x.offsets) for x in (foreign, english))
    return max_sim_scores(f, e), max_sim_scores(e, f)


def _plans(foreign: Ragged, english: Ragged, solver: Solver) -> tuple[float | None, float]:
    """Means of `plan_entropy` and `unaligned` over the pairs, by plans from English to foreign tokens."""
    entropies, loose = [], []
    for start in range(0, foreign.size, _TOGETHER):
        which = range(start, min(start + _TOGETHER, foreign.size))
        (source, present), (target, there) = english.padded(which), foreign.padded(which)
        cost = cosine_cost(source, target)
        masses = plan(cost, uniform(present), uniform(there), solver)
        masses = masses / masses.sum((1, 2), keepdim=True)
        both = present[:, :, None] & there[:, None, :]
        entropies.append(plan_entropy(masses))
        loose.append(unaligned(masses, (1 - cost).masked_fill(~both, -math.inf)))
    mean = float(torch.cat(entropies).nanmean())
    return None if math.isnan(mean) else mean, float(torch.cat(loose).mean())


def _entropy(masses: Tensor) -> Tensor:
    """-Σ p log p of each row, (B,)."""
    found: Tensor = -torch.special.xlogy(masses, masses).sum(1)
    return found
