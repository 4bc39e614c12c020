"""The exact requests that InfluxDB 1.x, 2.x and 3.x document, and answers as they document them.

Only 1.x has been spoken to in earnest (`tests/contract/test_store.py`, on a real influxd): no 2.x or 3.x
server can be had here. These tests hold the requests to their documentation; they cannot show that a server
agrees.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import msgspec
import pytest

from services.timeseries.influx import InfluxStore
from services.timeseries.influx_url import parse
from services.timeseries.schema import MEASUREMENTS, POSITIONS, READINGS
from services.timeseries.store import Changes, Point, StoreUnavailable, Touched

T0 = 1_780_000_000_000
V1 = "influxdb://writer:hunter2@influx.example:8086/energy"
V2 = "influxdb2://to-ken_2%3D%3D@influx.example:8086/energy?org=City%20Hall"
V3 = "influxdb3://apiv3_token@influx.example:8181/energy"


@dataclass
class Recorder:
    """A stand-in server that keeps what it is asked and gives prepared answers."""

    answers: Callable[[httpx2.Request], httpx2.Response] = lambda _: httpx2.Response(204)
    requests: list[httpx2.Request] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.answers(request)

    def store(self, url: str, **options: Any) -> InfluxStore:
        return InfluxStore(parse(url), transport=httpx2.MockTransport(self), **options)


@pytest.mark.parametrize(
    ("url", "path", "parameters", "notice_parameters", "authorization"),
    [
        (
            V1,
            "/write",
            {"db": "energy", "precision": "ms"},
            {"db": "energy_changes"},
            "Basic d3JpdGVyOmh1bnRlcjI=",
        ),
        (
            V2,
            "/api/v2/write",
            {"bucket": "energy", "org": "City Hall", "precision": "ms"},
            {"bucket": "energy_changes", "org": "City Hall"},
            "Token to-ken_2==",
        ),
        (
            V3,
            "/api/v3/write_lp",
            {"db": "energy", "precision": "millisecond"},
            {"db": "energy_changes"},
            "Bearer apiv3_token",
        ),
    ],
)
def test_a_write_and_its_notice(
    url: str, path: str, parameters: Any, notice_parameters: Any, authorization: str
) -> None:
    server = Recorder()
    store = server.store(url)
    store.write(
        [
            Point(READINGS, ("gov", "m1"), T0, {"energy_kwh": 12345.678, "power_kw": 3.0}),
            Point(READINGS, ("gov", "m1"), T0 + 900_000, {"energy_kwh": 12346.0}),
        ]
    )
    readings, notice = server.requests
    for request in server.requests:
        assert (request.method, request.url.path) == ("POST", path)
        assert request.headers["Authorization"] == authorization
        assert request.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert dict(readings.url.params) == parameters
    assert readings.content.decode().split("\n") == [
        f"readings,institution=gov,meter=m1 energy_kwh=12345.678,power_kw=3.0 {T0}",
        f"readings,institution=gov,meter=m1 energy_kwh=12346.0 {T0 + 900_000}",
    ]
    assert dict(notice.url.params) == notice_parameters
    key, fields = notice.content.decode().split(" ")
    assert key.startswith("changed,writer=")
    assert key.endswith(",part=0")
    spans = f'[["readings",["gov","m1"],{T0},{T0 + 900_000}]]'.replace('"', '\\"')
    assert fields == f'spans="{spans}"', "and no time: the server's own"


def test_only_raw_points_are_followed_by_a_notice() -> None:
    server = Recorder()
    interval = Point(MEASUREMENTS["interval_day"], ("gov", "m1", "energy_kwh"), T0, {"measured": 1.0})
    server.store(V3).write([interval])
    assert len(server.requests) == 1


def test_two_processes_never_overwrite_each_others_notices() -> None:
    server = Recorder()
    for _ in range(2):
        server.store(V1).write([Point(READINGS, ("gov", "m1"), T0, {"energy_kwh": 1.0})])
    first, second = (request.content for request in server.requests[1::2])
    assert first != second


def test_scattered_points_are_told_stretch_by_stretch_in_notices_that_a_field_can_hold() -> None:
    server = Recorder()
    month = 30 * 86_400_000
    points = [Point(READINGS, ("gov", f"m{n}"), T0 + m * month, {"energy_kwh": 1.0})
              for n in range(500) for m in range(5)]  # fmt: skip
    server.store(V1).write(points)
    lines = server.requests[1].content.decode().split("\n")
    assert len(lines) > 1
    assert len({line.split(" ")[0] for line in lines}) == len(lines)
    spans = []
    for line in lines:
        text = line.split(' spans="', 1)[1][:-1].replace('\\"', '"')
        assert len(text) <= 65_536
        spans += msgspec.json.decode(text)
    told = {(tags[1], first, last) for _, tags, first, last in spans}
    assert told == {(point.tags[1], point.time_ms, point.time_ms) for point in points}


def frames(*series: dict[str, Any]) -> httpx2.Response:
    return httpx2.Response(200, json={"results": [{"statement_id": 0, "series": list(series)}]})


@pytest.mark.parametrize("url", [V1, V2, V3])
def test_a_read_is_influxql_on_query(url: str) -> None:
    row = {
        "name": "readings",
        "tags": {"institution": "gov", "meter": "m1"},
        "columns": ["time", "energy_kwh", "quality"],
        "values": [[T0, 1.5, None], [T0 + 1, 2, 4]],
    }
    server = Recorder(lambda _: frames(row))
    (series,) = server.store(url).read(
        READINGS, {"meter": "m1"}, start_ms=T0, fields=["energy_kwh", "quality"]
    )
    (request,) = server.requests
    assert (request.method, request.url.path) == ("GET", "/query")
    assert dict(request.url.params) == {
        "db": "energy",
        "epoch": "ms",
        "q": 'SELECT "energy_kwh", "quality" FROM "readings" '
        f'WHERE "meter" = \'m1\' AND time >= {T0}ms GROUP BY "institution", "meter"',
    }
    assert request.headers["Authorization"].split()[0] in {"Basic", "Token", "Bearer"}
    assert series.times_ms.tolist() == [T0, T0 + 1]
    assert series.fields["energy_kwh"].tolist() == [1.5, 2.0]
    assert str(series.fields["quality"].tolist()) == "[nan, 4.0]"


def test_columns_are_found_by_name_and_an_absent_one_is_nan() -> None:
    row = {
        "name": "readings",
        "tags": {"institution": None, "meter": "m1"},
        "columns": ["time", "energy_kwh"],
        "values": [[T0, 1.5]],
    }
    (series,) = Recorder(lambda _: frames(row)).store(V3).read(READINGS, fields=["power_kw", "energy_kwh"])
    assert series.tags == {"institution": "", "meter": "m1"}
    assert series.fields["energy_kwh"].tolist() == [1.5]
    assert str(series.fields["power_kw"].tolist()) == "[nan]"


def test_edges_are_asked_for_where_the_range_has_bounds() -> None:
    server = Recorder(lambda _: frames())
    store = server.store(V2)
    store.read(READINGS, start_ms=1, end_ms=9, fields=["energy_kwh"], edges=True)
    statements = [request.url.params["q"] for request in server.requests]
    scope = 'GROUP BY "institution", "meter"'
    select = 'SELECT "energy_kwh" FROM "readings" WHERE'
    assert statements == [
        f"{select} time < 1ms {scope} ORDER BY time DESC LIMIT 1",
        f"{select} time >= 1ms AND time < 9ms {scope}",
        f"{select} time >= 9ms {scope} ORDER BY time ASC LIMIT 1",
    ]
    server.requests.clear()
    store.read(READINGS, edges=True)
    assert len(server.requests) == 1


def noticed(*notices: tuple[int, int, int]) -> httpx2.Response:
    """An answer with (time [ns], first, last) of a vehicle's positions, a notice each."""
    values = [[time_ns, f'[["positions",["gov","v1"],{first},{last}]]'] for time_ns, first, last in notices]
    tags = {"writer": "w1", "part": "0"}
    return frames({"name": "changed", "tags": tags, "columns": ["time", "spans"], "values": values})


