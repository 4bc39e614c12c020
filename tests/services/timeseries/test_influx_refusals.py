"""What becomes of a batch that an InfluxDB server refuses in whole or in part.

Stand-in servers answer what the documentation says of each version; the last tests ask a real influxd.
"""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx2
import pytest

from services.timeseries.influx import InfluxStore
from services.timeseries.influx_http import pause_asked
from services.timeseries.influx_url import parse
from services.timeseries.schema import READINGS
from services.timeseries.store import Point, PointsRejected, StoreUnavailable

URL = "influxdb://writer:hunter2@influx.example:8086/energy"
T0 = 1_780_000_000_000
numbers = count()


class Server:
    """A stand-in that keeps the lines it accepts; `judge` says which it refuses, and how."""

    def __init__(self, judge: Callable[[list[str]], httpx2.Response | None]) -> None:
        self.judge = judge
        self.lines: list[str] = []
        self.notices: list[str] = []
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        body = request.content
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = body.decode().split("\n")
        if request.url.params["db"] == "energy_changes":
            self.notices += lines
            return httpx2.Response(204)
        refusal = self.judge(lines)
        if refusal is None:
            self.lines += lines
            return httpx2.Response(204)
        return refusal


def store_on(server: Server, **options: Any) -> InfluxStore:
    return InfluxStore(parse(URL), transport=httpx2.MockTransport(server), **options)


def points(size: int) -> list[Point]:
    return [Point(READINGS, ("gov", f"m{n}"), T0 + n, {"energy_kwh": float(n)}) for n in range(size)]


def refuse(bad: set[int], status: int, body: Any) -> Callable[[list[str]], httpx2.Response | None]:
    def judge(lines: list[str]) -> httpx2.Response | None:
        if any(f"meter=m{n} " in line for line in lines for n in bad):
            return httpx2.Response(status, json=body)
        return None

    return judge


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, {"error": "unable to parse: invalid number"}, "unable to parse: invalid number"),
        (400, {"code": "invalid", "message": "unable to parse: bad"}, "unable to parse: bad"),
        (
            422,
            {"code": "unprocessable entity", "message": "failure writing points: beyond retention policy"},
            "beyond retention policy",
        ),
        (
            400,
            {
                "error": "partial write of line protocol occurred",
                "data": [{"original_line": "x", "line_number": 1, "error_message": "invalid column type"}],
            },
            "partial write of line protocol occurred: invalid column type",
        ),
    ],
)
@pytest.mark.parametrize("bad", [{0}, {37}, {99}, {0, 1, 50, 98}])
def test_lines_refused_for_ever_are_found_and_all_others_stored(
    bad: set[int], status: int, body: Any, reason: str
) -> None:
    server = Server(refuse(bad, status, body))
    with pytest.raises(PointsRejected) as caught:
        store_on(server).write(points(100))
    assert [index for index, _ in caught.value.rejected] == sorted(bad)
    assert all(reason in said for _, said in caught.value.rejected)
    assert len(set(server.lines)) == 100 - len(bad)
    assert len(server.requests) <= 2 + len(bad) * 2 * 8
    told = {f"m{n}" for n in range(100) if any(f'm{n}\\"]' in notice for notice in server.notices)}
    assert told == {f"m{n}" for n in range(100)} - {f"m{n}" for n in bad}


def test_refused_and_unstorable_points_are_told_together_in_the_batchs_own_numbers() -> None:
    batch = points(6)
    batch[1] = Point(READINGS, ("gov", "m1"), T0, {"energy_kwh": float("nan")})
    with pytest.raises(PointsRejected) as caught:
        store_on(Server(refuse({4}, 400, {"error": "no"}))).write(batch)
    assert [index for index, _ in caught.value.rejected] == [1, 4]


def test_a_batch_refused_whole_tells_no_change() -> None:
    server = Server(lambda _: httpx2.Response(400, json={"error": "no"}))
    with pytest.raises(PointsRejected) as caught:
        store_on(server).write(points(3))
    assert len(caught.value.rejected) == 3
    assert server.notices == []


