"""Every reader against files that were cut off, had bits flipped, or came in another encoding.

A file that is pinned or locked is refused by its checksum before it is read. Here the readers get the
damaged bytes themselves: whatever they are, the user gets a DataError or data of the right form, and of
what a reader gives, all but the place of the damage is what the whole file says. It takes 10 seconds at most, and
1 GiB. `CLIRBENCH_FUZZ=2000 pytest tests/data/test_fuzz.py` tries so many mutated files on each reader.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_datasets
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ir_datasets.datasets.base import Dataset
from ir_datasets.formats import CLIRMatrixQrels, CLIRMatrixQueries, TsvDocs
from ir_datasets.util import GzipExtract, LocalDownload

from clirbench.data.base import Document, Download, SentencePair
from clirbench.data.download import Cache
from clirbench.data.lock import Lock
from clirbench.data.sources import irds as irds_module
from clirbench.data.sources.afriqa import AfriQA
from clirbench.data.sources.beir import BEIR
from clirbench.data.sources.clef import CLEF
from clirbench.data.sources.files import Files
from clirbench.data.sources.globalvoices import GlobalVoices
from clirbench.data.sources.irds import IRDS
from clirbench.data.sources.ntrex import NTREX
from clirbench.data.sources.opus import OPUS
from clirbench.data.sources.parallel import Parallel
from clirbench.data.sources.scored import Scored
from clirbench.data.sources.tico19 import TICO19
from clirbench.data.sources.tmx import TMX
from clirbench.data.sources.xor_tydi import XORTyDi
from clirbench.data.sources.xquad import XQuAD
from clirbench.errors import DataError

Damage = Callable[[bytes], bytes]
Fetch = Callable[[Download], Path]
LINES = [f"mstari wa {word} – ña" for word in ("kwanza", "pili", "tatu", "nne", "tano", "sita")]
ENGLISH = [f"line {number}, “quoted”" for number in range(6)]


@dataclass(frozen=True)
class Reader:
    """A file, and what reads it from a folder."""

    name: str
    file: str
    """The file that is damaged."""
    files: Mapping[str, bytes]
    """All files, by the last part of their address or by their path."""
    read: Callable[[Path, Fetch], list[Any]]
    exact: bool = False
    """Whether a file that was cut off must be refused: its format has an end."""
    any_encoding: bool = False
    """Whether Latin-1 is read, too."""

    def __str__(self) -> str:
        return f"{self.name} {self.file}"


def lines(*rows: object) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def text(*rows: str) -> bytes:
    """Lines of text."""
    return "".join(row + "\n" for row in rows).encode()


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def memory() -> bytes:
    """A translation memory."""
    units = "".join(
        f'<tu tuid="{n}"><tuv xml:lang="en"><seg>{e}</seg></tuv>'
        f'<tuv xml:lang="sw"><seg>{f}</seg></tuv></tu>'
        for n, (e, f) in enumerate(zip(ENGLISH, LINES, strict=True))
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4"><header/>'
    return f"{head}<body>{units}</body></tmx>".encode()


def afriqa() -> dict[str, bytes]:
    """Two languages' files with something in them; the others are empty."""
    files = {}
    for code in ("bem", "hau", "ibo", "kin", "swa", "twi", "yor", "zul"):
        for split in ("test", "dev", "train"):
            files[f"queries.afriqa.{code}.en.{split}.json"] = b""
            files[f"gold_span_passages.afriqa.{code}.en.{split}.json"] = b""
    files["gold_span_passages.afriqa.swa.en.test.json"] = lines(
        *(
            {
                "id": str(n),
                "context": f"passage {n} “x”",
                "title": "T",
                "question_lang": foreign,
                "question_translated": english,
            }
            for n, (foreign, english) in enumerate(zip(LINES, ENGLISH, strict=True))
        )
    )
    files["queries.afriqa.swa.en.train.json"] = lines(
        *(
            {"id": n, "question": foreign, "translated_question": english}
            for n, (foreign, english) in enumerate(zip(LINES, ENGLISH, strict=True))
        )
    )
    return files


