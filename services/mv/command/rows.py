"""CSV files as spreadsheets write them: bytes in, rows that know their file and line out.

UTF-8 with or without its mark, UTF-16 and GBK; commas, semicolons or tabs. What could be misread is refused
with its place: a row with more cells than the heading is a thousands separator, or a comma in a text.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.mv.command.refusals import FileRefused
from services.mv.model import Record

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS = ",;\t"
_MOST_SIGNS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the texts of its cells by heading. `thousands`: a comma in a number can group its digits."""

    file: Path
    line: int
    cells: dict[str, str]
    thousands: bool = True

    def text(self, column: str) -> str:
        """The cell without its outer blanks; empty where the file has no such column."""
        return self.cells.get(column, "")

    def refused(self, column: str | None, key: str, **inputs: object) -> FileRefused:
        """The refusal of this row, or of one of its cells."""
        short = {name: _short(of) if isinstance(of, str) else of for name, of in inputs.items()}
        return FileRefused(key, file=self.file, line=self.line, column=column, **short)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file in its order, at least one; `not_read`: headings that mean nothing here."""

    file: Path
    rows: tuple[Row, ...]
    not_read: tuple[str, ...]

    @property
    def record(self) -> Record:
        """The columns that were passed over, by name: a misspelt heading shows here."""
        count = len(self.not_read)
        return Record("columns_not_read", count, 0, ", ".join(self.not_read) or "headings", count == 0)


def read_rows(file: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> Rows:
    """Read a file that has the `needed` columns and may have the `optional` ones. Raises `FileRefused`.

    Headings count without outer blanks and in any case; rows whose cells are all empty are none.
    """
    text = _text(file)
    if not text.strip():
        raise FileRefused("empty", file=file)
    heading_line = text.lstrip().splitlines()[0]
    separator = max(_SEPARATORS, key=heading_line.count)
    (first, heading), *body = _lines(file, text, separator)
    names = _names(file, first, heading, needed, optional)
    rows = [Row(file, line, _cells(file, line, names, cells), separator != ";") for line, cells in body]
    if not rows:
        raise FileRefused("no_rows", file=file)
    known = {*needed, *optional, ""}
    return Rows(file, tuple(rows), tuple(name for name in names if name not in known))


def _lines(file: Path, text: str, separator: str) -> list[tuple[int, list[str]]]:
    """The cells of each row that has some, with the line that it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                found.append((begins, stripped))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused("quotes", file=file, line=begins) from error
    return found


def _short(text: str) -> str:
    """So much of a text as a line can name."""
    return text if len(text) <= _MOST_SIGNS else text[:_MOST_SIGNS] + "…"


def _text(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise FileRefused("unreadable", file=file, reason=error.strerror or error) from error
    if raw.startswith(_WORKBOOKS):
        raise FileRefused("workbook", file=file)
    for encoding in ("utf-16",) if raw.startswith(_UTF_16) else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("encoding", file=file)


def _names(
    file: Path, line: int, heading: list[str], needed: Sequence[str], optional: Sequence[str]
) -> list[str]:
    known = {name.casefold(): name for name in (*needed, *optional)}
    names = [known.get(name.casefold(), name) for name in heading]
    for name in names:
        if name and names.count(name) > 1:
            raise FileRefused("heading_twice", file=file, line=line, column=name)
    missing = [name for name in needed if name not in names]
    if missing:
        raise FileRefused(
            "columns_missing",
            file=file,
            line=line,
            missing=", ".join(missing),
            found=_short(", ".join(filter(None, names))),
        )
    return names


def _cells(file: Path, line: int, names: list[str], cells: list[str]) -> dict[str, str]:
    if any(cells[len(names) :]):
        raise FileRefused("cells_too_many", file=file, line=line, cells=len(cells), columns=len(names))
    return dict(zip(names, cells, strict=False))
