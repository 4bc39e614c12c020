"""Rollups: what is stored after any arrival equals what all readings together give."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.clock import to_ms
from services.metering.model import Meter, MeterPeriod, Quality
from services.timeseries.rollups import DERIVED, RolledUp, roll_up, roll_up_anew
from services.timeseries.schema import (
    GAUGE_DAY,
    GAUGE_HOUR,
    INTERVAL_DAY,
    INTERVAL_HOUR,
    READINGS,
    Measurement,
)
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Changes, Point, TimeSeriesStore
from tests.services.timeseries.meters import (
    DAY_MS,
    HOUR_MS,
    SHANGHAI,
    T0,
    plain_meter,
    reading,
    swapped,
    write_all,
)

Rows = dict[tuple[str, ...], dict[str, float]]


@contextmanager
def a_store() -> Iterator[SqliteStore]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "readings.db")
        store.prepare()
        yield store
        store.close()


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with a_store() as store:
        yield store


class Follower:
    """Rolls up what changed since it last did."""

    def __init__(self, store: TimeSeriesStore, *meters: Meter, zone: ZoneInfo = SHANGHAI) -> None:
        self.store, self.meters, self.zone = store, meters, zone
        self.seen = Changes("")

    def follow(self) -> list[RolledUp]:
        self.seen = self.store.changes(self.seen.cursor or None)
        return roll_up(self.store, self.meters, self.seen.touched, zone=self.zone)

    def take(self, *points: Point) -> list[RolledUp]:
        write_all(self.store, points)
        return self.follow()


def stored(store: TimeSeriesStore, measurement: Measurement) -> Rows:
    """Every stored point by (tags..., start in hours or days since the start of 2026)."""
    rows: Rows = {}
    unit = HOUR_MS if measurement in (INTERVAL_HOUR, GAUGE_HOUR) else DAY_MS
    for series in store.read(measurement):
        tags = tuple(series.tags.values())
        for index, time in enumerate(series.times_ms.tolist()):
            place = (time - T0) / unit
            rows[(*tags, f"{place:g}")] = {n: float(c[index]) for n, c in series.fields.items()}
    return rows


def everything(store: TimeSeriesStore) -> dict[str, Rows]:
    """All derived points but those that say nothing."""
    return {m.name: {key: row for key, row in stored(store, m).items() if any(row.values())} for m in DERIVED}


def hour(
    measured: float, estimated: float, coverage: float, quality: Quality = Quality.GOOD
) -> dict[str, float]:
    return {"measured": measured, "estimated": estimated, "coverage": coverage, "quality": float(quality)}


def test_hourly_readings_become_hours_and_a_local_day(store: SqliteStore) -> None:
    changed = Follower(store, plain_meter()).take(*[reading(60 * n, energy_kwh=100 + n) for n in range(25)])
    assert changed == [RolledUp("main", date(2026, 1, 1), date(2026, 1, 2))]
    key = ("bureau", "main", "energy_kwh")
    assert stored(store, INTERVAL_HOUR) == {(*key, str(n)): hour(1, 0, 1) for n in range(24)}
    assert stored(store, INTERVAL_DAY) == {(*key, "0"): hour(24, 0, 1)}


def test_a_silent_night_is_measured_in_its_day_and_estimated_in_its_hours(
    store: SqliteStore,
) -> None:
    Follower(store, plain_meter()).take(
        *[reading(60 * n, energy_kwh=100 + n) for n in (*range(3), *range(6, 25))]
    )
    key = ("bureau", "main", "energy_kwh")
    hours = stored(store, INTERVAL_HOUR)
    assert [hours[(*key, str(n))] for n in range(2, 6)] == [hour(0, 1, 0, Quality.GAP)] * 4
    assert stored(store, INTERVAL_DAY) == {(*key, "0"): hour(24, 0, 1, Quality.GAP)}


def test_late_readings_close_the_gap(store: SqliteStore) -> None:
    follower = Follower(store, plain_meter())
    follower.take(*[reading(60 * n, energy_kwh=100 + n) for n in (*range(3), *range(6, 25))])
    follower.take(*[reading(60 * n, energy_kwh=100 + n) for n in range(3, 6)])
    assert list(stored(store, INTERVAL_HOUR).values()) == [hour(1, 0, 1)] * 24
    assert list(stored(store, INTERVAL_DAY).values()) == [hour(24, 0, 1)]


class Recorder:
    """A store that notes what is written through it."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.written: list[Point] = []
        self.batches: list[int] = []
        self.prepare, self.read, self.latest = store.prepare, store.read, store.latest
        self.tag_sets, self.count, self.changes = store.tag_sets, store.count, store.changes
        self.close = store.close

    def write(self, points: Sequence[Point]) -> None:
        self.written += points
        self.batches.append(len(points))
        self._store.write(points)


