"""Reading translation memories: TMX 1.4 (a LISA standard), plain, gzip, or in a zip file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple
from xml.etree import ElementTree as ET  # expat refuses to expand entities without end

from clirbench.data.packed import check_regular, open_packed
from clirbench.data.zips import DAMAGE, check_member
from clirbench.errors import DataError

__all__ = ["Unit", "read_tmx"]

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_CODES = frozenset({"bpt", "ept", "it", "ph", "ut"})
"""Elements that hold the markup of the text that was translated, and are none of it (TMX 1.4b, 3.2)."""
_UNREADABLE: tuple[type[Exception], ...] = (OSError, LookupError, *DAMAGE)


class Unit(NamedTuple):
    """A translation unit: its id, and its text by language code, in lower case."""

    id: str
    texts: Mapping[str, str]


def read_tmx(path: Path) -> list[Unit]:
    """The units of a .tmx or .tmx.gz file, or of the one in the zip file `path`, in order.

    All are read before any is given, as the checksum of what is packed is known only at the end.

    Raises:
        DataError: the file is missing or damaged, or what is in it is not TMX.
    """
    kind = "".join(path.suffixes[-2:]).lower()
    check_regular(path)
    try:
        if kind.endswith(".tmx.gz"):
            with open_packed(path) as packed:
                return list(_units(packed, str(path)))
        if kind.endswith(".tmx"):
            with path.open("rb") as file:
                return list(_units(file, str(path)))
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".tmx")]
            if len(names) != 1:
                raise DataError(f"{path}: expected one .tmx file inside (got {len(names)})")
            check_member(path, archive.getinfo(names[0]))
            with archive.open(names[0]) as file:
                return list(_units(file, f"{path}:{names[0]}"))
    except ET.ParseError as error:
        raise DataError(f"{path}: not well-formed TMX ({error})") from error
    except _UNREADABLE as error:
        how = "a gzip file of TMX" if kind.endswith(".gz") else "a zip file of TMX"
        how = "TMX" if kind.endswith(".tmx") else how
        raise DataError(f"{path}: cannot be read as {how} ({error})") from error


def _units(file: IO[bytes], name: str) -> Iterator[Unit]:
    count = 0
    for _, element in ET.iterparse(file):  # noqa: S314 - a pinned file, see the import
        if _local(element) != "tu":
            continue
        count += 1
        unit = element.get("tuid", str(count))
        texts: dict[str, str] = {}
        for variant in element.findall("{*}tuv"):
            language = (variant.get(_LANGUAGE) or variant.get("lang") or "").lower()
            segment = variant.find("{*}seg")
            if not language or segment is None:
                what = "no <seg>" if language else "no language"
                raise DataError(f"{name}: unit {unit}: a <tuv> has {what}")
            if language in texts:
                raise DataError(f'{name}: unit {unit}: duplicate language "{language}"')
            texts[language] = "".join(_text(segment)).strip()
        yield Unit(unit, texts)
        element.clear()
    if not count:
        raise DataError(f"{name}: not TMX: it has no <tu>")


def _text(element: ET.Element) -> Iterator[str]:
    """The text of a segment, without what stands for its markup."""
    yield element.text or ""
    for child in element:
        if _local(child) not in _CODES:
            yield from _text(child)
        yield child.tail or ""


def _local(element: ET.Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
