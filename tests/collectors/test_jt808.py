"""JT/T 808 positions as EMQX forwards them."""

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject, Report, Unreadable
from collectors.decoders.jt808 import Jt808Decoder
from collectors.routing import Router
from services.timeseries.schema import DEVICE_STATUS, POSITIONS
from tests.collectors.parts import ARRIVAL_MS

DECODER = Jt808Decoder()
TOPIC = "jt808/tracker-7/013800138000/up"
DEVICE = ("jt808", "013800138000")


def location(**changes: object) -> dict[str, object]:
    """A fixed position with the engine on, at 14:30:05 in China; `extra` without a change of its own."""
    base: dict[str, object] = {
        "alarm": 0, "status": 3, "latitude": 31_123_456, "longitude": 112_654_321, "altitude": 80,
        "speed": 456, "direction": 90, "time": "261122143005",
        "extra": {"mileage": 456_789, "fuel_meter": 334, "gnss_sat_num": 9},
    }  # fmt: skip
    return base | changes


def message(kind: object, body: object, **header: object) -> bytes:
    head = {"msg_id": kind, "encrypt": 0, "len": 60, "phone": "013800138000", "msg_sn": 5} | header
    return json.dumps({"header": head, "body": body}).encode()


def said(payload: bytes, topic: str = TOPIC) -> list[Report | Reject]:
    return list(DECODER.decode(topic, payload))


def values(body: object) -> dict[str, object]:
    (report,) = said(message(512, body))
    assert isinstance(report, Report)
    assert (report.measurement, report.device, report.item) == (POSITIONS, DEVICE, None)
    return dict(report.values)


def test_a_position_in_the_units_of_the_channels() -> None:
    assert values(location()) == {
        "lat": 31.123456, "lon": 112.654321, "speed_kmh": 45.6, "ignition": 1.0, "odometer_km": 45_678.9,
        "fuel_l": 33.4,
    }  # fmt: skip


@given(st.integers(0, 90_000_000), st.integers(0, 180_000_000), st.booleans(), st.booleans(), st.booleans())
def test_hemispheres_are_in_the_status(lat: int, lon: int, south: bool, west: bool, ignition: bool) -> None:
    status = ignition + 2 + 4 * south + 8 * west + (1 << 18)
    found = values(location(status=status, latitude=lat, longitude=lon))
    assert found["lat"] == (-lat if south else lat) / 1_000_000
    assert found["lon"] == (-lon if west else lon) / 1_000_000
    assert found["ignition"] == float(ignition)


@pytest.mark.parametrize(
    "changes",
    [{"status": 1}, {"status": 1, "latitude": 0, "longitude": 0},
     {"extra": {"mileage": 456_789, "fuel_meter": 334, "gnss_sat_num": 0}}],
)  # fmt: skip
def test_without_fix_what_needs_no_fix_is_kept_and_nothing_is_rejected(changes: dict[str, object]) -> None:
    assert values(location(**changes)) == {"ignition": 1.0, "odometer_km": 45_678.9, "fuel_l": 33.4}


def test_a_tracker_without_the_extras_has_no_odometer() -> None:
    body = location()
    del body["extra"]
    assert set(values(body)) == {"lat", "lon", "speed_kmh", "ignition"}
    others: list[object] = [None, [], "x", {}]
    for extra in others:
        assert set(values(location(extra=extra))) == {"lat", "lon", "speed_kmh", "ignition"}


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59)))  # noqa: DTZ001
def test_the_time_is_of_gmt_8_whatever_the_institutions_zone(local: datetime) -> None:
    (report,) = said(message(512, location(time=local.strftime("%y%m%d%H%M%S"))))
    assert isinstance(report, Report)
    assert isinstance(report.time, str)
    meant = local.replace(microsecond=0, tzinfo=timezone(timedelta(hours=8)))
    assert datetime.fromisoformat(report.time) == meant


def test_the_zone_of_an_institution_does_not_move_a_vehicle() -> None:
    payload = message(512, location())
    for zone in ("Asia/Shanghai", "Asia/Urumqi", "UTC"):
        (point,) = Router([DECODER], ZoneInfo(zone)).understand(TOPIC, payload, ARRIVAL_MS).points
        assert datetime.fromtimestamp(point.time_ms / 1000, UTC).isoformat() == "2026-11-22T06:30:05+00:00"


@pytest.mark.parametrize(
    "time", [None, 261122143005, "2611221430", "26-11-22 143", "٢٦١١٢٢١٤٣٠٠٥", "26112214300A"]
)
def test_a_position_without_a_time_is_refused(time: object) -> None:
    (reject,) = said(message(512, location(time=time)))
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("unreadable-time: ")


