"""Live data: it continues the history exactly, hour by hour up to the present, and never runs past it."""

import threading
import time
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest

from simulators.city import City, build_city
from simulators.history import history_messages
from simulators.live import STATUS_TOPIC, LiveFeed, live, live_channels, simulated_clock
from simulators.meters import by_code
from simulators.plan import DAY_MS, HOUR_MS, ZONE, CityPlan, last_midnight
from tests.simulators import gateway
from tests.simulators.conftest import SMALL
from tests.simulators.listener import listening
from tests.simulators.stub_service import running_stub


def feed(city: City) -> LiveFeed:
    return LiveFeed(city, SMALL.until_ms)


def test_what_lies_between_history_and_present_comes_hour_by_hour(small_city: City) -> None:
    now = SMALL.until_ms + 5 * HOUR_MS + 1_800_000
    values = gateway.all_readings(feed(small_city).advance(now))
    expected = [SMALL.until_ms + hour * HOUR_MS for hour in range(1, 6)] + [now]
    for meter in small_city.meters:
        times = sorted(key[2] for key in values if key[:2] == (meter.address, meter.kind.channel))
        assert times == expected, meter.code


def test_registers_go_on_from_the_last_of_the_history(small_city: City) -> None:
    history = gateway.all_readings(history_messages(small_city))
    following = gateway.all_readings(feed(small_city).advance(SMALL.until_ms + 2 * HOUR_MS))
    together = history | following
    for meter in small_city.meters:
        if meter.kind.use == "weather":
            continue
        key = (meter.address, meter.kind.channel)
        tail = sorted((k[2], v) for k, v in together.items() if k[:2] == key)[-4:]
        assert [t for t, _ in tail] == [SMALL.until_ms + h * HOUR_MS for h in (-1, 0, 1, 2)]
        used = np.diff(meter.used(np.array([t for t, _ in tail])))
        steps = [after[1] - before[1] for before, after in pairwise(tail)]
        np.testing.assert_allclose(np.array(steps) * meter.ct, used, atol=0.011 * meter.ct)


def test_steps_of_seconds_add_up_to_the_hour(small_city: City) -> None:
    live_feed = feed(small_city)
    meter = by_code(small_city.meters)["gov-e1"]
    shown: list[float] = []
    for second in range(600, 3601, 600):
        values = gateway.all_readings(live_feed.advance(SMALL.until_ms + second * 1000))
        shown += [v for k, v in values.items() if k[:2] == (meter.address, "energy_kwh")]
    assert shown == sorted(shown)
    assert shown[-1] == meter.registers(np.array([SMALL.until_ms + HOUR_MS])).tolist()[0]
    assert len(shown) == 6


def test_nothing_is_told_twice_or_backwards(small_city: City) -> None:
    live_feed = feed(small_city)
    now = SMALL.until_ms + 10_000
    assert list(live_feed.advance(now))
    assert list(live_feed.advance(now)) == []
    assert list(live_feed.advance(now - 5_000)) == []


def test_vehicles_move_when_their_time_comes(small_city: City) -> None:
    live_feed = feed(small_city)
    first = gateway.all_positions(live_feed.advance(SMALL.until_ms + DAY_MS))
    second = gateway.all_positions(live_feed.advance(SMALL.until_ms + 2 * DAY_MS))
    assert not set(first) & set(second)
    told = len(first) + len(second)
    expected = sum(
        int(((v.track.times_ms > SMALL.until_ms) & (v.track.times_ms <= SMALL.until_ms + 2 * DAY_MS)).sum())
        for v in small_city.vehicles
    )
    assert told == expected > 0


