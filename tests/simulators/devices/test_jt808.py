"""The tracker's messages against EMQX's tables of fields, and what a tunnel makes of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from simulators.devices.device import Message, Sample
from simulators.devices.jt808 import Jt808
from tests.simulators.devices.parts import EIGHT_MS, SAMPLE, content, has_shape_of

LOCATION = {
    "alarm": 0, "status": 3, "latitude": 31000000, "longitude": 111000000, "altitude": 80, "speed": 450,
    "direction": 90, "time": "261122143005",
    "extra": {"mileage": 123456, "fuel_meter": 350, "rssi": 1, "gnss_sat_num": 1},
}  # fmt: skip
HEADER = {"msg_id": 512, "encrypt": 0, "len": 38, "phone": "013800138000", "msg_sn": 5}


def _after(minutes: int) -> Sample:
    return replace(SAMPLE, time_ms=SAMPLE.time_ms + 60_000 * minutes, odometer_km=45678.9 + minutes)


def _kinds(messages: list[Message]) -> list[int]:
    return [content(message)["header"]["msg_id"] for message in messages]


def test_a_location_has_the_fields_and_units_of_the_guide() -> None:
    heartbeat, location = Jt808().report(SAMPLE)
    assert content(heartbeat)["body"] == {}
    assert location.topic == "jt808/jt808-7/013800138000/up"
    assert has_shape_of(content(location), {"header": HEADER, "body": LOCATION})
    body = content(location)["body"]
    assert (body["latitude"], body["longitude"]) == (31_123_456, 112_654_321)
    assert (body["speed"], body["time"], body["status"]) == (456, "261122080000", 0b11)
    assert (body["extra"]["mileage"], body["extra"]["fuel_meter"]) == (456_789, 334)
    (meaning,) = location.means
    assert (meaning.measurement, meaning.device) == ("positions", ("jt808", "013800138000"))
    assert meaning.time_ms == EIGHT_MS


def test_south_and_west_are_bits_not_signs() -> None:
    _, location = Jt808().report(replace(SAMPLE, lat=-1.5, lon=-2.5, ignition=False))
    body = content(location)["body"]
    assert (body["latitude"], body["longitude"], body["status"]) == (1_500_000, 2_500_000, 0b1110)
    assert location.means[0].values["lat"] == -1.5


def test_what_a_tunnel_kept_comes_late_the_newest_first() -> None:
    tracker = Jt808()
    said = [list(tracker.report(_after(minute))) for minute in range(5)]
    assert [_kinds(messages) for messages in said] == [[2, 512], [], [], [512, 1796], [2, 512]]
    batch = content(said[3][1])["body"]
    assert (batch["type"], batch["length"]) == (1, 2)
    assert [item["time"] for item in batch["location"]] == ["261122080200", "261122080100"]
    assert has_shape_of(batch["location"][0], LOCATION)
    times = [m.time_ms for messages in said for message in messages for m in message.means if m.time_ms]
    assert sorted(times) == [EIGHT_MS + 60_000 * minute for minute in range(5)]


def test_before_a_satellite_is_found_it_tells_no_position() -> None:
    registration, authentication, early = Jt808().connected(SAMPLE)
    assert _kinds([registration, authentication, early]) == [256, 258, 512]
    assert registration.means == authentication.means == ()
    assert [content(m)["header"]["msg_sn"] for m in (registration, authentication, early)] == [1, 2, 3]
    assert content(early)["body"]["status"] == 0b01
    assert set(early.means[0].values) == {"ignition", "odometer_km", "fuel_l"}


def test_a_heartbeat_says_that_it_is_there() -> None:
    heartbeat, _ = Jt808().report(SAMPLE)
    (meaning,) = heartbeat.means
    assert (meaning.measurement, meaning.time_ms, meaning.values) == ("device_status", None, {"online": 1.0})


CLOCKS = st.datetimes(datetime(2000, 1, 2), datetime(2068, 12, 31)).map(  # noqa: DTZ001
    lambda clock: clock.replace(microsecond=0)
)


@given(
    CLOCKS,
    st.floats(-89.9, 89.9),
    st.floats(-179.9, 179.9),
)
def test_time_is_gmt_8_and_degrees_are_millionths_with_their_hemisphere(
    clock: datetime, lat: float, lon: float
) -> None:
    instant = (clock - timedelta(hours=8)).replace(tzinfo=UTC)
    sample = replace(SAMPLE, time_ms=round(instant.timestamp() * 1000), lat=lat, lon=lon)
    _, location = Jt808().report(sample)
    body = content(location)["body"]
    assert body["time"] == clock.strftime("%y%m%d%H%M%S")
    assert abs(body["latitude"] - abs(lat) * 1e6) <= 0.5
    assert abs(body["longitude"] - abs(lon) * 1e6) <= 0.5
    assert (bool(body["status"] & 4), bool(body["status"] & 8)) == (lat < 0, lon < 0)
