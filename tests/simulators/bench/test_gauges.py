"""Counting what is stored: on a real influxd, through a stand-in for the service, and when nothing comes."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulators.bench import gauges
from simulators.bench.gauges import InfluxGauge, ServiceGauge, wait_stored
from simulators.processes import ProgramFailed
from tests.simulators.stub_service import running_stub

WHOLE = "energy_kwh=1,power_kw=2,voltage_v=3"


@contextmanager
def database(port: int, name: str) -> Iterator[Callable[..., None]]:
    """A new database; what it yields writes (meter, fields) points at one time."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        client.post("/query", params={"q": f"CREATE DATABASE {name}"}).raise_for_status()

        def write(*points: tuple[str, str], measurement: str = "readings") -> None:
            lines = [f"{measurement},institution=a,meter={meter} {said} 1000" for meter, said in points]
            client.post(
                "/write", params={"db": name, "precision": "ms"}, content="\n".join(lines).encode()
            ).raise_for_status()

        yield write


@pytest.mark.influxd
def test_influxd_counts_messages_that_have_all_their_channels(influxd_port: int) -> None:
    with database(influxd_port, "whole") as write, closing(InfluxGauge(influxd_port, "whole")) as gauge:
        assert gauge.stored(3) == 0
        write(("m1", WHOLE), ("m2", WHOLE))
        assert gauge.stored(3) == 2
        write(("m3", "energy_kwh=1,power_kw=2"))
        assert gauge.stored(3) == 2
        write(("m3", "voltage_v=3"))
        assert gauge.stored(3) == 3


@pytest.mark.influxd
def test_points_that_are_no_readings_and_those_written_twice_do_not_count(influxd_port: int) -> None:
    with database(influxd_port, "gauge_twice") as write:
        write(("m9", WHOLE), measurement="elsewhere")
        with closing(InfluxGauge(influxd_port, "gauge_twice")) as gauge:
            assert gauge.stored(2) == 0
            write(("m1", WHOLE), measurement="collector_health")
            write(("m2", WHOLE), measurement="collector_health")
            assert gauge.stored(2) == 0
            write(("m1", WHOLE))
            write(("m1", WHOLE))
            assert gauge.stored(2) == 1


def test_through_the_service_it_counts_what_came_since() -> None:
    values = [300]
    with (
        running_stub(lambda _method, _path: (200, {"readings_stored": values[0]})) as stub,
        closing(ServiceGauge(stub.url)) as gauge,
    ):
        assert gauge.stored(10) == 0
        values[0] += 8
        assert gauge.stored(10) == 2
        values[0] += 100
        assert gauge.stored(10) == 10
    assert {ask.path for ask in stub.asked} == {"/ingest"}


class Script:
    """A gauge that answers from a list, then its last answer for ever."""

    def __init__(self, *answers: int) -> None:
        self._answers = list(answers)
        self.asked = 0

    def stored(self, messages: int) -> int:
        """The next answer."""
        self.asked += 1
        return min(messages, self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])

    def close(self) -> None:
        """Nothing to close."""


def test_it_waits_for_the_last_and_tells_every_count() -> None:
    seen: list[int] = []
    wait_stored(Script(0, 40, 80, 99, 100), 100, seen=seen.append, patience_s=20)
    assert seen == [0, 40, 80, 99, 100]


@pytest.mark.parametrize("most", [0, 99])
def test_a_message_that_never_comes_is_a_failure_that_counts(most: int) -> None:
    with pytest.raises(ProgramFailed, match=f"lost: {most} of 100 messages are stored"):
        wait_stored(Script(0, most), 100, seen=lambda _stored: None, patience_s=0.1)


def test_a_program_that_ended_is_noticed_at_once() -> None:
    def ended(_stored: int) -> None:
        raise ProgramFailed("collector ended with exit code 1")

    gauge = Script(0)
    with pytest.raises(ProgramFailed, match="exit code 1"):
        wait_stored(gauge, 100, seen=ended, patience_s=20)
    assert gauge.asked == 1


class Clock:
    """Time that passes only in sleep, and a gauge of a drain at an even pace from `late_s` on."""

    def __init__(self, messages: int, seconds: float, late_s: float) -> None:
        self._messages, self._seconds, self._late_s = messages, seconds, late_s
        self.now_s, self.asked = 0.0, 0

    def monotonic(self) -> float:
        """The time."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """It passes."""
        assert seconds > 0
        self.now_s += seconds

    def stored(self, messages: int) -> int:
        """What the pace has come to."""
        self.asked += 1
        done = (self.now_s - self._late_s) / self._seconds
        return min(messages, max(0, int(self._messages * done)))

    def close(self) -> None:
        """Nothing to close."""


@example(messages=100_000, seconds=0.5, late_s=2.0)
@given(messages=st.integers(10**5, 10**7), seconds=st.floats(0.5, 600), late_s=st.floats(0, 5))
def test_it_asks_seldom_and_sees_the_end_at_once(messages: int, seconds: float, late_s: float) -> None:
    clock = Clock(messages, seconds, late_s)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gauges, "time", clock)
        wait_stored(clock, messages, seen=lambda _stored: None)
    end_s = late_s + seconds
    assert end_s <= clock.now_s <= end_s + 0.05 + late_s / 2
    assert clock.asked <= 2 * (late_s / 0.02) + seconds / 2 + 60
