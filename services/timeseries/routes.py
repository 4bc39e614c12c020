"""HTTP of the store: intervals of a meter, what was ingested, and who reports without being registered."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.clock import Clock, from_ms, local_day_bounds, local_day_start, to_ms
from services.http import Page, Problem, decode_cursor, encode_cursor
from services.metering.channels import CHANNELS, REGISTERS
from services.metering.model import Quality
from services.metering.repository import Registry
from services.timeseries.clocks import device_clocks
from services.timeseries.derived import HOUR_MS, local_date
from services.timeseries.ingest import (
    HealthTotals,
    newest_reading,
    positions_stored,
    strangers,
    values_stored,
)
from services.timeseries.schema import INTERVAL_DAY, INTERVAL_HOUR
from services.timeseries.store import Series, TimeSeriesStore

MOST_DAYS = {"hour": 800, "day": 8000}

Limit = Annotated[int, Query(ge=1, le=1000)]
Day = Annotated[date, Query(ge=date(1971, 1, 1), le=date(2200, 1, 1))]


class IntervalOut(BaseModel):
    """Consumption of one hour or local day; with coverage 0 nothing is measured, which is not zero."""

    start: datetime
    end: datetime
    measured: float
    estimated: float
    coverage: float
    quality: list[str]


class IntervalList(BaseModel):
    """The intervals of which something is known, in time order."""

    items: list[IntervalOut]


class IngestedMessages(BaseModel):
    """Messages and rejected items since ever, as collectors told last: cheap to ask often."""

    messages: int
    rejected: int


class Ingest(BaseModel):
    """What came in since ever, counted in the store itself."""

    readings_stored: int
    positions_stored: int
    messages: int
    rejected: int
    last_reading_at: datetime | None
    unregistered: int


class Unregistered(BaseModel):
    """An address that reports and that no meter has."""

    address: str
    last_reading_at: datetime


class UnregisteredList(BaseModel):
    """Every unregistered address, the latest first."""

    items: list[Unregistered]


class ClockOut(BaseModel):
    """A device's clock: seconds ahead of ours (below zero: behind), and the mean further delay of readings.

    `marked`: further off than the limit in force (services/metering/limits.toml).
    """

    address: str
    offset_s: float
    delay_s: float
    estimated_at: datetime
    marked: bool


def router(*, store: TimeSeriesStore, registry: Registry, zone: ZoneInfo, clock: Clock) -> APIRouter:
    """Routes under /api/v1."""
    routes = APIRouter(tags=["intervals"])
    health = HealthTotals(store, clock)

    @routes.get("/intervals")
    def list_intervals(
        meter: str, start: Day, end: Day, channel: str = "energy_kwh", grain: Literal["hour", "day"] = "day"
    ) -> IntervalList:
        _refuse(registry, meter, channel)
        if end < start or (end - start).days > MOST_DAYS[grain]:
            raise _unprocessable(f"end: from start to {MOST_DAYS[grain]} days after it, for grain {grain}")
        found = store.read(
            INTERVAL_HOUR if grain == "hour" else INTERVAL_DAY,
            {"meter": meter, "channel": channel},
            start_ms=to_ms(local_day_start(start, zone)),
            end_ms=to_ms(local_day_start(end, zone)),
        )
        items = [row for series in found for row in _rows(series, grain, zone)]
        return IntervalList(items=sorted(items, key=lambda row: row.start))

    @routes.get("/ingest")
    def ingest() -> Ingest:
        return Ingest(
            readings_stored=values_stored(store),
            positions_stored=positions_stored(store),
            **health.now(),
            last_reading_at=newest_reading(store, clock()),
            unregistered=len(strangers(store, registry.addresses())),
        )

    @routes.get("/ingest/messages")
    def ingested_messages() -> IngestedMessages:
        return IngestedMessages(**health.now())

    @routes.get("/meters/unregistered")
    def list_unregistered() -> UnregisteredList:
        found = strangers(store, registry.addresses())
        latest_first = sorted(found.items(), key=lambda pair: (pair[1], pair[0]), reverse=True)
        return UnregisteredList(
            items=[Unregistered(address=address, last_reading_at=at) for address, at in latest_first]
        )

    @routes.get("/meters/clocks")
    def list_clocks(cursor: str | None = None, limit: Limit = 500) -> Page[ClockOut]:
        place = _clock_place(cursor)
        found = [one for one in device_clocks(store) if place is None or one.place > place]
        shown = [
            ClockOut(
                address=one.address, offset_s=one.offset_s, delay_s=one.delay_s, marked=one.marked,
                estimated_at=one.estimated_at.astimezone(zone),
            )
            for one in found[:limit]
        ]  # fmt: skip
        after = found[limit - 1].place if len(found) > limit else None
        return Page(items=shown, next_cursor=after and encode_cursor(f"{after[0]!r}|{after[1]}"))

    return routes


def _clock_place(cursor: str | None) -> tuple[float, str] | None:
    place = decode_cursor(cursor)
    if place is None:
        return None
    offset, _, address = place.partition("|")
    try:
        return float(offset), address
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "cursor: not one that this service gave out") from error


def _refuse(registry: Registry, meter: str, channel: str) -> None:
    if channel not in CHANNELS:
        raise _unprocessable(f"channel: {channel!r} is none of {', '.join(REGISTERS)}")
    if channel not in REGISTERS:
        raise _unprocessable(f"channel: {channel!r} is a gauge; intervals are of {', '.join(REGISTERS)}")
    if registry.meter(meter) is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"meter: nothing has the code {meter!r}")


def _unprocessable(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


def _rows(series: Series, grain: str, zone: ZoneInfo) -> list[IntervalOut]:
    names = ("measured", "estimated", "coverage", "quality")
    rows = zip(series.times_ms.tolist(), *(series.fields[name].tolist() for name in names), strict=True)
    return [
        IntervalOut(
            start=from_ms(start).astimezone(zone),
            end=_end(start, grain, zone).astimezone(zone),
            measured=measured,
            estimated=estimated,
            coverage=coverage,
            quality=[str(mark.name) for mark in Quality(int(quality))],
        )
        for start, measured, estimated, coverage, quality in rows
        if estimated > 0 or coverage > 0 or quality > 0
    ]


def _end(start_ms: int, grain: str, zone: ZoneInfo) -> datetime:
    if grain == "hour":
        return from_ms(start_ms + HOUR_MS)
    return local_day_bounds(local_date(start_ms, zone), zone)[1]
