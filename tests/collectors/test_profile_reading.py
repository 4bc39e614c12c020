"""What a profile reads of a message: batches, maps of devices, gates, circuits, times and single values."""

import json
from typing import Any

import msgspec
import pytest

from collectors.decoders import Reject, Report, Unreadable
from collectors.decoders.profile import ProfileDecoder
from collectors.decoders.profile_model import Profile
from services.timeseries.schema import DEVICE_STATUS

TOPIC = "plant/A/data"
BASE: dict[str, Any] = {"topic": "plant/{site}/data", "meter": "{site}", "values": "."}


def decoder(*messages: dict[str, Any], **top: Any) -> ProfileDecoder:
    """A profile of these messages, each with what it changes of the base."""
    tables = [{key: value for key, value in (BASE | message).items() if value} for message in messages]
    return ProfileDecoder("p", msgspec.convert({"message": tables, **top}, Profile))


def said(reader: ProfileDecoder, content: Any, topic: str = TOPIC) -> list[Any]:
    """(meter, time, values, item) of each report, (reason, item) of each reject."""
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return [
        (one.device[1], one.time, one.values, one.item) if isinstance(one, Report)
        else (one.reason.partition(":")[0], one.item)
        for one in reader.decode(topic, payload)
    ]  # fmt: skip


BATCH = decoder({"each": "batch[]", "meter": "{site}.{id}", "time": "t", "values": "v"})


def test_a_batch_has_a_report_an_item_each_with_its_own_device_and_time() -> None:
    items = [{"id": 1, "t": 5, "v": {"power_kw": 1}}, {"id": "B", "t": 6, "v": {"power_kw": 2, "x": 1}}]
    assert said(BATCH, {"batch": items}) == [
        ("a.1", 5, {"power_kw": 1}, 0),
        ("unknown-channel", 1),
        ("a.b", 6, {"power_kw": 2}, 1),
    ]


def test_a_bad_item_of_a_batch_spoils_only_itself() -> None:
    good = {"id": 1, "v": {"power_kw": 1}}
    bad = [3, {}, {"v": {}}, {"id": "é", "v": {}}, {"id": None, "v": {"power_kw": 1}}, None]
    assert said(BATCH, {"batch": [*bad, good]}) == [
        ("unknown-form", 0),
        ("unknown-form", 1),
        ("bad-address", 2),
        ("bad-address", 3),
        ("bad-address", 4),
        ("unknown-form", 5),
        ("a.1", None, {"power_kw": 1}, 6),
    ]


def test_an_empty_batch_says_nothing_and_none_is_no_such_message() -> None:
    assert said(BATCH, {"batch": []}) == []
    with pytest.raises(Unreadable, match="unknown-form"):
        said(BATCH, {"batch": {}})


def test_a_map_of_devices() -> None:
    reader = decoder({"each": "{device}[]", "meter": "{device}", "time": "ts", "values": "values"})
    content = {
        "Pump 1": [{"ts": 1, "values": {"energy_kwh": 5}}, {"values": {}}],
        "": [{"values": {}}],
        "C": 1,
    }
    assert said(reader, content) == [
        ("pump_1", 1, {"energy_kwh": 5}, 0),
        ("bad-address", 2),
        ("unknown-form", 3),
    ]


def test_an_item_can_take_from_the_whole_message() -> None:
    reader = decoder({"each": "batch[]", "meter": "{/gw.id}.{id}", "time": "/at"})
    content = {"gw": {"id": "G"}, "at": 7, "batch": [{"id": 1, "power_kw": 3}]}
    assert said(reader, content) == [("g.1", 7, {"power_kw": 3}, 0)]


def test_several_ways_to_the_items() -> None:
    reader = decoder({"each": ["a[]", "b.{k}"], "meter": "{site}"})
    assert said(reader, {"a": [{"power_kw": 1}], "b": {"x": {"power_kw": 2}}}) == [
        ("a", None, {"power_kw": 1}, 0),
        ("a", None, {"power_kw": 2}, None),
    ]