def squad() -> bytes:
    """XQuAD's format."""
    questions = [{"id": f"q{n}", "question": line} for n, line in enumerate(LINES)]
    paragraphs = [
        {"context": f"{line}.", "qas": [q]} for line, q in zip(LINES, questions, strict=True)
    ]
    return json.dumps(
        {"data": [{"title": "t", "paragraphs": paragraphs}], "version": "1.1"}
    ).encode()


def sgml() -> bytes:
    """CLEF's documents."""
    return "".join(
        f"<DOC>\n<DOCNO> D{n} </DOCNO>\n<TEXT>\n<P>{line}</P>\n</TEXT>\n</DOC>\n"
        for n, line in enumerate(LINES)
    ).encode()


def topics() -> bytes:
    """CLEF's topics."""
    return "".join(
        f"<top>\n<num> C{n + 41:03d} </num>\n<SW-title> {line} </SW-title>\n</top>\n"
        for n, line in enumerate(LINES)
    ).encode()


def everything(source: Any, *languages: str) -> Callable[[Path, Fetch], list[Any]]:  # noqa: ANN401
    """Reads all that a source with downloads gives."""

    def read(folder: Path, fetch: Fetch) -> list[Any]:
        del folder
        found: list[Any] = []
        for language in languages:
            if hasattr(source, "pairs"):
                found += source.pairs(fetch, language)
            if hasattr(source, "documents"):
                found += source.documents(fetch, "en" if source.name == "afriqa" else language)
                found += source.topics(fetch, language).items()
                found += source.judgments(fetch, language).items()
        return found

    return read


def own(make: Callable[[Path], Any]) -> Callable[[Path, Fetch], list[Any]]:
    """Reads all that a source of the user's files gives, for Swahili."""

    def read(folder: Path, fetch: Fetch) -> list[Any]:
        source = make(folder)
        found: list[Any] = []
        if hasattr(source, "pairs"):
            found += source.pairs(fetch, "sw")
        if hasattr(source, "documents"):
            found += source.documents(fetch, "sw")
            found += source.topics(fetch, "sw").items()
            found += source.judgments(fetch, "sw").items()
        return found

    return read


def clirmatrix(folder: Path, fetch: Fetch) -> list[Any]:
    """Reads through ir_datasets, as an id that is registered for the occasion."""
    name = f"clirbench-fuzz/{folder.name}"
    queries = GzipExtract(LocalDownload(folder / "sw.gz"))
    docs = TsvDocs(GzipExtract(LocalDownload(folder / "en.gz")), namespace="x", lang="en")
    components = docs, CLIRMatrixQueries(queries, "sw"), CLIRMatrixQrels(queries, {})
    ir_datasets.registry.register(name, Dataset(*components))
    irds_module._judgments.cache_clear()  # noqa: SLF001 - the same id has other files each time
    try:
        source = IRDS(id=name)
        found: list[Any] = list(source.documents(fetch, "en"))
        found += source.topics(fetch, "sw").items()
        return [*found, *source.judgments(fetch, "sw").items()]
    finally:
        ir_datasets.registry._registered.pop(name)  # noqa: SLF001 - it cannot forget


