"""A probabilistic dictionary, learned from bitext."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clirbench.data.words import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Lexicon", "learn_lexicon"]

_NULL = ""
_LEAST = 1e-4
"""Smaller probabilities are not kept: what is that rare is chance, and most of a table is."""
_ARRAYS = ("offsets", "translations", "probabilities")


class Lexicon(NamedTuple):
    """Translations of each word, with their probabilities, the likeliest first.

    Those of word i stand from `offsets[i]` to `offsets[i + 1]`.
    """

    source: list[str]
    """S words, sorted."""
    target: list[str]
    """T words, sorted."""
    offsets: NDArray[np.int64]
    """(S + 1,) whole numbers from 0 to E."""
    translations: NDArray[np.int64]
    """(E,) numbers of target words."""
    probabilities: NDArray[np.float64]
    """(E,) p(target word | source word)."""

    def entries(self) -> dict[str, list[tuple[str, float]]]:
        """As a dictionary."""
        return {
            word: [
                (self.target[index], float(p))
                for index, p in zip(
                    self.translations[start:stop], self.probabilities[start:stop], strict=True
                )
            ]
            for word, start, stop in zip(
                self.source, self.offsets[:-1], self.offsets[1:], strict=True
            )
        }

    def save(self, folder: Path, name: str) -> None:
        """Write NAME.safetensors and NAME.json, the words."""
        from safetensors.numpy import save_file

        arrays = {key: np.ascontiguousarray(getattr(self, key)) for key in _ARRAYS}
        save_file(arrays, folder / f"{name}.safetensors")
        text = json.dumps([self.source, self.target], ensure_ascii=False)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, name: str) -> Lexicon:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        source, target = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        arrays = load_file(folder / f"{name}.safetensors")
        return cls(source, target, *(arrays[key] for key in _ARRAYS))


def learn_lexicon(pairs: Sequence[tuple[str, str]], iterations: int) -> Lexicon:
    """Learn p(target word | source word) by IBM's Model 1 (Brown et al. 1993, section 4.1).

    Every word of a target sentence is a translation of some word of the source sentence, or of
    none; which one is what expectation maximisation finds out, from uniform probabilities.

    Args:
        pairs: source and target sentences.
        iterations: of expectation maximisation.
    """
    sentences = [([_NULL, *words(source)], words(target)) for source, target in pairs]
    sources = sorted({word for source, _ in sentences for word in source})
    targets = sorted({word for _, target in sentences for word in target})
    number = [{word: index for index, word in enumerate(side)} for side in (sources, targets)]
    keys, owners, seen = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
    for source, target in sentences:
        s = np.array([number[0][word] for word in source])
        t = np.array([number[1][word] for word in target], dtype=np.int64)
        keys.append((s[None, :] * len(targets) + t[:, None]).ravel())
        owners.append(np.repeat(seen + np.arange(len(t)), len(s)))
        seen += len(t)
    cells, cell = np.unique(np.concatenate(keys), return_inverse=True)
    owner = np.concatenate(owners)
    given, translation = np.divmod(cells, max(len(targets), 1))
    probability = np.ones(len(cells))
    for _ in range(iterations):
        weight = probability[cell]
        weight /= np.bincount(owner, weight, seen)[owner]
        count = np.bincount(cell, weight, len(cells))
        probability = count / np.bincount(given, count, len(sources))[given]
    kept = (probability >= _LEAST) & (given != number[0][_NULL])
    order = np.lexsort((translation[kept], -probability[kept], given[kept]))
    lengths = np.bincount(given[kept], minlength=len(sources))[1:]  # "" sorts first
    return Lexicon(
        source=sources[1:],
        target=targets,
        offsets=np.concatenate([[0], lengths.cumsum()]),
        translations=translation[kept][order],
        probabilities=probability[kept][order],
    )
