from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.data.base import Document
from clirbench.data.words import spans, uncut, words
from clirbench.methods.bm25 import BM25
from clirbench.methods.searcher import Given


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The dog's bone.", ["the", "dog", "s", "bone"]),
        ("l’eau", ["l", "eau"]),
        ("Überraschung, 2,5 Meter", ["überraschung", "2,5", "meter"]),
        ("हिन्दी में लिखा।", ["हिन्दी", "में", "लिखा"]),
        ("Ẹ n lẹ́ o", ["ẹ", "n", "lẹ\u0301", "o"]),
        ('צה"ל', ['צה"ל']),
        ("!? … '", []),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    """Vowel signs and accents belong to their letters; punctuation belongs to no word."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("长江洪水", ["长江", "洪水"]),
        ("新しい高速鉄道コンピュータ", ["新しい", "高速", "鉄道", "コンピュータ"]),
        ("ภาษาไทยเป็นภาษา", ["ภาษา", "ไทย", "เป็น", "ภาษา"]),
        ("ພາສາລາວ", ["ພາສາ", "ລາວ"]),
        ("ភាសាខ្មែរគឺជាភាសា", ["ភាសាខ្មែរ", "គឺជា", "ភាសា"]),
        ("မြန်မာဘာသာစကား", ["မြန်မာဘာသာ", "စကား"]),
        ("བོད་སྐད་", ["བོད", "སྐད"]),
    ],
)
def test_scripts_without_spaces(text: str, expected: list[str]) -> None:
    """A dictionary tells the words of Chinese, Japanese, Thai, Lao, Khmer and Burmese."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LG전자의", ["lg", "전자의"]),
        ("iPhone日本語123", ["iphone", "日本語", "123"]),
        ("ไทยABC", ["ไทย", "abc"]),
        ("covid19", ["covid19"]),
        ("19й", ["19й"]),
        ("α2β", ["α2β"]),
    ],
)
def test_words_are_cut_where_the_script_changes(text: str, expected: list[str]) -> None:
    """Digits go with the letters beside them."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Huế", unicodedata.normalize("NFD", "Huế")),
        ("1984 ABC", "１９８４ ＡＢＣ"),
        ("カタカナ", "ｶﾀｶﾅ"),
        ("kitten", "kit\u00adten"),
        ("kitten", "kit\u200bten"),
        ("میخواهم", "می\u200cخواهم"),
        ("کتاب", "کتـــاب"),
        ("שלום", "\u200fשלום\u200e"),
        ("İSTANBUL ISPARTA", "istanbul ısparta"),
        ("istanbul", "İstanbul"),
        ("STRASSE", "Straße"),
        ("fi", "ﬁ"),
        ("n'ụlọ", "nʼụlọ"),
        ("ภาษาไทย", "ภาษา\u200bไทย"),
    ],
)
def test_one_word_has_one_form(one: str, other: str) -> None:
    """However it is encoded, and whatever stands in it that shows nothing."""
    assert words(one) == words(other) != []


def test_a_zero_width_space_ends_a_word_where_there_are_no_others() -> None:
    """Writers of Khmer and Thai set it for that."""
    assert words("កា\u200bរ") == ["កា", "រ"]


@given(st.text(max_size=60))
def test_any_text_has_words(text: str) -> None:
    """Each has a letter or digit and no space, and words of words are themselves."""
    found = words(text)
    assert all(any(map(str.isalnum, word)) and not any(map(str.isspace, word)) for word in found)
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


def test_uncut() -> None:
    """Tai Lue and Northern Thai have no spaces and no dictionary, which is said."""
    codes = ("khb", "nod", "th", "zh", "qsw")
    assert [code for code in codes if uncut(code)] == ["khb", "nod"]
    assert (uncut("khb") or "").startswith("khb is written without spaces")


def test_chinese_is_found() -> None:
    """Documents with a topic's words come, which no white space tells."""
    documents = [
        Document("d1", "今年夏天长江流域发生严重洪水，数千人撤离家园。"),
        Document("d2", "国家图书馆举办古籍展览，市民免费参观。"),
        Document("d3", "新的高速铁路连接北京和上海，车程四小时。"),
    ]
    topics = {"t1": "长江洪水", "t2": "古籍展览", "t3": "北京上海高速铁路"}
    found = BM25().search(Given(topics, 10, documents=lambda: iter(documents)))
    assert {topic: ranking.documents[0] for topic, ranking in found.items()} == {
        "t1": "d1",
        "t2": "d2",
        "t3": "d3",
    }


@pytest.mark.parametrize(
    "text",
    [
        "The dog's bone: 2,5 Meter, LG전자의",
        "l’eau, déjà",
        "新しい高速鉄道コンピュータ iPhone日本語123",
        "ภาษาไทยเป็นภาษา",
        "हिन्दी में लिखा।",
        "!? … '",
        "",
    ],
)
def test_spans_are_where_words_stand(text: str) -> None:
    """Folded, what stands there is the text's words; spans follow one another."""
    found = spans(text)
    assert [word for start, stop in found for word in words(text[start:stop])] == words(text)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
