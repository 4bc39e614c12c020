"""One suite for every `TimeSeriesStore`: the embedded SQLite file and InfluxDB on a real influxd.

No InfluxDB 2.x or 3.x server can be had here; what is sent to those is tested in
`tests/services/timeseries/test_influx_dialects.py`.
"""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.timeseries.connect import open_store
from services.timeseries.influx import InfluxStore
from services.timeseries.influx_url import parse
from services.timeseries.schema import INTERVAL_HOUR, POSITIONS, READINGS
from services.timeseries.store import (
    Changes,
    Point,
    PointsRejected,
    Series,
    StoreUnavailable,
    TimeSeriesStore,
    Touched,
)
from tests.conftest import running_influxd

T0 = 1_780_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

numbers = count()


@dataclass
class Place:
    """Where a store keeps its points, and a way to open it once more as another process would."""

    open: Callable[[], TimeSeriesStore]


@pytest.fixture(params=["sqlite", pytest.param("influxd", marks=pytest.mark.influxd)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    opened: list[TimeSeriesStore] = []
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/folder/readings.db"

        def fresh() -> TimeSeriesStore:
            return open_store(url)

    else:
        port = request.getfixturevalue("influxd_port")
        server = parse(f"influxdb://127.0.0.1:{port}/contract_{next(numbers)}")

        def fresh() -> TimeSeriesStore:
            return InfluxStore(server, overlap_s=0.0)

    def opener() -> TimeSeriesStore:
        opened.append(fresh())
        return opened[-1]

    opener().prepare()
    yield Place(opener)
    for store in opened:
        store.close()


@pytest.fixture
def store(place: Place) -> TimeSeriesStore:
    return place.open()


def reading(minute: float, meter: str = "m1", institution: str = "gov", **fields: float) -> Point:
    return Point(READINGS, (institution, meter), T0 + int(minute * MINUTE), fields)


def only(found: Sequence[Series]) -> Series:
    assert len(found) == 1
    return found[0]


def minutes(series: Series) -> list[float]:
    return [(time - T0) / MINUTE for time in series.times_ms.tolist()]


def assert_column(series: Series, field: str, expected: Sequence[float]) -> None:
    column = series.fields[field]
    assert column.dtype == np.float64
    np.testing.assert_array_equal(column, np.array(expected, dtype=np.float64))


def test_what_is_written_is_read_in_time_order(store: TimeSeriesStore) -> None:
    store.write([reading(15, energy_kwh=101.5), reading(0, energy_kwh=100.25), reading(30, energy_kwh=103)])
    series = only(store.read(READINGS))
    assert series.tags == {"institution": "gov", "meter": "m1"}
    assert series.times_ms.dtype == np.int64
    assert series.times_ms.tolist() == [T0, T0 + 15 * MINUTE, T0 + 30 * MINUTE]
    assert_column(series, "energy_kwh", [100.25, 101.5, 103.0])
    assert set(series.fields) == set(READINGS.fields)


def test_an_absent_field_is_nan_never_zero(store: TimeSeriesStore) -> None:
    store.write([reading(0, energy_kwh=1.0), reading(1, power_kw=2.0), reading(2, energy_kwh=0.0)])
    series = only(store.read(READINGS, fields=["power_kw", "energy_kwh"]))
    assert list(series.fields) == ["power_kw", "energy_kwh"]
    assert_column(series, "energy_kwh", [1.0, math.nan, 0.0])
    assert_column(series, "power_kw", [math.nan, 2.0, math.nan])


def test_a_field_never_written_is_a_column_of_nan(store: TimeSeriesStore) -> None:
    store.write([reading(0, energy_kwh=1.0)])
    assert_column(only(store.read(READINGS, fields=["energy_kwh", "gas_m3"])), "gas_m3", [math.nan])


def test_only_series_and_rows_with_an_asked_field_are_read(store: TimeSeriesStore) -> None:
    store.write([reading(0, energy_kwh=1.0), reading(1, power_kw=2.0), reading(0, "water", water_m3=5.0)])
    series = only(store.read(READINGS, fields=["energy_kwh"]))
    assert series.tags["meter"] == "m1"
    assert minutes(series) == [0]


def test_nothing_stored_reads_as_nothing(store: TimeSeriesStore) -> None:
    store.write([])
    assert store.read(READINGS) == []
    assert store.latest(READINGS) == []
    assert store.tag_sets(READINGS) == set()
    assert set(store.count(READINGS).values()) == {0}
    assert store.changes(None).touched == ()


def test_writing_again_replaces_the_field_and_keeps_the_others(store: TimeSeriesStore) -> None:
    store.write([reading(0, energy_kwh=100.0, power_kw=3.0)])
    store.write([reading(0, energy_kwh=99.0)])
    series = only(store.read(READINGS, fields=["energy_kwh", "power_kw"]))
    assert_column(series, "energy_kwh", [99.0])
    assert_column(series, "power_kw", [3.0])


def test_the_same_batch_twice_is_stored_once(store: TimeSeriesStore) -> None:
    batch = [reading(m, energy_kwh=float(m), quality=1.0) for m in range(50)]
    store.write(batch)
    store.write(batch)
    assert store.count(READINGS)["energy_kwh"] == 50
    assert len(only(store.read(READINGS)).times_ms) == 50


def test_of_one_instant_the_last_point_of_a_batch_wins_field_by_field(store: TimeSeriesStore) -> None:
    store.write(
        [
            reading(0, energy_kwh=1.0, power_kw=10.0),
            reading(0, energy_kwh=2.0),
            reading(0, energy_kwh=3.0, voltage_v=230.0),
            reading(0, power_kw=11.0),
        ]
    )
    series = only(store.read(READINGS, fields=["energy_kwh", "power_kw", "voltage_v"]))
    assert {name: column.tolist() for name, column in series.fields.items()} == {
        "energy_kwh": [3.0],
        "power_kw": [11.0],
        "voltage_v": [230.0],
    }


def test_ranges_include_their_start_and_not_their_end(store: TimeSeriesStore) -> None:
    store.write([reading(m, energy_kwh=float(m)) for m in range(5)])
    inside = store.read(READINGS, start_ms=T0 + MINUTE, end_ms=T0 + 3 * MINUTE)
    assert minutes(only(inside)) == [1, 2]
    assert minutes(only(store.read(READINGS, start_ms=T0 + 4 * MINUTE))) == [4]
    assert minutes(only(store.read(READINGS, end_ms=T0 + MINUTE))) == [0]
    assert store.read(READINGS, start_ms=T0 + MINUTE, end_ms=T0 + MINUTE) == []


def test_bounds_beyond_any_time_are_no_bounds(store: TimeSeriesStore) -> None:
    store.write([reading(0, energy_kwh=1.0)])
    assert minutes(only(store.read(READINGS, start_ms=-(2**62), end_ms=2**62))) == [0]


def test_edges_add_the_neighbours_outside_the_range(store: TimeSeriesStore) -> None:
    store.write([reading(m, energy_kwh=float(m)) for m in range(10)])
    series = only(store.read(READINGS, start_ms=T0 + 3 * MINUTE, end_ms=T0 + 6 * MINUTE, edges=True))
    assert minutes(series) == [2, 3, 4, 5, 6]
    assert_column(series, "energy_kwh", [2, 3, 4, 5, 6])


def test_edges_show_a_gap_across_the_whole_range(store: TimeSeriesStore) -> None:
    store.write([reading(0, energy_kwh=1.0), reading(600, energy_kwh=7.0)])
    found = store.read(READINGS, start_ms=T0 + HOUR, end_ms=T0 + 2 * HOUR, edges=True)
    assert minutes(only(found)) == [0, 600]


def test_edges_are_points_with_an_asked_field_and_of_each_series(store: TimeSeriesStore) -> None:
    store.write(
        [
            reading(0, energy_kwh=1.0),
            reading(1, power_kw=9.0),
            reading(2, energy_kwh=2.0),
            reading(3, power_kw=9.0),
            reading(4, energy_kwh=3.0),
            reading(1, "m2", energy_kwh=5.0),
        ]
    )
    first, second = store.read(
        READINGS, start_ms=T0 + 2 * MINUTE, end_ms=T0 + 3 * MINUTE, fields=["energy_kwh"], edges=True
    )
    assert minutes(first) == [0, 2, 4]
    assert minutes(second) == [1]


def test_an_open_range_has_no_edge_there(store: TimeSeriesStore) -> None:
    store.write([reading(m, energy_kwh=float(m)) for m in range(4)])
    assert minutes(only(store.read(READINGS, start_ms=T0 + 2 * MINUTE, edges=True))) == [1, 2, 3]
    assert minutes(only(store.read(READINGS, end_ms=T0 + MINUTE, edges=True))) == [0, 1]
    assert minutes(only(store.read(READINGS, edges=True))) == [0, 1, 2, 3]


def test_where_chooses_series_and_their_order_is_that_of_tags(store: TimeSeriesStore) -> None:
    for institution, meter in (("b", "2"), ("a", "2"), ("b", "1"), ("a", "10")):
        store.write([reading(0, meter, institution, energy_kwh=1.0)])
    assert [tuple(s.tags.values()) for s in store.read(READINGS)] == [
        ("a", "10"),
        ("a", "2"),
        ("b", "1"),
        ("b", "2"),
    ]
    assert [s.tags["institution"] for s in store.read(READINGS, {"meter": "2"})] == ["a", "b"]
    both = store.read(READINGS, {"institution": "b", "meter": "1"})
    assert only(both).tags == {"institution": "b", "meter": "1"}
    assert store.read(READINGS, {"institution": "c"}) == []
    assert [p.tags for p in store.latest(READINGS, {"institution": "a"})] == [("a", "10"), ("a", "2")]


def test_where_takes_any_of_some_values(store: TimeSeriesStore) -> None:
    for institution, meter in (("b", "2"), ("a", "2"), ("b", "1"), ("a", "10")):
        store.write([reading(0, meter, institution, energy_kwh=1.0)])

    def found(**where: str | frozenset[str]) -> list[tuple[str, ...]]:
        return [tuple(one.tags.values()) for one in store.read(READINGS, where)]

    assert found(meter=frozenset({"10", "1", "nobody's"})) == [("a", "10"), ("b", "1")]
    assert found(meter=frozenset({"2", "1"}), institution="b") == [("b", "1"), ("b", "2")]
    assert found(meter=frozenset({"2"}), institution=frozenset({"a", "c"})) == [("a", "2")]
    assert found(meter=frozenset()) == []
    assert [one.tags for one in store.latest(READINGS, {"meter": frozenset({"1", "10"})})] == [
        ("a", "10"),
        ("b", "1"),
    ]


def test_an_unknown_tag_is_a_mistake_of_the_caller(store: TimeSeriesStore) -> None:
    with pytest.raises(ValueError, match="vehicle"):
        store.read(READINGS, {"vehicle": "v1"})


def test_measurements_do_not_mix(store: TimeSeriesStore) -> None:
    position = Point(POSITIONS, ("gov", "m1"), T0, {"lat": 30.1, "lon": 120.2})
    interval = Point(INTERVAL_HOUR, ("gov", "m1", "energy_kwh"), T0, {"measured": 2.5, "coverage": 1.0})
    store.write([reading(0, energy_kwh=1.0), position, interval])
    assert only(store.read(POSITIONS)).tags == {"institution": "gov", "vehicle": "m1"}
    assert store.tag_sets(INTERVAL_HOUR) == {("gov", "m1", "energy_kwh")}
    assert_column(only(store.read(POSITIONS)), "lat", [30.1])
    assert_column(only(store.read(INTERVAL_HOUR, {"channel": "energy_kwh"})), "measured", [2.5])
    assert store.count(INTERVAL_HOUR) == {"measured": 1, "estimated": 0, "coverage": 1, "quality": 0}


def test_latest_is_the_newest_time_with_the_newest_value_of_each_field(store: TimeSeriesStore) -> None:
    store.write([reading(1, energy_kwh=1.0, power_kw=5.0), reading(3, energy_kwh=3.0)])
    store.write([reading(2, voltage_v=230.0), reading(9, "m2", power_kw=1.0)])
    first, second = store.latest(READINGS)
    assert first.measurement is READINGS
    assert (first.tags, first.time_ms) == (("gov", "m1"), T0 + 3 * MINUTE)
    assert dict(first.fields) == {"energy_kwh": 3.0, "power_kw": 5.0, "voltage_v": 230.0}
    assert (second.time_ms, dict(second.fields)) == (T0 + 9 * MINUTE, {"power_kw": 1.0})


def test_count_says_how_many_values_each_field_has(store: TimeSeriesStore) -> None:
    store.write([reading(m, energy_kwh=1.0) for m in range(7)])
    store.write([reading(m, "m2", power_kw=1.0, energy_kwh=1.0) for m in range(3)])
    counts = store.count(READINGS)
    assert set(counts) == set(READINGS.fields)
    assert (counts["energy_kwh"], counts["power_kw"], counts["gas_m3"]) == (10, 3, 0)


@pytest.mark.parametrize("value", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 1 / 3, 12345.678, 1e22])
def test_numbers_keep_all_their_bits(store: TimeSeriesStore, value: float) -> None:
    store.write([reading(0, energy_kwh=value)])
    (stored,) = only(store.read(READINGS)).fields["energy_kwh"].tolist()
    assert stored == value


def test_integers_truths_and_numpy_numbers_are_stored_as_floats(store: TimeSeriesStore) -> None:
    numpy_integer: Any = np.int64(3)
    store.write([reading(0, energy_kwh=7, lamp_on=True, power_kw=np.float64(2.5), gas_m3=numpy_integer)])
    store.write([reading(1, energy_kwh=7.5)])
    series = only(store.read(READINGS))
    assert_column(series, "energy_kwh", [7.0, 7.5])
    assert [series.fields[f][0] for f in ("lamp_on", "power_kw", "gas_m3")] == [1.0, 2.5, 3.0]


def test_times_long_before_and_after_today(store: TimeSeriesStore) -> None:
    times = [-9_000_000_000_000, -1, 0, 1, 9_000_000_000_000]
    store.write([Point(READINGS, ("gov", "m1"), time, {"energy_kwh": 1.0}) for time in times])
    assert only(store.read(READINGS)).times_ms.tolist() == times
    assert only(store.read(READINGS, start_ms=-1, end_ms=1)).times_ms.tolist() == [-1, 0]


ODD = [
    "一号楼 照明",
    "a b",
    "a,b",
    "a=b",
    'say "hi"',
    "it's",
    "back\\slash",
    "a\\,b",
    "a\\ b",
    "tab\there",
    "#hash",
    " ",
    "é",
    "🔌",
    "x' OR 'a'='a",
    '"; DROP DATABASE x',
    "$1",
    "%s",
]


def test_odd_tag_values_come_back_and_can_be_asked_for(store: TimeSeriesStore) -> None:
    store.write([reading(0, meter, energy_kwh=float(n)) for n, meter in enumerate(ODD)])
    assert {s.tags["meter"] for s in store.read(READINGS)} == set(ODD)
    for number, meter in enumerate(ODD):
        assert_column(only(store.read(READINGS, {"meter": meter})), "energy_kwh", [float(number)])
    assert {s.tags["meter"] for s in store.read(READINGS, {"meter": frozenset(ODD[1:])})} == set(ODD[1:])
    assert {t.tags[1] for t in store.changes(None).touched} == set(ODD)
    assert store.tag_sets(READINGS) == {("gov", meter) for meter in ODD}


def test_an_empty_tag_value_comes_back_empty(store: TimeSeriesStore) -> None:
    store.write([reading(0, "m1", "", energy_kwh=1.0), reading(0, energy_kwh=2.0)])
    first, _second = store.read(READINGS)
    assert first.tags == {"institution": "", "meter": "m1"}
    assert only(store.read(READINGS, {"institution": ""})).tags["institution"] == ""
    assert store.latest(READINGS)[0].tags == ("", "m1")
    assert store.tag_sets(READINGS) == {("", "m1"), ("gov", "m1")}
    assert ("", "m1") in {touched.tags for touched in store.changes(None).touched}


def test_points_that_can_never_be_stored_are_named_and_the_others_stored(store: TimeSeriesStore) -> None:
    wrong = {
        1: (reading(1, energy_kwh=math.nan), "energy_kwh"),
        3: (reading(3, energy_kwh=1.0, power_kw=math.inf), "power_kw"),
        4: (reading(4), "no field"),
        5: (reading(5, furlongs=1.0), "furlongs"),
        7: (reading(7, "line\nfeed", energy_kwh=1.0), "line feed"),
        8: (reading(8, "end\\", energy_kwh=1.0), "backslash"),
        9: (Point(READINGS, ("gov",), T0, {"energy_kwh": 1.0}), "tags"),
        10: (Point(READINGS, ("gov", "m1"), 2**60, {"energy_kwh": 1.0}), "years"),
        11: (reading(11, "\udcff", energy_kwh=1.0), "Unicode"),
        12: (reading(12, energy_kwh=10**400), "64-bit"),
    }
    batch = [wrong[n][0] if n in wrong else reading(n, energy_kwh=float(n)) for n in range(14)]
    with pytest.raises(PointsRejected) as caught:
        store.write(batch)
    reasons = dict(caught.value.rejected)
    assert sorted(reasons) == sorted(wrong)
    for number, reason in reasons.items():
        assert wrong[number][1] in reason
    assert minutes(only(store.read(READINGS))) == [0, 2, 6, 13]
    (touched,) = store.changes(None).touched
    assert (touched.first_ms, touched.last_ms) == (T0, T0 + 13 * MINUTE)


def spanning(changes: Changes) -> set[Touched]:
    assert isinstance(changes.cursor, str)
    return set(changes.touched)


def told(measurement: str, meter: str, first_minute: int, last_minute: int) -> Touched:
    return Touched(measurement, ("gov", meter), T0 + first_minute * MINUTE, T0 + last_minute * MINUTE)


def test_a_batch_of_many_devices_is_told_of_each(store: TimeSeriesStore) -> None:
    cursor = store.changes(None).cursor
    names = [f'meter-"{number:05d}"-with-a-long-name' for number in range(3000)]
    store.write([Point(READINGS, ("city-hall", name), T0, {"energy_kwh": 1.0}) for name in names])
    told_of = [touched.tags[1] for touched in store.changes(cursor).touched]
    assert sorted(told_of) == names


def test_changes_since_ever_are_the_ranges_of_raw_series(store: TimeSeriesStore) -> None:
    store.write([reading(m, energy_kwh=1.0) for m in (5, 0, 9)])
    store.write([Point(POSITIONS, ("gov", "v1"), T0, {"lat": 30.0, "lon": 120.0})])
    store.write([Point(INTERVAL_HOUR, ("gov", "m1", "energy_kwh"), T0, {"measured": 1.0})])
    assert spanning(store.changes(None)) == {told("readings", "m1", 0, 9), told("positions", "v1", 0, 0)}


def test_a_cursor_asks_for_what_came_after_it(store: TimeSeriesStore) -> None:
    store.write([reading(0, energy_kwh=1.0)])
    cursor = store.changes(None).cursor
    assert spanning(store.changes(cursor)) <= {told("readings", "m1", 0, 0)}
    store.write([reading(3, "m2", energy_kwh=1.0), reading(7, "m2", energy_kwh=1.0)])
    assert told("readings", "m2", 3, 7) in store.changes(cursor).touched
    assert told("readings", "m2", 3, 7) in store.changes(cursor).touched, "asking does not consume"


def test_a_corrected_reading_is_a_change(store: TimeSeriesStore) -> None:
    store.write([reading(m, energy_kwh=1.0) for m in range(10)])
    cursor = store.changes(None).cursor
    store.write([reading(4, energy_kwh=2.0)])
    assert told("readings", "m1", 4, 4) in store.changes(cursor).touched


def test_a_late_reading_and_a_live_one_are_not_told_as_one_range(store: TimeSeriesStore) -> None:
    store.write([reading(0, "m0", energy_kwh=1.0)])
    cursor = store.changes(None).cursor
    store.write([reading(0, energy_kwh=1.0), reading(90 * 24 * 60, energy_kwh=2.0)])
    late = [t for t in store.changes(cursor).touched if t.tags == ("gov", "m1")]
    assert late == [told("readings", "m1", 0, 0), told("readings", "m1", 129_600, 129_600)]


@pytest.mark.parametrize("cursor", ["", "nonsense", "sqlite-0011223344556677-5", "influx-12"])
def test_a_foreign_or_expired_cursor_is_answered_with_everything(store: TimeSeriesStore, cursor: str) -> None:
    store.write([reading(0, energy_kwh=1.0), reading(5, energy_kwh=1.0)])
    assert spanning(store.changes(cursor)) == {told("readings", "m1", 0, 5)}


def test_following_two_writers_loses_nothing(place: Place) -> None:
    writers, reader = [place.open(), place.open()], place.open()
    cursor, seen = reader.changes(None).cursor, set()
    for turn in range(30):
        for number, writer in enumerate(writers):
            meter = f"w{number}-{turn % 3}"
            writer.write([reading(turn, meter, energy_kwh=1.0), reading(turn, "both", energy_kwh=1.0)])
            if turn % 4 == number:
                changes = reader.changes(cursor)
                cursor = changes.cursor
                seen |= spanning(changes)
    seen |= spanning(reader.changes(cursor))
    covered = {
        (t.tags[1], minute)
        for t in seen
        for minute in range(30)
        if t.first_ms <= T0 + minute * MINUTE <= t.last_ms
    }
    assert {("both", minute) for minute in range(30)} <= covered
    assert {(f"w{n}-{turn % 3}", turn) for n in range(2) for turn in range(30)} <= covered


def test_following_while_another_thread_writes_loses_nothing(place: Place) -> None:
    writer, reader = place.open(), place.open()
    done = threading.Event()

    def work() -> None:
        for number in range(60):
            writer.write([reading(number * 2 * 24 * 60, energy_kwh=1.0)])
        done.set()

    thread = threading.Thread(target=work)
    cursor, seen = reader.changes(None).cursor, set()
    thread.start()
    while not done.wait(0.001):
        changes = reader.changes(cursor)
        cursor = changes.cursor
        seen |= {touched.first_ms for touched in changes.touched}
    thread.join()
    seen |= {touched.first_ms for touched in reader.changes(cursor).touched}
    assert seen == {T0 + number * 2 * DAY for number in range(60)}


def test_threads_write_and_read_at_once(store: TimeSeriesStore) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for batch in range(10):
                store.write([reading(batch * 20 + m, f"t{number}", energy_kwh=1.0) for m in range(20)])
                mine = only(store.read(READINGS, {"meter": f"t{number}"}))
                assert len(mine.times_ms) == (batch + 1) * 20
        except BaseException as error:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.count(READINGS)["energy_kwh"] == 6 * 200


def test_prepare_can_be_repeated_and_keeps_what_is_stored(place: Place) -> None:
    place.open().write([reading(0, energy_kwh=1.0)])
    again = place.open()
    again.prepare()
    assert minutes(only(again.read(READINGS))) == [0]


def test_a_long_series_comes_back_whole(store: TimeSeriesStore) -> None:
    size = 13_104
    store.write([reading(m * 30, energy_kwh=m / 7) for m in range(size)])
    series = only(store.read(READINGS, fields=["energy_kwh"]))
    assert_column(series, "energy_kwh", (np.arange(size) / 7).tolist())
    assert (np.diff(series.times_ms) == 30 * MINUTE).all()


batches = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["m1", "m2"]),
            st.integers(0, 4),
            st.dictionaries(
                st.sampled_from(["energy_kwh", "power_kw", "quality"]),
                st.floats(allow_nan=False, allow_infinity=False),
                min_size=1,
            ),
        ),
        max_size=8,
    ),
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=batches)
def test_any_sequence_of_writes_reads_as_a_dictionary_would(
    store: TimeSeriesStore, batches: list[list[tuple[str, int, dict[str, float]]]]
) -> None:
    institution = f"example{next(numbers)}"
    model: dict[str, dict[int, dict[str, float]]] = {}
    for batch in batches:
        store.write([reading(minute, meter, institution, **fields) for meter, minute, fields in batch])
        for meter, minute, fields in batch:
            model.setdefault(meter, {}).setdefault(minute, {}).update(fields)
    found: dict[str, Any] = {s.tags["meter"]: s for s in store.read(READINGS, {"institution": institution})}
    assert set(found) == set(model)
    for meter, by_minute in model.items():
        assert minutes(found[meter]) == sorted(by_minute)
        for field in ("energy_kwh", "power_kw", "quality"):
            expected = [by_minute[minute].get(field, math.nan) for minute in sorted(by_minute)]
            assert_column(found[meter], field, expected)


