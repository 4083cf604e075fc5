"""Words of English text by the Penn Treebank's rules, as NLTK's `word_tokenize` applies them.

After R. MacIntyre's tokenizer.sed (1995) with the additions of NLTK's NLTKWordTokenizer (Bird, Klein &
Loper 2009). NLTK first splits sentences by a trained model, so that the full stop at a sentence's end
is a word of its own; here a sentence ends at a full stop, question or exclamation mark that is followed
by white space and a capital letter, digit or quotation mark, but not after an initial or one of the
commonest abbreviations.
"""

from __future__ import annotations

import re

__all__ = ["sentences", "words"]

_END = re.compile(r"""[.?!]["'”’)\]]*(?P<gap>\s+)(?=["'“‘(\[]*[A-Z0-9])""")
_ABBREVIATION = re.compile(
    r"(?:^|[\s.(])(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|No|Co|ca|Inc|Ltd|etc|Prof)\.$"
)

_OPENING = (
    (re.compile(r"[«“‘„]|`+"), r" \g<0> "),
    (re.compile(r'^"'), "``"),
    (re.compile(r"``"), " `` "),
    (re.compile(r"([ (\[{<])(?:\"|'')"), r"\1 `` "),
    (re.compile(r"(?<!\w)'(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w)", re.IGNORECASE), "' "),
)
_MARKS = (
    (re.compile(r"([^.])(\.)([\])}>\"'»”’ ]*)\s*$"), r"\1 \2 \3 "),
    (re.compile(r"([:,])([^\d])"), r" \1 \2"),
    (re.compile(r"[:,]$"), r" \g<0> "),
    (re.compile(r"\.{2,}"), r" \g<0> "),
    (re.compile(r"[;@#$%&]"), r" \g<0> "),
    (re.compile("[\u2012-\u2015]"), r" \g<0> "),
    (re.compile(r"[?!]"), r" \g<0> "),
    (re.compile(r"([^'])' "), r"\1 ' "),
    (re.compile(r"[*]"), r" \g<0> "),
    (re.compile(r"[\]\[(){}<>]"), r" \g<0> "),
    (re.compile(r"--"), " -- "),
)
_CLOSING = (
    (re.compile(r"[»”’]"), r" \g<0> "),
    (re.compile(r"''"), " '' "),
    (re.compile(r'"'), " '' "),
    (re.compile(r"\s+"), " "),
    (re.compile(r"([^' ])('[sS]|'[mM]|'[dD]|') "), r"\1 \2 "),
    (re.compile(r"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) "), r"\1 \2 "),
)
_CONTRACTIONS = (
    re.compile(
        r"\b(can)(not)\b|\b(d)('ye)\b|\b(gim)(me)\b|\b(gon)(na)\b|\b(got)(ta)\b|\b(lem)(me)\b"
        r"|\b(more)('n)\b|\b(wan)(na)(?=\s)",
        re.IGNORECASE,
    ),
    re.compile(r" ('t)(is)\b| ('t)(was)\b", re.IGNORECASE),
)


def words(text: str) -> list[str]:
    """The words and marks of a text of any number of sentences."""
    return [word for sentence in sentences(text) for word in _sentence(sentence)]


def sentences(text: str) -> list[str]:
    """The sentences, without the white space between them."""
    cuts = [
        match
        for match in _END.finditer(text)
        if not _ABBREVIATION.search(text, max(match.start() - 6, 0), match.start() + 1)
    ]
    starts = [0, *(match.end("gap") for match in cuts)]
    stops = [*(match.start("gap") for match in cuts), len(text)]
    return [text[start:stop] for start, stop in zip(starts, stops, strict=True)]


def _sentence(text: str) -> list[str]:
    for pattern, replacement in (*_OPENING, *_MARKS):
        text = pattern.sub(replacement, text)
    text = f" {text} "
    for pattern, replacement in _CLOSING:
        text = pattern.sub(replacement, text)
    for pattern in _CONTRACTIONS:
        text = pattern.sub(_apart, text)
    return text.split()


def _apart(match: re.Match[str]) -> str:
    return " " + " ".join(part for part in match.groups() if part) + " "
