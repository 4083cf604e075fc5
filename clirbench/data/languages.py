"""Which codes languages have, and which scripts they are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator, WithJsonSchema

if TYPE_CHECKING:
    import langcodes

__all__ = ["Language", "family", "fault", "scripts", "standard"]

_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
"""What all codes look like: a language, maybe a script, maybe a region."""
_CODE = re.compile(_PATTERN)
_WANTED = (
    'expected a code of ISO 639-1, else 639-3, with script or region where they matter: "sw", '
    '"yue", "zh-Hans", "pt-BR"'
)
_PRIVATE = re.compile(r"q[a-t][a-z]")
"""Codes that ISO 639 leaves to everyone, as for the languages of the synthetic collection."""
_TAGALOG = "fil"
"""Filipino, which is Tagalog by the name of the state; tl is the code of ISO 639-1."""

_ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id
ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu
lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu
rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr
ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_SHORT = frozenset(_ISO_639_1.split())
"""ISO 639-1 as it stands. langcodes, which knows it and more, takes nearly a tenth of a second to load."""

_LIKELY = MappingProxyType(
    {
        code: script
        for script, codes in {
            "": "ie oj pi",
            "Arab": "ar fa ks ps sd ug ur",
            "Armn": "hy",
            "Avst": "ae",
            "Beng": "as bn",
            "Cans": "cr iu",
            "Cyrl": "ab av ba be bg ce cu cv kk kv ky mk mn os ru sr tg tt uk",
            "Deva": "bh hi mr ne sa",
            "Ethi": "am ti",
            "Geor": "ka",
            "Grek": "el",
            "Gujr": "gu",
            "Guru": "pa",
            "Hans": "zh",
            "Hebr": "he yi",
            "Jpan": "ja",
            "Khmr": "km",
            "Knda": "kn",
            "Kore": "ko",
            "Laoo": "lo",
            "Mlym": "ml",
            "Mymr": "my",
            "Orya": "or",
            "Sinh": "si",
            "Taml": "ta",
            "Telu": "te",
            "Thaa": "dv",
            "Thai": "th",
            "Tibt": "bo dz",
            "Yiii": "ii",
        }.items()
        for code in codes.split()
    }
)
"""Likely script of each of these codes, as CLDR has it: Latin of those that are not here, "" where none is."""

_SEVERAL = MappingProxyType(
    {
        "az": ("Latn", "Cyrl", "Arab"),
        "bm": ("Latn", "Nkoo"),
        "bs": ("Latn", "Cyrl"),
        "crh": ("Latn", "Cyrl"),
        "ff": ("Latn", "Adlm"),
        "fuc": ("Latn", "Adlm"),
        "kok": ("Deva", "Latn"),
        "ks": ("Arab", "Deva"),
        "ku": ("Latn", "Arab"),
        "mni": ("Beng", "Mtei"),
        "pa": ("Guru", "Arab"),
        "sat": ("Olck", "Deva", "Beng", "Latn"),
        "shi": ("Latn", "Tfng", "Arab"),
        "sr": ("Cyrl", "Latn"),
        "zgh": ("Tfng", "Latn"),
    }
)
"""Languages that are printed in several scripts today; CLDR's likely subtags have one of them."""

_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        code: frozenset(names.split())
        for code, names in {
            "Adlm": "ADLAM",
            "Arab": "ARABIC",
            "Armn": "ARMENIAN",
            "Bali": "BALINESE",
            "Beng": "BENGALI",
            "Bopo": "BOPOMOFO",
            "Cakm": "CHAKMA",
            "Cans": "CANADIAN",
            "Cham": "CHAM",
            "Cher": "CHEROKEE",
            "Copt": "COPTIC",
            "Cyrl": "CYRILLIC",
            "Deva": "DEVANAGARI",
            "Ethi": "ETHIOPIC",
            "Geor": "GEORGIAN",
            "Grek": "GREEK",
            "Gujr": "GUJARATI",
            "Guru": "GURMUKHI",
            "Hang": "HANGUL",
            "Hani": "CJK",
            "Hans": "CJK",
            "Hant": "CJK",
            "Hebr": "HEBREW",
            "Hira": "HIRAGANA KATAKANA-HIRAGANA",
            "Java": "JAVANESE",
            "Jpan": "CJK HIRAGANA KATAKANA KATAKANA-HIRAGANA",
            "Kali": "KAYAH",
            "Kana": "KATAKANA KATAKANA-HIRAGANA",
            "Khmr": "KHMER",
            "Knda": "KANNADA",
            "Kore": "HANGUL CJK",
            "Lana": "TAI",
            "Laoo": "LAO",
            "Latn": "LATIN",
            "Lisu": "LISU",
            "Mlym": "MALAYALAM",
            "Mong": "MONGOLIAN",
            "Mtei": "MEETEI",
            "Mymr": "MYANMAR",
            "Nkoo": "NKO",
            "Olck": "OL",
            "Orya": "ORIYA",
            "Rohg": "HANIFI",
            "Samr": "SAMARITAN",
            "Sinh": "SINHALA",
            "Sund": "SUNDANESE",
            "Syrc": "SYRIAC",
            "Tale": "TAI",
            "Talu": "NEW",
            "Taml": "TAMIL",
            "Tavt": "TAI",
            "Telu": "TELUGU",
            "Tfng": "TIFINAGH",
            "Thaa": "THAANA",
            "Thai": "THAI",
            "Tibt": "TIBETAN",
            "Vaii": "VAI",
            "Yiii": "YI",
        }.items()
    }
)
"""ISO 15924 code to the first words of its letters' names in Unicode; historical scripts are left out."""