FILES = {
    "docs.jsonl.gz": gzip.compress(
        lines(*({"id": f"d{n}", "text": e} for n, e in enumerate(ENGLISH)))
    ),
    "topics.sw.tsv": text(*(f"t{n}\t{line}" for n, line in enumerate(LINES))),
    "qrels": text(*(f"t{n} 0 d{n} 1" for n in range(6))),
    "bitext.sw.tsv": text(*(f"{f}\t{e}" for f, e in zip(LINES, ENGLISH, strict=True))),
}
PLAIN = {**FILES, "docs.jsonl": gzip.decompress(FILES["docs.jsonl.gz"])}
del PLAIN["docs.jsonl.gz"]
STORIES = {
    "DOCUMENT_IDS.tsv": text(*["s1"] * 3, *["s2"] * 3),
    "newstest2019-src.eng.txt": text(*ENGLISH),
    "newstest2019-ref.swa.txt": text(*LINES),
}
NEWS = {
    "documents/latimes94/x": sgml(),
    "topics/x": topics(),
    "qrels/x": text(*(f"{n + 41} 0 D{n} 1" for n in range(6))),
}
MATRIX = {
    "en.gz": gzip.compress(text(*(f"{n}\t{e}" for n, e in enumerate(ENGLISH)))),
    "sw.gz": gzip.compress(
        lines(
            *(
                {"src_id": f"s{n}", "src_query": line, "tgt_results": [[str(n), 3]]}
                for n, line in enumerate(LINES)
            )
        )
    ),
}
QUESTIONS = {
    "xor_dev_retrieve_eng_span_v1_1.jsonl": lines(
        *(
            {"id": str(n), "question": line, "lang": "ja", "answers": [line]}
            for n, line in enumerate(LINES)
        )
    )
}


def questions(folder: Path, fetch: Fetch) -> list[Any]:
    """The questions of XOR-Retrieve and their answers."""
    del folder
    source = XORTyDi()
    return [*source.topics(fetch, "ja").items(), *source.answers(fetch, "ja").items()]


SIDES = {"train.swa": text(*LINES), "train.en": text(*ENGLISH)}
SCORED = text(
    *(f"1.{n + 1}\t{e}\t{f}" for n, (e, f) in enumerate(zip(ENGLISH, LINES, strict=True)))
)
MOSES = {"en-sw.txt.zip": packed({"c.en-sw.en": text(*ENGLISH), "c.en-sw.sw": text(*LINES)})}

BEIR_FILES = {
    "corpus.jsonl": lines(
        *({"_id": f"d{n}", "title": "T", "text": e} for n, e in enumerate(ENGLISH))
    ),
    "queries.jsonl": lines(*({"_id": f"t{n}", "text": line} for n, line in enumerate(LINES))),
    "qrels/test.tsv": text("query-id\tcorpus-id\tscore", *(f"t{n}\td{n}\t1" for n in range(6))),
}
BEIR_PACKED = {f"{name}.gz": gzip.compress(data) for name, data in BEIR_FILES.items()}

READERS = [
    *(Reader("afriqa", file, afriqa(), everything(AfriQA(), "sw")) for file in ("gold_span_passages.afriqa.swa.en.test.json", "queries.afriqa.swa.en.train.json")),
    Reader("xquad", "xquad.ar.json", {"xquad.ar.json": squad()}, everything(XQuAD(), "ar"), exact=True),
    *(Reader("ntrex", file, STORIES, everything(NTREX(), "sw")) for file in STORIES),
    Reader("tico19", "all.en-sw.tmx.zip", {"all.en-sw.tmx.zip": packed({"x.tmx": memory()})}, everything(TICO19(), "sw"), exact=True),
    *(Reader("globalvoices", file, SIDES, everything(GlobalVoices(), "sw")) for file in SIDES),
    Reader("opus", "en-sw.txt.zip", MOSES, everything(OPUS(corpus="c", release="v1"), "sw"), exact=True),
    Reader("files", "docs.jsonl.gz", FILES, own(lambda f: Files(folder=f)), exact=True),
    *(Reader("files", file, PLAIN, own(lambda f: Files(folder=f))) for file in PLAIN),
    *(Reader("parallel", file, SIDES, own(lambda f: Parallel(folder=f, foreign="train.swa", english="train.en"))) for file in SIDES),
    Reader("scored", "en-sw.tsv", {"en-sw.tsv": SCORED}, own(lambda f: Scored(folder=f, file="en-{language}.tsv"))),
    Reader("scored", "en-sw.tsv.gz", {"en-sw.tsv.gz": gzip.compress(SCORED)}, own(lambda f: Scored(folder=f)), exact=True),
    *(Reader("beir", file, BEIR_FILES, own(lambda f: BEIR(folder=f, documents_language="sw"))) for file in BEIR_FILES),
    *(Reader("beir", file, BEIR_PACKED, own(lambda f: BEIR(folder=f, documents_language="sw")), exact=True) for file in BEIR_PACKED),
    Reader("tmx", "en-sw.tmx.gz", {"en-sw.tmx.gz": gzip.compress(memory())}, own(lambda f: TMX(folder=f)), exact=True),
    Reader("tmx", "en-sw.tmx", {"en-sw.tmx": memory()}, own(lambda f: TMX(folder=f)), exact=True),
    *(Reader("clef", file, NEWS, own(lambda f: CLEF(folder=f, papers=("latimes94",))), any_encoding=True) for file in NEWS),
    *(Reader("irds", file, MATRIX, clirmatrix, exact=True) for file in MATRIX),
    Reader("xor-tydi", *QUESTIONS, QUESTIONS, questions),
]  # fmt: skip


