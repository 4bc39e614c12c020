"""Figures, dates and times as people read them, in the language of the page. What is unknown is a dash."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

from services.web.i18n import Texts

UNKNOWN = "—"
MINUS = "\N{MINUS SIGN}"
_PERCENT = "\N{NO-BREAK SPACE}%"
_HALF_UP = Context(prec=400, rounding=ROUND_HALF_UP)
Number = float | int | Decimal


def _missing(value: Number | None) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def number(value: Number | None, digits: int = 0) -> str:
    """Grouped by thousands with `digits` decimals and a true minus sign; a dash when unknown.

    Rounded half up as the figure is written (2.675 is 2.68): a reader who rounds what stands on another line
    finds the same.
    """
    if value is None or _missing(value):
        return UNKNOWN
    written = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = written.quantize(Decimal(1).scaleb(-digits), context=_HALF_UP)
    return f"{rounded or abs(rounded):,f}".replace("-", MINUS)


def signed(value: Number | None, digits: int = 0) -> str:
    """Like `number`, with a plus sign before what is above zero."""
    text = number(value, digits)
    return f"+{text}" if value is not None and not _missing(value) and value > 0 else text


def _hundredfold(share: Number) -> Decimal:
    return Decimal(str(share)) * 100


def percent(share: Number | None, digits: int = 1) -> str:
    """A share (0–1) in percent."""
    if share is None or _missing(share):
        return UNKNOWN
    return f"{number(_hundredfold(share), digits)}{_PERCENT}"


def change(share: Number | None) -> str:
    """A relative change in percent with its sign."""
    if share is None or _missing(share):
        return UNKNOWN
    return f"{signed(_hundredfold(share), 1)}{_PERCENT}"


def completeness(share: Number | None) -> str:
    """Percent cut, not rounded, to one decimal: only what is whole may say 100 %."""
    if share is None or _missing(share):
        return UNKNOWN
    return percent(math.floor(float(share) * 1000 + 1e-9) / 1000)


def plain(value: Number | None) -> str:
    """A register or an amount with as many decimals as it has, three at most."""
    if value is None:
        return UNKNOWN
    text = number(value, 3)
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: Decimal) -> str:
    """A decimal figure digit for digit as it was computed, grouped by thousands."""
    exponent = value.as_tuple().exponent
    return number(value, -exponent if isinstance(exponent, int) and exponent < 0 else 0)


@dataclass(frozen=True, slots=True)
class Formats:
    """Dates and instants in the institution's zone and the page's language."""

    texts: Texts
    zone: ZoneInfo

    def day(self, day: date | None) -> str:
        """2026年11月22日 or 22 Nov 2026."""
        if day is None:
            return UNKNOWN
        return self.texts(
            "format.day", year=day.year, month=day.month, day=day.day, name=self._month_name(day)
        )

    def days(self, first: date, last: date) -> str:
        """From the first day to the last; one day by itself."""
        if first == last:
            return self.day(first)
        return self.texts("format.days", start=self.day(first), end=self.day(last))

    def weekday(self, day: date) -> str:
        """The day's name."""
        return self.texts(f"weekday.{day.isoweekday()}")

    def month(self, day: date) -> str:
        """2026年11月 or Nov 2026."""
        return self.texts("format.month", year=day.year, month=day.month, name=self._month_name(day))

    def instant(self, moment: datetime | None) -> str:
        """Date and minute in the zone; a dash when there is none."""
        if moment is None:
            return UNKNOWN
        local = moment.astimezone(self.zone)
        return self.texts("format.instant", day=self.day(local.date()), time=f"{local:%H:%M}")

    def minutes(self, minutes: float | None) -> str:
        """A length of time in the largest two units that fit."""
        if minutes is None or _missing(minutes):
            return UNKNOWN
        whole = round(abs(minutes))
        days, rest = divmod(whole, 1440)
        hours, mins = divmod(rest, 60)
        if days:
            return self.texts("format.days_hours", days=days, hours=hours)
        if hours:
            return self.texts("format.hours_minutes", hours=hours, minutes=mins)
        return self.texts("format.minutes", minutes=mins)

    def _month_name(self, day: date) -> str:
        return self.texts(f"month.{day.month}")
