"""The fleet over HTTP: /vehicles, /trip-approvals, /refuels, /trips and /fleet/summary, relative to /api/v1.

Positions are sensitive: no route shows where a vehicle was.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Depends, Query

from services.clock import Clock
from services.database import Sessions
from services.fleet.rules import Rulebook, load_rules
from services.fleet.schemas import (
    ApprovalIn,
    ApprovalsPut,
    FleetSummaryOut,
    RefuelIn,
    RefuelsAdded,
    TripOut,
    VehicleIn,
    VehicleOut,
    VehiclesOut,
    VehiclesPut,
    figures_out,
    trip_out,
    vehicle_figures_out,
)
from services.fleet.service import Conflict, EntryRefused, Fleet
from services.http import Page, Problem, decode_place, encode_place
from services.metering.repository import Registry
from services.workdays import Workdays

Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2200, 1, 1))]

TRIPS = """Trips computed from positions, newest first, of the local days from `start` until before `end`; a
trip counts on the day on which it begins. `flagged`: use outside working hours or on a day off (make-up days
are working days) that no slip overlaps, give or take the tolerance; `calendar_unknown` where the year has no
calendar yet."""

SUMMARY = """Distance, trips, days in use, fuel and flagged trips of the local days from `start` until before
`end`. Fuel per 100 km is what was burnt between full tanks, counted on the day of the refuel that closes the
interval. `attendance_rate` = working days in use ÷ working days since the vehicle's first position."""


def router(
    *,
    sessions: Sessions,
    registry: Registry,
    workdays: Workdays,
    clock: Clock,
    zone: ZoneInfo,
    guard: Callable[..., None],
    rules: Rulebook | None = None,
) -> APIRouter:
    """The routes of the fleet. `guard` lets writers in; `rules` default to the built-in ones."""
    fleet = Fleet(
        sessions=sessions,
        institutions=lambda: {institution.code for institution in registry.institutions()},
        workdays=workdays,
        rules=rules or load_rules(),
        clock=clock,
        zone=zone,
    )
    routes = APIRouter(tags=["fleet"])
    _add_writers(routes, fleet, writer=[Depends(guard)])
    _add_readers(routes, fleet, zone)
    return routes


def _add_writers(routes: APIRouter, fleet: Fleet, *, writer: list[Any]) -> None:
    @routes.put("/vehicles", dependencies=writer)
    def put_vehicles(vehicles: Annotated[list[VehicleIn], Body(max_length=10_000)]) -> VehiclesPut:
        """Add or replace vehicles by code, all or none."""
        with _problems():
            return VehiclesPut(vehicles=fleet.put_vehicles([one.vehicle() for one in vehicles]))

    @routes.put("/trip-approvals", dependencies=writer)
    def put_approvals(slips: Annotated[list[ApprovalIn], Body(max_length=50_000)]) -> ApprovalsPut:
        """Add or replace slips by number, all or none. Trips that they overlap are judged again."""
        with _problems():
            changed, judged_again = fleet.put_approvals([slip.approval() for slip in slips])
        return ApprovalsPut(approvals=changed, judged_again=judged_again)

    @routes.post("/refuels", dependencies=writer)
    def add_refuels(refuels: Annotated[list[RefuelIn], Body(max_length=50_000)]) -> RefuelsAdded:
        """Record refuels, all or none. The same again changes nothing; another at the same instant: 409."""
        with _problems():
            fresh, known = fleet.add_refuels([one.refuel() for one in refuels])
        return RefuelsAdded(refuels=fresh, known=known)


def _add_readers(routes: APIRouter, fleet: Fleet, zone: ZoneInfo) -> None:
    @routes.get("/vehicles")
    def vehicles() -> VehiclesOut:
        """Every vehicle, by code."""
        return VehiclesOut(items=[VehicleOut.model_validate(one) for one in fleet.vehicles()])

    @routes.get("/trips", description=TRIPS)
    def trips(
        vehicle: str | None = None,
        start: Day = None,
        end: Day = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Page[TripOut]:
        which = replace(
            fleet.starting(start, end), vehicle=vehicle, before=decode_place(cursor), limit=limit + 1
        )
        found = fleet.trips(which)
        items = [trip_out(trip, zone) for trip in found[:limit]]
        if len(found) <= limit:
            return Page(items=items)
        last = found[limit - 1]
        return Page(items=items, next_cursor=encode_place(last.start_at, last.vehicle))

    @routes.get("/fleet/summary", description=SUMMARY)
    def summary(start: Day = None, end: Day = None) -> FleetSummaryOut:
        found = fleet.summary(start, end)
        items = [
            vehicle_figures_out(line.vehicle, line.figures, excessive=line.excessive) for line in found.lines
        ]
        return FleetSummaryOut(start=start, end=end, items=items, total=figures_out(found.total))


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except EntryRefused as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body/{error}") from error
    except Conflict as error:
        raise Problem(HTTPStatus.CONFLICT, str(error)) from error
