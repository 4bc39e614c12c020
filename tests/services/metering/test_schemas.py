"""Each fault of a registry document is refused with the field it lies in."""

import pytest
from pydantic import ValidationError

from tests.services.metering.documents import Entry, building, document, institution, line, meter


def refusal(**entries: list[Entry]) -> str:
    """Where and why a document is refused."""
    with pytest.raises(ValidationError) as caught:
        document(**entries)
    first = caught.value.errors()[0]
    return ".".join(str(part) for part in first["loc"]) + ": " + first["msg"]


def test_a_full_document_is_read_with_its_defaults() -> None:
    read = document(institutions=[institution("a")], buildings=[building("b", "a")], meters=[meter("m", "a")])
    entry = read.meters[0]
    assert entry.address == "a/m"
    assert entry.gap_limit_s == 5400
    assert (entry.ledger[0].digits, entry.ledger[0].already_primary) == (8, True)
    assert document().meters == []


def test_an_address_of_its_own_is_kept() -> None:
    assert document(meters=[meter("m", "a", address="acrel-adw/20201998")]).meters[0].address == (
        "acrel-adw/20201998"
    )
    assert document(meters=[meter("m", "a", address=None)]).meters[0].address == "a/m"


@pytest.mark.parametrize("code", ["", "A", "a b", "a/b", "局", "x" * 65, "a\n"])
def test_a_code_is_what_a_topic_can_carry(code: str) -> None:
    assert refusal(institutions=[institution(code)]).startswith("institutions.0.code: ")
    assert refusal(meters=[meter(code, "a")]).startswith("meters.0.code: ")


@pytest.mark.parametrize("address", ["m", "a/m/x", "A/m", "a/", "/m", ""])
def test_an_address_is_institution_and_meter(address: str) -> None:
    assert refusal(meters=[meter("m", "a", address=address)]).startswith("meters.0.address: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "chief"), ("use", "light"), ("rated_kw", 0), ("rated_kw", float("nan")), ("gap_limit_s", 0),
        ("ledger", []), ("colour", "red"), ("name_zh", ""),
    ],
)  # fmt: skip
def test_a_wrong_field_of_a_meter_is_named(field: str, value: object) -> None:
    assert refusal(meters=[meter("m", "a", **{field: value})]).startswith(f"meters.0.{field}: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "office"),
        ("floor_area_m2", -1),
        ("head_count", 0),
        ("head_count", 10**30),
        ("latitude", 91),
        ("longitude", 181),
    ],
)
def test_a_wrong_field_of_an_institution_is_named(field: str, value: object) -> None:
    assert refusal(institutions=[institution("a", **{field: value})]).startswith(f"institutions.0.{field}: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("valid_from", "2025-01-01T00:00:00"), ("valid_from", "0001-01-01T00:00:00+08:00"),
        ("ct", 0), ("pt", -1), ("digits", 0), ("digits", 13),
        ("closing", -1), ("opening", float("inf")),
    ],
)  # fmt: skip
def test_a_wrong_field_of_a_ledger_line_is_named(field: str, value: object) -> None:
    ledger = [line(), line("2025-06-01T00:00:00+08:00") | {field: value}]
    assert refusal(meters=[meter("m", "a", ledger=ledger)]).startswith(f"meters.0.ledger.1.{field}: ")


def test_ledger_lines_follow_each_other_in_time() -> None:
    for second in ("2025-01-01T00:00:00+08:00", "2024-12-31T16:00:00Z", "2024-01-01T00:00:00+08:00"):
        said = refusal(meters=[meter("m", "a", ledger=[line(), line(second)])])
        assert "ledger[1].valid_from: not after the line before it" in said


def test_registers_fit_their_devices_digits() -> None:
    later = "2025-06-01T00:00:00+08:00"
    ledger = [line(digits=6), line(later, digits=4, closing=999_999.9, opening=9_999.9)]
    assert document(meters=[meter("m", "a", ledger=ledger)]).meters[0].ledger[1].closing == 999_999.9
    ledger[1] = line(later, digits=8, closing=1_000_000)
    assert "ledger[1].closing: more than" in refusal(meters=[meter("m", "a", ledger=ledger)])
    ledger[1] = line(later, digits=4, closing=0, opening=10_000)
    assert "ledger[1].opening: more than" in refusal(meters=[meter("m", "a", ledger=ledger)])


