"""A workbook's sheets, written cell by cell: words are always words, so that none is taken for a formula."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

_A4 = 9
Value = str | float | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that computes; `value` is what readers show that do not compute, `number` how it looks."""

    text: str
    value: float | str | None
    number: str = "#,##0.00"


@dataclass(slots=True)
class Sheet:
    """One sheet; rows are counted from 1 as people see them."""

    name: str
    book: "Book"
    inner: Any
    row: int = 0

    def heading(self, words: str) -> None:
        """A line in bold."""
        self.inner.write_string(self.row, 0, words, self.book.style(bold=True, size=12))
        self.row += 1

    def head(self, labels: Sequence[str]) -> None:
        """The headings of a table."""
        for column, label in enumerate(labels):
            self.inner.write_string(self.row, column, label, self.book.style(bold=True, line=True, wrap=True))
        self.row += 1

    def add(self, cells: Sequence[Value | Formula], *, numbers: str = "#,##0.00", bold: bool = False) -> int:
        """A row of cells; answers its number."""
        for column, cell in enumerate(cells):
            self._write(column, cell, numbers, bold=bold)
        self.row += 1
        return self.row

    def _write(self, column: int, cell: Value | Formula, numbers: str, *, bold: bool) -> None:
        style = self.book.style
        match cell:
            case None | "":
                return
            case Formula(text, value, number):
                shown = "" if value is None else value
                look = style(bold=bold, number=number)
                self.inner.write_formula(self.row, column, f"={text}", look, shown)
            case str():
                self.inner.write_string(self.row, column, cell, style(bold=bold, wrap=True))
            case date():
                at = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001  (a cell's day has no zone)
                self.inner.write_datetime(self.row, column, at, style(bold=bold, number="yyyy-mm-dd"))
            case Decimal():
                self.inner.write_number(self.row, column, float(cell), style(bold=bold, number=shape(cell)))
            case _:
                number = "#,##0" if isinstance(cell, int) else numbers
                self.inner.write_number(self.row, column, cell, style(bold=bold, number=number))

    def skip(self) -> None:
        """An empty line."""
        self.row += 1

    def cell(self, column: str, row: int) -> str:
        """A cell's address for other sheets."""
        return f"'{self.name}'!${column}${row}"


def shape(value: Decimal) -> str:
    """A figure's format with as many decimals as it has."""
    exponent = value.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"#,##0.{'0' * digits}" if digits else "#,##0"


@dataclass(slots=True)
class Book:
    """A workbook in memory; the same calls give the same bytes."""

    created: datetime
    sink: io.BytesIO = field(default_factory=io.BytesIO)
    inner: Any = None
    _styles: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inner = xlsxwriter.Workbook(self.sink, {"in_memory": True})

    def sheet(self, name: str, widths: Sequence[float], *, header: str, footer: str) -> Sheet:
        """A further sheet, set for A4 at the width of a page."""
        inner = self.inner.add_worksheet(name)
        for column, width in enumerate(widths):
            inner.set_column(column, column, width)
        inner.set_paper(_A4)
        inner.fit_to_pages(1, 0)
        inner.set_header(f"&L{_plain(header)}")
        inner.set_footer(f"&L&8{_plain(footer)}&R&P / &N")
        return Sheet(name, self, inner)

    def style(
        self, *, bold: bool = False, number: str = "", size: int = 10, line: bool = False, wrap: bool = False
    ) -> Any:
        """A look, made once."""
        key = (bold, number, size, line, wrap)
        if key not in self._styles:
            look = {"bold": bold, "font_size": size, "text_wrap": wrap, "valign": "top", "bottom": int(line)}
            if number:
                look["num_format"] = number
            self._styles[key] = self.inner.add_format(look)
        return self._styles[key]

    def finish(self, *, title: str, subject: str) -> bytes:
        """The file."""
        created = self.created.replace(tzinfo=None)
        self.inner.set_properties(
            {"title": title, "subject": subject, "author": "Kilowitness", "created": created}
        )
        self.inner.close()
        return self.sink.getvalue()


def _plain(words: str) -> str:
    """Words as a header or footer takes them."""
    return words.replace("&", "&&")
