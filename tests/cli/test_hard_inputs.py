"""Small inputs of the kinds that went wrong for users of neighbouring tools, from files to figures."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]
SUITE = """\
[suite]
name = "case"
seeds = [1]
measures = ["AP", "nDCG@10"]

[collection]
source = "files"
folder = "data"

[[pair]]
query = "{query}"
documents = "{documents}"
resource = "low"
{bitext}

[[method]]
name = "bm25"

[teacher]
backbone = "none/needed"

[statistics]
flips = 1000
resamples = 1000
"""


class Case:
    """A folder with a suite and its data, and what the command line makes of it."""

    def __init__(self, folder: Path, command: Command) -> None:
        self.folder = folder
        self.command = command

    def suite(
        self, query: str = "sw", documents: str = "en", bitext: str = "", **changes: str
    ) -> Path:
        """Write the suite; `changes` are texts put for others."""
        text = SUITE.format(query=query, documents=documents, bitext=bitext)
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        path = self.folder / "suite.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file of the case."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def documents(self, documents: Mapping[str, str], name: str = "data/docs.jsonl") -> None:
        """Write documents."""
        lines = [json.dumps({"id": key, "text": text}) for key, text in documents.items()]
        self.write(name, "".join(f"{line}\n" for line in lines))

    def describe(self) -> str:
        """What `data describe` prints."""
        return self.succeeds("data", "describe", self.folder / "suite.toml", "--markdown")

    def run(self, method: str = "bm25") -> dict[str, float]:
        """Run the suite; gives the AP of each topic by a method."""
        self.succeeds("run", self.folder / "suite.toml", *self.places)
        (scores,) = (self.folder / "results").rglob(f"{method}/scores.csv")
        with scores.open(encoding="utf-8", newline="") as file:
            return {line["topic"]: float(line["AP"]) for line in csv.DictReader(file)}

    def succeeds(self, *arguments: str | Path) -> str:
        """Run a command that has to succeed; gives what it prints."""
        done = self.command(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def fails(self, *arguments: str | Path) -> str:
        """Run a command that has to be refused; gives what it says."""
        done = self.command(*arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        return done.stderr

    @property
    def places(self) -> tuple[str | Path, ...]:
        """Arguments that keep a run inside the folder."""
        return (
            *("--results", self.folder / "results"),
            *("--store", self.folder / "store"),
            *("--threads", "1"),
        )


@pytest.fixture
def case(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Case:
    """An empty folder."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    return Case(tmp_path, command)


def test_chinese(case: Case) -> None:
    """A language without spaces is searched by its words."""
    case.suite("zh", "zh")
    case.documents(
        {
            "d1": "山区暴雨引发泥石流，村民连夜转移。",
            "d2": "省博物馆展出青铜器，免费开放。",
            "d3": "新的地铁线路连接机场和市中心。",
        }
    )
    case.write("data/topics.zh.tsv", "t1\t山区泥石流\nt2\t青铜器展览\nt3\t机场地铁\n")
    case.write("data/qrels", "t1 0 d1 1\nt2 0 d2 1\nt3 0 d3 1\n")
    assert case.run() == {"t1": 1, "t2": 1, "t3": 1}


def test_composed_and_decomposed_letters(case: Case) -> None:
    """Equal text matches however it is encoded."""
    case.suite("vi")
    text = "Chợ Đồng Xuân reopens in Hà Nội"
    case.documents(
        {"d1": unicodedata.normalize("NFD", text), "d2": "Harbour works", "d3": "A school opens"}
    )
    case.write("data/topics.vi.tsv", "t1\tchợ " + unicodedata.normalize("NFC", "Đồng Xuân") + "\n")
    case.write("data/qrels", "t1 0 d1 1\n")
    assert case.run() == {"t1": 1}


def test_ties_do_not_go_by_the_order_of_the_file(case: Case) -> None:
    """Relevant documents first or last, the score is the same, and the ties are told."""
    relevant = {f"r{n}": f"Notice 1999 about object {n}" for n in range(4)}
    others = {f"n{n}": f"Notice 1999 about thing {n}" for n in range(40)}
    case.suite()
    case.write("data/topics.sw.tsv", "t1\ttangazo la 1999\n")
    case.write("data/qrels", "".join(f"t1 0 {key} 1\n" for key in relevant))
    found = []
    for order in (relevant | others, others | relevant):
        case.documents(order)
        found.append(case.run())
    assert found[0] == found[1]
    assert 0 < found[0]["t1"] < 0.6
    log = max((case.folder / "results").rglob("events.jsonl"))
    said = "43 of 44 documents tied with the one before them, for 1 of 1 topics"
    assert said in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("action", ["run", "plan"])
