"""What a cell says: the text of a row's cell in, a number, a day or a time stamp out.

Only what can be meant in one way is read. Everything else is refused with its row and column.
"""

import math
import re
from datetime import date, datetime, timedelta

from services.mv.command.rows import Row

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")
_YEAR_FIRST = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[T\s]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_YEAR_LAST = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}(\s.*)?")
_SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?")
_SERIAL_ORIGIN = date(1899, 12, 30)
LARGEST = 1e12
"""More kWh than any row of a meter holds; squares of it are still numbers."""
_YES, _NO = {"1", "true", "yes", "y", "是"}, {"", "0", "false", "no", "n", "否"}


def number(row: Row, column: str) -> float:
    """A number, NaN where the cell is empty. `1,234.5` groups digits, unless `;` parts the cells.

    `0,123` groups none, so it is refused, and so is what no meter counts to.
    """
    text = row.text(column)
    if not text:
        return math.nan
    if row.thousands and _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise row.refused(column, "number", text=text)
    if abs(value) > LARGEST:
        raise row.refused(column, "too_large", text=row.text(column))
    return value


def whole(row: Row, column: str) -> int:
    """A whole number; an empty cell is none."""
    value = number(row, column)
    if not value.is_integer():
        raise row.refused(column, "whole", text=row.text(column))
    return int(value)


def flag(row: Row, column: str) -> bool:
    """Yes or no; an empty cell is no."""
    text = row.text(column).casefold()
    if text not in _YES | _NO:
        raise row.refused(column, "flag", text=row.text(column))
    return text in _YES


def stamp(row: Row, column: str) -> date | datetime:
    """A local date, or a time stamp with or without its offset. The year comes first."""
    text = row.text(column)
    found = _YEAR_FIRST.fullmatch(text)
    if found is not None and found[4] == "24":
        raise row.refused(column, "hour_24", text=text)
    try:
        return _compact(text) if found is None else _spelled_out(*found.groups())
    except ValueError as error:
        raise row.refused(column, _why_no_stamp(text), text=text, day=_by_serial(text)) from error


def _spelled_out(
    year: str, month: str, day: str, hour: str | None, minute: str, second: str | None, offset: str | None
) -> date | datetime:
    on = f"{year}-{month:0>2}-{day:0>2}"
    if hour is None:
        return date.fromisoformat(on)
    return datetime.fromisoformat(f"{on}T{hour:0>2}:{minute}:{second or '00'}{offset or ''}")


def _compact(text: str) -> date | datetime:
    """Other spellings of ISO 8601, such as 20260531 and 20260531T1300."""
    return date.fromisoformat(text) if len(text) == len("20260531") else datetime.fromisoformat(text)


def day(row: Row, column: str) -> date:
    """A local date; a time stamp is none."""
    found = stamp(row, column)
    if isinstance(found, datetime):
        raise row.refused(column, "date", text=row.text(column))
    return found


def _why_no_stamp(text: str) -> str:
    if _YEAR_LAST.fullmatch(text):
        return "year_last"
    return "serial" if _SERIAL.fullmatch(text) else "time"


def _by_serial(text: str) -> str:
    if not _SERIAL.fullmatch(text):
        return ""
    return (_SERIAL_ORIGIN + timedelta(days=int(float(text)))).isoformat()
