"""Profiles: a JSON device family described in TOML."""

from pathlib import Path

import pytest

from collectors.decoders import Reject, Report, Unreadable
from collectors.decoders.profile import PROFILES, ProfileDecoder, ProfileError, load_profile, load_profiles
from services.timeseries.schema import DEVICE_STATUS, READINGS

HEAT = """
namespace = "heat-works"
ignore = ["quality"]
[[message]]
topic = "plant/{site}/unit/{unit}/data"
meter = "{site}-{unit}-{serial}"
time = "head.stamp"
list = "body.items"
tag = "{k.id}"
value = "v"
errors = "e"
[[message]]
topic = "plant/{site}/unit/{unit}/data"
meter = "{site}-{unit}-{serial}"
time = "head.stamp"
values = "body.values"
[[message]]
topic = "plant/{site}/gateway"
meter = "{site}"
status = "state"
[[message]]
topic = "plant/{site}/hello"
[channels]
q = { channel = "heat_gj", scale = 3.6 }
t = "temperature_c"
"""
TOPIC = "plant/a/unit/b/data"


def profile(tmp_path: Path, text: str = HEAT, name: str = "heat.toml") -> ProfileDecoder:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return load_profile(path)


def reports(decoder: ProfileDecoder, topic: str, payload: bytes) -> list[Report]:
    return [said for said in decoder.decode(topic, payload) if isinstance(said, Report)]


def reasons(decoder: ProfileDecoder, topic: str, payload: bytes) -> list[str]:
    return [said.reason for said in decoder.decode(topic, payload) if isinstance(said, Reject)]


def test_shipped_profiles_load_and_each_says_where_it_is_from() -> None:
    names = [decoder.name for decoder in load_profiles()]
    assert names == sorted(names)
    assert {"neuron", "shelly-gen2", "tasmota", "thingsboard", "zigbee2mqtt"} <= set(names)
    for path in PROFILES.glob("*.toml"):
        lines = path.read_text("utf-8").splitlines()
        assert lines[0].startswith("# "), path
        assert any("(" in line and ("." in line or "/" in line) for line in lines[:3]), path
        assert max(map(len, lines)) <= 120, path


def test_a_folder_of_ones_own_comes_before_the_built_in(tmp_path: Path) -> None:
    profile(tmp_path, name="b.toml")
    profile(tmp_path, name="a.toml")
    names = [decoder.name for decoder in load_profiles(tmp_path)]
    assert names[:2] == ["a", "b"]
    assert names[2:] == [decoder.name for decoder in load_profiles()]


def test_one_of_the_same_name_takes_the_place_of_the_built_in(tmp_path: Path) -> None:
    profile(tmp_path, name="neuron.toml")
    decoders = load_profiles(tmp_path)
    assert [decoder.name for decoder in decoders].count("neuron") == 1
    assert decoders[0].name == "neuron"
    assert decoders[0].filters[0] == "plant/+/unit/+/data"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="profiles-of-mine is not a folder of profiles"):
        load_profiles(tmp_path / "profiles-of-mine")


def test_paths_topic_levels_payload_names_and_units(tmp_path: Path) -> None:
    decoder = profile(tmp_path)
    assert decoder.filters == ("plant/+/unit/+/data", "plant/+/gateway", "plant/+/hello")
    payload = (
        b'{"serial": 7, "head": {"stamp": 5}, "body": {"items": ['
        b'{"k": {"id": "q"}, "v": "2"}, {"k": {"id": "t"}, "v": 20}, {"k": {"id": "power_kw"}, "v": null}]}}'
    )
    (report,) = decoder.decode("plant/North/unit/3/data", payload)
    assert isinstance(report, Report)
    assert report.measurement is READINGS
    assert report.device == ("heat-works", "north-3-7")
    assert report.time == 5
    assert report.values == {"heat_gj": 7.2, "temperature_c": 20}
    assert report.item is None


def test_what_stands_in_the_topic_wins_over_the_payload(tmp_path: Path) -> None:
    (report,) = reports(profile(tmp_path), TOPIC, b'{"site": "x", "serial": 1, "body": {"values": {"t": 1}}}')
    assert report.device[1] == "a-b-1"
    assert report.time is None


def test_every_form_that_the_message_has_is_read(tmp_path: Path) -> None:
    both = (
        b'{"serial": 1, "body": {"items": [{"k": {"id": "t"}, "v": 1}], "values": {"t": 2, "quality": "x"}}}'
    )
    assert [report.values for report in reports(profile(tmp_path), TOPIC, both)] == [
        {"temperature_c": 1}, {"temperature_c": 2},
    ]  # fmt: skip


def test_odd_list_entries_spoil_only_themselves(tmp_path: Path) -> None:
    payload = b"""{"serial": 1, "body": {"items": [3, {"k": 1}, {"k": {"id": "x"}, "v": 1},
        {"k": {"id": "t"}, "e": "E7", "v": 0}, {"k": {"id": "quality"}, "v": 1},
        {"k": {"id": "q"}, "v": 1}]}}"""
    decoder = profile(tmp_path)
    assert reasons(decoder, TOPIC, payload) == [
        "unknown-channel: an entry without a tag",
        "unknown-channel: an entry without a tag",
        "unknown-channel: the profile maps no tag 'x'",
        "device-error: 't' is 'E7'",
    ]
    assert [report.values for report in reports(decoder, TOPIC, payload)] == [{"heat_gj": 3.6}]


