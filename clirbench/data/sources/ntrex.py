"""The `ntrex` source: a known-item collection made of NTREX-128, parallel over its languages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar

from clirbench.data.base import (
    CollectionSource,
    Document,
    Download,
    Fetch,
    Judgments,
    Rules,
    Topics,
)
from clirbench.data.lines import read_lines
from clirbench.data.pins import Repository, choose
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["NTREX"]

_UPSTREAM = Repository(
    name="MicrosoftTranslator/NTREX", commit="8561f6a622db9edad1217683e5c83daefd8bb2bf"
)
_STORIES = _UPSTREAM.file(
    "DOCUMENT_IDS.tsv", 30_754, "88a8b0ff1eae47e83f60dcde01075b8c87d75ced59ca09e0af1eb539958e05d5"
)

# ISO code: upstream's code, bytes, SHA-256
_PINNED = {
    "bn": ("ref.ben", 656_343, "7fae73a2d1d24fdcb47f68a0691253cda05fa55c5ca944bc3cdf8eb2945825f1"),
    "de": ("ref.deu", 306_436, "259d7406a07b63e6b5b9c4a22fb76b85e2578a3fa0a4e541a50f4f7348e5c1b2"),
    "en": ("src.eng", 251_739, "389e8f5796c66db4f646dfad33e1ec622d74767af5ef112b42a1f2cd814df3cc"),
    "fi": ("ref.fin", 286_255, "81582e84f53af18841fa9e36c22e9b47178aab5014ee063aa755594674e05195"),
    "fr": ("ref.fra", 314_688, "1dd80d337f6a75c6ed579a95f09ca9b85d87d6e488d0a428c5f89cca99553136"),
    "ha": ("ref.hau", 278_324, "e6665dd99bf833d328928cf8a5522613833dc64c4df78851071faa1bad736b36"),
    "ig": ("ref.ibo", 298_675, "e6374641c40a31b9954171accc4c47c70c76fd9ab64bde8d299d6086c8a7c01e"),
    "ja": ("ref.jpn", 328_104, "4debd275d04414b71c95bad5f68e7275174e32a4ed33ece1b9a43a227aea2fca"),
    "ko": ("ref.kor", 320_777, "2b50fa9a121b595ac7d3b9e98d901e72bafe68dcd945109ceb1fbbe782193638"),
    "mr": ("ref.mar", 701_929, "a72aaecd670f18b045bb3704c41277faea665ecaaf8af6932a8c3ea51ae5ac7b"),
    "ru": ("ref.rus", 505_414, "a7e3601298b0368659a5c006c52809cf6792e02eb94bde9b9693333278d85732"),
    "so": ("ref.som", 296_643, "2d13c10e31abc537f66c92d5c5f6fac17348d30d3fe119dc7c11bd6d6ce63240"),
    "sw": ("ref.swa", 276_611, "076cec7296ec0d458d4762ddcffcd1d79ce2e7d8ee641467977d0b9f4ec95e8d"),
    "te": ("ref.tel", 670_502, "c719e216f47b4497c6afa3c1af8819e0c45c07dd87500b0ed327b7ebcc06d1bc"),
    "tl": ("ref.fil", 297_785, "a87a71b901d91b00c8c4df1fdd949c3480d620193e6e1c8215fad63764e8c35b"),
    "yo": ("ref.yor", 408_305, "949526fa834746b6bf85e5014ccaae993b94d4d9ac1452350eb715e30ecd62f2"),
    "zu": ("ref.zul", 262_351, "498c1d15998c7e418feba7362f23f6c763687013bf59ed45ef3fe8b3a53e258d"),
}

# ISO code:upstream's code; with script or region where upstream has more than one text. Trusted on
# first use: the commit is pinned, so that nothing but these bytes should ever come.
_UNPINNED = (
    "af:afr am:amh ar:arb az:aze-Latn ba:bak be:bel bem:bem bg:bul bo:bod bs:bos ca:cat "
    "ckb:ckb-Arab cs:ces cy:cym da:dan dv:div dz:dzo ee:ewe el:ell en-GB:eng-GB en-IN:eng-IN "
    "en-US:eng-US es-MX:spa-MX es:spa et:est eu:eus fa:fas fj:fij fo:fao fr-CA:fra-CA fuc:fuc "
    "ga:gle gl:glg gu:guj he:heb hi:hin hmn:hmn hr:hrv hu:hun hy:hye id:ind is:isl it:ita "
    "ka:kat kk:kaz km:khm kmr:kmr kn:kan ky:kir lb:ltz lo:lao lt:lit lv:lav mey:mey mg:mlg "
    "mi:mri mk:mkd ml:mal mn:mon ms:msa mt:mlt my:mya nb:nob nd:nde ne:nep nl:nld nn:nno "
    "nso:nso ny:nya om:orm pa:pan pl:pol prs:prs ps:pus pt-BR:por-BR pt:por ro:ron rw:kin "
    "sd:snd-Arab shi:shi si:sin sk:slk sl:slv sm:smo sn:sna-Latn sq:sqi sr-Cyrl:srp-Cyrl "
    "sr-Latn:srp-Latn ss:ssw sv:swe ta:tam tg:tgk-Cyrl th:tha ti:tir tk:tuk tn:tsn to:ton "
    "tr:tur tt:tat ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie wo:wol xh:xho yue:yue "
    "zh-TW:zho-TW zh:zho-CN "
)
_CODES = {language: entry[0] for language, entry in _PINNED.items()} | {
    language: f"ref.{code}" for language, code in (each.split(":") for each in _UNPINNED.split())
}

_PER_PASSAGE = 5
_LEAST_REST = 3


@settings
class NTREX(CollectionSource):
    """News stories: headline and lead are topics, passages of the rest are documents.

    Upstream has 1,997 segments of 123 stories. A story's first segment is its headline, its second
    the lead; each is a topic, whose relevant documents are all passages of its story. A passage is
    five successive segments; a rest of three or four at the end stands alone, a rest of one or two
    joins the passage before it. That makes 246 topics, 353 documents and 706 judgments.
    """

    name: ClassVar[str] = "ntrex"
    licence: ClassVar[str] = "CC-BY-SA-4.0"
    citation: ClassVar[str] = (
        "Federmann, Kocmi & Xin (2022), NTREX-128 - News Test References for MT Evaluation of 128 "
        "Languages, SUMEval, 21-24"
    )
    rules: ClassVar[Rules] = Rules(
        empty_documents="an error",
        unknown_judgments="none",
        ungraded_topics="none",
    )
    translated: ClassVar[bool] = True
    cluster: ClassVar[str] = "story"

    @classmethod
    def languages(cls) -> frozenset[str]:
        """All of upstream's, without English as the documents have it."""
        return frozenset(_CODES) - {"en"}

    def downloads(self, language: str) -> tuple[Download, ...]:
        """The table of stories, and the English and the foreign text."""
        return tuple(dict.fromkeys((_STORIES, _text("en"), _text(language))))

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:
        """The passages, in `language`."""
        segments = _segments(fetch, language)
        for story, lines in _stories(fetch):
            for number, passage in enumerate(_passages(lines[2:]), start=1):
                yield Document(f"{story}.{number}", " ".join(segments[i] for i in passage))

    def topics(self, fetch: Fetch, language: str) -> Topics:
        """Headlines and leads, in `language`."""
        segments = _segments(fetch, language)
        return {
            f"{story}.{part}": segments[line]
            for story, lines in _stories(fetch)
            for part, line in zip(("headline", "lead"), lines, strict=False)
        }

    def clusters(self, fetch: Fetch, language: str) -> dict[str, str]:
        """A headline's and a lead's story: they have the same relevant passages."""
        return {topic: topic.rpartition(".")[0] for topic in self.judgments(fetch, language)}

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """Every segment in both languages: passages are made of them."""
        for language in (query, documents):
            yield from _segments(fetch, language)

    def judgments(self, fetch: Fetch, language: str) -> Judgments:  # noqa: ARG002
        """Grade 1 for the passages of a topic's own story."""
        judgments = {}
        for story, lines in _stories(fetch):
            count = len(_passages(lines[2:]))
            for part in ("headline", "lead"):
                judgments[f"{story}.{part}"] = {f"{story}.{n + 1}": 1 for n in range(count)}
        return judgments


