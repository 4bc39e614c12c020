"""Changes on a real influxd, whose clock is not that of the machine which asks.

This process's clock is set wrong by patching it, the server's by notices with times of the past or future.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import httpx2
import pytest

from services.timeseries.influx import InfluxStore
from services.timeseries.influx_url import parse
from services.timeseries.schema import READINGS
from services.timeseries.store import Point

pytestmark = pytest.mark.influxd

T0 = 1_780_000_000_000
DAY_NS = 86_400_000_000_000
databases = count()


@dataclass(frozen=True, slots=True)
class Server:
    """A database of this test alone and the one of its notices."""

    port: int
    database: str

    def store(self) -> InfluxStore:
        """The store as a process opens it that has just started."""
        return InfluxStore(parse(f"influxdb://127.0.0.1:{self.port}/{self.database}"))

    def asked(self, statement: str) -> None:
        """Have a statement carried out among the notices."""
        self._post("/query", {"q": statement}, "")

    def noticed(self, time_ns: int, meter: str) -> None:
        """A notice as the server would have written it when its clock stood at `time_ns`."""
        spans = f'[["readings",["gov","{meter}"],{T0},{T0}]]'.replace('"', '\\"')
        self._post("/write", {}, f'changed,writer=then,part=0 spans="{spans}" {time_ns}')

    def _post(self, path: str, parameters: dict[str, str], body: str) -> None:
        named = {"db": f"{self.database}_changes", **parameters}
        httpx2.post(f"http://127.0.0.1:{self.port}{path}", params=named, content=body).raise_for_status()


@pytest.fixture
def server(influxd_port: int) -> Server:
    return Server(influxd_port, f"changes_{next(databases)}")


@pytest.fixture
def store(server: Server) -> Iterator[InfluxStore]:
    found = server.store()
    found.prepare()
    yield found
    found.close()


def written(store: InfluxStore, *meters: str) -> None:
    store.write([Point(READINGS, ("gov", meter), T0, {"energy_kwh": 1.0}) for meter in meters])


def followed(store: InfluxStore, cursor: str | None) -> tuple[str, set[str]]:
    """The next cursor and the meters that were told of."""
    changes = store.changes(cursor)
    return changes.cursor, {touched.tags[1] for touched in changes.touched}


@pytest.fixture(params=[-4000, -39, -2, 2, 39, 4000], ids="{:+d} days".format)
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's clock, so many days from the server's."""
    right, off_ns = time.time_ns, request.param * DAY_NS
    monkeypatch.setattr(time, "time_ns", lambda: right() + off_ns)
    monkeypatch.setattr(time, "time", lambda: (right() + off_ns) / 1e9)


@pytest.mark.usefixtures("wrong_clock")
def test_the_first_reading_of_an_empty_server_is_told_whatever_the_clock(store: InfluxStore) -> None:
    cursor, told = followed(store, None)
    assert told == set()
    written(store, "m1")
    cursor, told = followed(store, cursor)
    assert told == {"m1"}
    assert followed(store, cursor)[1] == set()


@pytest.mark.usefixtures("wrong_clock")
def test_only_what_is_new_is_told_whatever_the_clock(store: InfluxStore) -> None:
    written(store, "old", "older")
    cursor, told = followed(store, None)
    assert told == {"old", "older"}
    cursor, _ = followed(store, cursor)
    for meter in ("m1", "m2"):
        written(store, meter)
        cursor, told = followed(store, cursor)
        assert told == {meter}
    assert followed(store, cursor)[1] == set()


@pytest.mark.usefixtures("wrong_clock")
def test_after_all_notices_expired_everything_is_told_once(store: InfluxStore, server: Server) -> None:
    written(store, "m1")
    cursor, _ = followed(store, None)
    server.asked("DROP MEASUREMENT changed")
    cursor, told = followed(store, cursor)
    assert told == {"m1"}, "something may have come and its notice expired"
    cursor, told = followed(store, cursor)
    assert told == set(), "the next question is a small one"
    written(store, "m2")
    assert followed(store, cursor)[1] == {"m2"}


def test_a_cursor_whose_own_notice_expired_is_answered_with_everything(
    store: InfluxStore, server: Server
) -> None:
    then = time.time_ns() - 31 * DAY_NS
    written(store, "unnoticed")
    server.asked("DROP MEASUREMENT changed")
    written(store, "new")
    cursor, told = followed(store, f"influx-{then}")
    assert told == {"unnoticed", "new"}, "its notices from then until the oldest that is kept are gone"
    assert followed(store, cursor)[1] <= {"new"}


@pytest.mark.parametrize("days", [-1, 38])
def test_a_cursor_that_no_notice_gave_is_answered_with_everything(store: InfluxStore, days: int) -> None:
    written(store, "m1")
    foreign = f"influx-{time.time_ns() + days * DAY_NS}"
    cursor, told = followed(store, foreign)
    assert told == {"m1"}
    written(store, "m2")
    assert "m2" in followed(store, cursor)[1]


def test_nothing_is_lost_when_the_server_sets_its_clock_back(store: InfluxStore, server: Server) -> None:
    server.noticed(time.time_ns() + 20 * DAY_NS, "ahead")
    written(store, "m1")
    cursor, told = followed(store, None)
    assert told == {"m1"}
    for meter in ("m2", "m3"):
        written(store, meter)
        cursor, told = followed(store, cursor)
        assert meter in told


def test_a_cursor_of_the_time_before_the_clock_was_set_back_is_healed(
    store: InfluxStore, server: Server
) -> None:
    ahead = time.time_ns() + 20 * DAY_NS
    written(store, "m1")
    server.noticed(ahead, "m1")
    cursor, told = followed(store, f"influx-{ahead}-00c0ffee")
    assert told == {"m1"}
    written(store, "m2")
    cursor, told = followed(store, cursor)
    assert "m2" in told
    assert followed(store, cursor)[1] == set()


def test_a_process_that_starts_anew_goes_on_from_the_cursor_of_another(
    store: InfluxStore, server: Server
) -> None:
    written(store, "m1")
    cursor, _ = followed(store, followed(store, None)[0])
    written(store, "m2")
    other = server.store()
    cursor, told = followed(other, cursor)
    assert told == {"m1", "m2"}, "within the overlap, of which it remembers nothing"
    assert followed(other, cursor)[1] == set()
    other.close()
