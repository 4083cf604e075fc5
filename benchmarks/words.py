r"""What the splitter of words is worth: bm25 and psq on NTREX, before and after.

Before: bm25 found words by the pattern `\w+`, psq by runs of letters, digits and marks; neither
normalised what it read. After: `clirbench.data.words`. psq learns from all bitext of the pinned
sources. Languages are those whose files are all pinned, or those that are named.

    python benchmarks/words.py [--mirror DIR|ZIP] [LANGUAGE ...]

With --analyzers, a second table: bm25 with and without the documents' analyzer, on English documents and,
where the language has a stemmer, on its own.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import ir_measures

from clirbench.data import sources
from clirbench.data import words as splitting
from clirbench.data.analyzers import STEMMERS
from clirbench.data.base import BitextSource, Fetch
from clirbench.data.bitext import assemble
from clirbench.data.download import Cache, default_folder, default_mirror
from clirbench.data.sources.ntrex import NTREX
from clirbench.data.words import words
from clirbench.methods.bm25 import BM25
from clirbench.methods.psq import PSQ
from clirbench.methods.searcher import Given
from clirbench.retrieval import lexicon

BITEXT = ("tico19", "tatoeba", "hornmt", "globalvoices", "afriqa")
DEPTH = 1000
SHOWN = ("sw", "so", "tl", "mr", "fi", "de", "fr", "en")
"""Query languages of the pairs with English documents: those of the shipped suite, and English."""


def before_bm25(text: str) -> list[str]:
    """Words as bm25 had them."""
    return re.findall(r"\w+", text.lower())


def before_psq(text: str) -> list[str]:
    """Words as psq had them."""
    text = text.lower()
    return "".join(
        c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in text
    ).split()


def main() -> None:
    """Print a row for each language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirror", type=Path, default=default_mirror())
    parser.add_argument("--analyzers", action="store_true")
    parser.add_argument("language", nargs="*")
    arguments = parser.parse_args()
    fetch = Cache(default_folder(), arguments.mirror)
    if arguments.analyzers:
        analyzers(fetch, arguments.language or _pinned())
        return
    print("| language | bm25 before | bm25 | psq before | psq | sentence pairs |")
    print("| --- | --: | --: | --: | --: | --: |")
    for language in arguments.language or _pinned():
        pairs = bitext(fetch, language)
        figures = [
            average(fetch, language, splitter, learnt)
            for learnt, old in ((None, before_bm25), (pairs, before_psq))
            for splitter in (old, words)
        ]
        shown = " | ".join("–" if value is None else f"{value:.3f}"[1:] for value in figures)
        print(f"| {language} | {shown} | {len(pairs):,} |", flush=True)


def _pinned() -> list[str]:
    return [
        language
        for language in sorted(NTREX.languages())
        if all(download.sha256 for download in NTREX().downloads(language))
    ]


def bitext(fetch: Fetch, language: str) -> list[tuple[str, str]]:
    """Foreign and English sentences of all pinned sources that have the language."""
    kinds = [sources.find(name) for name in BITEXT]
    own = [kind() for kind in kinds if language in (kind.languages() or ())]
    found = assemble(
        [
            (source.name, source.pairs(fetch, language))
            for source in own
            if isinstance(source, BitextSource)
        ],
        test_texts=NTREX().test_texts(fetch, language, "en"),
        language=language,
        limit=None,
        seed=0,
    )
    return [(pair.foreign, pair.english) for pair in found.pairs]


def average(
    fetch: Fetch,
    language: str,
    splitter: Callable[[str], list[str]],
    pairs: Sequence[tuple[str, str]] | None,
) -> float | None:
    """MAP of bm25, or with sentence pairs of psq; none where there are no pairs."""
    if pairs is not None and not pairs:
        return None
    vars(lexicon)["words"] = vars(splitting)["words"] = splitter
    for kind in (BM25, PSQ):
        kind.words = property(lambda _: splitter)  # type: ignore[assignment] # as it was, or is
    source = NTREX()
    documents, topics = list(source.documents(fetch, "en")), source.topics(fetch, language)
    method = BM25() if pairs is None else PSQ()
    rankings = method.search(
        Given(
            topics,
            DEPTH,
            documents=lambda: iter(documents),
            lexicon=lambda: lexicon.learn_lexicon(pairs or (), PSQ().iterations),
        )
    )
    run = {
        topic: dict(zip(found.documents, map(float, found.scores), strict=True))
        for topic, found in rankings.items()
    }
    judged = source.judgments(fetch, language)
    return float(ir_measures.calc_aggregate([ir_measures.AP], judged, run)[ir_measures.AP])


def analyzers(fetch: Fetch, languages: Sequence[str]) -> None:
    """Print a row for each pair."""
    source = NTREX()
    print("| pair | words | analyzer |")
    print("| --- | --: | --: |")
    pairs = [(each, "en") for each in (*languages, "en") if each in SHOWN]
    pairs += [(each, each) for each in languages if each in STEMMERS and each != "en"]
    for query, documents in pairs:
        shown = []
        for analyzer in (None, documents):
            given = Given(
                source.topics(fetch, query),
                DEPTH,
                documents=partial(source.documents, fetch, documents),
            )
            rankings = BM25(analyzer=analyzer).search(given)
            run = {
                topic: dict(zip(found.documents, map(float, found.scores), strict=True))
                for topic, found in rankings.items()
            }
            judged = source.judgments(fetch, query)
            found = ir_measures.calc_aggregate([ir_measures.AP], judged, run)[ir_measures.AP]
            shown.append(f"{found:.3f}"[1:])
        print(f"| {query}-{documents} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