@pytest.mark.parametrize(
    ("payload", "online"),
    [
        (b'{"state": "Online"}', 1.0),
        (b"offline", 0.0),
        (b'"online"', 1.0),
        (b"true", 1.0),
        (b" False\n", 0.0),
    ],
)
def test_a_status_is_the_word_of_the_device(tmp_path: Path, payload: bytes, online: float) -> None:
    (report,) = reports(profile(tmp_path), "plant/a/gateway", payload)
    assert report.measurement is DEVICE_STATUS
    assert (report.device, report.time, report.values) == (("heat-works", "a"), None, {"online": online})


def test_an_unknown_status_is_no_status(tmp_path: Path) -> None:
    decoder = profile(tmp_path)
    assert reasons(decoder, "plant/a/gateway", b"asleep") == [
        "unknown-status: 'asleep' is neither online nor offline"
    ]
    assert reports(decoder, "plant/a/gateway", b"1") == []


def test_the_empty_payload_that_clears_a_retained_word_says_nothing(tmp_path: Path) -> None:
    assert list(profile(tmp_path).decode("plant/a/gateway", b" ")) == []


def test_a_message_that_names_nothing_to_read_is_known_whatever_it_holds(tmp_path: Path) -> None:
    assert list(profile(tmp_path).decode("plant/a/hello", b"\xff{")) == []


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (TOPIC, b"[]", "unknown-form"),
        (TOPIC, b"", "empty-payload"),
        (TOPIC, b"online", "malformed-json"),
        (TOPIC, b'{"body": {"items": []}}', "bad-address: neither topic nor payload names the device"),
        (TOPIC, b'{"serial": 1.5, "body": {"items": []}}', "bad-address: neither"),
        (TOPIC, b'{"serial": true, "body": {"items": []}}', "bad-address: neither"),
        (TOPIC, b'{"serial": 1, "body": {"items": {}}}', "unknown-form"),
        ("plant/a/unit/b/other", b'{"serial": 1}', "unknown-topic: heat reads no such topic"),
        ("plant/\u697c/unit/b/data", b'{"serial": 1, "body": {"values": {}}}', "bad-address: '\u697c"),
        ("plant/a/gateway", b"[1]", "unknown-form"),
        ("plant/a/gateway", b"{", "malformed-json"),
        ("plant/a/gateway", b"\xe5\x9c\xa8", "malformed-json"),
        ("plant/a/gateway", b"x" * 200, "malformed-json"),
    ],
)  # fmt: skip
def test_messages_a_profile_cannot_read(tmp_path: Path, topic: str, payload: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        list(profile(tmp_path).decode(topic, payload))


def test_an_address_has_no_spaces_colons_or_slashes(tmp_path: Path) -> None:
    payload = b'{"serial": "Main 1/A:2", "body": {"values": {"t": 1}}}'
    (report,) = reports(profile(tmp_path), TOPIC, payload)
    assert report.device[1] == "a-b-main_1_a_2"


def and_with(line: str) -> str:
    """The profile with one more line in its first message."""
    return HEAT.replace('value = "v"\n', f'value = "v"\n{line}\n')


def heard_at(topic: str) -> str:
    """The profile with another last topic."""
    return HEAT.replace("plant/{site}/hello", topic)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("topic = ", "Invalid value"),
        ("", "missing required field `message`"),
        ("message = []", "no [[message]] says which topic"),
        ("[[message]]\nmeter = 'a'", "missing required field `topic` - at `$.message[0]`"),
        (HEAT.replace("[[message]]", "[[mesage]]"), "mesage"),
        (HEAT.replace('value = "v"', 'valeu = "v"'), "valeu"),
        (HEAT.replace("heat_gj", "heat_mwh"), "channels.q: 'heat_mwh' is not a channel"),
        (HEAT.replace("3.6", "0"), "channels.q: scale: 0.0 is no factor"),
        (HEAT.replace("3.6", "inf"), "channels.q: scale"),
        (HEAT.replace("heat-works", "Heat Works"), "namespace: 'Heat Works'"),
        (HEAT.replace('tag = "{k.id}"', ""), "message 1: tag: "),
        (HEAT.replace('meter = "{site}"', ""), "message 3: meter: it says whose"),
        (HEAT.replace('meter = "{site}"', 'meter = "{site"'), "message 3: meter: '{site' has a brace"),
        (and_with('values = "w"'), "message 1: list: an item has one form"),
        (HEAT.replace("head.stamp", "head..stamp"), "message 1: time: 'head..stamp' is not a path"),
        (and_with('each = "items"'), "message 1: each: 'items' goes through"),
        (and_with('when = { "a." = 1 }'), "message 1: when: 'a.' is not a path"),
        (and_with('time_unit = "h"'), "time_unit"),
        (heard_at("plant/{site...}/hello"), "topic: {site...} can only be the last"),
        (heard_at("plant/x{site}/hello"), "topic: 'x{site}': a name within a level"),
        (heard_at("plant/#"), "topic: '#' is no level"),
        (heard_at("{a}/{a}"), "topic: '{a}/{a}'"),
    ],
)  # fmt: skip
def test_a_wrong_profile_is_named_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profile(tmp_path, text)
    assert str(caught.value).startswith("profile heat.toml: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
