"""Texts of before UTF-8: which encoding they are in, told by what they declare or by how they read."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from clirbench.data.languages import family, scripts
from clirbench.data.scripts import script
from clirbench.errors import DataError

__all__ = ["decode_old"]

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_LATIN_1 = frozenset({"iso-8859-1", "latin-1", "latin1"})
"""Who declares it mostly writes Windows-1252, which has its letters and typographic signs beside."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_BY_SCRIPT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ARABIC": ("cp1256", "iso8859_6"),
        "CYRILLIC": ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "mac_cyrillic"),
        "GREEK": ("cp1253", "iso8859_7"),
        "HANGUL": ("cp949", "iso2022_kr"),
        "HEBREW": ("cp1255", "iso8859_8"),
        "HIRAGANA": ("cp932", "euc_jp", "iso2022_jp"),
        "CJK": ("gb18030", "big5"),
        "THAI": ("cp874",),
    }
)
_LATIN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        language: encodings
        for languages, encodings in (
            ("bs cs hr hu pl sk sl sq", ("cp1250", "iso8859_2")),
            ("ro", ("cp1250", "iso8859_2", "iso8859_16")),
            ("az tr", ("cp1254",)),
            ("et lt lv", ("cp1257", "iso8859_13", "iso8859_4")),
            ("vi", ("cp1258",)),
        )
        for language in languages.split()
    }
)
"""Languages in Latin script whose letters Latin-1 has not."""
_RARER = frozenset(map(chr, (*range(0x400, 0x410), *range(0x450, 0x530))))
"""Cyrillic letters that Russian has not, but for ё; of those that have some, no text has mostly these."""
_REST = "cp1252"
"""Has Latin-1's letters; what nothing else fits is read so."""


def decode_old(data: bytes, name: str, language: str) -> str:
    """The text of a file: in the encoding that it declares, else UTF-8, else one of the language's own.

    Of the encodings that the language was written in, the one is taken whose text has the fewest faults:
    letters of another script, capitals after small letters, signs and control characters within words. On
    titles of three words in KOI8-R, Windows-1251, ISO 8859-5, Latin-2 and their like that is right more
    often than charset-normalizer, which needs more text (it took Czech and Polish Latin-2 for others).

    Raises:
        DataError: it is in none of them, or not in the one that it declares.
    """
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    declared = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8))
    if marked or declared:
        encoding = marked or (declared[1].decode() if declared else "")
        if encoding.lower() in _LATIN_1 and (text := _read(data, _REST)):
            return _checked(text, name)
        try:
            return _checked(data.decode(encoding), name)
        except (LookupError, UnicodeError) as error:
            if encoding.lower().replace("-", "") not in {"utf8", "usascii", "ascii"}:
                raise DataError(
                    f"{name}: declares {encoding} but is not valid {encoding} ({error})"
                ) from error
    try:
        return _checked(data.decode(), name)
    except UnicodeDecodeError as error:
        line, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
    found = {
        encoding: text for encoding in _candidates(language) if (text := _read(data, encoding))
    }
    if not found:
        raise DataError(
            f"{name}:{line}: not valid UTF-8, nor any of {', '.join(_candidates(language))} "
            f"(byte 0x{byte:02x}); convert it to UTF-8"
        )
    names = scripts(language) or frozenset({"LATIN"})
    return _checked(min(found.values(), key=lambda text: _faults(text, names)), name)


def _candidates(language: str) -> tuple[str, ...]:
    own = scripts(language) or frozenset({"LATIN"})
    by_script = (
        each for name, encodings in _BY_SCRIPT.items() if name in own for each in encodings
    )
    return (*by_script, *_LATIN.get(family(language), ()), _REST)


def _read(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _checked(text: str, name: str) -> str:
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{name}:{line}: NUL character; convert the file to UTF-8")
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _faults(text: str, names: frozenset[str]) -> float:
    """How far a text is from being one of a language in these scripts."""
    return sum(_weights(text, names))


def _weights(text: str, names: frozenset[str]) -> Iterator[float]:
    before = ""
    for character in text:
        if not character.isascii():
            kind = unicodedata.category(character)
            if kind in {"Cc", "Cf", "Cn", "Co"}:
                yield 3
            elif kind[0] in "SP" or kind == "No":
                yield 1 if before.isalpha() else 0.3
            elif kind[0] == "L":
                yield (script(character) not in names) + (kind == "Lu" and before.islower())
                # In a tie: encodings of Cyrillic swap the cases, or have Russian among rarer letters.
                yield 0.02 * (kind == "Lu" and before.isalpha()) + 0.1 * (character in _RARER)
        before = character
