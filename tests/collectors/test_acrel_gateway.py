"""Acrel gateways: what they report, and what they are told in return."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject, Reply, Report, Unreadable
from collectors.decoders.acrel_gateway import AcrelGatewayDecoder
from services.timeseries.schema import DEVICE_STATUS, READINGS

NOW_MS = 1_795_334_400_000
DECODER = AcrelGatewayDecoder(clock_ms=lambda: NOW_MS)
COMMANDS = ("login", "time", "para", "heart", "data", "hstdata")


def said(command: str, content: object, serial: str = "G1") -> list[Report | Reject | Reply]:
    """What comes of a message."""
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(DECODER.decode(f"/gw/acrelHW/AWT100/{command}/{serial}", payload))


def answer(command: str, content: object) -> Any:
    """The one answer, read."""
    (reply,) = (one for one in said(command, content) if isinstance(one, Reply))
    assert reply.topic == f"/server/acrelHW/AWT100/{command}/G1"
    return json.loads(reply.payload)


def reports(found: list[Report | Reject | Reply]) -> Iterator[Report]:
    return (one for one in found if isinstance(one, Report))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("content", [{}, [], 3, b"", b"{", b"\xff", {"meterSN": "a b"}, [{"meterSN": 1}]])
def test_every_command_is_answered_as_taken_whatever_it_says(command: str, content: object) -> None:
    told = answer(command, content)
    assert (told["type"], told["res"]) == (command, 1)


def test_the_answer_comes_last_for_it_says_that_all_before_is_kept() -> None:
    assert isinstance(said("data", {"wh": 1})[-1], Reply)


@pytest.mark.parametrize("command", ["login", "time", "para", "heart"])
def test_who_speaks_is_online(command: str) -> None:
    (report,) = reports(said(command, {"gwSN": "G1"}))
    assert report == Report(DEVICE_STATUS, ("acrel-hw", "g1"), None, {"online": 1.0})


@pytest.mark.parametrize(
    ("request_", "local"),
    [
        ({"utc": "8"}, "20261122160000"),
        ({"utc": 8}, "20261122160000"),
        ({"utc": "-3"}, "20261122050000"),
        ({"utc": "5.5"}, "20261122133000"),
        ({"utc": "0"}, "20261122080000"),
        ({}, "20261122160000"),
        ({"utc": "east"}, "20261122160000"),
        ({"utc": None}, "20261122160000"),
        ({"utc": "99"}, "20261122160000"),
        ({"utc": "nan"}, "20261122160000"),
        ({"utc": [8]}, "20261122160000"),
        ([], "20261122160000"),
        (b"?", "20261122160000"),
    ],
)
def test_the_time_is_told_in_the_gateways_zone(request_: object, local: str) -> None:
    assert answer("time", request_) == {"type": "time", "res": 1, "time": local}


def test_data_are_readings_of_the_meter_and_its_presence() -> None:
    status, report = reports(
        said(
            "data",
            {"time": "20261122155500", "meterSN": "M-1", "meterStatus": "normal", "ch": 0, "ua": 221,
             "ub": 220, "ia": 12, "p": 7.8, "pf": 0.98, "ct": 40, "wh": "8.98", "wl": 0.6},
        )
    )  # fmt: skip
    assert status == Report(DEVICE_STATUS, ("acrel-hw", "m-1"), None, {"online": 1.0})
    assert (report.measurement, report.device, report.time) == (
        READINGS,
        ("acrel-hw", "m-1"),
        "20261122155500",
    )
    assert report.values == {
        "energy_kwh": "8.98", "voltage_v": 221, "current_a": 12, "power_factor": 0.98, "power_kw": 7.8,
    }  # fmt: skip


def test_history_is_readings_of_its_own_time_and_tells_nothing_of_now() -> None:
    (report,) = reports(said("hstdata", {"time": "20261101000000", "meterStatus": "normal", "wh": 1}))
    assert (report.measurement, report.time) == (READINGS, "20261101000000")


def test_values_of_a_meter_that_is_missing_are_none() -> None:
    missing = {"time": "20261122155500", "meterSN": "M1", "meterStatus": "missing", "wh": 0}
    (report,) = reports(said("data", missing))
    assert (report.measurement, report.values) == (DEVICE_STATUS, {"online": 0.0})
    assert list(reports(said("hstdata", missing))) == []


def test_circuits_are_meters_of_their_own() -> None:
    found = reports(
        said("data", [{"meterSN": "M1", "ch": circuit, "wh": 1} for circuit in (0, 1, "2", None)])
    )
    assert [report.device[1] for report in found] == ["m1", "m1-1", "m1-2", "m1"]


def test_power_without_a_ratio_has_no_known_unit() -> None:
    (report,) = reports(said("data", {"p": 1234, "wh": 1}))
    assert report.values == {"energy_kwh": 1}


def test_items_of_an_array_are_told_apart() -> None:
    found = said("hstdata", [{"wh": 1}, 3, {"meterSN": "?"}])
    assert [(type(one), one.item) for one in found if not isinstance(one, Reply)] == [
        (Report, 0),
        (Reject, 1),
        (Reject, 2),
    ]


def test_a_serial_number_that_is_no_address_is_rejected_and_answered() -> None:
    for command in ("login", "data"):
        reject, reply = said(command, {"wh": 1}, serial="a b")
        assert isinstance(reject, Reject)
        assert reject.reason.startswith("bad-address")
        assert isinstance(reply, Reply)


@pytest.mark.parametrize(
    "topic",
    [
        "/gw/acrelHW/p/ota/1",
        "/server/acrelHW/p/data/1",
        "gw/acrelHW/p/data/1",
        "/gw/acrelHW/p/data",
        "",
        "/gw",
    ],
)
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(Unreadable, match="unknown-topic"):
        list(DECODER.decode(topic, b"{}"))


keys = st.sampled_from(["meterSN", "ch", "meterStatus", "time", "wh", "p", "ct", "utc", "x"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(COMMANDS),
    values | st.dictionaries(keys, values) | st.lists(st.dictionaries(keys, values)),
)
def test_no_json_makes_it_fail_or_stay_silent(command: str, content: object) -> None:
    assert isinstance(said(command, content)[-1], Reply)


@given(st.sampled_from(COMMANDS), st.binary(max_size=60))
def test_no_bytes_make_it_fail_or_stay_silent(command: str, payload: bytes) -> None:
    assert isinstance(said(command, payload)[-1], Reply)
