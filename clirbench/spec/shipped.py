"""The suites that ship with clirbench, and a small collection to see the format of own files by."""

from __future__ import annotations

import tomllib
from pathlib import Path

__all__ = ["SAMPLE", "shipped"]

_PACKAGE = Path(__file__).parents[1]

SAMPLE = {
    "docs.jsonl": """\
{"id": "d1", "text": "Elephants are the largest land animals. They live in herds near water."}
{"id": "d2", "text": "The night train to the coast leaves the capital at eight."}
{"id": "d3", "text": "Clean drinking water prevents diseases, doctors at the hospital say."}
{"id": "d4", "text": "Farmers bring fruit and maize to the market, which opens at sunrise."}
{"id": "d5", "text": "The lake is rich in fish; most families on its shore live by fishing."}
{"id": "d6", "text": "The school library received two hundred new books for its readers."}
""",
    "topics.sw.tsv": """\
t1\tTembo wanaishi wapi?
t2\tTreni ya pwani inaondoka lini?
t3\tKwa nini maji safi ni muhimu?
t4\tSoko linafunguliwa lini?
""",
    "topics.en.tsv": """\
t1\tWhere do elephants live?
t2\tWhen does the train to the coast leave?
t3\tWhy is clean water important?
t4\tWhen does the market open?
""",
    "qrels": "t1 0 d1 1\nt2 0 d2 1\nt3 0 d3 1\nt4 0 d4 1\n",
    "bitext.sw.tsv": """\
Mtoto anasoma kitabu.\tThe child is reading a book.
Mwalimu anafundisha shuleni.\tThe teacher teaches at school.
Mvua inanyesha leo.\tIt is raining today.
Daktari anafanya kazi hospitalini.\tThe doctor works in the hospital.
Samaki wanaishi ziwani.\tFish live in the lake.
Mkulima analima shamba lake.\tThe farmer tills his field.
Watu wananunua matunda sokoni.\tPeople buy fruit at the market.
Treni inaondoka saa mbili.\tThe train leaves at eight o'clock.
Maji safi ni muhimu kwa afya.\tClean water is important for health.
Tembo ni mnyama mkubwa.\tThe elephant is a big animal.
""",
}
"""File name → text: what the source `files` reads, for Swahili topics and English documents."""


def shipped() -> dict[str, Path]:
    """Name of a suite, or of a collection that one is about → the suite file, the shortest of several."""
    folder = _PACKAGE / "suites"
    if not folder.is_dir():  # in a checkout they lie beside the package
        folder = _PACKAGE.parent / "suites"
    found = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    for path in sorted(found.values(), key=lambda path: path.stat().st_size):
        collection = tomllib.loads(path.read_text(encoding="utf-8"))["collection"]["source"]
        found.setdefault(collection.partition(":")[0], path)
    return found