def test_keys_by_their_words_are_read_and_others_passed_over() -> None:
    reader = decoder({"each": "p.em:{id}", "meter": "{site}.{id}"}, only={"id": ["0", "1"]})
    content = {"p": {"em:0": {"power_kw": 1}, "em:2": {"power_kw": 2}, "sys": {"x": 1}, "ts": 5}}
    assert said(reader, content) == [("a.0", None, {"power_kw": 1}, None)]


def test_when_tells_which_form_an_item_has() -> None:
    reader = decoder(
        {"each": "items[]", "when": {"kind": "meter"}, "meter": "{id}", "values": "v"},
        {"each": "items[]", "when": {"kind": ["water", "gas"]}, "meter": "{id}", "values": "w"},
    )
    content = {"items": [{"kind": "meter", "id": 1, "v": {"energy_kwh": 1}}, {"kind": "battery", "id": 2},
                         {"kind": "gas", "id": 3, "w": {"gas_m3": 2}}]}  # fmt: skip
    assert said(reader, content) == [("1", None, {"energy_kwh": 1}, 0), ("3", None, {"gas_m3": 2}, 2)]


def test_when_tells_which_message_is_known_and_passed_over() -> None:
    reader = decoder({"when": {"type": 1}}, {"when": {"type": "hello"}, "values": "", "meter": ""})
    assert said(reader, {"type": "hello", "power_kw": 1}) == []
    assert said(reader, {"type": 1, "power_kw": 1}) == [("a", None, {"power_kw": 1}, None)]
    with pytest.raises(Unreadable, match="unknown-form"):
        said(reader, {"type": "other"})


@pytest.mark.parametrize(
    ("quality", "good"), [(100, True), (100.0, True), (None, True), (99, False), ("100", False), ([], False)]
)
def test_what_the_device_itself_doubts_is_rejected(quality: object, good: bool) -> None:
    reader = decoder({"require": {"q": 100}})
    expected = ("a", None, {"power_kw": 1}, None) if good else ("device-doubts", None)
    assert said(reader, {"power_kw": 1, "q": quality}) == [expected]


def test_one_of_several_words_is_enough() -> None:
    reader = decoder({"require": {"q": ["good", "fair"]}})
    (reject,) = reader.decode(TOPIC, b'{"power_kw": 1, "q": "bad"}')
    assert reject == Reject("device-doubts: q is 'bad', not 'good'")
    assert said(reader, {"power_kw": 1, "q": "fair"}) == [("a", None, {"power_kw": 1}, None)]


def test_a_list_of_values_is_that_of_circuits() -> None:
    reader = decoder({"parts": "{site}.{n}"}, channels={"w": {"channel": "power_kw", "scale": 0.001}})
    content = {"w": [1000, None, 3000], "voltage_v": 230, "current_a": [1], "energy_kwh": []}
    assert said(reader, content) == [
        ("a.1", None, {"power_kw": 1.0, "current_a": 1}, None),
        ("a.3", None, {"power_kw": 3.0}, None),
        ("a", None, {"voltage_v": 230}, None),
    ]


def test_without_circuits_a_list_is_left_for_screening_to_name() -> None:
    assert said(decoder({}), {"power_kw": [1, 2]}) == [("a", None, {"power_kw": [1, 2]}, None)]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (1675935540.54, 1675935540540), (1675935540, 1675935540000), ("1675935540.5", 1675935540500),
        (None, None), ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z"),
        (10**400, float("inf")), ([1], [1]), (True, True),
    ],
)  # fmt: skip
def test_seconds_become_milliseconds(time: object, expected: object) -> None:
    ((_, read, _, _),) = said(decoder({"time": "ts", "time_unit": "s"}), {"ts": time, "power_kw": 1})
    assert read == expected


def test_one_value_a_topic() -> None:
    reader = decoder(
        {"topic": "h/{d}/{channel}", "meter": "{d}", "values": "", "tag": "{channel}", "value": "."}
    )
    assert said(reader, b"12.5", "h/m/power_kw") == [("m", None, {"power_kw": 12.5}, None)]
    assert said(reader, b"ON", "h/m/lamp_on") == [("m", None, {"lamp_on": "ON"}, None)]
    assert said(reader, b'"7"', "h/m/energy_kwh") == [("m", None, {"energy_kwh": "7"}, None)]
    assert said(reader, b"null", "h/m/energy_kwh") == [("m", None, {"energy_kwh": "null"}, None)]
    assert said(reader, b"1", "h/m/other") == [("unknown-channel", None)]
    assert said(reader, b"\n", "h/m/power_kw") == []
    for payload in (b"{}", b'{"power_kw": 1}'):
        with pytest.raises(Unreadable, match="unknown-form"):
            said(reader, payload, "h/m/power_kw")


