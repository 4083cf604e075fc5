"""The `globalvoices` source: news by citizen journalists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from clirbench.data.base import BitextSource, Download, Fetch, SentencePair
from clirbench.data.lines import parallel
from clirbench.data.pins import Repository, choose
from clirbench.settings import settings

__all__ = ["GlobalVoices"]

_UPSTREAM = Repository(
    name="masakhane-io/lafand-mt", commit="d441f8b063d63e95eafb72e84317359e27abf95e"
)

# language: upstream's code, then bytes and SHA-256 of the foreign and of the English file
_FILES = {
    "sw": (
        "swa",
        (3_853_167, "561e4e04014ad64ff6f1878cbcb461b08ad0b1128e4813d554ac0c9830409e67"),
        (3_463_084, "bc6c6f0099aea15ad3a3ffa90d510815d55a004cf1a5c5ebdaba725b3fc52ff1"),
    ),
}


@settings
class GlobalVoices(BitextSource):
    """30,782 sentence pairs of Global Voices, the training part of LAFAND-MT."""

    name: ClassVar[str] = "globalvoices"
    licence: ClassVar[str] = "CC-BY-3.0 (LAFAND-MT labels its whole set CC-BY-NC-4.0)"
    citation: ClassVar[str] = (
        "Adelani et al. (2022), A Few Thousand Translations Go a Long Way! Leveraging Pre-trained "
        "Models for African News Translation, NAACL, 3053-3070; Tiedemann (2012), Parallel Data, "
        "Tools and Interfaces in OPUS, LREC, 2214-2218"
    )

    @classmethod
    def languages(cls) -> frozenset[str]:
        """The languages whose files are pinned."""
        return frozenset(_FILES)

    def downloads(self, language: str) -> tuple[Download, ...]:
        """The foreign and the English file."""
        code, foreign, english = choose(_FILES, language, self.name)
        stem = f"data/text_files/en-{code}/train"
        return (
            _UPSTREAM.file(f"{stem}.{code}", *foreign),
            _UPSTREAM.file(f"{stem}.en", *english),
        )

    def pairs(self, fetch: Fetch, language: str) -> Iterator[SentencePair]:
        """The pairs in the files' order."""
        foreign, english = self.downloads(language)
        yield from parallel(fetch(foreign), fetch(english))
