from reportlab.pdfbase.pdfmetrics import getFont

from services.web.i18n import LANGUAGES, texts
from services.web.paper.fonts import BOLD, REGULAR, markup, register, runs


def test_regular_has_every_sign_of_the_texts() -> None:
    covered = register()[REGULAR]
    used = {sign for language in LANGUAGES for text in texts(language).entries.values() for sign in text}
    assert sorted(sign for sign in used if ord(sign) not in covered and sign != "\n") == []


def test_regular_has_the_characters_of_gb_2312_and_of_names() -> None:
    covered = register()[REGULAR]
    rows = [bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)]
    level = {
        pair.decode("gb2312") for pair in rows if pair not in {bytes((0xD7, c)) for c in range(0xFA, 0xFF)}
    }
    assert len(level) == 6763
    assert [sign for sign in level | set("喆堃璟翀祎旻昇瑄珺煊婳赟犇燊") if ord(sign) not in covered] == []


def test_bold_falls_back_to_regular_and_then_to_code_points() -> None:
    assert list(runs("合计", BOLD)) == [(BOLD, "合计")]
    assert list(runs("王喆 1", BOLD)) == [(BOLD, "王"), (REGULAR, "喆"), (BOLD, " 1")]
    assert list(runs("a\U0001f600b")) == [(REGULAR, "a"), (REGULAR, "[U+1F600]"), (REGULAR, "b")]
    assert list(runs("")) == []


def test_markup_escapes_what_people_wrote() -> None:
    assert markup("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;"
    assert markup("喆", BOLD) == f'<font name="{REGULAR}">喆</font>'


def test_both_fonts_are_known_by_their_names() -> None:
    register()
    assert {getFont(name).fontName for name in (REGULAR, BOLD)} == {REGULAR, BOLD}
