"""Which topics carry frames: the canonical ones, and those of a profile."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collectors.decoders import Report, Unreadable
from collectors.decoders.profile import ProfileError
from collectors.decoders.transparent import FrameDecoder, load_frame_decoders
from collectors.routing import Router, all_decoders
from services.metering.model import Quality
from tests.collectors.parts import ARRIVAL_MS
from tests.collectors.serial_frames import dlt645_reply, modbus_reply, water

ZONE = ZoneInfo("Asia/Shanghai")

ENERGY = dlt645_reply("123456789012", "00010000", "00000123")
PROFILE = """
topic = "dtu/{gateway}/up"
protocol = "dlt645"
namespace = "north-depot"
"""


def decoders(folder: Path, text: str = PROFILE, name: str = "depot") -> dict[str, FrameDecoder]:
    (folder / "frames").mkdir(exist_ok=True)
    (folder / "frames" / f"{name}.toml").write_text(text, "utf-8")
    return {decoder.name: decoder for decoder in load_frame_decoders(folder)}


def device(decoder: FrameDecoder, topic: str, payload: bytes) -> tuple[str, str]:
    (report,) = decoder.decode(topic, payload)
    assert isinstance(report, Report)
    return report.device


def test_every_protocol_has_its_canonical_topic() -> None:
    assert {decoder.name: decoder.filters for decoder in load_frame_decoders()} == {
        name: (f"kilowitness/v1/+/+/frames/{name}",) for name in ("cjt188", "dlt645", "modbus-acrel-adw300")
    }
    assert not any(decoder.stateful for decoder in load_frame_decoders())


def test_the_collector_listens_to_them() -> None:
    assert {"kilowitness/v1/+/+/frames/dlt645", "kilowitness/v1/+/+/frames/cjt188", "jt808/+/+/up"} <= set(
        Router(all_decoders(), ZONE).filters()
    )


def test_the_address_is_the_institution_and_the_number_in_the_frame() -> None:
    built_in = {decoder.name: decoder for decoder in load_frame_decoders()}
    at = "kilowitness/v1/city-hall/{}/frames/{}".format
    assert device(built_in["dlt645"], at("gw-7", "dlt645"), ENERGY) == ("city-hall", "123456789012")
    assert device(built_in["cjt188"], at("gw-7", "cjt188"), water("00000001")) == (
        "city-hall",
        "78330011223344",
    )
    adw300 = built_in["modbus-acrel-adw300"]
    block = modbus_reply(5, [0] * 46)
    assert device(adw300, at("GW-7", adw300.name), block) == ("city-hall", "gw-7.5")


def test_readings_are_of_the_time_of_arrival_and_say_so() -> None:
    router = Router(all_decoders(), ZONE)
    understood = router.understand("kilowitness/v1/city-hall/gw-7/frames/dlt645", ENERGY, ARRIVAL_MS)
    assert understood.decoder == "dlt645"
    (point,) = understood.points
    assert point.time_ms == ARRIVAL_MS
    assert point.fields == {"energy_kwh": 1.23, "quality": float(Quality.ARRIVAL_TIME)}


def test_a_meters_clock_is_of_the_institutions_zone() -> None:
    router = Router(all_decoders(), ZONE)
    payload = water("00032109", clock="20261122155900")
    understood = router.understand("kilowitness/v1/city-hall/gw-7/frames/cjt188", payload, ARRIVAL_MS)
    (point,) = understood.points
    assert point.time_ms == ARRIVAL_MS - 60_000
    assert point.fields == {"water_m3": 321.09, "quality": float(Quality.ZONE_ASSUMED)}


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("kilowitness/v1/City/gw/frames/dlt645", "bad-address"),
        ("kilowitness/v1/city/g w/frames/dlt645", "bad-address"),
        ("kilowitness/v1//gw/frames/dlt645", "bad-address"),
        ("kilowitness/v1/city/gw/frames/cjt188", "unknown-topic"),
        ("kilowitness/v1/city/gw/frames/dlt645/x", "unknown-topic"),
    ],
)
def test_topics_that_name_no_one(topic: str, reason: str) -> None:
    built_in = {decoder.name: decoder for decoder in load_frame_decoders()}
    with pytest.raises(Unreadable, match=reason):
        list(built_in["dlt645"].decode(topic, ENERGY))


def test_a_profile_gives_a_vendors_topics_a_protocol(tmp_path: Path) -> None:
    depot = decoders(tmp_path)["depot"]
    assert depot.filters == ("dtu/+/up",)
    assert device(depot, "dtu/AB.12/up", ENERGY) == ("north-depot", "123456789012")


def test_a_profile_is_called_as_its_file_and_so_is_its_namespace(tmp_path: Path) -> None:
    depot = decoders(tmp_path, 'topic = "up/dtu"\nprotocol = "cjt188"\n')["depot"]
    assert depot.filters == ("up/dtu",)
    assert device(depot, "up/dtu", water("00000001")) == ("depot", "78330011223344")


def test_a_vendors_topic_may_name_the_institution_itself(tmp_path: Path) -> None:
    text = 'topic = "{institution}/{line}/{gateway}/raw"\nprotocol = "modbus-acrel-adw300"\n'
    depot = decoders(tmp_path, text)["depot"]
    assert depot.filters == ("+/+/+/raw",)
    block = modbus_reply(5, [0] * 46)
    assert device(depot, "town-hall/L 1/D7/raw", block) == ("town-hall", "d7.5")
    with pytest.raises(Unreadable, match="bad-address"):
        list(depot.decode("Town Hall/l1/d7/raw", block))


def test_a_users_register_map_is_a_protocol_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "modbus").mkdir()
    (tmp_path / "modbus" / "pump.toml").write_text(
        "poll = [{ start = 3, count = 1 }]\n[registers]\n"
        '3 = { channel = "power_kw", type = "u16", scale = 0.1 }\n',
        "utf-8",
    )
    text = 'topic = "dtu/{gateway}"\nprotocol = "modbus-pump"\nnamespace = "works"\n'
    found = decoders(tmp_path, text)
    assert found["modbus-pump"].filters == ("kilowitness/v1/+/+/frames/modbus-pump",)
    (report,) = found["depot"].decode("dtu/a", modbus_reply(9, [1234]))
    assert isinstance(report, Report)
    assert (report.device, dict(report.values)) == (("works", "a.9"), {"power_kw": 123.4})


def test_the_users_profiles_are_asked_first(tmp_path: Path) -> None:
    decoders(tmp_path, name="b")
    assert [decoder.name for decoder in load_frame_decoders(tmp_path)][:2] == ["b", "cjt188"]
    router = Router(all_decoders(tmp_path), ZONE)
    understood = router.understand("dtu/x/up", ENERGY.hex().encode(), ARRIVAL_MS)
    assert understood.decoder == "b"
    assert understood.points[0].tags == ("north-depot", "123456789012")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("topic = ", "Invalid value"),
        ('topic = "a"', "missing required field `protocol`"),
        (
            PROFILE.replace("dlt645", "dlt698"),
            "protocol 'dlt698' is none of cjt188, dlt645, modbus-acrel-adw300",
        ),
        (PROFILE.replace("dlt645", "modbus-other"), "'modbus-other' is none of"),
        (PROFILE.replace("dlt645", "modbus-acrel-adw300").replace("{gateway}", "{dtu}"), "the {gateway}"),
        (PROFILE.replace("{gateway}", "+"), "'+' is neither a {name} nor plain"),
        (PROFILE.replace("{gateway}", "x-{gateway}"), "'x-{gateway}' is neither"),
        (PROFILE.replace("up", "#"), "'#' is neither"),
        (PROFILE.replace("up", "{gateway}"), "{gateway} stands twice"),
        (PROFILE.replace("north-depot", "North Depot"), "namespace 'North Depot'"),
        (PROFILE.replace("namespace", "name_space"), "name_space"),
    ],
)
def test_a_wrong_profile_is_named_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        decoders(tmp_path, text)
    assert str(caught.value).startswith("frame profile depot.toml: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
