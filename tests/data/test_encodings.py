from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.data.encodings import decode_old
from clirbench.errors import DataError

TITLES = {
    "ru": ("Рост цен на хлеб", "ООН: выборы", "Найти статьи о засухе в степи", "Хлеб дорожает"),
    "uk": ("Повінь у Києві, її наслідки",),
    "bg": ("Жътвата тази година",),
    "cs": ("Příliš žluťoučký kůň", "Články o růstu cen žita a šťávy"),
    "pl": ("Zażółć gęślą jaźń", "Artykuły o wzroście cen żyta"),
    "hu": ("Árvíztűrő tükörfúrógép",),
    "de": ("Häuser für Übergrößen",),
    "tr": ("Kışın yağış ağır",),
    "lt": ("Žąsys ir šuo ąžuole",),
    "el": ("Τιμές καυσίμων στην Αθήνα",),
    "he": ("מחירי הדלק",),
    "ar": ("أسعار الوقود",),
    "th": ("ราคาน้ำมัน",),
    "ja": ("燃料の価格が上がる", "カタカナ"),
    "ko": ("연료 가격",),
    "zh": ("燃料价格上涨",),
}
ENCODINGS = {
    "ru": ("koi8_r", "cp1251", "iso8859_5", "cp866"),
    "uk": ("koi8_u", "cp1251"),
    "bg": ("cp1251", "iso8859_5"),
    "cs": ("cp1250", "iso8859_2"),
    "pl": ("cp1250", "iso8859_2"),
    "hu": ("cp1250", "iso8859_2"),
    "de": ("latin-1", "cp1252"),
    "tr": ("cp1254", "iso8859_9"),
    "lt": ("cp1257", "iso8859_13"),
    "el": ("cp1253", "iso8859_7"),
    "he": ("cp1255", "iso8859_8"),
    "ar": ("cp1256", "iso8859_6"),
    "th": ("cp874",),
    "ja": ("cp932", "euc_jp", "utf-16"),
    "ko": ("cp949",),
    "zh": ("gb18030", "utf-16"),
}


@pytest.mark.parametrize(
    ("language", "encoding"), [(each, own) for each, all_ in ENCODINGS.items() for own in all_]
)
def test_short_titles(language: str, encoding: str) -> None:
    """A title of a few words tells the encoding, if the language is known."""
    for title in TITLES[language]:
        text = f"<top>\n<num> C141 </num>\n<XX-title> {title} </XX-title>\n</top>\n"
        assert decode_old(text.encode(encoding), "x", language) == text
        assert decode_old(text.encode(), "x", language) == text


def test_what_is_declared_decides() -> None:
    """Even where the language is usually written otherwise; a wrong declaration is an error."""
    text = '<?xml version="1.0" encoding="{}"?>\n<t>Цены</t>\n'
    for encoding in ("koi8-r", "windows-1251", "utf-8"):
        own = text.format(encoding)
        assert decode_old(own.encode(encoding), "x", "en") == own
    typographic = text.format("ISO-8859-1").replace("Цены", "“café”").encode("cp1252")
    assert "“café”" in decode_old(typographic, "x", "en")
    assert "Цены" in decode_old(text.format("UTF-8").encode("koi8-r"), "x", "ru")
    with pytest.raises(DataError, match="x: declares shift_jis but is not valid shift_jis"):
        decode_old(text.format("shift_jis").encode() + b"\xff\xff", "x", "ru")
    with pytest.raises(DataError, match="x: declares none-such but is not valid none-such"):
        decode_old(text.format("none-such").encode(), "x", "ru")


def test_no_encoding_fits() -> None:
    """The error names the line, the byte and what was tried."""
    with pytest.raises(DataError, match=r"x:2: not valid UTF-8, nor any of cp1252 \(byte 0x81\)"):
        decode_old(b"good\nbad \x81\n", "x", "en")
    with pytest.raises(DataError, match="x:2: NUL character"):
        decode_old(b"good\n\0", "x", "en")


@given(st.binary(max_size=40), st.sampled_from([*TITLES, "en", "qsw", ""]))
def test_any_bytes(data: bytes, language: str) -> None:
    """Text without NUL, or a DataError."""
    try:
        assert "\0" not in decode_old(data, "x", language)
    except DataError:
        return
