"""How a paper looks as a PDF: A4, its margins, colours and styles of text; sizes in points."""

from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import paragraph

from services.web.charts.canvas import GRID, INK, MUTED
from services.web.paper.blocks import Tone
from services.web.paper.fonts import BOLD, REGULAR, register

_NEVER_FIRST = "，；：！？…"
"""Signs that reportlab would let begin a line of Chinese."""
_LISTED = "ALL_CANNOT_START"
setattr(paragraph, _LISTED, "".join(dict.fromkeys(getattr(paragraph, _LISTED) + _NEVER_FIRST)))

PAGE_WIDTH, PAGE_HEIGHT = A4
SIDE, TOP, BOTTOM = 16 * mm, 19 * mm, 17 * mm
WIDTH = PAGE_WIDTH - 2 * SIDE

INK_COLOUR, MUTED_COLOUR, LINE = HexColor(INK), HexColor(MUTED), HexColor(GRID)
AMBER, AMBER_GROUND = HexColor("#d98e04"), HexColor("#fff7e6")
_TONES: dict[Tone, Color] = {"good": HexColor("#1f6f54"), "bad": HexColor("#b3261e"), "faint": MUTED_COLOUR}


def tone_colour(tone: Tone) -> Color:
    """The colour of words in a tone."""
    return _TONES.get(tone, INK_COLOUR)


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a language: Chinese breaks between any two signs, English between words."""

    language: str

    def of(
        self, size: float, *, leading: float = 1.35, bold: bool = False, colour: Color = INK_COLOUR,
        right: bool = False, before: float = 0, after: float = 0,
    ) -> ParagraphStyle:  # fmt: skip
        """A style of text in a size."""
        register()
        return ParagraphStyle(
            "words", fontName=BOLD if bold else REGULAR, fontSize=size, leading=size * leading,
            textColor=colour, alignment=TA_RIGHT if right else 0, spaceBefore=before, spaceAfter=after,
            wordWrap="CJK" if self.language == "zh" else None,
            splitLongWords=1, allowWidows=0, allowOrphans=0,
        )  # fmt: skip

    @property
    def body(self) -> ParagraphStyle:
        """A paragraph."""
        return self.of(9.2, after=4)

    @property
    def hint(self) -> ParagraphStyle:
        """A lesser paragraph."""
        return self.of(8, colour=MUTED_COLOUR, after=4)

    @property
    def heading(self) -> ParagraphStyle:
        """A section's heading."""
        return self.of(11, bold=True, before=9, after=3)

    @property
    def caption(self) -> ParagraphStyle:
        """What a table shows."""
        return self.of(8.6, bold=True, after=2)

    def cell(self, *, right: bool = False, dense: bool = False, tone: Tone = "") -> ParagraphStyle:
        """Words in a table."""
        size = 7.6 if dense else 8.4
        colour = tone_colour(tone)
        return self.of(size, leading=1.28, right=right, colour=colour, bold=tone in {"strong", "bad"})
