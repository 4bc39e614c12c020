"""Each block of a paper as flowables for a PDF's page: words, facts, figures in large type, signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.platypus import Flowable, HRFlowable, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from services.web.paper.blocks import (
    Block,
    Facts,
    Notice,
    Outcome,
    Pair,
    Picture,
    Signatures,
    Table,
    Words,
)
from services.web.paper.drawing import ChartFlowable
from services.web.paper.fonts import BOLD, REGULAR, markup
from services.web.paper.pdf_styles import (
    AMBER,
    AMBER_GROUND,
    INK_COLOUR,
    LINE,
    MUTED_COLOUR,
    WIDTH,
    Styles,
)
from services.web.paper.pdf_tables import Command, TableSetter

_BARE: list[Command] = [
    ("FONTNAME", (0, 0), (-1, -1), REGULAR), ("VALIGN", (0, 0), (-1, -1), "TOP"),
    *((side, (0, 0), (-1, -1), 0)
      for side in ("LEFTPADDING", "RIGHTPADDING", "TOPPADDING", "BOTTOMPADDING")),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setter:
    """Sets blocks in a language; links into the service begin with `base_url`."""

    styles: Styles
    base_url: str

    def block(self, block: Block) -> Sequence[Flowable]:
        """A block as what the page is filled with."""
        tables = TableSetter(self.styles, self.base_url)
        match block:
            case Table():
                return tables.parts(block, WIDTH)
            case Pair(left, right):
                return [self._pair(tables.parts(left, WIDTH * 0.56), tables.parts(right, WIDTH * 0.40))]
            case Facts():
                return [self._facts(block, tables)]
            case Outcome():
                return [self._outcome(block, tables)]
            case Words(text, hint):
                return [Paragraph(markup(text), self.styles.hint if hint else self.styles.body)]
            case Notice():
                return [self.notice(block)]
            case Picture(chart):
                title = Paragraph(markup(chart.title, BOLD), self.styles.caption)
                return [title, ChartFlowable(chart, WIDTH), Spacer(1, 3)]
            case Signatures():
                return [self._signatures(block)]

    def rule(self) -> Flowable:
        """A line across the page."""
        return HRFlowable(width="100%", thickness=1.2, color=INK_COLOUR, spaceBefore=2, spaceAfter=4)

    def notice(self, notice: Notice) -> Flowable:
        """A framed notice."""
        words = [Paragraph(markup(notice.title, BOLD), self.styles.of(9.2, bold=True))]
        words += [Paragraph(f"• {markup(line)}", self.styles.of(9.2)) for line in notice.lines]
        frame: list[Command] = [
            ("BOX", (0, 0), (-1, -1), 0.8, AMBER),
            ("BACKGROUND", (0, 0), (-1, -1), AMBER_GROUND),
        ]
        return Grid([[words]], colWidths=[WIDTH], style=frame, spaceAfter=6)

    def _pair(self, left: list[Flowable], right: list[Flowable]) -> Flowable:
        widths = [WIDTH * 0.58, WIDTH * 0.42]
        beside = [*_BARE, ("LEFTPADDING", (1, 0), (1, 0), WIDTH * 0.02)]
        return Grid([[left, right]], colWidths=widths, style=beside, spaceAfter=5)

    def _facts(self, facts: Facts, tables: TableSetter) -> Flowable:
        """Terms beside their words; two columns of them unless they are long."""
        term, words = (
            self.styles.of(8.4, colour=MUTED_COLOUR, leading=1.28),
            self.styles.of(8.4, leading=1.28),
        )
        cells = [
            [Paragraph(markup(name), term), Paragraph(tables.words(cell), words)] for name, cell in facts.rows
        ]
        if not facts.wide:
            half = -(-len(cells) // 2)
            empty: list[Paragraph] = [Paragraph("", term), Paragraph("", words)]
            right = [*cells[half:], *[empty] * (2 * half - len(cells))]
            cells = [a + b for a, b in zip(cells[:half], right, strict=True)]
        widths = [0.21, 0.79] if facts.wide else [0.17, 0.32, 0.18, 0.33]
        style: list[Command] = [
            *_BARE, ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE), ("TOPPADDING", (0, 0), (-1, -1), 1.6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2), ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ]  # fmt: skip
        return Grid(cells, colWidths=[part * WIDTH for part in widths], style=style, spaceAfter=5)

    def _outcome(self, outcome: Outcome, tables: TableSetter) -> Flowable:
        label, large = self.styles.of(8, colour=MUTED_COLOUR), self.styles.of(14, bold=True)
        row = [
            [Paragraph(markup(name), label), Paragraph(tables.words(figure, BOLD), large),
             Paragraph(markup(note), label)]
            for name, figure, note in outcome.figures
        ]  # fmt: skip
        style: list[Command] = [*_BARE, ("RIGHTPADDING", (0, 0), (-1, -1), 8)]
        return Grid([row], colWidths=[WIDTH / len(row)] * len(row), style=style, spaceAfter=4)

    def _signatures(self, block: Signatures) -> Flowable:
        name, small = self.styles.of(9.2, bold=True), self.styles.of(8, colour=MUTED_COLOUR)
        names, columns = block.names, len(block.names)
        rows: list[list[Any]] = [
            [[Paragraph(markup(what, BOLD), name), Paragraph(markup(who), small)] for what, who in names],
            [Paragraph(markup(block.sign), small)] * columns,
            [Paragraph(markup(block.date), small)] * columns,
        ]
        style: list[Command] = [
            *_BARE,
            ("RIGHTPADDING", (0, 0), (-1, -1), 14),
            ("VALIGN", (0, 1), (-1, 1), "BOTTOM"),
        ]
        style += [("LINEBELOW", (i, 2), (i, 2), 0.8, INK_COLOUR) for i in range(columns)]
        heights = [None, 58, 16]
        return Grid(rows, colWidths=[WIDTH / columns] * columns, rowHeights=heights, style=style)
