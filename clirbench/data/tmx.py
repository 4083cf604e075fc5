"""Reading translation memories: TMX 1.4 (a LISA standard), plain or in a zip file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple
from xml.etree import ElementTree as ET  # expat refuses to expand entities without end

from clirbench.data.zips import DAMAGE
from clirbench.errors import DataError

__all__ = ["Unit", "read_tmx"]

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_UNREADABLE: tuple[type[Exception], ...] = (OSError, LookupError, *DAMAGE)


class Unit(NamedTuple):
    """A translation unit: its id, and its text by language code, in lower case."""

    id: str
    texts: Mapping[str, str]


def read_tmx(path: Path) -> list[Unit]:
    """The units of a .tmx file, or of the one in the zip file `path`, in order.

    All are read before any is given, as the zip's checksum is known only at the end.

    Raises:
        DataError: the file is missing or damaged, or what is in it is not TMX.
    """
    try:
        if path.suffix.lower() == ".tmx":
            with path.open("rb") as file:
                return list(_units(file, str(path)))
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".tmx")]
            if len(names) != 1:
                raise DataError(f"{path}: expected one .tmx file inside (got {len(names)})")
            with archive.open(names[0]) as file:
                return list(_units(file, f"{path}:{names[0]}"))
    except ET.ParseError as error:
        raise DataError(f"{path}: not well-formed TMX ({error})") from error
    except _UNREADABLE as error:
        how = "TMX" if path.suffix.lower() == ".tmx" else "a zip file of TMX"
        raise DataError(f"{path}: cannot be read as {how} ({error})") from error


def _units(file: IO[bytes], name: str) -> Iterator[Unit]:
    count = 0
    for _, element in ET.iterparse(file):  # noqa: S314 - a pinned file, see the import
        if element.tag != "tu":
            continue
        count += 1
        unit = element.get("tuid", str(count))
        texts: dict[str, str] = {}
        for variant in element.findall("tuv"):
            language = (variant.get(_LANGUAGE) or variant.get("lang") or "").lower()
            segment = variant.find("seg")
            if not language or segment is None:
                what = "no <seg>" if language else "no language"
                raise DataError(f"{name}: unit {unit}: a <tuv> has {what}")
            if language in texts:
                raise DataError(f'{name}: unit {unit}: language "{language}" stands twice')
            texts[language] = "".join(segment.itertext()).strip()
        yield Unit(unit, texts)
        element.clear()
    if not count:
        raise DataError(f"{name}: not TMX: it has no <tu>")