def test_changes_since_a_cursor_look_back_by_the_overlap() -> None:
    now = time.time_ns()
    far_back = (now - 60_000_000_000, T0 - 9, T0 - 9)
    answer = noticed(far_back, (now, T0, T0 + 5), (now + 1_000_000_007, T0 + 2, T0 + 60_000))
    server = Recorder(lambda _: answer)
    changes = server.store(V2).changes(f"influx-{now}")
    (request,) = server.requests
    assert dict(request.url.params) == {
        "db": "energy_changes",
        "epoch": "ns",
        "q": f'SELECT "spans" FROM "changed" WHERE time >= {now - 60_000_000_000} '
        'AND time <= now() + 60000000000ns GROUP BY "writer", "part"',
    }
    assert changes.touched == (Touched("positions", ("gov", "v1"), T0, T0 + 60_000),)
    assert changes.cursor.startswith(f"influx-{now + 1_000_000_007}-"), "to the nanosecond"


def test_what_was_told_is_not_told_again_within_the_overlap() -> None:
    now = time.time_ns()
    first, second = (now + 1, T0, T0 + 5), (now + 2, T0 + 6, T0 + 9)
    late = (now, T0 + 20, T0 + 21)
    visible = [first]

    def told(changes: Changes) -> list[tuple[int, int]]:
        return [(one.first_ms - T0, one.last_ms - T0) for one in changes.touched]

    server = Recorder(lambda _: noticed(*visible))
    store = server.store(V2)
    one = store.changes(f"influx-{now + 1}")
    assert told(one) == [(0, 5)]
    visible += [second, late]
    two = store.changes(one.cursor)
    assert told(two) == [(6, 21)], "a notice that became visible late is told, an old one not again"
    assert told(store.changes(two.cursor)) == []
    assert told(store.changes(one.cursor)) == [(6, 21)], "a consumer that failed may ask again"
    assert told(server.store(V2).changes(two.cursor)) == [(0, 21)], "another process remembers nothing"


