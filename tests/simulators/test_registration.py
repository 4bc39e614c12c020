"""What the city tells the service: complete, consistent, in the order in which it can be taken."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from simulators.changes import adjustment_document
from simulators.city import City
from simulators.registration import (
    contract_document,
    order_documents,
    refuel_documents,
    register_city,
    registry_document,
    slip_documents,
    vehicle_document,
)
from simulators.service import ServiceRefused
from tests.simulators.conftest import SMALL
from tests.simulators.stub_service import running_stub


def test_the_registry_names_everything_once(whole_city: City) -> None:
    registry = registry_document(whole_city)
    assert len(registry["institutions"]) == len(registry["buildings"]) == 26
    assert len(registry["meters"]) == 120
    for part in ("institutions", "buildings", "meters"):
        codes = [row["code"] for row in registry[part]]
        assert len(set(codes)) == len(codes)
    addresses = [row["address"] for row in registry["meters"]]
    assert len(set(addresses)) == 120


def test_every_reference_of_the_registry_leads_somewhere(whole_city: City) -> None:
    registry = registry_document(whole_city)
    institutions = {row["code"] for row in registry["institutions"]}
    buildings = {row["code"] for row in registry["buildings"]}
    meters = {row["code"] for row in registry["meters"]}
    for row in registry["institutions"]:
        assert row["parent"] is None or row["parent"] in institutions
    for row in registry["meters"]:
        assert row["institution"] in institutions
        assert row["building"] in buildings
        assert row["parent"] is None or row["parent"] in meters


def test_the_ledger_tells_ratio_width_and_replacement(small_city: City) -> None:
    meters = {row["code"]: row for row in registry_document(small_city)["meters"]}
    [plain] = meters["gov-s1"]["ledger"]
    assert plain == {"valid_from": "2020-01-01T00:00:00+08:00", "digits": 8}
    [secondary] = meters["yunshan-e1"]["ledger"]
    assert (secondary["ct"], secondary["already_primary"]) == (40.0, False)
    [narrow] = meters["finance-s1"]["ledger"]
    assert narrow["digits"] == 6
    old, new = meters["gov-h1"]["ledger"]
    assert "closing" not in old
    assert new["opening"] == 0.0
    assert new["closing"] > 0
    swapped = datetime.fromisoformat(new["valid_from"])
    assert SMALL.start < swapped.date() < SMALL.until


def test_two_lighting_circuits_have_two_names(small_city: City) -> None:
    meters = {row["code"]: row for row in registry_document(small_city)["meters"]}
    first, second = meters["gov-l1"], meters["gov-l2"]
    assert (first["role"], first["use"], first["parent"]) == ("sub", "lighting", "gov-e1")
    assert first["name_zh"] != second["name_zh"]
    assert first["name_en"] != second["name_en"]
    assert first["rated_kw"] > 0


def test_contracts_speak_in_dates_and_decimal_strings(small_city: City) -> None:
    for contract in small_city.contracts:
        written = contract_document(small_city, contract)
        dates = ("signed_on", "baseline_start", "baseline_end", "accepted_on")
        days = [date.fromisoformat(written[name]) for name in dates]
        assert days[0] < days[3]
        assert days[1] < days[2] < days[3]
        assert Decimal(written["price_yuan_per_kwh"]) == Decimal("0.735686")
        assert Decimal(written["minimum_completeness"]) == Decimal("0.95")
        assert written["esco_zh"]
        assert written["esco_en"].isascii()
        assert written["kind"] in {"shared", "guaranteed", "custody"}


def by_code(city: City, code: str) -> dict[str, Any]:
    [contract] = [one for one in city.contracts if one.code == code]
    return contract_document(city, contract)


def test_each_contract_says_what_it_retrofits_in_both_languages(whole_city: City) -> None:
    words = {
        "emc-001": ("照明节能", "lighting"),
        "emc-008": ("照明节能", "lighting"),
        "emc-009": ("室外照明", "outdoor lighting"),
        "emc-010": ("空调系统", "air-conditioning"),
    }
    for code, (zh, en) in words.items():
        written = by_code(whole_city, code)
        assert zh in written["name_zh"]
        assert written["name_en"].endswith(f" {en} retrofit")


def test_a_contract_says_how_it_is_measured_where_it_is_not_by_days(whole_city: City) -> None:
    documents = [contract_document(whole_city, contract) for contract in whole_city.contracts]
    assert all("measurement" not in document for document in documents[:7])
    assert [document["measurement"]["by"] for document in documents[7:]] == [
        "saving_rate", "lamps", "regression",
    ]  # fmt: skip
    assert by_code(whole_city, "emc-010")["measurement"]["weather"] == "gov-x1"
    assert by_code(whole_city, "emc-010")["meters"] == ["museum-h1"]


def test_only_what_follows_the_weather_has_a_limit_of_its_uncertainty(whole_city: City) -> None:
    documents = [contract_document(whole_city, contract) for contract in whole_city.contracts]
    assert all("limits" not in document for document in documents[:9])
    assert documents[9]["limits"] == {"uncertainty_share": "0.50"}


def test_an_inventory_has_no_meters_and_a_rate_has_tests_on_both_sides(whole_city: City) -> None:
    lamps, rate = by_code(whole_city, "emc-009"), by_code(whole_city, "emc-008")
    assert lamps["meters"] == []
    assert [group["count"] for group in lamps["measurement"]["groups"]] == [164, 58]
    assert rate["meters"] == ["primary-2-l1"]
    assert (len(rate["measurement"]["tests"]), rate["measurement"]["population"]) == (12, 400)
    for test in rate["measurement"]["tests"]:
        assert rate["baseline_start"] < test["before_on"] <= rate["baseline_end"]
        assert test["after_on"] == rate["accepted_on"]


def test_no_document_tells_the_true_saving(whole_city: City) -> None:
    for contract in whole_city.contracts:
        written = str(contract_document(whole_city, contract))
        assert str(contract.saving_rate) not in written
        assert str(round(contract.saving_rate, 4)) not in written


def office(_method: str, path: str) -> tuple[int, object]:
    """A service that answers a wording with its hash."""
    return 200, {"content_sha256": "ab" * 32} if "/adjustments/" in path else {}


def test_an_agreed_change_is_worded_then_approved_by_both_as_worded(whole_city: City) -> None:
    [change] = [change for change in whole_city.changes if change.adjustment]
    with running_stub(office) as stub:
        counts = register_city(whole_city, stub.url)
    path = f"/contracts/{change.contract}/adjustments/nra-1"
    asked = [(ask.method, ask.path) for ask in stub.asked if "adjustments" in ask.path]
    assert asked == [("PUT", path), ("POST", f"{path}/approve"), ("POST", f"{path}/approve")]
    [worded] = stub.bodies("PUT", path)
    assert worded == adjustment_document(change)
    given = stub.bodies("POST", f"{path}/approve")
    assert [one["side"] for one in given] == ["client", "esco"]
    assert {one["content_sha256"] for one in given} == {"ab" * 32}
    assert counts["adjustments"] == 1
    order = [ask.path for ask in stub.asked]
    assert order.index(f"/contracts/{whole_city.contracts[-1].code}") < order.index(path)


def test_refuels_and_slips_belong_to_vehicles(small_city: City) -> None:
    codes = {vehicle_document(vehicle)["code"] for vehicle in small_city.vehicles}
    refuels, slips = refuel_documents(small_city), slip_documents(small_city)
    assert {row["vehicle"] for row in refuels} <= codes
    assert {row["vehicle"] for row in slips} == codes
    for row in refuels:
        assert datetime.fromisoformat(row["at"]).date() < SMALL.until
    for row in slips:
        assert datetime.fromisoformat(row["start"]) < datetime.fromisoformat(row["end"])


def test_orders_carry_their_events_with_offsets(small_city: City) -> None:
    for row in order_documents(small_city):
        assert row["reported_at"].endswith("+08:00")
        stamps = [datetime.fromisoformat(event["at"]) for event in row["events"]]
        assert stamps == sorted(stamps)
        assert {event["kind"] for event in row["events"]} <= {
            "respond", "pause", "resume", "resize", "complete", "rate", "cancel",
        }  # fmt: skip


def test_registering_tells_everything_meters_first(small_city: City) -> None:
    with running_stub(lambda _method, _path: (200, {})) as stub:
        counts = register_city(small_city, stub.url, token="t")
    assert stub.asked[0].path == "/registry"
    paths = list(dict.fromkeys(asked.path for asked in stub.asked))
    contracts = [f"/contracts/{contract.code}" for contract in small_city.contracts]
    assert paths == [
        "/registry", *contracts, "/vehicles", "/trip-approvals", "/refuels", "/work-orders/import",
    ]  # fmt: skip
    assert sum(len(body) for body in stub.bodies("PUT", "/trip-approvals")) == counts["trip approvals"]
    assert sum(len(body) for body in stub.bodies("POST", "/refuels")) == counts["refuels"]
    assert sum(len(body) for body in stub.bodies("POST", "/work-orders/import")) == len(small_city.orders)
    assert counts["meters"] == len(small_city.meters)


def test_registering_twice_says_the_same(small_city: City) -> None:
    with running_stub(lambda _method, _path: (200, {})) as stub:
        register_city(small_city, stub.url)
        half = len(stub.asked)
        register_city(small_city, stub.url)
    assert [ask.body for ask in stub.asked[:half]] == [ask.body for ask in stub.asked[half:]]


def test_a_refused_contract_is_named(small_city: City) -> None:
    def answers(_method: str, path: str) -> tuple[int, object]:
        if path == "/contracts/emc-002":
            return 422, {"detail": "meters: gov-x is not registered"}
        return 200, {}

    with (
        running_stub(answers) as stub,
        pytest.raises(ServiceRefused, match="PUT /contracts/emc-002: 422 meters"),
    ):
        register_city(small_city, stub.url)