def test_the_days_never_run_out(small_city: City) -> None:
    live_feed = feed(small_city)
    far = SMALL.until_ms + (SMALL.horizon_days + 10) * DAY_MS
    values = gateway.all_readings(live_feed.advance(far))
    meter = by_code(small_city.meters)["gov-e1"]
    horizon = SMALL.until_ms + SMALL.horizon_days * DAY_MS
    before = values[(meter.address, "energy_kwh", horizon - HOUR_MS)]
    assert before == meter.registers(np.array([horizon - HOUR_MS])).tolist()[0]
    after = values[(meter.address, "energy_kwh", far)]
    assert after > values[(meter.address, "energy_kwh", far - HOUR_MS)] > before


def test_electricity_meters_tell_their_power_and_acrel_meters_more(small_city: City) -> None:
    now = np.array([SMALL.until_ms + 10 * HOUR_MS])
    meters = by_code(small_city.meters)
    plain = live_channels(small_city, meters["gov-s1"], now)
    assert set(plain) == {"energy_kwh", "power_kw"}
    assert plain["power_kw"][0] > 0
    assert set(live_channels(small_city, meters["gov-w1"], now)) == {"water_m3"}
    acrel = live_channels(small_city, meters["gov-e1"], now)
    assert set(acrel) == {"energy_kwh", "power_kw", "voltage_v", "current_a", "power_factor"}
    kva = 3 * acrel["voltage_v"] * acrel["current_a"] / 1000
    assert acrel["power_kw"][0] == pytest.approx((kva * acrel["power_factor"])[0], rel=0.01)


def test_the_weather_lies_between_its_hours(small_city: City) -> None:
    station = next(meter for meter in small_city.meters if meter.kind.use == "weather")
    half = np.array([SMALL.until_ms + HOUR_MS // 2])
    told = live_channels(small_city, station, half)
    ends = small_city.weather.temperature_c[SMALL.history_hours : SMALL.history_hours + 2]
    assert ends.min() - 0.1 <= told["temperature_c"][0] <= ends.max() + 0.1
    assert set(told) == {"temperature_c", "humidity_pct", "illuminance_lx"}


def test_the_clock_runs_as_fast_as_asked_and_never_past_the_present() -> None:
    real = [1_000_000_000]
    now = simulated_clock(999_000_000, speed=10, real_ms=lambda: real[0])
    assert now() == 999_000_000
    real[0] += 50_000
    assert now() == 999_500_000
    real[0] += 1_000_000
    assert now() == real[0]


def test_at_the_speed_of_the_clock_it_is_now() -> None:
    now = simulated_clock(5, speed=1, real_ms=lambda: 1_234_567)
    assert now() == 1_234_000


@pytest.mark.mosquitto
def test_live_publishes_until_it_is_stopped(mosquitto_port: int) -> None:
    plan = CityPlan(until=last_midnight(datetime.now(UTC)), months=1, institutions=2, vehicles=1)
    city, stop = build_city(plan), threading.Event()
    with (
        running_stub(lambda _method, _path: (201, {"number": "W-1"})) as stub,
        listening(mosquitto_port, "kilowitness/v1/gov/+/readings") as readings,
        listening(mosquitto_port, STATUS_TOPIC) as status,
    ):
        thread = threading.Thread(
            target=live,
            args=(city, f"mqtt://127.0.0.1:{mosquitto_port}", stub.url),
            kwargs={"stop": stop, "step_s": 0.05, "repair_every_s": 0.05},
        )
        thread.start()
        readings.wait_for(17)
        deadline = time.monotonic() + 60
        while not stub.asked and time.monotonic() < deadline:
            time.sleep(0.01)
        stop.set()
        thread.join(60)
        assert not thread.is_alive()
        payloads = [payload for _, payload, _ in status.wait_for(2)]
    assert payloads[0] == b"online"
    assert payloads[-1] == b"offline"
    assert stub.asked[0].path == "/work-orders"
    assert {topic.split("/")[2] for topic, _, _ in readings.heard} == {"gov"}


def test_the_local_day_begins_where_the_history_ends() -> None:
    instant = datetime.fromtimestamp(SMALL.until_ms / 1000, ZONE)
    assert (instant.hour, instant.minute, instant.date()) == (0, 0, SMALL.until)