def test_without_changes_the_cursor_stands_at_its_notice() -> None:
    now = time.time_ns()
    store = Recorder(lambda _: noticed((now, T0, T0 + 5))).store(V3, overlap_s=0.0)
    changes = store.changes(f"influx-{now}")
    assert changes.touched == ()
    assert changes.cursor.startswith(f"influx-{now}-")


@pytest.mark.parametrize("url", [V1, V2, V3])
@pytest.mark.parametrize("may_write", [True, False])
def test_where_no_notice_is_left_an_empty_one_gives_the_cursor(url: str, may_write: bool) -> None:
    now, marked = time.time_ns(), False

    def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal marked
        if request.method == "POST":
            assert request.content.endswith(b' spans="[]"'), "at the server's own time"
            marked = may_write
            return httpx2.Response(204 if may_write else 403)
        statement = request.url.params["q"]
        if '"changed"' in statement:
            last = {"name": "changed", "columns": ["time", "last"], "values": [[now, "[]"]]}
            return frames(last) if marked and "last(" in statement else frames()
        time_ms = T0 if "ASC" in statement else T0 + 77
        tags = {"institution": "gov", "meter": "m1"}
        row = {"name": "readings", "tags": tags, "columns": ["time"], "values": [[time_ms]]}
        return frames(row) if '"readings"' in statement else frames()

    server = Recorder(answer)
    changes = server.store(url).changes(f"influx-{now - 31 * 86_400_000_000_000}")
    assert changes.touched == (Touched("readings", ("gov", "m1"), T0, T0 + 77),)
    assert changes.cursor == (f"influx-{now}" if may_write else "influx-0"), "0: everything again next time"
    order = [request.method if request.method == "POST" else request.url.params["db"]
             for request in server.requests]  # fmt: skip
    cursor_first = ["energy_changes", "energy_changes", "POST", "energy_changes"]
    assert order == [*cursor_first, *["energy"] * 4], "so that what comes meanwhile is told after it"


@pytest.mark.parametrize(
    ("url", "asked"),
    [(V1, 'SHOW SERIES FROM "positions"'), (V2, 'SHOW SERIES FROM "positions"'), (V3, "SELECT")],
)
def test_series_are_shown_from_the_index_where_there_is_one(url: str, asked: str) -> None:
    shown = {"columns": ["key"], "values": [["positions,institution=gov,vehicle=v\\ 1"]]}
    tags = {"institution": "gov", "vehicle": "v 1"}
    newest = {"name": "positions", "tags": tags, "columns": ["time", "lat"], "values": [[T0, 30.0]]}
    server = Recorder(lambda _: frames(newest if asked == "SELECT" else shown))
    assert server.store(url).tag_sets(POSITIONS) == {("gov", "v 1")}
    (request,) = server.requests
    assert request.url.params["q"].startswith(asked)


def test_prepare_on_1x_creates_both_databases() -> None:
    server = Recorder(lambda _: httpx2.Response(200, json={"results": [{"statement_id": 0}]}))
    server.store(V1).prepare()
    assert [(r.method, r.url.path, r.url.params["q"]) for r in server.requests] == [
        ("POST", "/query", 'CREATE DATABASE "energy"'),
        ("POST", "/query", 'CREATE DATABASE "energy_changes" WITH DURATION 30d'),
    ]


@pytest.mark.parametrize("status", [200, 201, 409])
def test_prepare_on_3x_creates_both_databases_or_finds_them(status: int) -> None:
    server = Recorder(lambda _: httpx2.Response(status, json={}))
    server.store(V3).prepare()
    for request in server.requests:
        assert (request.method, request.url.path) == ("POST", "/api/v3/configure/database")
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["Authorization"] == "Bearer apiv3_token"
    assert [json.loads(request.content) for request in server.requests] == [
        {"db": "energy"},
        {"db": "energy_changes", "retention_period": "30d"},
    ]


@pytest.mark.parametrize("url", [V1, V3])
def test_who_may_not_create_databases_goes_on_with_a_warning(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        Recorder(lambda _: httpx2.Response(403, json={"error": "requires admin"})).store(url).prepare()
    assert [record.args for record in caplog.records] == [
        (parse(url).url, "energy"),
        (parse(url).url, "energy_changes"),
    ]
    assert "hunter2" not in caplog.text + "".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("url", [V1, V3])
@pytest.mark.parametrize("status", [400, 401, 500])
def test_prepare_fails_where_it_cannot_know(url: str, status: int) -> None:
    with pytest.raises(StoreUnavailable, match=f"answers {status}: because"):
        Recorder(lambda _: httpx2.Response(status, json={"error": "because"})).store(url).prepare()


def test_every_raw_measurement_has_the_two_tags_a_notice_can_carry() -> None:
    raw = [measurement for measurement in MEASUREMENTS.values() if measurement.raw]
    assert raw == [READINGS, POSITIONS]
    assert all(len(measurement.tags) == 2 for measurement in raw)
