"""The `afriqa` source: questions in African languages, and English passages that answer them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import ClassVar, Literal, NamedTuple

from clirbench.data.base import (
    JSON,
    BitextSource,
    CollectionSource,
    Document,
    Download,
    Fetch,
    Judgments,
    Rules,
    SentencePair,
    Topics,
    TrainingQuery,
)
from clirbench.data.filters import key
from clirbench.data.pins import Repository, choose
from clirbench.data.tables import read_objects, string
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["AfriQA"]

_UPSTREAM = Repository(
    name="masakhane-io/afriqa", commit="5c29933753692c28773c34ac1f68482007f1d2bb"
)

# language: upstream's code
_CODES = {
    "bem": "bem",
    "ha": "hau",
    "ig": "ibo",
    "rw": "kin",
    "sw": "swa",
    "tw": "twi",
    "yo": "yor",
    "zu": "zul",
}

# language and split: bytes, SHA-256
_QUESTIONS = {
    ("bem", "test"): (98_090, "5974ae571ba51f850ad753763e2ea11d2df3e17f4a94be6119841f3f7a600eda"),
    ("bem", "dev"): (146_372, "999f04e1d6e7cfdbc034cdf25c7bad01d6635a1300bd2431258adaa3e0b05402"),
    ("bem", "train"): (147_818, "29846ceed7e34cb1bfe4e579cd6269945a76b2006a5ad2cd5897b1d0715374d6"),
    ("ha", "test"): (86_556, "34f89d0110bf5feea02ea956743e76d1e7ca6a0e552133fe75043e9de56d1728"),
    ("ha", "dev"): (120_886, "200d9461b99123297bb585f9ea5f651ae00dbebfd6135d8b7a7d9bfe5730f579"),
    ("ha", "train"): (120_325, "0788dacfad5e295173cc3e1854d18675c9bac62713a4389560dc940a203d6972"),
    ("ig", "test"): (123_326, "c02c61f932ea5e82fad2ad44e62eb4a20e7c9fb9f3d8e17ab7110583cbc008c6"),
    ("ig", "dev"): (124_724, "a3bb13f95ef0299e8357ecf38d89a3aaf4bd81b3364e9a6f34816afa469566d2"),
    ("ig", "train"): (125_935, "38a5ecb173df3ac9d4b6ba5407c0cbfb47d0b0a25d4081055eea8b6e89f31c42"),
    ("rw", "test"): (109_608, "6d74833deed82c8ba6145988bce568a306ed7786adc555f91fc868d062ce44a2"),
    ("rw", "dev"): (121_776, "5ed2799994447b7e84d94bf211a42df6ffacc1fe168e078a8f60145b4a797a71"),
    ("rw", "train"): (121_443, "c6c238bb3514a90a4b71394a0b9f6e8b6f1a55d499e549c21e159c7b6697af1d"),
    ("sw", "test"): (87_689, "0804e99d130a7d9357139686db1957aff33e82ab4d8879c65839af35329d690a"),
    ("sw", "dev"): (115_373, "cdc61a37956592318f98c8d6ca7cc3908bfbc5bf2cb30af4c13203c4f446a054"),
    ("sw", "train"): (114_297, "d5d03c1bf62de83e1dcd951483717773c02b1c2d6fd7fdaaa750bcc7c0751776"),
    ("tw", "test"): (148_593, "61e3afe84835edc93f4489cbaf27a6b948b41546807988021a85e9090814ed35"),
    ("tw", "dev"): (133_857, "af5830d09eb506b53de9656d8ab25b609559b9bfdbd439ef509394dda2c11ca1"),
    ("tw", "train"): (135_336, "8400b59db710752b424df78159fbce4e469e87f74fdd14607426b10d231d0609"),
    ("yo", "test"): (101_216, "85027dcfd52e5783ac97acd2b35e5e56bc42a2c4baf8c4cb7b5e5de2c925bcde"),
    ("yo", "dev"): (106_539, "c195aafb72f1c38046a52a4e9d3965bb6cb2383533e3b48d836846ffe8c89093"),
    ("yo", "train"): (108_463, "e5005c216a0926c0f9f1ca6c34903ac8d52a21b8921bb87ce5f92d479968375f"),
    ("zu", "test"): (103_828, "2fe78d9fe0838277b2bc355483871fe60a2847049ff6c164befb164fa177ea61"),
    ("zu", "dev"): (119_274, "c851f25609ce8b4d4f507a556c09af93e603e079343c4ea613e66ec6bb530785"),
    ("zu", "train"): (118_962, "fe52db65b67183543b6014a7b6bb7c7f7dd69b5bd2b5bd6fd1b3cdbc2e56da02"),
}
_PASSAGES = {
    ("bem", "test"): (313_662, "72e7f7e3dd207b955968403f9a3699fb11aef996981d142063614e7f434e7c52"),
    ("bem", "dev"): (174_401, "3ec8d5a9f74623a940092399970c6140c6c61322169285606daeae67f41371ae"),
    ("bem", "train"): (234_959, "17dfc33975c94ef5372a72b27108d04a90c2a54096c5fa31c2c1272f0c69037d"),
    ("ha", "test"): (269_430, "e1a0d530d75641760387a2947044d69090c15db620fd9a4dbcf8dc52940d7687"),
    ("ha", "dev"): (201_939, "ef9cb217e8ea4922935c7fb9e7456364e91c2712519390071170a18131e9e132"),
    ("ha", "train"): (202_993, "21d975df45d8e1316c964f4fe8521dd7ab455fbe1b0edea1564824352b67be2e"),
    ("ig", "test"): (418_201, "490af9c615ec5e56ec50a3da21efed82df5f67c794ac5d8d6c5e7d30845cc48d"),
    ("ig", "dev"): (328_129, "9636bfa38368c69319f1b7a2bca1ab995c7b4ad63c5801a25da53b34a5fa4e02"),
    ("ig", "train"): (306_759, "5300a29efc78c3dec1fc68c66eb1fec3a72577de4136a41d7c85aac355f1a5b8"),
    ("rw", "test"): (312_127, "fe067f3aa30c581adbaae7d0012eea5290b5f3119396bbb1c70d665d9e6f31eb"),
    ("rw", "dev"): (208_392, "5598ac675fecfc5e7009a3cb1a511e81c69983a763715726d3dda2bcd3ed9d28"),
    ("rw", "train"): (201_276, "967a849f4e6d58ebbb3ea81bbbddd4f9d00a30d8752c2354cb894c1596285dc2"),
    ("sw", "test"): (324_070, "18609b69d21c37b737426baed0a4f02495ab237285dd524e8f502f756350d0bf"),
    ("tw", "test"): (454_058, "329221245f9880896b9038405c44b7f8ef48db3067aa556fbd82819de46b954d"),
    ("tw", "dev"): (328_038, "d9bd337c4a47bb1dbccffb74fa170e418911c7b6c3cbb8c034ae17d6794ada79"),
    ("tw", "train"): (331_466, "cdbba2a4d6a40e6e8fd587d25cb56e57ea2fe888bac254f66fc29409cec1afaa"),
    ("yo", "test"): (224_135, "0aa0f6c1769f07788c918fd0dc1848b70ec0f06e8de9a6893d9037b9ff05abaa"),
    ("yo", "train"): (155_554, "864d91d1cab11b587b6535e6a293cc21ba2cf62ce7cc44f175f0fd7656f4925c"),
    ("zu", "test"): (363_275, "e6edc93eed66267a0f8b98a96bc4ef104c66e33a903678fa260219e8c66efd75"),
    ("zu", "dev"): (269_899, "3332f7063e65d80cad27d6625de1c9681569a357a6e6eab64132416e64871689"),
    ("zu", "train"): (271_088, "a5bd82873ef476aaad58cbfb7f5b4234d5f4798aa09ba934dc23edc397355655"),
}


class _Question(NamedTuple):
    """A question, its translation, and the passage that answers it."""

    id: str
    text: str
    english: str
    passage: Document
    context: str
    """The passage without its article's title."""


