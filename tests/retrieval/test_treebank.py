from __future__ import annotations

import pytest

from clirbench.retrieval.treebank import sentences, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Good muffins cost $3.88 (roughly 3,36 euros)\nin New York.",
            ["Good", "muffins", "cost", "$", "3.88", "(", "roughly", "3,36", "euros", ")", "in", "New", "York", "."],
        ),
        ("They'll save and invest more.", ["They", "'ll", "save", "and", "invest", "more", "."]),
        ("hi, my name can't hello,", ["hi", ",", "my", "name", "ca", "n't", "hello", ","]),
        ('"We beat some pretty good teams to get here," Slocum said.',
         ["``", "We", "beat", "some", "pretty", "good", "teams", "to", "get", "here", ",", "''", "Slocum", "said", "."]),
        ("I cannot cannot work under these conditions!",
         ["I", "can", "not", "can", "not", "work", "under", "these", "conditions", "!"]),
        ("The company spent 40.75% of its income.",
         ["The", "company", "spent", "40.75", "%", "of", "its", "income", "."]),
        ("He arrived at 3:00 pm.", ["He", "arrived", "at", "3:00", "pm", "."]),
        ("I bought these items: books, pencils, and pens.",
         ["I", "bought", "these", "items", ":", "books", ",", "pencils", ",", "and", "pens", "."]),
        ("Though there were 150, 100 of them were old.",
         ["Though", "there", "were", "150", ",", "100", "of", "them", "were", "old", "."]),
        ("One ends. Another begins! A third?",
         ["One", "ends", ".", "Another", "begins", "!", "A", "third", "?"]),
        ("Dr. Smith met J. R. Hartley in the U.S. Army.",
         ["Dr.", "Smith", "met", "J.", "R.", "Hartley", "in", "the", "U.S.", "Army", "."]),
        ("wait... (it--was) [no]*", ["wait", "...", "(", "it", "--", "was", ")", "[", "no", "]", "*"]),
        ("", []),
    ],
)  # fmt: skip
def test_words(text: str, expected: list[str]) -> None:
    """The Penn Treebank's rules, by examples as NLTK's documentation and tests have them."""
    assert words(text) == expected


def test_sentences() -> None:
    """They end at marks before a capital, not at initials and abbreviations, and lose nothing."""
    text = 'It is "so." (Then J. F. Kennedy left for St. Louis.)  Why? he asked. "No." 3 came.'
    assert sentences(text) == [
        'It is "so."',
        "(Then J. F. Kennedy left for St. Louis.)",
        "Why? he asked.",
        '"No."',
        "3 came.",
    ]
    assert "".join(sentences(text)).replace(" ", "") == text.replace(" ", "")