def test_the_closing_register_stands_on_the_new_devices_line() -> None:
    said = refusal(meters=[meter("m", "a", ledger=[line(closing=8_000)])])
    assert "ledger[0].closing: the first line replaces no device" in said


def test_no_code_and_no_address_occurs_twice() -> None:
    twice = [institution("a"), institution("a")]
    assert "institutions.code: 'a' occurs more than once" in refusal(institutions=twice)
    assert "buildings.code: 'b'" in refusal(buildings=[building("b", "a"), building("b", "c")])
    assert "meters.code: 'm'" in refusal(meters=[meter("m", "a"), meter("m", "b")])
    claimed = [meter("m", "a"), meter("n", "a", address="a/m")]
    assert "meters.address: 'a/m' occurs more than once" in refusal(meters=claimed)


def test_a_line_says_of_single_channels_what_differs() -> None:
    told = {"energy_kwh": {"scale": 0.01, "unit": "MWh"}, "power_kw": {"scale": -1}}
    entry = document(meters=[meter("m", "a", ledger=[line(channels=told, rated_kw=80)])]).meters[0]
    assert (entry.ledger[0].channels["energy_kwh"].scale, entry.ledger[0].rated_kw) == (0.01, 80)
    assert entry.ledger[0].channels["power_kw"].unit is None


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ({"energy_wh": {}}, "'energy_wh' is none of energy_kwh"),
        ({"energy_kwh": {"unit": "BTU"}}, "energy_kwh.unit: 'BTU' is none of kWh, Wh, MWh"),
        ({"water_m3": {"unit": "kWh"}}, "water_m3.unit: 'kWh' is none of m³"),
        ({"energy_kwh": {"scale": 0}}, "energy_kwh.scale: a register's is positive"),
        ({"energy_kwh": {"scale": -1}}, "energy_kwh.scale: a register's is positive"),
        ({"power_kw": {"scale": 0}}, "power_kw.scale: a register's is positive, a gauge's is not 0"),
        ({"power_kw": {"digits": 6}}, "power_kw: a gauge has no digits"),
        ({"energy_kwh": {"scale": float("inf")}}, "finite number"),
        ({"energy_kwh": {"factor": 2}}, "Extra inputs"),
        (
            {"energy_export_kwh": {"closing": 5}},
            "energy_export_kwh.closing: the first line replaces",
        ),
        (
            {"energy_export_kwh": {"opening": 1e8}},
            "energy_export_kwh.opening: more than the device's 8",
        ),
    ],
)
def test_terms_that_no_channel_can_have_are_refused(channels: Entry, said: str) -> None:
    assert said in refusal(meters=[meter("m", "a", ledger=[line(channels=channels)])])


def test_closing_registers_of_a_channel_fit_its_own_old_face() -> None:
    narrow = {"energy_export_kwh": {"digits": 3}}
    later = line("2025-06-01T00:00:00+08:00", channels={"energy_export_kwh": {"closing": 1_000}})
    said = refusal(meters=[meter("m", "a", ledger=[line(channels=narrow), later])])
    assert "channels.energy_export_kwh.closing: more than the old device's 3 digits" in said
    document(meters=[meter("m", "a", ledger=[line(), later])])


def test_a_clock_has_a_zone_that_exists() -> None:
    assert document(meters=[meter("m", "a")]).meters[0].time_zone is None
    assert document(meters=[meter("m", "a", time_zone="Asia/Urumqi")]).meters[0].time_zone == "Asia/Urumqi"
    for wrong in ("Asia/Nowhere", "", "../etc/passwd", "+08:00", "Asia"):
        said = refusal(meters=[meter("m", "a", time_zone=wrong)])
        assert said.startswith("meters.0.time_zone: ")
