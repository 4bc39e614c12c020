"""A paper as a PDF on A4: blocks in, bytes out; the same paper gives the same bytes.

Set by reportlab's Platypus: headings stay with what follows, tables that fit a page are never cut, longer
ones repeat their headings, charts are vectors, and links lead to sections or to pages of the service.
"""

import io
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
)

from services.web.paper.blocks import Paper, Section, Table
from services.web.paper.fonts import BOLD, REGULAR, markup, register, runs
from services.web.paper.pdf_blocks import Setter
from services.web.paper.pdf_styles import (
    BOTTOM,
    INK_COLOUR,
    MUTED_COLOUR,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SIDE,
    TOP,
    WIDTH,
    Styles,
)

MOST_ROWS_KEPT = 40
"""A longer table begins where it stands and goes on over pages."""
_LEAST_ROOM = 90.0
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def pdf(paper: Paper, *, base_url: str = "") -> bytes:
    """The paper's PDF; links into the service begin with `base_url` (no slash at its end)."""
    register()
    sink = io.BytesIO()
    document = BaseDocTemplate(
        sink, pagesize=A4, title=f"{paper.title} · {paper.subject}", author="Kilowitness", subject=paper.mark,
        lang=LANGUAGES[paper.language], initialFontName=REGULAR, invariant=1, pageCompression=1,
        leftMargin=SIDE, rightMargin=SIDE, topMargin=TOP, bottomMargin=BOTTOM,
    )  # fmt: skip
    frame = Frame(
        SIDE, BOTTOM, WIDTH, PAGE_HEIGHT - TOP - BOTTOM, leftPadding=0, rightPadding=0, topPadding=0,
        bottomPadding=0,
    )  # fmt: skip
    document.addPageTemplates(PageTemplate("sheet", [frame]))
    story = list(_story(paper, Setter(Styles(paper.language), base_url)))
    document.build(story, canvasmaker=partial(_NumberedCanvas, paper=paper))
    return sink.getvalue()


def _story(paper: Paper, setter: Setter) -> Iterable[Flowable]:
    styles = setter.styles
    yield Paragraph(markup(paper.kicker), styles.hint)
    yield Paragraph(markup(paper.title, BOLD), styles.of(17, bold=True, after=2))
    yield Paragraph(markup(paper.subject, BOLD), styles.of(11.5, bold=True, after=2))
    for line in paper.lines:
        yield Paragraph(markup(line), styles.hint)
    yield setter.rule()
    for notice in paper.notices:
        yield setter.notice(notice)
    for section in paper.sections:
        yield from _section(section, setter)


def _section(section: Section, setter: Setter) -> Sequence[Flowable]:
    parts: list[Flowable] = [_Heading(section, setter.styles)]
    together: list[Flowable] = []
    for block in section.blocks:
        parts += setter.block(block)
        long = isinstance(block, Table) and len(block.rows) > MOST_ROWS_KEPT
        if section.keep and not long:
            continue
        together += [CondPageBreak(_LEAST_ROOM), *parts] if long else [KeepTogether(parts)]
        parts = []
    return [*together, *([KeepTogether(parts)] if parts else []), Spacer(1, 4)]


class _Heading(Paragraph):
    """A heading that the reader's outline and links find."""

    def __init__(self, section: Section, styles: Styles) -> None:
        super().__init__(markup(section.title, BOLD), styles.heading)
        self._section = section

    def draw(self) -> None:
        canvas = self.canv
        canvas.bookmarkHorizontal(self._section.anchor, 0, self.height + 6)
        canvas.addOutlineEntry(self._section.title, self._section.anchor, level=0)
        canvas.setStrokeColor(MUTED_COLOUR)
        canvas.setLineWidth(0.4)
        canvas.line(0, -1.5, WIDTH, -1.5)
        super().draw()


class _NumberedCanvas(Canvas):
    """Numbers pages as "2 / 5": each is finished once it is known how many there are."""

    def __init__(self, *arguments: Any, paper: Paper, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._paper = paper
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802
        """Keep the page open."""
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        """Finish all pages."""
        for number, state in enumerate(self._pages, start=1):
            self.__dict__.update(state)
            self._furniture(f"{number} / {len(self._pages)}")
            super().showPage()
        super().save()

    def _furniture(self, number: str) -> None:
        self.setFillColor(MUTED_COLOUR)
        at = SIDE
        for font, piece in runs(self._paper.running):
            self.setFont(font, 8)
            self.drawString(at, PAGE_HEIGHT - 12 * 2.83, piece)
            at += stringWidth(piece, font, 8)
        self.setFont(REGULAR, 6.5)
        self.drawString(SIDE, BOTTOM - 22, self._paper.mark)
        self.setFont(REGULAR, 8)
        self.drawRightString(PAGE_WIDTH - SIDE, BOTTOM - 22, number)
        self.setFillColor(INK_COLOUR)
