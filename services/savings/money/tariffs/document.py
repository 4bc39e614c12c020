"""One spelling of a tariff plan: for the TOML files and for the frozen inputs of a settlement."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.savings.money.tariffs.plan import MINUTES_OF_DAY, Hours, Period, Plan, Span, Structure

_CLOCK = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"


def _zone_known(name: str) -> str:
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is not a time zone") from error
    if len({zone.utcoffset(datetime(2026, month, 1)) for month in range(1, 13)}) > 1:  # noqa: DTZ001
        raise ValueError(f"{name!r} has summer time, which the hours of tariffs do not know")
    return name


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Clock = Annotated[str, StringConstraints(pattern=_CLOCK)]
Month = Annotated[int, Field(ge=1, le=12)]
Price = Annotated[Decimal, Field(gt=0, max_digits=12)]
Zone = Annotated[str, AfterValidator(_zone_known)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpanDocument(_Document):
    """Clock hours [start, end) of a period in some months; an end before the start lies after midnight."""

    period: Period
    months: tuple[Month, ...] = Field(min_length=1)
    start: Clock
    end: Clock

    def spans(self) -> list[Span]:
        """Within one day: two where midnight lies between."""
        start, end = _minute(self.start) % MINUTES_OF_DAY, _minute(self.end) or MINUTES_OF_DAY
        if start < end:
            return [Span(start, end, self.period)]
        return [Span(0, end, self.period), Span(start, MINUTES_OF_DAY, self.period)]


class HoursDocument(_Document):
    """The hours of all periods; every minute of every month lies in exactly one."""

    id: Text
    spans: tuple[SpanDocument, ...]

    def by_month(self) -> tuple[tuple[Span, ...], ...]:
        """For each month the spans in order."""
        rows: list[list[Span]] = [[] for _ in range(12)]
        for row in self.spans:
            for month in row.months:
                rows[month - 1] += row.spans()
        return tuple(tuple(sorted(spans, key=lambda span: (span.start, span.end))) for spans in rows)

    @model_validator(mode="after")
    def _closed(self) -> Self:
        for month, spans in enumerate(self.by_month(), 1):
            at = 0
            for span in (*spans, Span(MINUTES_OF_DAY, MINUTES_OF_DAY, Period.FLAT)):
                if span.start > at:
                    raise ValueError(f"month {month}: {_clock(at)}-{_clock(span.start)} lies in no period")
                if span.start < at:
                    raise ValueError(f"month {month}: {_clock(span.start)}-{_clock(at)} lies in two periods")
                at = span.end
        return self


class PlanDocument(_Document):
    """A plan as it is written down; `Plan` tells what the fields are."""

    id: Text
    region: Text
    structure: Structure
    voltage: Text
    effective_from: date
    effective_to: date | None = None
    source: Text
    mark: Literal["V", "V2", "M", "mem"]
    zone: Zone
    hours: HoursDocument | None = None
    price: dict[Period, Price] = {}
    non_tou: Price | None = None
    demand_yuan_per_kw_month: Price | None = None
    capacity_yuan_per_kva_month: Price | None = None
    network: Price | None = None

    @model_validator(mode="after")
    def _priced(self) -> Self:
        used = {row.period for row in self.hours.spans} if self.hours else set()
        for period in Period:
            if period in used and period not in self.price:
                raise ValueError(f"price.{period}: missing, the hours have this period")
            if period in self.price and period not in used:
                raise ValueError(f"price.{period}: the hours have no such period")
        if self.hours is None and self.non_tou is None:
            raise ValueError("non_tou: missing, and there are no hours")
        _refuse_parts_of_months(self.effective_from, self.effective_to)
        second = self.demand_yuan_per_kw_month or self.capacity_yuan_per_kva_month
        if (self.structure is Structure.TWO_PART) != (second is not None):
            raise ValueError("structure: a two-part tariff, and no other, has a demand or a capacity price")
        return self

    def plan(self) -> Plan:
        """As it is computed with."""
        given: dict[str, Any] = {name: getattr(self, name) for name in Plan.__slots__ if name != "prices"}
        zone = ZoneInfo(self.zone)
        hours = Hours(self.hours.id, zone, self.hours.by_month()) if self.hours else None
        return Plan(**given | {"zone": zone, "hours": hours}, prices=self.price)


def _refuse_parts_of_months(start: date, end: date | None) -> None:
    """Tables are issued by the month, and a settled month has one of them."""
    if start.day != 1:
        raise ValueError("effective_from: not the first of a month")
    if end is not None and end < start:
        raise ValueError("effective_to: before effective_from")
    if end is not None and (end + timedelta(days=1)).day != 1:
        raise ValueError("effective_to: not the last of a month")


def spelled(plan: Plan) -> dict[str, Any]:
    """A plan as JSON knows it; `read` is the inverse."""
    given: dict[str, Any] = {
        name: getattr(plan, name) for name in PlanDocument.model_fields if name != "price"
    }
    given |= {"zone": plan.zone.key, "price": plan.prices, "hours": _hours(plan.hours)}
    return PlanDocument.model_validate(given).model_dump(mode="json", exclude_none=True)


def read(row: Mapping[str, Any]) -> Plan:
    """A plan from its spelling. Raises pydantic's `ValidationError`, a `ValueError`."""
    return PlanDocument.model_validate(row).plan()


def _hours(hours: Hours | None) -> dict[str, Any] | None:
    if hours is None:
        return None
    months: dict[Span, list[int]] = {}
    for month, spans in enumerate(hours.months, 1):
        for span in spans:
            months.setdefault(span, []).append(month)
    rows = [
        {"period": span.period, "months": in_force, "start": _clock(span.start), "end": _clock(span.end)}
        for span, in_force in months.items()
    ]
    return {"id": hours.id, "spans": rows}


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