@settings
class AfriQA(CollectionSource, BitextSource):
    """Questions in eight African languages against the English passages that answer them.

    Documents are the gold passages of all eight languages and all splits, one for each different
    text, with the article's title in front: 5,361 in all. A topic is a question of the split that
    has a gold passage. Only that passage is judged relevant; a passage that answers two questions
    is one document. The topics in English are people's translations, of all languages together.
    Questions whose passage is null or empty upstream have no judgment and are left out.

    Bitext: the questions of the other splits and their translations. A teacher can learn from their
    English and their passages.
    """

    name: ClassVar[str] = "afriqa"
    licence: ClassVar[str] = "CC-BY-4.0 (its data card says CC-BY-SA-4.0)"
    citation: ClassVar[str] = (
        "Ogundepo et al. (2023), AfriQA: Cross-lingual Open-Retrieval Question Answering for African "
        "Languages, Findings of EMNLP, 14957-14972"
    )
    rules: ClassVar[Rules] = Rules(
        empty_documents="left out with their questions, listed",
        unknown_judgments="none",
        ungraded_topics="left out, listed",
    )
    translated: ClassVar[bool] = False
    cluster: ClassVar[str] = "passage"

    split: Literal["test", "dev"] = "test"
    """The split whose questions are the topics. Swahili and Yoruba have passages for "test"
    only."""

    @classmethod
    def languages(cls) -> frozenset[str]:
        """The languages whose files are pinned."""
        return frozenset(_CODES)

    def downloads(self, language: str) -> tuple[Download, ...]:
        """All passages, and the questions of `language`."""
        if language != "en":
            choose(_CODES, language, self.name)
        asked = [_file("queries", *key) for key in _QUESTIONS if key[0] == language]
        return (*(_file("gold_passages", *key) for key in _PASSAGES), *asked)

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:  # noqa: ARG002
        """The passages; there are English ones only."""
        seen: set[str] = set()
        for language_of, split in _PASSAGES:
            for question in _answered(fetch, language_of, split):
                if question.passage.id not in seen:
                    seen.add(question.passage.id)
                    yield question.passage

    def topics(self, fetch: Fetch, language: str) -> Topics:
        """The questions of `language`; in English, the translations of all languages' questions."""
        if language != "en":
            return {question.id: question.text for question in self._asked(fetch, language)}
        return {question.id: question.english for question in self._all(fetch)}

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """Grade 1 for each question's own passage."""
        return {question.id: {question.passage.id: 1} for question in self._asked(fetch, language)}

    def clusters(self, fetch: Fetch, language: str) -> Mapping[str, str]:
        """The passage that answers a question."""
        asked = self._all(fetch) if language == "en" else self._asked(fetch, language)
        return {question.id: question.passage.id for question in asked}

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """Topics in both languages, and passages with and without the titles of their articles."""
        yield from super().test_texts(fetch, query, documents)
        for language, split in _PASSAGES:
            for question in _answered(fetch, language, split):
                yield question.context

    def left_out(self, fetch: Fetch, language: str) -> Mapping[str, tuple[str, ...]]:
        """The questions of the split that have no passage."""
        answered = {question.id for question in self._asked(fetch, language)}
        path = fetch(_file("queries", language, self.split))
        asked = [f"{language}.{self.split}.{record.get('id')}" for _, record in read_objects(path)]
        return {"question without a passage": tuple(id_ for id_ in asked if id_ not in answered)}

    def training_queries(self, fetch: Fetch, language: str) -> Iterator[TrainingQuery]:
        """English questions of the splits for training and, if it is not searched with, development.

        They are people's translations of the questions of all languages, each with its passage, but for
        those that ask what a topic asks.
        """
        if language != "en":
            return
        asked = {key(text) for text in self.topics(fetch, language).values()}
        for example in self.teaching_queries(fetch, language):
            if key(example.query) not in asked:
                yield example

    def teaching_queries(self, fetch: Fetch, language: str) -> Iterator[TrainingQuery]:
        """The training queries with those that ask what a topic of this collection asks: 3,394.

        Upstream has 3,521 rows; 127 of them have no passage.
        """
        for code, split in _PASSAGES if language == "en" else ():
            if split in {"train", "dev"} - {self.split}:
                for question in _answered(fetch, code, split):
                    yield TrainingQuery(question.english, question.passage.text)

    def pairs(self, fetch: Fetch, language: str) -> Iterator[SentencePair]:
        """The questions of the splits for training and, if it is not searched with, development."""
        choose(_CODES, language, self.name)
        for split in ("train", "dev"):
            if split != self.split:
                for at, record in read_objects(fetch(_file("queries", language, split))):
                    yield SentencePair(
                        foreign=_text(record, "question", at),
                        english=_text(record, "translated_question", at),
                    )

    def _all(self, fetch: Fetch) -> Iterator[_Question]:
        for language in _CODES:
            if (language, self.split) in _PASSAGES:
                yield from self._asked(fetch, language)

    def _asked(self, fetch: Fetch, language: str) -> Iterator[_Question]:
        choose(_CODES, language, self.name)
        if (language, self.split) not in _PASSAGES:
            raise DataError(
                f'{self.name}: "{language}" has no passages for split = "{self.split}"; use "test"'
            )
        return _answered(fetch, language, self.split)


