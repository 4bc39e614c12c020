"""Repairs over HTTP: /work-orders and /repairs/summary, relative to /api/v1."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Depends, Header, Query

from services.clock import Clock
from services.database import Sessions
from services.http import Page, Problem, decode_place, encode_place
from services.metering.repository import Registry
from services.repairs.model import OPEN, Event, EventRefused, Request, Status, WorkOrder
from services.repairs.promises import Promises, load_promises
from services.repairs.repository import Filter
from services.repairs.schemas import (
    EventIn,
    ImportedOut,
    OrderDetailOut,
    OrderIn,
    OrderOut,
    PastOrderIn,
    StatusFilter,
    SummaryOut,
    order_detail_out,
    order_out,
)
from services.repairs.service import Collision, OrderRefused, Repairs
from services.workdays import Workdays

Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2200, 1, 1))]
IMPORT = Annotated[list[PastOrderIn], Body(max_length=5000)]

CLOCKS = """Two clocks. Response: minutes of the wall clock, day and night, from the report to the first
response. Completion: due at close of business of the n-th working day after the local calendar day of the
report (n = 1 small, 3 large; make-up days count); `null` when a year on the way has no calendar, and then
the order is neither on time nor late.

`due_at` and `completion` are gross, pauses ignored; `due_at_net` and `completion_net` are moved by the whole
working days of pauses for an approved reason (`parts`, `no_access`, `outage_approval`, `weather`). Both are
judged by the size at the report: a `resize` stays on the record and moves no date."""

RATES = """The orders reported on the local days from `start` until before `end`. `on_time_rate` = on time ÷
(completed + overdue open), gross; `on_time_rate_net` net of approved pauses; `response_on_time_rate` counts
unanswered orders past their target too. `due_unknown` orders are in no rate. Rates are 0–1, or null when
there is nothing to divide."""


def router(
    *,
    sessions: Sessions,
    registry: Registry,
    workdays: Workdays,
    clock: Clock,
    zone: ZoneInfo,
    guard: Callable[..., None],
    promises: Promises | None = None,
) -> APIRouter:
    """The routes of the repair service. `guard` lets writers in; `promises` default to the built-in ones."""
    repairs = Repairs(
        sessions=sessions,
        institutions=lambda: {institution.code for institution in registry.institutions()},
        workdays=workdays,
        promises=promises or load_promises(),
        clock=clock,
        zone=zone,
    )
    routes = APIRouter(tags=["repairs"])
    _add_writers(routes, repairs, clock, zone, writer=[Depends(guard)])
    _add_readers(routes, repairs, zone, guard)
    return routes


def _add_writers(
    routes: APIRouter, repairs: Repairs, clock: Clock, zone: ZoneInfo, *, writer: list[Any]
) -> None:
    @routes.post("/work-orders", status_code=HTTPStatus.CREATED, dependencies=writer, description=CLOCKS)
    def report(order: OrderIn) -> OrderDetailOut:
        try:
            return order_detail_out(repairs.report(_request(order, clock())), zone)
        except OrderRefused as error:
            raise _unprocessable(f"body/{error.member}: {error.reason}") from error

    @routes.post("/work-orders/{number}/events", status_code=HTTPStatus.CREATED, dependencies=writer)
    def tell(number: str, event: EventIn) -> OrderDetailOut:
        """Append an event. 409 when it cannot follow what happened before."""
        try:
            judged = repairs.append(number, _event(event, clock()))
        except EventRefused as error:
            raise Problem(HTTPStatus.CONFLICT, f"body/{error.member}: {error.reason}") from error
        except Collision as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from error
        if judged is None:
            raise _absent(number)
        return order_detail_out(judged, zone)

    @routes.post("/work-orders/import", dependencies=writer)
    def take(orders: IMPORT) -> ImportedOut:
        """Import orders with their events, all or none. An order with a known `number` gains the events it
        lacks, so an import can be sent again; without a `number` it is always a new order."""
        past = [
            WorkOrder(
                _request(order, order.reported_at, order.number),
                tuple(_event(event, event.at) for event in order.events),
            )
            for order in orders
        ]
        try:
            return ImportedOut(**asdict(repairs.take(past)))
        except OrderRefused as error:
            raise _unprocessable(f"body/{error}") from error
        except Collision as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from error


def _add_readers(routes: APIRouter, repairs: Repairs, zone: ZoneInfo, guard: Callable[..., None]) -> None:
    def admitted(authorization: Annotated[str | None, Header()] = None) -> bool:
        try:
            guard(authorization)
        except Problem:
            return False
        return True

    @routes.get("/work-orders", description=CLOCKS)
    def page(
        status: StatusFilter | None = None,
        institution: str | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Page[OrderOut]:
        statuses = None if status is None else OPEN if status == "open" else {Status(status)}
        which = Filter(
            institution=institution, statuses=statuses, after=decode_place(cursor), limit=limit + 1
        )
        found = repairs.select(which)
        items = [order_out(judged, zone) for judged in found[:limit]]
        if len(found) <= limit:
            return Page(items=items)
        last = found[limit - 1].order.request
        return Page(items=items, next_cursor=encode_place(last.reported_at, last.number))

    @routes.get("/work-orders/{number}", description=CLOCKS)
    def one(number: str, writer: Annotated[bool, Depends(admitted)]) -> OrderDetailOut:
        judged = repairs.order(number)
        if judged is None:
            raise _absent(number)
        found = order_detail_out(judged, zone)
        return found if writer else found.model_copy(update={"contact": None})

    @routes.get("/repairs/summary", description=RATES)
    def summary(start: Day = None, end: Day = None, institution: str | None = None) -> SummaryOut:
        figures = repairs.summary(start, end, institution)
        return SummaryOut(start=start, end=end, **asdict(figures))


def _request(order: OrderIn, now: datetime, number: str | None = None) -> Request:
    return Request(
        number=number or "",
        institution=order.institution,
        location=order.location,
        category=order.category,
        size=order.size,
        severity=order.severity,
        description=order.description,
        reporter=order.reporter,
        contact=order.contact,
        reported_at=order.reported_at or now,
    )


def _event(event: EventIn, now: datetime) -> Event:
    return Event(event.kind, event.at or now, event.by, event.reason, event.size, event.rating)


def _absent(number: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"number: there is no work order {number!r}")


def _unprocessable(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