def test_a_late_reading_writes_exactly_the_intervals_it_changes(store: SqliteStore) -> None:
    recorder = Recorder(store)
    follower = Follower(recorder, plain_meter())
    follower.take(*[reading(60 * n, energy_kwh=100 + n) for n in range(24 * 30) if n != 400])
    recorder.written.clear()
    follower.take(reading(60 * 400, energy_kwh=500))
    derived = [(p.measurement, (p.time_ms - T0) // HOUR_MS) for p in recorder.written[1:]]
    assert derived == [(INTERVAL_HOUR, 399), (INTERVAL_HOUR, 400), (INTERVAL_DAY, 384)]


def test_the_same_ranges_told_again_write_nothing_and_return_the_same_days(store: SqliteStore) -> None:
    recorder = Recorder(store)
    follower = Follower(recorder, plain_meter())
    once = follower.take(*[reading(60 * n, energy_kwh=100 + n, power_kw=3) for n in range(50)])
    recorder.written.clear()
    follower.seen = Changes("")
    assert follower.follow() == once
    assert recorder.written == []


def test_readings_of_unregistered_addresses_and_other_measurements_are_left_alone(store: SqliteStore) -> None:
    follower = Follower(store, plain_meter())
    assert follower.take(*[reading(60 * n, meter="stranger", energy_kwh=n) for n in range(5)]) == []
    assert everything(store) == {m.name: {} for m in DERIVED}


def test_intervals_are_filed_under_the_registrys_codes_not_the_address(store: SqliteStore) -> None:
    meter = plain_meter(address="acrel-adw/20201998")
    Follower(store, meter).take(
        *[reading(60 * n, institution="acrel-adw", meter="20201998", energy_kwh=n) for n in range(2)]
    )
    assert list(stored(store, INTERVAL_HOUR)) == [("bureau", "main", "energy_kwh", "0")]


def test_several_channels_of_one_meter_are_rolled_up_each_in_its_way(store: SqliteStore) -> None:
    Follower(store, plain_meter()).take(
        *[reading(60 * n, energy_kwh=n, energy_export_kwh=7, power_kw=n + 1) for n in range(3)]
    )
    assert [key[2] for key in stored(store, INTERVAL_DAY)] == ["energy_export_kwh", "energy_kwh"]
    assert stored(store, GAUGE_HOUR) == {
        ("bureau", "main", "power_kw", "0"): {"mean": 1.5, "lowest": 1, "highest": 1, "coverage": 1},
        ("bureau", "main", "power_kw", "1"): {"mean": 2.5, "lowest": 2, "highest": 2, "coverage": 1},
        ("bureau", "main", "power_kw", "2"): {"mean": 3, "lowest": 3, "highest": 3, "coverage": 0},
    }
    (day,) = stored(store, GAUGE_DAY).values()
    assert (day["mean"], day["lowest"], day["highest"]) == (2, 1, 3)
    assert day["coverage"] == pytest.approx(2 / 24)


def test_marks_of_readings_reach_the_intervals(store: SqliteStore) -> None:
    Follower(store, plain_meter()).take(
        reading(0, energy_kwh=1), reading(60, energy_kwh=2, quality=float(Quality.ARRIVAL_TIME)),
        reading(120, energy_kwh=3), reading(180, energy_kwh=4),
    )  # fmt: skip
    assert [row["quality"] for row in stored(store, INTERVAL_HOUR).values()] == [1, 1, 0]


def test_rated_power_judges_only_energy_in_kwh(store: SqliteStore) -> None:
    Follower(store, plain_meter(rated_kw=2)).take(
        *[reading(60 * n, energy_kwh=100 * n, water_m3=100 * n) for n in range(2)]
    )
    rows = stored(store, INTERVAL_HOUR)
    assert rows["bureau", "main", "energy_kwh", "0"] == hour(0, 0, 0, Quality.QUARANTINED)
    assert rows["bureau", "main", "water_m3", "0"] == hour(100, 0, 1)


def test_days_are_local_days_also_when_the_clocks_change(store: SqliteStore) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begin = to_ms(datetime(2026, 3, 28, tzinfo=berlin))
    shift = (begin - T0) / 60_000
    Follower(store, plain_meter(), zone=berlin).take(
        *[reading(shift + 60 * n, energy_kwh=n) for n in range(24 + 23 + 24 + 1)]
    )
    series = store.read(INTERVAL_DAY)[0]
    assert series.fields["measured"].tolist() == [24, 23, 24]
    assert series.times_ms.tolist() == [to_ms(datetime(2026, 3, day, tzinfo=berlin)) for day in (28, 29, 30)]


def test_days_of_a_zone_between_hours_are_whole(store: SqliteStore) -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    shift = (to_ms(datetime(2026, 3, 28, tzinfo=kolkata)) - T0) / 60_000
    Follower(store, plain_meter(), zone=kolkata).take(
        *[reading(shift + 30 * n, energy_kwh=n) for n in range(97)]
    )
    assert store.read(INTERVAL_DAY)[0].fields["measured"].tolist() == [48, 48]
    hours = store.read(INTERVAL_HOUR)[0]
    assert len(hours.times_ms) == 49
    assert set((hours.times_ms % HOUR_MS).tolist()) == {0}


def test_a_changed_description_computes_everything_anew(store: SqliteStore) -> None:
    meter = plain_meter()
    Follower(store, meter).take(*[reading(60 * n, energy_kwh=n, power_kw=5) for n in range(49)])
    scaled = replace(
        meter, ledger=(MeterPeriod(datetime(2020, 1, 1, tzinfo=UTC), ct=40, already_primary=False),)
    )
    changed = roll_up_anew(store, scaled, zone=SHANGHAI)
    assert changed == RolledUp("main", date(2026, 1, 1), date(2026, 1, 3))
    assert [row["measured"] for row in stored(store, INTERVAL_DAY).values()] == [960, 960]
    assert {row["mean"] for row in stored(store, GAUGE_DAY).values()} == {200}


def test_what_no_longer_holds_after_a_change_is_blanked(store: SqliteStore) -> None:
    meter = plain_meter()
    Follower(store, meter).take(*[reading(60 * n, energy_kwh=n) for n in range(5)])
    later = replace(meter, ledger=(MeterPeriod(datetime.fromtimestamp(T0 / 1000 + 7200, UTC)),))
    roll_up_anew(store, later, zone=SHANGHAI)
    assert list(stored(store, INTERVAL_HOUR).values()) == [hour(0, 0, 0)] * 2 + [hour(1, 0, 1)] * 2
    elsewhere = replace(meter, institution="school")
    roll_up_anew(store, elsewhere, zone=SHANGHAI)
    assert {key[0] for key, row in stored(store, INTERVAL_HOUR).items() if row["coverage"]} == {"school"}
    nowhere = replace(meter, address="bureau/other")
    assert roll_up_anew(store, nowhere, zone=SHANGHAI) is not None
    assert everything(store) == {m.name: {} for m in DERIVED}


def test_a_meter_that_never_reported_has_nothing_to_compute(store: SqliteStore) -> None:
    assert roll_up_anew(store, plain_meter(), zone=SHANGHAI) is None


def test_points_are_written_in_chunks(store: SqliteStore) -> None:
    recorder = Recorder(store)
    write_all(store, [reading(60 * n, energy_kwh=n % 10_000) for n in range(25_000)])
    roll_up_anew(recorder, plain_meter(ledger=swapped(1)), zone=SHANGHAI)
    assert max(recorder.batches) == 20_000
    assert sum(recorder.batches) > 25_000


RATED = st.sampled_from([None, 40.0])
READINGS_OF_A_WEEK = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 60).map(lambda n: 60 * n), st.integers(0, 15_000)),
        st.one_of(st.integers(0, 50), st.just(0), st.integers(0, 999_999)),
        st.booleans(),
    ),
    max_size=30,
)


