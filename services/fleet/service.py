"""What can be done with the fleet: register vehicles, slips and refuels, look at trips, and add up."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.clock import Clock, local_day_start
from services.database import Sessions
from services.fleet.figures import VehicleFigures, days_from, total, vehicle_figures
from services.fleet.fuel import excessive, fuel_intervals
from services.fleet.model import Approval, Fuel, Refuel, Trip, Vehicle
from services.fleet.rebuild import judge_again
from services.fleet.repository import FleetTables, Track, TripFilter
from services.fleet.rules import Rulebook
from services.fleet.usage import UsageJudge
from services.workdays import Workdays

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = timedelta(days=1)
"""How far ahead of our own clock a refuel may be."""
LONGEST_TRIP = timedelta(days=7)
"""How long before a slip a trip that it overlaps may begin and still be judged again at once."""
SLIPS_UNTIL = datetime(2200, 1, 1, tzinfo=UTC)


class EntryRefused(ValueError):
    """An entry cannot be taken; `index` is its place in the call, `member` the field to blame."""

    def __init__(self, index: int, member: str, reason: str) -> None:
        super().__init__(f"{index}/{member}: {reason}")
        self.index = index
        self.member = member
        self.reason = reason


class Conflict(Exception):
    """What is recorded says otherwise; the message says what."""


@dataclass(frozen=True, slots=True)
class Line:
    """A vehicle's line of the summary; `excessive` when it burns more than its papers say."""

    vehicle: Vehicle
    figures: VehicleFigures
    excessive: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What each vehicle did, and all of them."""

    lines: Sequence[Line]
    total: VehicleFigures


class Fleet:
    """The fleet; `institutions` names the institutions that the registry knows."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        institutions: Callable[[], Collection[str]],
        workdays: Workdays,
        rules: Rulebook,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._sessions = sessions
        self._institutions = institutions
        self._judge = UsageJudge(rules, workdays, zone)
        self._clock = clock
        self._zone = zone

    def put_vehicles(self, vehicles: Sequence[Vehicle]) -> int:
        """Add or replace vehicles by code, all or none. Raises `EntryRefused` or `Conflict`."""
        institutions = self._institutions()
        _refuse_twice("code", [vehicle.code for vehicle in vehicles])
        with self._transaction() as session:
            tables = FleetTables(session)
            after = tables.vehicles() | {vehicle.code: vehicle for vehicle in vehicles}
            owners: dict[str, list[str]] = defaultdict(list)
            for vehicle in after.values():
                owners[vehicle.address].append(vehicle.code)
            for index, vehicle in enumerate(vehicles):
                if vehicle.institution not in institutions:
                    raise EntryRefused(index, "institution", f"the registry has no {vehicle.institution!r}")
                if len(owners[vehicle.address]) > 1:
                    names = " and ".join(owners[vehicle.address])
                    raise EntryRefused(index, "address", f"{vehicle.address} would be that of {names}")
            tables.put_vehicles(vehicles)
        return len(vehicles)

    def put_approvals(self, approvals: Sequence[Approval]) -> tuple[int, int]:
        """Add or replace slips by number, all or none, and judge the trips that they overlap again.

        Returns how many slips were new or changed and how many trips are seen differently. Raises
        `EntryRefused` or `Conflict`.
        """
        _refuse_twice("number", [slip.number for slip in approvals])
        for index, slip in enumerate(approvals):
            if slip.start < EARLIEST or slip.end > SLIPS_UNTIL:
                raise EntryRefused(index, "start", "before 2000 or after 2200")
        with self._transaction() as session:
            tables = FleetTables(session)
            vehicles = tables.vehicles()
            _refuse_unknown(vehicles, [slip.vehicle for slip in approvals])
            known = tables.approvals_numbered([slip.number for slip in approvals])
            fresh = [slip for slip in approvals if slip.number not in known]
            changed = [slip for slip in approvals if known.get(slip.number, slip) != slip]
            tables.put_approvals(fresh, changed)
            touched = [*fresh, *changed, *(known[slip.number] for slip in changed)]
            seen_anew = self._judge_around(tables, vehicles, touched)
        return len(fresh) + len(changed), seen_anew

    def add_refuels(self, refuels: Sequence[Refuel]) -> tuple[int, int]:
        """Record refuels, all or none; returns how many were new and how many were known already.

        Raises `EntryRefused`, or `Conflict` for another refuel of the same vehicle at the same instant: a
        record is never changed.
        """
        latest = self._clock() + LATEST
        with self._transaction() as session:
            tables = FleetTables(session)
            vehicles = tables.vehicles()
            _refuse_unknown(vehicles, [refuel.vehicle for refuel in refuels])
            known = {(one.vehicle, one.at): one for mine in tables.refuels().values() for one in mine}
            fresh = []
            for index, refuel in enumerate(refuels):
                if vehicles[refuel.vehicle].fuel is Fuel.ELECTRIC:
                    raise EntryRefused(index, "litres", f"{refuel.vehicle} is electric")
                if not EARLIEST <= refuel.at <= latest:
                    raise EntryRefused(index, "at", "before 2000 or in the future")
                recorded = known.setdefault((refuel.vehicle, refuel.at), refuel)
                if recorded is refuel:
                    fresh.append(refuel)
                elif recorded != refuel:
                    when = f"{refuel.vehicle} at {refuel.at.isoformat()}"
                    raise Conflict(f"body/{index}: another refuel of {when} is recorded")
            tables.add_refuels(fresh)
            tables.mark_stale({(refuel.vehicle, self._day(refuel.at)) for refuel in fresh})
        return len(fresh), len(refuels) - len(fresh)

    def vehicles(self) -> list[Vehicle]:
        """Every vehicle, by code."""
        with self._sessions() as session:
            return list(FleetTables(session).vehicles().values())

    def trips(self, which: TripFilter) -> list[Trip]:
        """Trips, newest first."""
        with self._sessions() as session:
            return FleetTables(session).trips(which)

    def starting(self, start: date | None, end: date | None) -> TripFilter:
        """The filter of the trips that begin on the local days [`start`, `end`)."""
        first, last = (None if day is None else local_day_start(day, self._zone) for day in (start, end))
        return TripFilter(start=first, end=last)

    def summary(self, start: date | None, end: date | None) -> Summary:
        """What each vehicle did on the local days [`start`, `end`); fuel counts when a tank is full again."""
        with self._sessions() as session:
            tables = FleetTables(session)
            vehicles, tracks, refuels = tables.vehicles(), tables.tracks(), tables.refuels()
            trips: dict[str, list[Trip]] = defaultdict(list)
            for trip in tables.trips(self.starting(start, end)):
                trips[trip.vehicle].append(trip)
        lines = []
        for code, vehicle in vehicles.items():
            available = self._available(tracks.get(code), start, end)
            lines.append(self._line(vehicle, trips[code], refuels[code], available, (start, end)))
        return Summary(lines, total([line.figures for line in lines]))

    def _line(
        self,
        vehicle: Vehicle,
        trips: Sequence[Trip],
        refuels: Sequence[Refuel],
        available: Sequence[date],
        span: tuple[date | None, date | None],
    ) -> Line:
        start, end = span[0] or date.min, span[1] or date.max
        fuel = [one for one in fuel_intervals(refuels) if start <= self._day(one.end_at) < end]
        figures = vehicle_figures(trips, fuel, available, self._judge.workdays, self._zone)
        rules = self._judge.rules.on(self._day(fuel[-1].end_at)) if fuel else self._judge.rules.lines[-1]
        use, papers = figures.litres_per_100km, vehicle.archive_l_per_100km
        return Line(vehicle, figures, excessive(use, papers, excess=rules.fuel_excess))

    def _available(self, track: Track | None, start: date | None, end: date | None) -> list[date]:
        """The days of the span since the vehicle's first position, today included."""
        if track is None:
            return []
        first, tomorrow = self._day(track.first_position_at), self._day(self._clock()) + timedelta(days=1)
        return days_from(max(first, start or first), min(tomorrow, end or tomorrow))

    def _judge_around(
        self, tables: FleetTables, vehicles: Mapping[str, Vehicle], slips: Iterable[Approval]
    ) -> int:
        tolerance = self._judge.rules.widest_tolerance
        spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        for slip in slips:
            spans[slip.vehicle].append((slip.start - tolerance, slip.end + tolerance))
        stale = set()
        seen_anew = 0
        for code, mine in spans.items():
            first, last = min(start for start, _ in mine), max(end for _, end in mine)
            changed = judge_again(tables, vehicles[code], (first - LONGEST_TRIP, last), judge=self._judge)
            seen_anew += len(changed)
            stale |= {(code, self._day(trip.start_at)) for trip in changed}
            for start, end in mine:  # a trip that is being written at this moment is judged by the job
                days = days_from(self._day(start), self._day(end) + timedelta(days=1))
                stale |= {(code, day) for day in days}
        tables.mark_stale(stale)
        return seen_anew

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(self._zone).date()

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        try:
            with self._sessions.begin() as session:
                yield session
        except IntegrityError as error:
            raise Conflict("the same entries were written by another call at the same moment") from error


def _refuse_twice(member: str, keys: Sequence[str]) -> None:
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            raise EntryRefused(index, member, f"{key} occurs twice")
        seen.add(key)


def _refuse_unknown(vehicles: Mapping[str, Vehicle], codes: Sequence[str]) -> None:
    for index, code in enumerate(codes):
        if code not in vehicles:
            raise EntryRefused(index, "vehicle", f"there is no vehicle {code!r}")