def test_a_time_outside_the_calendar_is_refused_by_screening() -> None:
    understood = Router([DECODER], ZoneInfo("UTC")).understand(
        TOPIC, message(512, location(time="000000000000")), ARRIVAL_MS
    )
    assert not understood.points
    assert understood.rejects[0].reason.startswith("unreadable-time: ")


def test_a_batch_keeps_its_order_and_its_good_items() -> None:
    positions = [
        location(time="261122143005"), None, location(time="261122142005"), location(status="3"),
        location(time="261122141005", status=0),
    ]  # fmt: skip
    heard = said(message(1796, {"type": 1, "length": 5, "location": positions}))
    assert [(type(one), one.item) for one in heard] == [
        (Report, 0), (Reject, 1), (Report, 2), (Reject, 3), (Report, 4)
    ]  # fmt: skip
    times = [one.time for one in heard if isinstance(one, Report)]
    assert times == [f"2026-11-22T14:{minute}:05+08:00" for minute in (30, 20, 10)]


def test_positions_that_were_asked_for() -> None:
    alone = said(message(512, location()))
    assert said(message(513, {"seq": 7, "params": location()})) == alone
    assert said(message(1280, {"seq": 7, "location": location()})) == alone


def test_a_heartbeat_is_the_status_online() -> None:
    (report,) = said(message(2, {}))
    assert report == Report(DEVICE_STATUS, DEVICE, None, {"online": 1.0})


@pytest.mark.parametrize(
    "kind", [1, 3, 4, 5, 256, 258, 260, 263, 264, 769, 1792, 1797, 2048, 2049, 2304, 2560]
)
def test_other_messages_of_the_guide_say_nothing(kind: int) -> None:
    assert said(message(kind, {"seq": 1, "location": location()})) == []


@pytest.mark.parametrize("kind", [0, 6, 0xE001, 33024, 10**30])
def test_messages_outside_the_guide_are_named(kind: int) -> None:
    (reject,) = said(message(kind, {"unknown_id": True, "data": "AAEC"}))
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("unknown-message: msg_id ")


@pytest.mark.parametrize("status", [None, "3", 3.0, True, -1, 2**32])
def test_a_status_that_is_none_is_refused(status: object) -> None:
    (reject,) = said(message(512, location(status=status)))
    assert reject == Reject("no-data: a position has an integer under 'status'", None)


@pytest.mark.parametrize("raw", [None, "31123456", -1, 2**32, 1.5, True, [], {}])
def test_values_outside_the_protocol_are_left_for_screening_to_name(raw: object) -> None:
    assert values(location(latitude=raw))["lat"] == raw


@pytest.mark.parametrize("body", [None, 7, [], "x", {"location": {}}, {"location": None}, {"params": []}])
def test_bodies_of_another_shape(body: object) -> None:
    for kind in (512, 513, 1280):
        (reject,) = said(message(kind, body))
        assert isinstance(reject, Reject)
    with pytest.raises(Unreadable, match="no-data: a batch has a list"):
        said(message(1796, body))


@pytest.mark.parametrize(
    "payload", [b"[]", b"7", b"{}", b'{"header": []}', b'{"header": {}}', b'{"header": {"msg_id": "512"}}',
                b'{"header": {"msg_id": true}}', b'{"header": {"msg_id": 512.0}}'],
)  # fmt: skip
def test_messages_without_a_header(payload: bytes) -> None:
    with pytest.raises(Unreadable, match="no-header"):
        said(payload)


@pytest.mark.parametrize(
    ("topic", "reason"),
    [("jt808/a/0138 /up", "bad-address"), ("jt808/a//up", "bad-address"), ("jt808/a/1/dn", "unknown-topic"),
     ("jt808/a/up", "unknown-topic")],
)  # fmt: skip
def test_topics_that_name_no_terminal(topic: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        said(message(2, {}), topic)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=14),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["location", "params", "status", "latitude", "longitude", "speed", "time", "extra",
                         "mileage", "fuel_meter", "gnss_sat_num"]), inner, max_size=6),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from([2, 512, 513, 1280, 1796, 256, 7]), anything)
def test_no_shape_of_body_makes_it_fail(kind: int, body: object) -> None:
    understood = Router([DECODER], ZoneInfo("UTC")).understand(TOPIC, message(kind, body), ARRIVAL_MS)
    assert not any("decoder-failed" in reject.reason for reject in understood.rejects)


@given(st.binary(max_size=80))
def test_no_bytes_make_it_fail(payload: bytes) -> None:
    understood = Router([DECODER], ZoneInfo("UTC")).understand(TOPIC, payload, ARRIVAL_MS)
    assert not any("decoder-failed" in reject.reason for reject in understood.rejects)