def _file(kind: Literal["queries", "gold_passages"], language: str, split: str) -> Download:
    pin = (_QUESTIONS if kind == "queries" else _PASSAGES)[language, split]
    code = _CODES[language]
    prefix = "queries" if kind == "queries" else "gold_span_passages"
    return _UPSTREAM.file(f"data/{kind}/{code}/{prefix}.afriqa.{code}.en.{split}.json", *pin)


def _answered(fetch: Fetch, language: str, split: str) -> Iterator[_Question]:
    """The questions with a passage, in the file's order."""
    seen: set[str] = set()
    for at, record in read_objects(fetch(_file("gold_passages", language, split))):
        name = f"{language}.{split}.{string(record, 'id', at)}"
        if name in seen:
            raise DataError(f'{at}: duplicate id "{name}"')
        seen.add(name)
        context, title, text, english = (
            _text(record, field, at)
            for field in ("context", "title", "question_lang", "question_translated")
        )
        if context and text and english:
            passage = sha256(context.encode()).hexdigest()[:16]
            document = Document(passage, f"{title} {context}".strip())
            yield _Question(name, text, english, document, context)


def _text(record: Mapping[str, JSON], field: str, at: str) -> str:
    """A string, or nothing where upstream's table had a gap: null or NaN."""
    value = record.get(field)
    return "" if value is None or value != value else string(record, field, at)  # noqa: PLR0124