@lru_cache(maxsize=1024)
def fault(code: str) -> str | None:
    """Say what is wrong with a language's code, and what to write instead; none: nothing.

    Right are codes of BCP 47 made of a language, a script and a region: "sw", "zh-Hans", "pt-BR". The
    language is its code of ISO 639-1 where it has one, else that of 639-3.
    """
    better = _better(code)
    if better is None or not _CODE.fullmatch(better):
        shown = code if len(code) <= 40 else code[:37] + "..."  # noqa: PLR2004 - a line's worth
        return f'"{shown}" is not a language; {_WANTED}'
    return None if better == code else f'"{code}" is not the form used here; write "{better}"'


def _checked(code: str) -> str:
    if wrong := fault(code):
        raise ValueError(wrong)
    return code


Language: TypeAlias = Annotated[
    str, AfterValidator(_checked), WithJsonSchema({"type": "string", "pattern": _PATTERN})
]
"""A setting: the code of a language."""


def standard(code: str) -> str:
    """The code as it is written here, such as "sw" for "swa" and "pt-BR" for "pt_br"; else as it came."""
    return _better(code) or code


def family(code: str) -> str:
    """The language of a code, without script and region."""
    return code.partition("-")[0]


@lru_cache(maxsize=1024)
def scripts(code: str) -> frozenset[str] | None:
    """The scripts that a language is written in, by the first words of Unicode's names of letters.

    A script in the code is the one. Else they are those of a short list of languages that are printed in
    several, or the one that CLDR's likely subtags have. None: that is not known.
    """
    if code in _SHORT:
        language, likely = code, _LIKELY.get(code, "Latn")
    elif (parsed := _parsed(code)) is None or parsed.language is None:
        return None
    elif parsed.script:
        return _NAMES.get(parsed.script)
    else:
        language, likely = parsed.language, _likely(parsed) or ""
    several = _SEVERAL.get(language, (likely,))
    found = [_NAMES[each] for each in several if each in _NAMES]
    return frozenset().union(*found) if found else None


def _likely(parsed: langcodes.Language) -> str | None:
    from langcodes.data_dicts import (
        LANGUAGE_REPLACEMENTS,
        LIKELY_SUBTAGS,
        NORMALIZED_MACROLANGUAGES,
    )

    own = parsed.language or ""
    wider = NORMALIZED_MACROLANGUAGES.get(own) or LANGUAGE_REPLACEMENTS.get(own) or own
    region = f"-{parsed.territory}" if parsed.territory else ""
    keys = (f"{own}{region}", own, f"{family(wider)}{region}", family(wider))
    tag = next((LIKELY_SUBTAGS[key] for key in keys if key in LIKELY_SUBTAGS), None)
    return None if tag is None else str(tag.split("-")[1])


def _parsed(code: str) -> langcodes.Language | None:
    import langcodes

    try:
        return langcodes.Language.get(code, normalize=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _better(code: str) -> str | None:
    """The code as it should be written; none where no language is meant."""
    if code in _SHORT or _PRIVATE.fullmatch(code):
        return code
    return _looked_up(code)


def _looked_up(code: str) -> str | None:
    """As `_better`, by the registries."""
    parsed = _parsed(code)
    if parsed is None or parsed.language in {None, "und"}:
        return _by_name(code)
    import langcodes
    from langcodes.data_dicts import LANGUAGE_REPLACEMENTS, TERRITORY_REPLACEMENTS

    region = TERRITORY_REPLACEMENTS.get((parsed.territory or "").lower(), parsed.territory)
    language, script = str(parsed.language), parsed.script
    shorter = "tl" if language == _TAGALOG else _shorter().get(language)
    if shorter:
        language = shorter
    elif len(language) == 2 and language != "tl" and language in LANGUAGE_REPLACEMENTS:  # noqa: PLR2004
        current = langcodes.Language.get(LANGUAGE_REPLACEMENTS[language])  # of a code withdrawn
        language, script = str(current.language), script or current.script
    better = "-".join(part for part in (language, script, region) if part)
    return better if langcodes.tag_is_valid(better) else _by_name(code)


@lru_cache(maxsize=1)
def _shorter() -> Mapping[str, str]:
    """Codes of three letters to those of two for the same language."""
    from langcodes.data_dicts import LANGUAGE_ALPHA3, LANGUAGE_ALPHA3_BIBLIOGRAPHIC

    tables = (LANGUAGE_ALPHA3_BIBLIOGRAPHIC, LANGUAGE_ALPHA3)
    return {long: short for table in tables for short, long in table.items() if len(short) == 2}  # noqa: PLR2004


@lru_cache(maxsize=64)
def _by_name(name: str) -> str | None:
    """The code of a language that is called by its English name."""
    from langcodes.registry_parser import parse_registry

    wanted = name.replace("_", " ").casefold()
    for entry in parse_registry():  # type: ignore[no-untyped-call]
        if entry.get("Type") != "language" or "Deprecated" in entry:
            continue
        names = (each.partition(" (")[0].casefold() for each in entry["Description"])
        if wanted in names and (code := str(entry["Subtag"])).isalpha():
            return _better(code)
    return None
