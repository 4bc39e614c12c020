"""The job that turns new positions into trips and tells the time-series store what each vehicle did.

For every vehicle, trips are found again around the positions written since the last run (from all positions
when the vehicle or its tracker is new) and judged again where slips, calendar or rules changed. Then the
figures of the days concerned, and of the days that went by since, are written. What a run could not finish
the next one does again: the cursor and the notes move only at the end.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.clock import Clock, from_ms, local_day_start
from services.database import Sessions
from services.fleet.figures import day_points, days_from, fuel_points
from services.fleet.fuel import fuel_intervals
from services.fleet.model import Vehicle
from services.fleet.rebuild import Span, Tracker, judge_again, merge, rebuild_span, slips_of
from services.fleet.repository import FleetTables, Stale, Track, TripFilter
from services.fleet.rules import Rulebook, load_rules
from services.fleet.trips import Limits
from services.fleet.usage import Slips, UsageJudge
from services.scheduling import Job
from services.timeseries.schema import FLEET_DAY, FLEET_FUEL, POSITIONS, Measurement
from services.timeseries.store import Changes, Point, TimeSeriesStore
from services.timeseries.withdrawal import withdrawn
from services.workdays import Workdays

_BATCH = 10_000
_NOTHING = Stale((), frozenset())


def job(
    *,
    sessions: Sessions,
    store: TimeSeriesStore,
    workdays: Workdays,
    clock: Clock,
    zone: ZoneInfo,
    rules: Rulebook | None = None,
    limits: Limits | None = None,
) -> Job:
    """The job "fleet"; `rules` and `limits` are the built-in ones unless given."""
    judge = UsageJudge(rules or load_rules(), workdays, zone)
    return Job("fleet", _FleetJob(sessions, store, judge, clock, limits or Limits()).run)


@dataclass(frozen=True, slots=True)
class _Task:
    """What there is to do for a vehicle; `track` is None as long as no position of it was seen."""

    vehicle: Vehicle
    track: Track | None
    written: list[Span]
    stale: Stale


@dataclass(frozen=True, slots=True)
class _FleetJob:
    sessions: Sessions
    store: TimeSeriesStore
    judge: UsageJudge
    clock: Clock
    limits: Limits

    def run(self, cursor: str | None) -> str:
        changes = self.store.changes(cursor)
        tomorrow = self.clock().astimezone(self.judge.zone).date() + timedelta(days=1)
        tracks: list[Track] = []
        points: list[Point] = []
        tasks = self._tasks(changes)
        for task in tasks:
            track, days = self._follow(task, tomorrow)
            if track is not None:
                days |= set(days_from(track.told_until or self._first_day(track), tomorrow))
                if track.told_until != tomorrow:
                    tracks.append(replace(track, told_until=tomorrow))
            points += self._points(task, days)
        for measurement in (FLEET_DAY, FLEET_FUEL):
            points += self._under_former_names(measurement, points)
        for first in range(0, len(points), _BATCH):
            self.store.write(points[first : first + _BATCH])
        self._conclude(tracks, [row for task in tasks for row in task.stale.rows])
        return changes.cursor

    def _tasks(self, changes: Changes) -> list[_Task]:
        written: dict[str, list[Span]] = defaultdict(list)
        for touched in changes.touched:
            if touched.measurement == POSITIONS.name:
                written["/".join(touched.tags)].append((touched.first_ms, touched.last_ms))
        with self.sessions() as session:
            tables = FleetTables(session)
            vehicles, tracks, stale = tables.vehicles(), tables.tracks(), tables.stale()
        return [
            _Task(
                vehicle,
                tracks.get(vehicle.code),
                merge(written[vehicle.address]),
                stale.get(vehicle.code, _NOTHING),
            )
            for vehicle in vehicles.values()
        ]

    def _follow(self, task: _Task, tomorrow: date) -> tuple[Track | None, set[date]]:
        """Bring the trips of a vehicle up to date; returns its track and the days that may have changed."""
        if task.track is None or task.track.address != task.vehicle.address:
            return self._build(task), set()
        track = task.track
        days = {day for day in task.stale.days if self._first_day(track) <= day < tomorrow}
        with self.sessions.begin() as session:
            tables = FleetTables(session)
            slips = slips_of(tables, task.vehicle) if task.written else Slips(())
            for written in task.written:
                track, window_days = self._rebuild(tables, task.vehicle, track, written, slips)
                days |= window_days
            if track.basis != self.judge.basis:
                judge_again(tables, task.vehicle, (None, None), judge=self.judge)
                track = replace(track, basis=self.judge.basis, told_until=None)
            elif task.stale.days:
                judge_again(tables, task.vehicle, self._span(task.stale.days), judge=self.judge)
            if track != task.track:
                tables.put_track(track)
        return track, days

    def _build(self, task: _Task) -> Track | None:
        """Find all trips of a vehicle that is new or has a new tracker; None while there are no positions."""
        vehicle = task.vehicle
        positions = Tracker(self.store, vehicle.address).read()
        if positions is None:
            return task.track
        start_ms = int(positions.times_ms[0])
        first = from_ms(start_ms)
        if task.track is not None:
            first = min(first, task.track.first_position_at)
        track = Track(vehicle.code, vehicle.address, self.judge.basis, first, None)
        with self.sessions.begin() as session:
            tables = FleetTables(session)
            rebuild_span(
                tables,
                vehicle,
                positions,
                span=(start_ms, None),
                judge=self.judge,
                limits=self.limits,
                slips=slips_of(tables, vehicle),
            )
            tables.put_track(track)
        return track

    def _rebuild(
        self, tables: FleetTables, vehicle: Vehicle, track: Track, written: Span, slips: Slips
    ) -> tuple[Track, set[date]]:
        around = Tracker(self.store, vehicle.address).around(written, self.limits)
        if around is None:
            return track, set()
        positions, span = around
        rebuild_span(tables, vehicle, positions, span=span, judge=self.judge, limits=self.limits, slips=slips)
        begin = self._day(min(span[0], written[0]))
        end = min(span[1] - 1, max(written[1], int(positions.times_ms[-1])))
        first = from_ms(written[0])
        if first < track.first_position_at:
            track = replace(track, first_position_at=first, told_until=None)
        return track, set(days_from(begin, self._day(end) + timedelta(days=1)))

    def _points(self, task: _Task, days: set[date]) -> list[Point]:
        points: list[Point] = []
        vehicle, zone = task.vehicle, self.judge.zone
        with self.sessions() as session:
            tables = FleetTables(session)
            if days:
                start, end = self._span(days)
                trips = tables.trips(TripFilter(vehicle=vehicle.code, start=start, end=end))
                points += day_points(vehicle, trips, days, self.judge.workdays, zone)
            if task.stale.rows:
                refuels = tables.refuels(vehicle.code)[vehicle.code]
                points += fuel_points(vehicle, fuel_intervals(refuels))
        return points

    def _under_former_names(self, measurement: Measurement, points: list[Point]) -> list[Point]:
        """Take back what was told of the same vehicle and time under another institution or kind."""
        told = {(point.tags[1], point.time_ms): point for point in points if point.measurement is measurement}
        if not told:
            return []
        start_ms, end_ms = min(ms for _, ms in told), max(ms for _, ms in told) + 1
        stored = self.store.read(measurement, start_ms=start_ms, end_ms=end_ms)
        return withdrawn(stored, points, measurement, only=lambda tags, ms: (tags[1], ms) in told)

    def _conclude(self, tracks: list[Track], stale: list[int]) -> None:
        with self.sessions.begin() as session:
            tables = FleetTables(session)
            for track in tracks:
                tables.put_track(track)
            tables.unmark_stale(stale)

    def _span(self, days: set[date] | frozenset[date]) -> tuple[datetime, datetime]:
        last = max(days) + timedelta(days=1)
        return local_day_start(min(days), self.judge.zone), local_day_start(last, self.judge.zone)

    def _day(self, ms: int) -> date:
        return from_ms(ms).astimezone(self.judge.zone).date()

    def _first_day(self, track: Track) -> date:
        return track.first_position_at.astimezone(self.judge.zone).date()
