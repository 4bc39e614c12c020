"""The fonts of PDFs: shipped beside the code, so that Chinese is set right on a machine that has none.

Noto Sans SC under the SIL Open Font License (`services/web/fonts`). What bold lacks is set in regular, what
regular lacks is printed as its code point: nothing is silently left out.
"""

from collections.abc import Container, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "NotoSansSC", "NotoSansSC-Bold"
_FILES = {REGULAR: "NotoSansSC-Regular.ttf", BOLD: "NotoSansSC-Bold.ttf"}
_FOLDER = Path(__file__).parents[1] / "fonts"
_BREAKS = frozenset(" \n\t")


@cache
def register() -> dict[str, Container[int]]:
    """Make both fonts known to reportlab, once; the code points each covers, by its name."""
    covered: dict[str, Container[int]] = {}
    for name, file in _FILES.items():
        font = TTFont(name, str(_FOLDER / file))
        pdfmetrics.registerFont(font)
        covered[name] = font.face.charToGlyph
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return covered


def runs(text: str, font: str = REGULAR) -> Iterator[tuple[str, str]]:
    """The text in pieces of one font each: `font` where it can, else regular, else code points."""
    covered = register()

    def place(sign: str) -> str | None:
        return next((name for name in (font, REGULAR) if ord(sign) in covered[name] or sign in _BREAKS), None)

    for name, signs in groupby(text, key=place):
        piece = "".join(signs)
        yield name or REGULAR, piece if name else "".join(f"[U+{ord(sign):04X}]" for sign in piece)


def markup(text: str, font: str = REGULAR) -> str:
    """The text for a paragraph whose own font is `font`."""
    pieces = ((name, escape(piece)) for name, piece in runs(text, font))
    return "".join(piece if name == font else f'<font name="{name}">{piece}</font>' for name, piece in pieces)