def _text(language: str) -> Download:
    code = choose(_CODES, language, NTREX.name)
    pin = _PINNED[language][1:] if language in _PINNED else ()
    return _UPSTREAM.file(f"NTREX-128/newstest2019-{code}.txt", *pin)


def _segments(fetch: Fetch, language: str) -> list[str]:
    path, stories = fetch(_text(language)), fetch(_STORIES)
    segments = [line.strip() for line in read_lines(path)]
    expected = len(read_lines(stories))
    if len(segments) != expected:
        raise DataError(f"{path}: {len(segments)} segments, but {stories} has {expected}")
    if "" in segments:
        raise DataError(f"{path}:{segments.index('') + 1}: empty segment")
    return segments


def _stories(fetch: Fetch) -> Iterator[tuple[str, list[int]]]:
    """Each story's id and the indices of its segments."""
    path = fetch(_STORIES)
    lines = [line.strip() for line in read_lines(path)]
    seen = set()
    for story, group in groupby(range(len(lines)), key=lines.__getitem__):
        indices = list(group)
        if not story or story in seen or len(indices) < _LEAST_REST:
            what = "empty" if not story else "in two places" if story in seen else "too short"
            raise DataError(f'{path}:{indices[0] + 1}: story "{story}" is {what}')
        seen.add(story)
        yield story, indices


def _passages(lines: list[int]) -> list[list[int]]:
    starts = list(range(0, len(lines), _PER_PASSAGE))
    if len(starts) > 1 and len(lines) - starts[-1] < _LEAST_REST:
        starts.pop()
    return [lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