def test_a_code_that_is_written_otherwise_here(case: Case, action: str) -> None:
    """A code of three letters where there is one of two is told at its line."""
    suite = case.suite("swa")
    said = case.fails(action, suite)
    assert 'suite.toml:11:1: pair[1].query: "swa" is not the form used here; write "sw"' in said


PROVERBS = {
    "Samaki anaogelea mtoni.": "The fish swims in the river.",
    "Mbuzi anakula majani.": "The goat eats leaves.",
    "Seremala anatengeneza meza.": "The carpenter makes a table.",
    "Nyuki wanatafuta maua.": "The bees look for flowers.",
    "Baharia anaona mlima.": "The sailor sees the mountain.",
    "Mvuvi ana mashua mpya.": "The fisherman has a new boat.",
}


def lines(pairs: Mapping[str, str]) -> str:
    """As a file of bitext has them."""
    return "".join(f"{foreign}\t{english}\n" for foreign, english in pairs.items())


def test_psq_learns_from_text_alone(case: Case) -> None:
    """Without a teacher that could be loaded, it finds what bm25 cannot."""
    case.suite(bitext='bitext = ["files"]', **{'name = "bm25"': 'name = "psq"'})
    case.documents(
        {
            "d1": "A fisherman and his boat came down the river.",
            "d2": "Bees settle on the flowers.",
            "d3": "At the table of the carpenter.",
        }
    )
    case.write(
        "data/topics.sw.tsv", "t1\tmvuvi na mashua\nt2\tnyuki na maua\nt3\tmeza ya seremala\n"
    )
    case.write("data/qrels", "t1 0 d1 1\nt2 0 d2 1\nt3 0 d3 1\n")
    case.write("data/bitext.sw.tsv", lines(PROVERBS))
    assert case.run("psq") == {"t1": 1, "t2": 1, "t3": 1}


def test_topics_without_a_relevant_document(case: Case) -> None:
    """They are named and counted where the data are described, and below the table."""
    case.suite()
    case.documents({"d1": "Tabora station", "d2": "Arusha clock", "d3": "Pemba cloves"})
    case.write(
        "data/topics.sw.tsv", "t1\tkituo cha Tabora\nt2\tsaa ya Arusha\nt3\tPemba\nt4\tkarafuu\n"
    )
    case.write("data/qrels", "t1 0 d1 1\nt2 0 d2 1\nt3 0 d1 0\nt4 0 d2 0\n")
    said = "2 × topic without a relevant document, so every ranking scores 0: `t3`, `t4`"
    assert said in case.describe()
    assert case.run() == {"t1": 1, "t2": 1, "t3": 0, "t4": 0}
    table = (case.folder / "results/table.md").read_text(encoding="utf-8")
    assert (
        "sw-en: 2 of 4 topics have no relevant document, so every ranking scores 0 on them: t3, t4"
        in table
    )


def test_documents_with_a_title_alone(case: Case) -> None:
    """They are read, and counted."""
    case.suite()
    case.documents({"d2": "Arusha clock"})
    path = case.folder / "data/docs.jsonl"
    case.write(
        "data/docs.jsonl",
        '{"id": "d1", "title": "Tabora station", "text": ""}\n' + path.read_text("utf-8") + "\n\n",
    )
    case.write("data/topics.sw.tsv", "t1\tkituo cha Tabora\nt2\tsaa ya Arusha\n\n")
    case.write("data/qrels", "t1 0 d1 1\nt2 0 d2 1\n\n")
    assert "1 × document with a title alone: `d1`" in case.describe()
    assert case.run() == {"t1": 1, "t2": 1}


def newspapers(case: Case, topics: Mapping[str, bytes]) -> None:
    """Write a small CLEF, of the year 2003."""
    case.write(
        "clef/documents/latimes94/a",
        "<DOC>\n<DOCNO> LA1 </DOCNO>\n<HEADLINE> Bread prices </HEADLINE>\n"
        "<TEXT> Bread prices fell in Samara. </TEXT>\n</DOC>\n"
        "<DOC>\n<DOCNO> LA2 </DOCNO>\n<TEXT> A match. </TEXT>\n</DOC>\n",
    )
    case.write("clef/documents/glasgow95/a", "<DOC><DOCNO>GH1</DOCNO><TEXT>Rain.</TEXT></DOC>\n")
    case.write("clef/qrels/q", "141 0 LA1 1\n141 0 LA2 0\n")
    for name, text in topics.items():
        case.write(f"clef/topics/{name}", text)


