"""A CSV file, line by line: what one line breaks stays in that line, and every line knows its number."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.metering.channels import CHANNELS

_KEYS = ("institution", "meter", "time")
_CHUNK = 1 << 20
_DATE_LENGTH = len("2026-06-01")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of readings: cells as written, the empty ones left out; `position` is the byte after it."""

    number: int
    position: int
    text: str
    institution: str
    meter: str
    time: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is none, with the reason."""

    number: int
    position: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A readable file: `encoding` is one that all of it can be read in, `size` its bytes."""

    path: Path
    encoding: str
    size: int

    def lines(self) -> Iterator[Line | Broken]:
        """Every line but the header and blank ones; a header that names no channel ends the file there."""
        position = 0
        columns: list[str] = []
        with self.path.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                position += len(raw)
                text = raw.decode(self.encoding).rstrip("\r\n")
                if not text.strip():
                    continue
                if not columns:
                    columns = [cell.strip().lower() for cell in text.replace('"', "").split(",")]
                    if fault := _header_fault(columns):
                        yield Broken(number, position, text, fault)
                        if not _usable(columns):
                            return
                else:
                    yield _line(columns, text, number, position)


def open_csv(path: Path) -> CsvFile:
    """Find out the encoding: UTF-8 (with or without a mark), else GB18030. Raises OSError, ValueError."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return CsvFile(path, encoding, path.stat().st_size)
    raise ValueError(f"{path}: neither UTF-8 nor GB18030 text")


def _usable(columns: list[str]) -> bool:
    return set(_KEYS) <= set(columns) and not CHANNELS.keys().isdisjoint(columns)


def _header_fault(columns: list[str]) -> str | None:
    missing = [key for key in _KEYS if key not in columns]
    if missing:
        return f"header: no column {', '.join(missing)}; the file is left out"
    if not _usable(columns):
        return "header: no column is a channel; the file is left out"
    if len(set(columns)) < len(columns):
        return "header: a column comes twice; the last one counts"
    unknown = [column for column in columns if column not in CHANNELS and column not in _KEYS]
    if unknown:
        return f"header: unknown channel {', '.join(map(repr, unknown))}; the other columns are taken"
    return None


def _line(columns: list[str], text: str, number: int, position: int) -> Line | Broken:
    try:
        cells = _cells(text)
    except csv.Error as error:
        return Broken(number, position, text, f"malformed-csv: {error}")
    if len(cells) != len(columns):
        return Broken(number, position, text, f"columns: {len(cells)} where the header has {len(columns)}")
    row = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
    values: dict[str, object] = {name: cell for name, cell in row.items() if cell and name in CHANNELS}
    time = row["time"]
    if len(time) <= _DATE_LENGTH and time.count("-") + time.count("/") == 2:
        time += " 00:00"
    return Line(number, position, text, row["institution"], row["meter"], time, values)


def _cells(text: str) -> list[str]:
    """The cells of one physical line: an unclosed quote cannot swallow the lines after it."""
    if '"' not in text:
        return text.split(",")
    return next(csv.reader([text], strict=True), [])
