"""Profiles: a JSON device family described in TOML."""

from pathlib import Path

import pytest

from collectors.decoders import Reject, Report, Unreadable
from collectors.decoders.profile import PROFILES, ProfileDecoder, ProfileError, load_profile, load_profiles

HEAT = """
namespace = "heat-works"
topic = "plant/{site}/unit/{unit}/data"
meter = "{site}-{unit}-{serial}"
time = "head.stamp"
[[form]]
list = "body.items"
name = "k.id"
value = "v"
[channels]
q = { channel = "heat_gj", scale = 3.6 }
t = "temperature_c"
"""


def profile(tmp_path: Path, text: str = HEAT, name: str = "heat.toml") -> ProfileDecoder:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return load_profile(path)


def test_shipped_profiles_are_short_and_load() -> None:
    assert [decoder.name for decoder in load_profiles()] == ["neuron"]
    assert len((PROFILES / "neuron.toml").read_text("utf-8").splitlines()) <= 25


def test_a_folder_of_profiles_is_read_by_name(tmp_path: Path) -> None:
    profile(tmp_path, name="b.toml")
    profile(tmp_path, name="a.toml")
    assert [decoder.name for decoder in load_profiles(tmp_path)][:2] == ["a", "b"]


def test_paths_topic_levels_payload_names_and_units(tmp_path: Path) -> None:
    decoder = profile(tmp_path)
    assert decoder.filters == ("plant/+/unit/+/data",)
    payload = (
        b'{"serial": 7, "head": {"stamp": 5}, "body": {"items": ['
        b'{"k": {"id": "q"}, "v": "2"}, {"k": {"id": "t"}, "v": 20}, {"k": {"id": "power_kw"}, "v": null}]}}'
    )
    (report,) = decoder.decode("plant/North/unit/3/data", payload)
    assert isinstance(report, Report)
    assert report.device == ("heat-works", "north-3-7")
    assert report.time == 5
    assert report.values == {"heat_gj": 7.2, "temperature_c": 20, "power_kw": None}


def test_what_stands_in_the_topic_wins_over_the_payload(tmp_path: Path) -> None:
    (report,) = profile(tmp_path).decode(
        "plant/a/unit/b/data", b'{"site": "x", "serial": 1, "body": {"items": [{"k": {"id": "t"}, "v": 1}]}}'
    )
    assert isinstance(report, Report)
    assert report.device[1] == "a-b-1"
    assert report.time is None


def test_odd_list_entries_spoil_only_themselves(tmp_path: Path) -> None:
    said = list(
        profile(tmp_path).decode(
            "plant/a/unit/b/data",
            b'{"serial": 1, "body": {"items": [3, {"k": 1}, {"k": {"id": "t"}}]}}',
        )
    )
    assert [type(item) for item in said] == [Reject, Reject, Report]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("plant/a/unit/b/data", b"[]", "not-an-object"),
        ("plant/a/unit/b/data", b'{"body": {"items": []}}', "bad-address: neither topic nor payload"),
        ("plant/a/unit/b/data", b'{"serial": 1, "body": {"items": {}}}', "unknown-form"),
        ("plant/a/unit/b/other", b'{"serial": 1}', "unknown-topic"),
        ("plant/a b/unit/b/data", b'{"serial": 1}', "bad-address"),
    ],
)
def test_messages_a_profile_cannot_read(tmp_path: Path, topic: str, payload: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        list(profile(tmp_path).decode(topic, payload))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("topic = ", "Invalid value"),
        ('topic = "a"', "missing required field `meter`"),
        (HEAT.replace("form", "shape"), "shape"),
        (HEAT.replace('value = "v"', 'valeu = "v"'), "valeu"),
        (HEAT.replace('name = "k.id"', ""), "every form has"),
        (HEAT.replace("heat_gj", "heat_mwh"), "'heat_mwh' is not a channel"),
        (HEAT.replace("heat-works", "Heat Works"), "namespace 'Heat Works'"),
    ],
)
def test_a_wrong_profile_is_named_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profile(tmp_path, text)
    assert str(caught.value).startswith("profile heat.toml: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