def topic(code: str, title: str, description: str) -> str:
    """A topic as CLEF has them."""
    return (
        f"<top>\n<num> C141 </num>\n<{code}-title> {title} </{code}-title>\n"
        f"<{code}-desc> {description} </{code}-desc>\n</top>\n"
    )


CLEF = {'source = "files"\nfolder = "data"\n': 'source = "clef"\nfolder = "clef"\nyears = [2003]\n'}


@pytest.mark.parametrize("encoding", ["koi8_r", "cp1251"])
def test_topics_of_before_utf_8(case: Case, encoding: str) -> None:
    """Russian topics are read as Russian."""
    case.suite("ru", **CLEF)
    russian = topic("RU", "Цены на хлеб", "Найти статьи о ценах на хлеб в Самаре.")
    english = topic("EN", "Bread prices", "Find articles on bread prices in Samara.")
    newspapers(case, {"ru.txt": russian.encode(encoding), "en.txt": english.encode()})
    assert "Цены на хлеб Найти статьи о ценах на хлеб в Самаре." in case.describe()
    assert case.run() == {"C141": 0}


@pytest.mark.parametrize("packed", [False, True])
def test_a_translation_memory(case: Case, packed: bool) -> None:  # noqa: FBT001
    """Markup that a memory keeps is no text; it may be a gzip file."""
    case.suite(bitext='bitext = [{ source = "tmx", folder = "memory" }]')
    case.documents({"d1": "Tabora station", "d2": "Arusha clock"})
    case.write("data/topics.sw.tsv", "t1\tkituo cha Tabora\n")
    case.write("data/qrels", "t1 0 d1 1\n")
    code = (
        '<bpt i="1">&lt;a href="x://y.example" class="more"&gt;</bpt>{}<ept i="1">&lt;/a&gt;</ept>'
    )
    units = "".join(
        f'<tu><tuv xml:lang="en"><seg>{code.format(english)}</seg></tuv>'
        f'<tuv xml:lang="sw"><seg>{code.format(foreign)}<ph x="2">&lt;br/&gt;</ph></seg></tuv></tu>'
        for foreign, english in PROVERBS.items()
    )
    text = f'<?xml version="1.0"?><tmx version="1.4"><header/><body>{units}</body></tmx>'.encode()
    case.write("memory/en-sw.tmx" + ".gz" * packed, gzip.compress(text) if packed else text)
    said = case.describe()
    assert "| tmx | 6 |" in said
    assert "Samaki anaogelea mtoni. ⟷ The fish swims in the river." in said
    assert "href" not in said


def test_compressed_bitext(case: Case) -> None:
    """It is found and read."""
    case.suite(bitext='bitext = ["files"]')
    case.documents({"d1": "Tabora station", "d2": "Arusha clock"})
    case.write("data/topics.sw.tsv", "t1\tkituo cha Tabora\n")
    case.write("data/qrels", "t1 0 d1 1\n")
    case.write("data/bitext.tsv.gz", gzip.compress(lines(PROVERBS).encode()))
    assert "| files | 6 |" in case.describe()


def test_a_run_with_topics_that_are_not_judged(case: Case) -> None:
    """They are taken out and counted; what is no topic at all is still refused."""
    suite = case.suite()
    case.documents({"d1": "Tabora station", "d2": "Arusha clock", "d3": "Pemba cloves"})
    case.write("data/topics.sw.tsv", "t1\tkituo\nt2\tsaa ya Arusha\nt3\tkarafuu za Pemba\n")
    case.write("data/qrels", "t1 0 d1 1\nt2 0 d2 1\n")
    run = "t1 Q0 d1 1 3.5 x\nt1 Q0 d2 2.0 2.5 x\nt3 Q0 d3 1 3 x\nt2 Q0 d2 1 3 x\n"
    path = case.write("their.sw-en.trec", run + "t9 Q0 d2 1 3 x\n")
    assert 'topic "t9" is not one of' in case.fails("import-run", suite, path, "--name", "their")
    path = case.write("their.sw-en.trec", run)
    said = case.succeeds("import-run", suite, path, "--name", "their")
    assert "sw-en: 2 topics" in said
    assert "sw-en: left out, since nothing is judged for them: 1 topic (t3)" in said
    assert case.run("their") == {"t1": 1, "t2": 1}