def test_one_value_within_an_object() -> None:
    reader = decoder({"topic": "h/{d}", "meter": "{d}", "values": "", "tag": "{q.kind}", "value": "q.v"})
    assert said(reader, {"q": {"kind": "water_m3", "v": 4}}, "h/m") == [("m", None, {"water_m3": 4}, None)]
    with pytest.raises(Unreadable, match="unknown-form"):
        said(reader, {"q": {"v": 4}}, "h/m")


def test_the_word_of_a_status_can_be_a_level_of_the_topic() -> None:
    reader = decoder(
        {"topic": "gw/{event}", "meter": "{device}", "values": "", "status": "{event}"},
        only={"event": ["connect", "disconnect"]},
    )
    assert reader.filters == ("gw/connect", "gw/disconnect")
    (report,) = reader.decode("gw/disconnect", b'{"device": "A"}')
    assert isinstance(report, Report)
    assert (report.measurement, report.device, report.values) == (DEVICE_STATUS, ("p", "a"), {"online": 0.0})


def test_statuses_in_a_batch_take_their_own_time() -> None:
    reader = decoder({"each": "all[]", "meter": "{id}", "time": "t", "values": "", "status": "s"})
    assert said(reader, {"all": [{"id": 1, "t": 5, "s": "online"}, {"id": 2, "s": "?"}, {"id": 3}]}) == [
        ("1", 5, {"online": 1.0}, 0),
        ("unknown-status", 1),
        ("unknown-form", 2),
    ]


def test_the_first_topic_that_fits_is_the_one() -> None:
    reader = decoder(
        {"topic": "z/bridge/{any...}", "values": "", "meter": ""}, {"topic": "z/{d...}", "meter": "{d}"}
    )
    assert reader.filters == ("z/bridge/#", "z/#")
    assert said(reader, b"no json", "z/bridge/logging") == []
    assert said(reader, {"power_kw": 1}, "z/kitchen/lamp") == [("kitchen_lamp", None, {"power_kw": 1}, None)]


def test_time_address_and_gates_are_no_tags() -> None:
    reader = decoder({"time": "at.ms", "meter": "{site}.{id}", "values": "v", "require": {"v.ok": 1}})
    content = {"id": 1, "at": {"ms": 5}, "v": {"ok": 1, "power_kw": 2}}
    assert said(reader, content) == [("a.1", 5, {"power_kw": 2}, None)]
    within = decoder({"time": "at.ms", "meter": "{id}", "when": {"kind": "m"}})
    assert said(within, {"id": 1, "at": {"ms": 5}, "kind": "m", "power_kw": 2}) == [
        ("1", 5, {"power_kw": 2}, None)
    ]


def test_what_is_named_elsewhere_can_still_be_a_tag_where_values_stand() -> None:
    reader = decoder(
        {"time": "at", "meter": "{id}", "values": "v"}, channels={"at": "power_kw", "id": "energy_kwh"}
    )
    assert said(reader, {"id": 1, "at": 5, "v": {"id": 2, "at": 6}}) == [
        ("1", 5, {"energy_kwh": 2, "power_kw": 6}, None)
    ]
    reader = decoder({"time": "at", "meter": "{id}", "values": "v"})
    assert said(reader, {"id": 1, "at": 5, "v": {"at": 6}}) == [("unknown-channel", None)]


def test_one_device_after_another_does_not_take_the_others_address() -> None:
    reader = decoder({"topic": "{a}/{b}", "meter": "{b}.{a}"})
    for _ in range(2):
        assert said(reader, {"power_kw": 1}, "x/y") == [("y.x", None, {"power_kw": 1}, None)]
        assert said(reader, {"power_kw": 1}, "y/x") == [("x.y", None, {"power_kw": 1}, None)]