def test_a_sqlite_store_without_its_folder_is_unavailable(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    store = open_store(f"sqlite:///{blocked}/readings.db")
    for act in (
        store.prepare,
        lambda: store.write([reading(0, energy_kwh=1.0)]),
        lambda: store.read(READINGS),
    ):
        with pytest.raises(StoreUnavailable, match="file"):
            act()


@pytest.mark.influxd
def test_an_influx_store_is_unavailable_while_its_server_is_stopped(tmp_path: Path) -> None:
    with running_influxd(tmp_path / "influxd") as port:
        store = open_store(f"influxdb://someone:hunter2@127.0.0.1:{port}/down")
        store.prepare()
        store.write([reading(0, energy_kwh=1.0)])
        cursor = store.changes(None).cursor
    acts: list[Callable[[], object]] = [
        lambda: store.write([reading(1, energy_kwh=2.0)]),
        lambda: store.read(READINGS),
        lambda: store.latest(READINGS),
        lambda: store.count(READINGS),
        lambda: store.changes(cursor),
        store.prepare,
    ]
    for act in acts:
        with pytest.raises(StoreUnavailable, match="does not answer") as caught:
            act()
        assert f"127.0.0.1:{port}" in str(caught.value)
        assert "hunter2" not in str(caught.value)
    with running_influxd(tmp_path / "influxd", port):
        store.write([reading(1, energy_kwh=2.0)])
        assert minutes(only(store.read(READINGS))) == [0, 1]
        assert store.changes(cursor).touched
    store.close()