@pytest.mark.parametrize("action", ["describe", "run"])
def test_swapped_columns_of_bitext(case: Case, action: str) -> None:
    """They are an error before anything is learned."""
    case.suite(bitext='bitext = ["files"]', **{'name = "bm25"': 'name = "psq"'})
    case.documents({"d1": "Tabora station", "d2": "Arusha clock"})
    case.write("data/topics.sw.tsv", "t1\tkituo cha Tabora\n")
    case.write("data/qrels", "t1 0 d1 1\n")
    case.write("data/bitext.sw.tsv", lines({english: sw for sw, english in PROVERBS.items()}))
    fault = "files: its two sides are swapped: the first reads as English"
    if action == "describe":
        assert fault in case.fails("data", "describe", case.folder / "suite.toml")
    else:
        done = case.command("run", case.folder / "suite.toml", *case.places)
        assert done.returncode == 4
        assert fault in " ".join((done.stdout + done.stderr).split())


def test_doubtful_bitext(case: Case) -> None:
    """What seems wrong is said where data are described, and below the table."""
    case.suite(bitext='bitext = ["files"]', **{'name = "bm25"': 'name = "psq"'})
    case.documents({"d1": "Tabora station", "d2": "Arusha clock"})
    case.write("data/topics.sw.tsv", "t1\tkituo cha Tabora\n")
    case.write("data/qrels", "t1 0 d1 1\n")
    somali = (
        "Nin dhallinyaro ah ayaa maanta suuqa ka soo iibsaday kalluun cusub oo badan oo fiican."
    )
    english = "A young man bought a lot of good fresh fish on the market today, and went home."
    pairs = {f"{somali} {n}": f"{english} {n}" for n in range(2)}
    case.write("data/bitext.sw.tsv", lines(pairs))
    doubt = "its side in sw reads as so (100% of 1 pieces)"
    assert f"**please check**: {doubt}" in case.describe()
    case.run("psq")
    table = (case.folder / "results/table.md").read_text(encoding="utf-8")
    assert f"sw-en: files: {doubt}" in table


def test_test_text_in_bitext(case: Case) -> None:
    """Titles, descriptions, sentences and eight words of test text are taken out, counted by kind."""
    case.suite("sw", bitext='bitext = [{ source = "files", folder = "own" }]', **CLEF)
    swahili = topic("SW", "Bei ya mkate", "Tafuta makala kuhusu bei ya mkate Samara.")
    english = topic("EN", "Bread prices", "Find articles on bread prices in Samara.")
    newspapers(case, {"sw.txt": swahili.encode(), "en.txt": english.encode()})
    case.write(
        "clef/documents/latimes94/b",
        "<DOC>\n<DOCNO> LA3 </DOCNO>\n<TEXT> It rained. The old lighthouse keeper of Pemba counted "
        "seven ships before the fog came. </TEXT>\n</DOC>\n",
    )
    pairs = {
        "Bei ya mkate": "The price of bread",
        "Mkate na bei": "Bread prices!",
        "Tafuta makala yote": "find articles on bread prices in Samara",
        "Mvua ilinyesha jana.": "It rained.",
        "Mlinzi alihesabu meli.": "Once the old lighthouse keeper of Pemba counted seven boats.",
        "Mlinzi alihesabu meli saba.": "The old lighthouse keeper of Pemba saw seven boats.",
        "Maji safi": "Clean water",
    }
    case.write("own/bitext.sw.tsv", lines(pairs))
    said = case.describe()
    head, row = (line for line in said.splitlines() if line.startswith(("| source |", "| files |")))
    counts = dict(zip(head.split(" | "), row.split(" | "), strict=True))
    assert counts["in test text"] == "3"
    assert counts["sentence of test text"] == "1"
    assert counts["8 words of test text"] == "1"
    assert counts["kept"] == "2"


def test_plan_reads_the_heads_of_files(case: Case) -> None:
    """Wrong lines of all files are told at once, before anything is run."""
    suite = case.suite(bitext='bitext = ["files"]')
    case.documents({"d1": "Tabora station"})
    case.write("data/topics.sw.tsv", "t1\tkituo\n")
    case.write("data/qrels", "t1 0 d1 1\n")
    case.write("data/bitext.sw.tsv", lines(PROVERBS))
    case.succeeds("plan", suite, *case.places[:4])
    case.write("data/bitext.sw.tsv", "moja\nmbili\ttwo\ntatu\n")
    case.write("data/docs.jsonl", '{"id": "d1"}\n')
    said = case.fails("plan", suite, *case.places[:4])
    assert "bitext.sw.tsv:1: expected 2 values" in said
    assert "bitext.sw.tsv:3: expected 2 values" in said
    assert "docs.jsonl:1: text: missing" in said
    assert "bitext.sw.tsv:3: expected 2 values" in case.fails("plan", suite, *case.places[:4])