def attempt(reader: Reader, folder: Path, damage: Damage) -> tuple[list[Any], list[Any] | None]:
    """What the whole files say, and what the damaged ones do; None: they are refused."""

    def fetch(download: Download) -> Path:
        return folder / download.url.rpartition("/")[2]

    def write(data: bytes) -> list[Any]:
        for name, own_data in reader.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if name == reader.file else own_data)
        return reader.read(folder, fetch)

    whole = write(reader.files[reader.file])
    try:
        with within(1 << 30):
            return whole, write(damage(reader.files[reader.file]))
    except DataError:
        return whole, None


@contextmanager
def within(size: int) -> Iterator[None]:
    """No more memory than so many bytes beside what the process has; only Linux counts it."""
    used = Path("/proc/self/statm")
    if not used.exists():
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(used.read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux counts it")
def test_memory_is_limited() -> None:
    """What takes more than it may is noticed, and the next one is free again."""
    with within(1 << 30), pytest.raises(MemoryError):
        bytearray(2 << 30)
    assert len(bytearray(2 << 30)) == 2 << 30


def check_form(found: list[Any]) -> None:
    """What is given has the form of data, whatever was read."""
    ids = [item.id for item in found if isinstance(item, Document)]
    assert len(ids) == len(set(ids))
    for item in found:
        for part in item[:2]:
            if isinstance(part, str):
                assert "\0" not in part
                assert "\ufffd" not in part
                part.encode()
        if not isinstance(item, SentencePair):
            assert item[0]
            assert not any(map(str.isspace, item[0]))


@pytest.mark.parametrize("reader", READERS, ids=str)
@settings(max_examples=12)
@given(share=st.floats(0, 1, exclude_max=True))
@example(share=0.0)
@example(share=0.999)
def test_cut_off(reader: Reader, share: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A format with an end is refused; of lines, what is given is what stands before the cut."""
    folder = tmp_path_factory.mktemp("cut")
    size = len(reader.files[reader.file])
    whole, found = attempt(reader, folder, lambda data: data[: int(size * share)])
    if found is None:
        return
    check_form(found)
    if reader.exact:
        assert found == whole  # what was cut is not a part of the data, such as a final line end
    same = sum(item in whole for item in found)
    assert (
        same >= len(found) - 4
    )  # the cut line, as what it is part of: pair, document, topic, judgment


@pytest.mark.parametrize("reader", READERS, ids=str)
@settings(max_examples=16)
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_flipped_bits(
    reader: Reader, share: float, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One bit changes what it is in, and nothing else; compressed formats find every one that counts."""

    def flip(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[int(len(data) * share)] ^= 1 << bit
        return bytes(changed)

    whole, found = attempt(reader, tmp_path_factory.mktemp("flip"), flip)
    if found is None:
        return
    check_form(found)
    if reader.file.endswith((".gz", ".zip")):
        assert found == whole


STRANGE = (
    *(
        b"\0",
        b"\xff\xfe",
        b"\r",
        b"\n\n",
        b"\t\t",
        b"\\",
        b'"',
        b"{",
        b"]",
        b"<",
        b"</top>",
        b"</DOC>",
    ),
    *(
        "\u200b".encode(),
        "\u202e".encode(),
        "ﷺ".encode(),
        "😀".encode(),
        b"&#0;",
        b"9" * 400,
        b"x" * 70_000,
    ),
)


@pytest.mark.parametrize("reader", READERS, ids=str)
@settings(max_examples=int(os.environ.get("CLIRBENCH_FUZZ", "50")), deadline=10_000)
@given(
    places=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=3),
    how=st.sampled_from(["drop", "double", "move", "strange"]),
    strange=st.sampled_from(STRANGE),
)
def test_mutations(
    reader: Reader,
    places: list[tuple[float, float]],
    how: str,
    strange: bytes,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Pieces that are missing, doubled, elsewhere or strange: data of the right form, or a DataError."""

    def mutate(data: bytes) -> bytes:
        for share, other in places:
            a, b = sorted((int(len(data) * share), int(len(data) * other)))
            data = {
                "drop": data[:a] + data[b:],
                "double": data[:b] + data[a:],
                "move": data[b:] + data[:b],
                "strange": data[:a] + strange + data[a:],
            }[how]
        return data

    def inside(data: bytes) -> bytes:
        if reader.file.endswith(".gz"):
            return gzip.compress(mutate(gzip.decompress(data)))
        return mutate(data)

    _, found = attempt(reader, tmp_path_factory.mktemp("mutated"), inside)
    if found is not None:
        check_form(found)


@pytest.mark.parametrize("reader", READERS, ids=str)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1252", "cp500"])
def test_other_encodings(reader: Reader, encoding: str, tmp_path: Path) -> None:
    """Another encoding is refused, or read as what it says."""
    seen: list[bytes] = []

    def encoded(data: bytes) -> bytes:
        seen.append(data.decode().encode(encoding, "replace"))
        return seen[-1]

    def encode(data: bytes) -> bytes:
        if reader.file.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return packed({name: encoded(archive.read(name)) for name in archive.namelist()})
        if reader.file.endswith(".gz"):
            return gzip.compress(encoded(gzip.decompress(data)))
        return encoded(data)

    whole, found = attempt(reader, tmp_path, encode)
    if found is not None:
        check_form(found)
        assert found == whole or reader.any_encoding or all(data.isascii() for data in seen)


@settings(max_examples=16)
@given(data=st.binary(max_size=200))
def test_any_lock(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever stands in a lock file, it is a lock or an error."""
    path = tmp_path_factory.mktemp("lock") / "suite.lock"
    path.write_bytes(data)
    try:
        lock = Lock(path)
    except DataError:
        return
    assert lock.pin(Download(url="https://example.org/x")).sha256 is None


@settings(max_examples=12)
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_a_pinned_file_is_never_another(
    tmp_path_factory: pytest.TempPathFactory,
    share: float,
    bit: int,
    cut: bool,  # noqa: FBT001 - of Hypothesis
) -> None:
    """Before any reader: a file that differs by a bit from its pin is refused and not kept."""
    folder = tmp_path_factory.mktemp("pinned")
    mirror = folder / "mirror" / "raw.githubusercontent.com"
    download = GlobalVoices().downloads("sw")[0]
    path = mirror / download.url.removeprefix("https://raw.githubusercontent.com/")
    path.parent.mkdir(parents=True)
    data = bytearray(text(*LINES))
    data[int(len(data) * share)] ^= 1 << bit
    path.write_bytes(bytes(data[: int(len(data) * share)] if cut else data))
    with pytest.raises(DataError, match="failed the checksum"):
        Cache(folder / "cache", folder / "mirror")(download)
    assert not [each for each in (folder / "cache").rglob("*") if each.is_file()]