def test_a_request_too_large_is_sent_in_parts() -> None:
    server = Server(lambda lines: httpx2.Response(413, text="too large") if len(lines) > 10 else None)
    store_on(server).write(points(100))
    assert server.lines == [line for line in server.lines if "readings," in line]
    assert len(server.lines) == 100


def test_a_single_line_too_large_is_rejected() -> None:
    with pytest.raises(PointsRejected, match="too large"):
        store_on(Server(lambda _: httpx2.Response(413, text="too large"))).write(points(1))


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_says_when_to_come_back(status: int) -> None:
    busy = httpx2.Response(status, headers={"Retry-After": "17"}, json={"message": "busy"})
    with pytest.raises(StoreUnavailable, match=f"answers {status}: busy") as caught:
        store_on(Server(lambda _: busy)).write(points(2))
    assert caught.value.retry_after_s == 17.0


@pytest.mark.parametrize("header", [{}, {"Retry-After": "in a while"}, {"Retry-After": ""}])
def test_a_busy_server_need_not_say_when(header: dict[str, str]) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        store_on(Server(lambda _: httpx2.Response(503, headers=header))).write(points(2))
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            401,
            {"error": "authorization failed"},
            "answers 401: authorization failed; check the user, password",
        ),
        (403, {"error": "not authorized"}, "answers 403: not authorized; the user or token"),
        (404, {"error": 'database not found: "energy"'}, "is there a database or bucket 'energy'"),
        (500, {"error": "timeout"}, "answers 500: timeout"),
        (502, "<html>Bad Gateway</html>", "answers 502"),
        (302, "", "answers 302"),
    ],
)
def test_what_says_nothing_of_single_lines_leaves_the_batch_to_be_repeated(
    status: int, body: Any, reason: str
) -> None:
    answer = (
        httpx2.Response(status, json=body) if isinstance(body, dict) else httpx2.Response(status, text=body)
    )
    server = Server(lambda _: answer)
    with pytest.raises(StoreUnavailable, match=reason) as caught:
        store_on(server).write(points(2))
    assert len(server.requests) == 1
    assert "http://influx.example:8086" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "error", [httpx2.ConnectError("refused"), httpx2.ReadTimeout("slow"), httpx2.RemoteProtocolError("")]
)
def test_a_network_failure_leaves_the_batch_to_be_repeated(error: httpx2.TransportError) -> None:
    def fail(_: httpx2.Request) -> httpx2.Response:
        raise error

    store = InfluxStore(parse(URL), transport=httpx2.MockTransport(fail))
    with pytest.raises(StoreUnavailable, match=r"http://influx\.example:8086 does not answer: \w+") as caught:
        store.write(points(1))
    assert "hunter2" not in str(caught.value)


def test_a_batch_whose_notice_fails_is_repeated_so_that_the_change_is_told() -> None:
    answers = [httpx2.Response(204), httpx2.Response(503), httpx2.Response(204), httpx2.Response(204)]
    bodies = []

    def serve(request: httpx2.Request) -> httpx2.Response:
        bodies.append((request.url.params["db"], request.content))
        return answers.pop(0)

    store = InfluxStore(parse(URL), transport=httpx2.MockTransport(serve))
    with pytest.raises(StoreUnavailable):
        store.write(points(1))
    store.write(points(1))
    assert [database for database, _ in bodies] == ["energy", "energy_changes"] * 2
    assert bodies[0] == bodies[2]


def test_a_notice_refused_for_ever_is_not_passed_over() -> None:
    def serve(request: httpx2.Request) -> httpx2.Response:
        status = 204 if request.url.params["db"] == "energy" else 400
        return httpx2.Response(status, json={"error": "max-values-per-tag limit exceeded"})

    store = InfluxStore(parse(URL), transport=httpx2.MockTransport(serve))
    with pytest.raises(StoreUnavailable, match="max-values-per-tag"):
        store.write(points(1))


def test_large_writes_are_compressed_when_asked() -> None:
    server = Server(lambda _: None)
    store_on(server, gzip_from_bytes=1000).write(points(100))
    store_on(server, gzip_from_bytes=1000).write(points(1))
    encodings = [
        request.headers.get("Content-Encoding")
        for request in server.requests
        if request.url.params["db"] == "energy"
    ]
    assert encodings == ["gzip", None]
    assert len(server.lines) == 101


