"""Words as a language's search engines take them: without its commonest words, cut to their stems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from clirbench.data.languages import Language, family
from clirbench.data.words import words

__all__ = ["STEMMERS", "Analyzed", "analyzer"]

STEMMERS: Mapping[str, str] = MappingProxyType(
    {
        "ar": "arabic",
        "ca": "catalan",
        "cs": "czech",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "porter",
        "eo": "esperanto",
        "es": "spanish",
        "et": "estonian",
        "eu": "basque",
        "fa": "persian",
        "fi": "finnish",
        "fr": "french",
        "ga": "irish",
        "hi": "hindi",
        "hu": "hungarian",
        "hy": "armenian",
        "id": "indonesian",
        "it": "italian",
        "lt": "lithuanian",
        "ne": "nepali",
        "nl": "dutch",
        "no": "norwegian",
        "pl": "polish",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sr": "serbian",
        "st": "sesotho",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
        "yi": "yiddish",
    }
)
"""Language to its stemmer in Snowball. English has Porter's, as in Anserini."""
_STOP_WORDS = MappingProxyType(
    {
        "da": "DANISH",
        "de": "GERMAN",
        "en": "EN",
        "es": "SPANISH",
        "fr": "FRENCH",
        "it": "ITALIAN",
        "nl": "DUTCH",
        "no": "NORWEGIAN",
        "pt": "PORTUGUESE",
        "ru": "RUSSIAN",
        "sv": "SWEDISH",
        "tr": "TURKISH",
    }
)
"""Language to the name of its list in bm25s: NLTK's, for English Lucene's."""


def _checked(code: str) -> str:
    if family(code) not in STEMMERS:
        raise ValueError(f'no stemmer for "{code}"; known: {", ".join(STEMMERS)}')
    return code


Analyzed: TypeAlias = Annotated[Language, AfterValidator(_checked)]
"""A setting: the code of a language that has a stemmer."""


@lru_cache(maxsize=8)
def analyzer(language: str | None) -> Callable[[str], list[str]]:
    """What gives the words of a text: `words`, or for a language its stems without stop words.

    Stems are Snowball's (snowballstemmer); stop words are taken out where bm25s has a list.
    """
    if language is None:
        return words
    import bm25s.stopwords
    import snowballstemmer

    name = _STOP_WORDS.get(family(language))
    listed = getattr(bm25s.stopwords, f"STOPWORDS_{name}") if name else ()
    stops = {word for each in listed for word in words(each)}
    stem = lru_cache(maxsize=1 << 18)(snowballstemmer.stemmer(STEMMERS[family(language)]).stemWord)

    def analyze(text: str) -> list[str]:
        return [stem(word) for word in words(text) if word not in stops]

    return analyze