def as_points(rows: list[tuple[int, int, bool]]) -> list[Point]:
    """Mostly growing registers, with outliers where the drawn step is large; a gauge beside some."""
    level, points = 1_000, {}
    for minute, step, with_gauge in sorted(rows):
        value = level + step if step <= 50 else step
        level = level + step if step <= 50 else level
        fields = {"temperature_c": step / 10 % 40} if with_gauge else {}
        points[minute] = Point(
            READINGS, ("bureau", "main"), T0 + minute * 60_000, {**fields, "energy_kwh": value}
        )
    return list(points.values())


@settings(max_examples=60, deadline=None)
@given(
    READINGS_OF_A_WEEK, st.randoms(use_true_random=False), st.integers(1, 7), st.sampled_from([None, 40.0])
)
def test_any_order_and_batching_of_arrivals_ends_in_the_same_intervals(
    rows: list[tuple[int, int, bool]], random: object, size: int, rated_kw: float | None
) -> None:
    points = as_points(rows)
    meter = plain_meter(rated_kw=rated_kw, ledger=swapped(70.5, closing=1_200, opening=1_000))
    arrivals = list(points)
    random.shuffle(arrivals)  # type: ignore[attr-defined]
    with a_store() as bit_by_bit, a_store() as at_once:
        follower = Follower(bit_by_bit, meter)
        for begin in range(0, len(arrivals), size):
            follower.take(*arrivals[begin : begin + size])
        write_all(at_once, points)
        roll_up_anew(at_once, meter, zone=SHANGHAI)
        assert everything(bit_by_bit) == everything(at_once)