def answering(*bodies: str, status: int = 200) -> InfluxStore:
    remaining = list(bodies)

    def serve(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, text=remaining.pop(0))

    return InfluxStore(parse(URL), transport=httpx2.MockTransport(serve))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            '{"results":[{"statement_id":0,"error":"database not found: energy"}]}',
            "database not found: energy",
        ),
        ('{"error":"error parsing query"}', "error parsing query"),
        ("<html>a proxy's page</html>", "no JSON"),
    ],
)
def test_a_question_that_cannot_be_answered_is_unavailable_never_empty(body: str, reason: str) -> None:
    with pytest.raises(StoreUnavailable, match=reason):
        answering(body).read(READINGS)


def test_a_question_refused_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="answers 401: no"):
        answering('{"error":"no"}', status=401).read(READINGS)


def test_an_answer_cut_short_is_asked_for_again_in_chunks() -> None:
    head = '{"results":[{"series":[{"name":"readings","tags":{"institution":"gov","meter":"m1"},'
    rows = '"columns":["time","energy_kwh"],"values":[[%d,%s]]%s}]%s}]}'
    partial = ',"partial":true'
    requests: list[httpx2.Request] = []

    def serve(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        first = head + rows % (1, "1", partial, partial)
        if "chunked" not in request.url.params:
            return httpx2.Response(200, text=first)
        return httpx2.Response(200, text=f"{first}\n{head + rows % (2, '2.5', '', '')}\n")

    store = InfluxStore(parse(URL), transport=httpx2.MockTransport(serve))
    (series,) = store.read(READINGS, fields=["energy_kwh"])
    assert series.times_ms.tolist() == [1, 2]
    assert series.fields["energy_kwh"].tolist() == [1.0, 2.5]
    assert [request.url.params.get("chunked") for request in requests] == [None, "true"]


@pytest.mark.influxd
def test_a_real_influxd_names_the_line_whose_type_conflicts(influxd_port: int) -> None:
    database = f"refusals_{next(numbers)}"
    store = InfluxStore(parse(f"influxdb://127.0.0.1:{influxd_port}/{database}"))
    store.prepare()
    with httpx2.Client(base_url=f"http://127.0.0.1:{influxd_port}") as client:
        integer = f"readings,institution=gov,meter=old power_kw=1i {T0}"
        client.post("/write", params={"db": database, "precision": "ms"}, content=integer).raise_for_status()
    batch = points(50)
    batch[20] = Point(READINGS, ("gov", "m20"), T0, {"power_kw": 1.5})
    with pytest.raises(PointsRejected) as caught:
        store.write(batch)
    ((index, reason),) = caught.value.rejected
    assert index == 20
    assert "field type conflict" in reason
    assert store.count(READINGS)["energy_kwh"] == 49
    assert len(store.changes(None).touched) == 50
    store.close()


@pytest.mark.influxd
def test_a_real_influxd_without_the_database_is_unavailable(influxd_port: int) -> None:
    store = InfluxStore(parse(f"influxdb://127.0.0.1:{influxd_port}/never_made"))
    with pytest.raises(StoreUnavailable, match="never_made"):
        store.write(points(1))
    with pytest.raises(StoreUnavailable, match="database not found: never_made"):
        store.read(READINGS)
    store.close()


@pytest.mark.influxd
def test_a_real_influxd_takes_compressed_writes(influxd_port: int) -> None:
    store = InfluxStore(
        parse(f"influxdb://127.0.0.1:{influxd_port}/refusals_{next(numbers)}"), gzip_from_bytes=0
    )
    store.prepare()
    store.write(points(500))
    assert store.count(READINGS)["energy_kwh"] == 500
    store.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Sun, 22 Nov 2026 08:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 07:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_a_pause_asked_for_in_seconds_or_by_a_date(header: str, seconds: float | None) -> None:
    assert pause_asked(header, datetime(2026, 11, 22, 8, tzinfo=UTC)) == seconds
