"""Tables of a paper on a PDF's page: whole where they fit, else cut between rows under repeated headings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from reportlab.platypus import Flowable, Paragraph
from reportlab.platypus import Table as Grid

from services.web.paper.blocks import Cell, Column, Table
from services.web.paper.fonts import BOLD, REGULAR, markup
from services.web.paper.pdf_styles import INK_COLOUR, LINE, MUTED_COLOUR, Styles

Command = Any
"""One of reportlab's instructions how cells look."""


@dataclass(frozen=True, slots=True)
class TableSetter:
    """Sets tables and their cells."""

    styles: Styles
    base_url: str

    def parts(self, table: Table, width: float) -> list[Flowable]:
        """The table under its caption and note."""
        columns = table.columns
        body = [self._row(row, columns, dense=table.dense) for row in table.rows]
        foot = [self._row(table.foot, columns, dense=table.dense, strong=True)] if table.foot else []
        head = [] if table.headless else [self._head(columns, dense=table.dense)]
        rows = [row for row, _ in (*head, *body, *foot)]
        shares = sum(one.share for one in columns)
        grid = Grid(
            rows, colWidths=[width * one.share / shares for one in columns], repeatRows=len(head),
            style=self._style(table, [spans for _, spans in (*head, *body, *foot)], len(head)), spaceAfter=5,
        )  # fmt: skip
        parts: list[Flowable] = [Paragraph(markup(table.caption, BOLD), self.styles.caption)]
        if table.note:
            parts.append(Paragraph(markup(table.note), self.styles.hint))
        return [*parts, grid]

    def words(self, cell: Cell, font: str = REGULAR) -> str:
        """A cell's words as a paragraph's markup, with its link."""
        words = markup(cell.text, font)
        if cell.href:
            target = cell.href if cell.href.startswith("#") else f"{self.base_url}{cell.href}"
            words = f"<a href={quoteattr(target)}>{words}</a>"
        if cell.small:
            words += f' <font size="7" color="{MUTED_COLOUR.hexval()}">{markup(cell.small, font)}</font>'
        return words

    def _head(self, columns: Sequence[Column], *, dense: bool) -> tuple[list[object], list[Command]]:
        del dense
        styles = [self.styles.of(7.6, leading=1.25, colour=MUTED_COLOUR, right=one.number) for one in columns]
        return [Paragraph(markup(one.label), style) for one, style in zip(columns, styles, strict=True)], []

    def _row(
        self, cells: Sequence[Cell], columns: Sequence[Column], *, dense: bool, strong: bool = False
    ) -> tuple[list[object], list[Command]]:
        """The row's paragraphs, empty under what spans, and its spans as (first column, last)."""
        row: list[object] = []
        spans: list[Command] = []
        for cell in cells:
            column = columns[len(row)]
            tone = "strong" if strong else cell.tone
            style = self.styles.cell(right=column.number and cell.span == 1, dense=dense, tone=tone)
            if cell.span > 1:
                spans.append((len(row), len(row) + cell.span - 1))
            row += [Paragraph(self.words(cell, style.fontName), style), *[""] * (cell.span - 1)]
        return row, spans

    def _style(self, table: Table, spans: Sequence[Sequence[Command]], head: int) -> list[Command]:
        room = 0.7 if table.dense else 1.8
        style: list[Command] = [
            ("FONTNAME", (0, 0), (-1, -1), REGULAR),
            ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-2, -1), 7),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), room),
            ("BOTTOMPADDING", (0, 0), (-1, -1), room + 0.8), ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE),
        ]  # fmt: skip
        if head:
            style += [("LINEBELOW", (0, head - 1), (-1, head - 1), 0.7, INK_COLOUR),
                      ("VALIGN", (0, 0), (-1, head - 1), "BOTTOM")]  # fmt: skip
        if table.foot:
            style.append(("LINEABOVE", (0, -1), (-1, -1), 0.7, INK_COLOUR))
        style += [("SPAN", (a, i), (b, i)) for i, row in enumerate(spans) for a, b in row]
        return style
