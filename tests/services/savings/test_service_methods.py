"""Contracts by weather, lamps and a saving rate on a real store: what they settle, and what holds them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.clock import local_day_start, to_ms
from services.metering.schemas import RegistryDocument
from services.mv.baseline import NoBaseline
from services.mv.model import Days, Floats
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import SettlementState
from services.savings.jobs import job
from services.savings.service import ContractRefused, NoReport
from services.savings.settlement.document import Settlement, settle
from services.savings.settlement.events import Event, Kind, Role
from services.savings.settlement.verification import first_fault
from services.timeseries.schema import GAUGE_DAY, SAVINGS_DAY, SAVINGS_MONTH
from services.timeseries.store import Point
from tests.services.mv.circuits import noise
from tests.services.mv.published import building, weather
from tests.services.savings.conftest import ZONE, Town
from tests.services.savings.examples import body, document, frozen
from tests.services.savings.measurements import group, lamps, rate, regression

ROOF = {
    "code": "court-roof", "institution": "court", "name_zh": "屋顶温度", "name_en": "Roof", "role": "sub",
    "use": "weather", "ledger": [{"valid_from": "2024-01-01T00:00:00+08:00"}],
}  # fmt: skip
BASELINE_ROWS, REPORTING_ROWS = range(365), range(379, 379 + 108)
BY_WEATHER = regression(weather="court-roof")


def heated() -> Days:
    """Two years from 1 May 2024 of a heated and cooled building that nobody retrofits."""
    outdoor = weather(744, seed=9)
    plain = building(np.zeros(744), outdoor)
    flags = np.array([flag is True for flag in plain.working])
    course = 150 + 60 * flags + 7 * np.maximum(13 - outdoor, 0) + 11 * np.maximum(outdoor - 22, 0)
    return replace(plain, energy_kwh=course + 5 * noise(np.random.default_rng(3), (1, 744), 0.4)[0])


BUILDING = heated()


def tell_weather(
    town: Town, rows: Sequence[int], *, coverage: float = 1.0, warmer: float = 0.0, meter: str = "court-roof"
) -> None:
    """Store the day means of the outdoor temperature."""
    assert BUILDING.outdoor_c is not None
    mean: Floats = BUILDING.outdoor_c + warmer
    town.store.write(
        [
            Point(GAUGE_DAY, ("court", meter, "temperature_c"),
                  to_ms(local_day_start(BUILDING.days[i], ZONE)),
                  {"mean": float(mean[i]), "lowest": 0.0, "highest": 0.0, "coverage": coverage})
            for i in rows
        ]
    )  # fmt: skip


@pytest.fixture
def roofed(town: Town) -> Town:
    """The town with a roof sensor at another institution, and the building metered up to 30 August."""
    town.registry.apply(RegistryDocument.model_validate({"meters": [ROOF]}))
    town.meter(BUILDING.take(BASELINE_ROWS))
    after = BUILDING.take(REPORTING_ROWS)
    town.meter(replace(after, energy_kwh=0.8 * after.energy_kwh))
    tell_weather(town, BASELINE_ROWS)
    return town


def agreed(measurement: dict[str, Any] = BY_WEATHER, **fields: Any) -> ContractDocument:
    own: dict[str, Any] = {"meters": []} if measurement["by"] == "lamps" else {}
    return document(measurement=measurement, **own, **fields)


def june() -> list[int]:
    return [i for i in REPORTING_ROWS if f"{BUILDING.days[i]:%Y-%m}" == "2025-06"]


def settled(town: Town, deal: ContractDocument, month: str = "2025-06") -> Settlement:
    town.service.put_contract(deal)
    return town.service.settle(deal, month)[0]


def holds(found: Settlement) -> list[str]:
    return [one["what"] for one in found.document["results"]["holds"]]


def lines(found: Settlement) -> dict[str, str]:
    return {one["key"]: one["value"] for one in found.document["results"]["lines"]}


def test_a_weather_meter_is_on_file_and_may_be_another_institutions(roofed: Town) -> None:
    with pytest.raises(ContractRefused, match="measurement/weather: no meter 'no-roof'"):
        roofed.service.put_contract(agreed(regression(weather="no-roof")))
    roofed.service.put_contract(agreed())
    assert roofed.service.contracts.get("emc-001") == agreed()


def test_over_http_an_unknown_weather_meter_is_named_in_the_body(client: TestClient) -> None:
    answer = client.put("/contracts/emc-001", json=body(measurement=regression(weather="no-roof")))
    assert answer.status_code == 422
    assert answer.json()["detail"] == "body/measurement/weather: no meter 'no-roof'"


def test_a_saving_by_weather_is_recovered_from_the_store(roofed: Town) -> None:
    tell_weather(roofed, REPORTING_ROWS)
    history = roofed.service.history(agreed())
    found = roofed.service.savings(history)
    days = [day for day in found.days if day.day <= date(2025, 8, 30)]
    assert all(day.left_out is None for day in days)
    truth = 0.2 * float(BUILDING.energy_kwh[REPORTING_ROWS.start : REPORTING_ROWS.stop].sum())
    assert abs(found.total.savings_kwh - truth) <= found.total.uncertainty_kwh < 0.5 * truth
    assert history.baseline.columns[-1] == "outdoor_c"


def test_a_day_whose_weather_was_hardly_measured_is_left_out_with_its_own_reason(
    roofed: Town, client: TestClient
) -> None:
    tell_weather(roofed, REPORTING_ROWS)
    tell_weather(roofed, june()[4:6], coverage=0.49)
    assert client.put("/contracts/emc-001", json=body(measurement=BY_WEATHER)).status_code == 200
    days = client.get("/contracts/emc-001/savings?grain=day").json()["items"]
    out = {one["start"]: one for one in days if one["left_out"] == "no_weather"}
    assert list(out)[:2] == ["2025-06-05", "2025-06-06"]
    of = out["2025-06-05"]
    assert (of["coverage"], of["baseline_kwh"], of["savings_kwh"]) == (1.0, None, None)
    assert of["actual_kwh"] > 0
    months = {one["start"]: one for one in client.get("/contracts/emc-001/savings").json()["items"]}
    assert months["2025-06-01"]["coverage"] == pytest.approx(28 / 30, abs=1e-5)


def test_a_month_waits_for_its_weather_as_long_as_for_its_readings(roofed: Town) -> None:
    roofed.now = datetime(2025, 7, 5, 4, tzinfo=UTC)
    tell_weather(roofed, [i for i in REPORTING_ROWS if i not in june()[10:12]])
    with pytest.raises(NoReport, match="2025-06: data are missing, and waited for until 2025-07-11"):
        settled(roofed, agreed())
    tell_weather(roofed, june()[10:12])
    found = settled(roofed, agreed())
    assert (found.state, holds(found)) == (SettlementState.DRAFT, [])
    assert first_fault(found.document) is None


def test_weather_that_never_came_holds_the_month_until_a_person_releases_it(roofed: Town) -> None:
    tell_weather(roofed, [i for i in REPORTING_ROWS if i not in june()[10:16]])
    roofed.service.put_contract(agreed())
    held = settled(roofed, agreed())
    assert (held.state, holds(held)) == (SettlementState.HELD, ["month_completeness"])
    assert held.document["results"]["holds"][0]["figure"] == 0.8
    assert held.document["results"]["period"]["days_left_out"] == 6
    assert held.esco_fee_yuan is None
    word = Event(1, Kind.RELEASE, "Li", Role.BUREAU, roofed.now, "the station was out of order")
    free = roofed.service.step(agreed(), "2025-06", word)
    assert free is not None
    assert (free.version, free.state) == (2, SettlementState.DRAFT)
    assert free.esco_fee_yuan is not None
    assert free.esco_fee_yuan > 0
    assert first_fault(free.document) is None


def test_late_weather_makes_a_draft_anew_and_restates_what_a_party_holds(roofed: Town) -> None:
    tell_weather(roofed, [i for i in REPORTING_ROWS if i not in june()[10:11]])
    roofed.service.put_contract(agreed())
    run = job(roofed.service)
    run.run(None)
    first = roofed.service.settlements.get("emc-001", "2025-06")
    assert first is not None
    assert (first.version, first.state) == (1, SettlementState.DRAFT)
    tell_weather(roofed, june()[10:11])
    run.run(None)
    second = roofed.service.settlements.get("emc-001", "2025-06")
    assert second is not None
    assert second.version == 2
    assert second.difference_kwh is not None
    assert second.difference_kwh > 0
    confirm = Event(2, Kind.CONFIRM, "Wang", Role.CLIENT, roofed.now)
    assert roofed.service.step(agreed(), "2025-06", confirm) is not None
    tell_weather(roofed, june()[20:], warmer=4.0)
    run.run(None)
    standing = roofed.service.settlements.standings("emc-001")["2025-06"][-1]
    assert standing.version == 2
    assert standing.restatement is not None
    july = roofed.service.settlements.get("emc-001", "2025-07")
    assert july is not None
    assert july.version == 1


def test_another_baseline_weather_settles_every_draft_anew(roofed: Town) -> None:
    tell_weather(roofed, REPORTING_ROWS)
    roofed.service.put_contract(agreed())
    run = job(roofed.service)
    run.run(None)
    tell_weather(roofed, range(100, 140), warmer=2.0)
    run.run(None)
    assert [one.version for one in roofed.service.settlements.latest("emc-001")] == [2, 2, 2, 2]


def test_running_again_with_weather_changes_nothing(roofed: Town) -> None:
    tell_weather(roofed, REPORTING_ROWS)
    roofed.service.put_contract(agreed())
    job(roofed.service).run(None)
    before = roofed.service.settlements.of_contract("emc-001")
    job(roofed.service).run(None)
    assert roofed.service.settlements.of_contract("emc-001") == before
    assert len(before) == 4


REASONS: list[tuple[dict[str, Any], str]] = [
    (regression(weather="hall-l2"), "no baseline day has a temperature of 'hall-l2'"),
    (regression(form="daylight"), "the agreed form does not fit the baseline: daylight: these days have not"),
]


@pytest.mark.parametrize(("measurement", "why"), REASONS)
def test_a_contract_without_a_baseline_says_why_everywhere_and_the_job_goes_on(
    roofed: Town, client: TestClient, measurement: dict[str, Any], why: str
) -> None:
    nowhere: dict[str, Any] = {
        "latitude": None,
        "longitude": None,
        "institution": "court",
        "meters": ["court-l1"],
    }
    town, deal = roofed, body(measurement=measurement, **nowhere)
    town.meter(BUILDING.take(BASELINE_ROWS), "court-l1")
    assert client.put("/contracts/emc-001", json=deal).status_code == 200
    assert client.put("/contracts/emc-002", json=body(measurement=rate())).status_code == 200
    answer = client.get("/contracts/emc-001/savings").json()
    assert (answer["total"], answer["items"]) == (None, [])
    assert why in answer["reason"]
    refused = client.post("/contracts/emc-001/settlements", json={"month": "2025-06"})
    assert refused.status_code == 409
    assert why in refused.json()["detail"]
    job(town.service).run(None)
    assert town.service.settlements.of_contract("emc-001") == []
    assert [one.month for one in town.service.settlements.of_contract("emc-002")] == [
        "2025-05", "2025-06", "2025-07", "2025-08",
    ]  # fmt: skip
    with pytest.raises(NoBaseline, match=why.partition(":")[0]):
        town.service.history(town.service.contracts.all()[0])


LAMPS = lamps()


def test_the_worked_truth_of_a_thousand_lamps_as_a_settled_contract(town: Town) -> None:
    found = settled(town, agreed(LAMPS))
    assert (found.state, holds(found)) == (SettlementState.DRAFT, [])
    assert {key: lines(found)[key] for key in ("baseline_kwh", "actual_kwh", "savings_kwh")} == {
        "baseline_kwh": "8800.00", "actual_kwh": "3520.00", "savings_kwh": "5280.00",
    }  # fmt: skip
    assert lines(found)["savings_yuan"] == "3884.42"
    assert found.esco_fee_yuan == Decimal("3107.54")
    assert found.document["results"]["client_keeps_yuan"] == "776.88"
    assert found.document["results"]["model"]["form"] == "option_a"
    assert found.document["inputs"]["reporting_days"][0][3] == []
    assert first_fault(found.document) is None


def test_lamps_settle_every_month_by_themselves_and_are_told_to_grafana(town: Town) -> None:
    town.service.put_contract(agreed(LAMPS))
    job(town.service).run(None)
    found = town.service.settlements.of_contract("emc-001")
    assert [(one.month, one.state.value) for one in found] == [
        (month, "draft") for month in ("2025-05", "2025-06", "2025-07", "2025-08")
    ]
    assert [lines(one)["savings_kwh"] for one in found] == ["2895.49", *["5280.00"] * 3]  # 4825.81 - 1930.32
    (months,) = town.store.read(SAVINGS_MONTH)
    assert months.fields["savings_kwh"][1:4].tolist() == [5280.0] * 3
    assert set(months.fields["coverage"].tolist()) == {1.0}
    (days,) = town.store.read(SAVINGS_DAY)
    assert len(days.times_ms) == 128
    assert days.fields["savings_kwh"].sum() == pytest.approx(months.fields["savings_kwh"].sum())


def test_lamps_settle_on_the_first_day_after_the_month(town: Town) -> None:
    town.now = datetime(2025, 6, 30, 17, tzinfo=UTC)  # 1 July, 01:00 local
    assert settled(town, agreed(LAMPS)).state is SettlementState.DRAFT
    town.now -= timedelta(hours=2)
    with pytest.raises(NoReport, match="2025-06: the month is not over"):
        settled(town, agreed(LAMPS))


def test_lamps_of_working_days_follow_the_calendar_and_wait_where_it_ends(town: Town) -> None:
    """June 2025 has 20 working days: the Dragon Boat Festival's Monday is none."""
    by_calendar = lamps(group(days_a_month=None, on="working_days"))
    assert lines(settled(town, agreed(by_calendar)))["savings_kwh"] == "4800.00"
    town.now = datetime(2099, 7, 20, tzinfo=UTC)
    late = agreed(
        by_calendar, signed_on="2098-01-01", accepted_on="2099-01-31",
        baseline_start="2098-01-01", baseline_end="2098-12-31",
    )  # fmt: skip
    held = settled(town, late, "2099-06")
    assert (held.state, holds(held)) == (SettlementState.HELD, ["days_without_calendar"])
    town.service.put_contract(late)
    word = Event(1, Kind.RELEASE, "Li", Role.BUREAU, town.now, "nobody worked")
    free = town.service.step(late, "2099-06", word)
    assert free is not None
    assert (free.state, free.esco_fee_yuan) == (SettlementState.DRAFT, Decimal("0.00"))


def test_a_saving_rate_turns_the_after_meter_into_money(town: Town) -> None:
    town.meter(BUILDING.take(REPORTING_ROWS))
    found = settled(town, agreed(rate()))
    used = Decimal(lines(found)["actual_kwh"])
    assert used == pytest.approx(Decimal(float(BUILDING.energy_kwh[june()].sum())), abs=Decimal("0.1"))
    assert Decimal(lines(found)["savings_kwh"]) == pytest.approx(used * Decimal("1.5"), abs=Decimal("0.1"))
    results = found.document["results"]
    assert (found.state, results["model"]["form"], results["model"]["rate"]["rate"]) == (
        SettlementState.DRAFT, "saving_rate", 0.6,
    )  # fmt: skip
    assert results["period"]["uncertainty_kwh"] > 0
    assert results["comparison"] is None
    assert first_fault(found.document) is None


def test_a_saving_rate_with_a_lost_week_waits_for_a_person(town: Town) -> None:
    town.meter(BUILDING.take([i for i in REPORTING_ROWS if i not in june()[:7]]))
    held = settled(town, agreed(rate()))
    assert holds(held) == ["month_completeness"]
    assert held.document["results"]["period"]["days_measured"] == 23


def test_a_working_calendar_that_ends_holds_a_month_of_a_regression_too() -> None:
    inputs = frozen()
    for row in inputs["reporting_days"][10:]:
        row[1] = None
    results = settle(inputs)["results"]
    assert results["state"] == "held"
    assert [(one["what"], one["figure"]) for one in results["holds"]] == [("month_completeness", 0.333333)]
    assert {day["left_out"] for day in results["days"][10:]} == {"no_calendar"}


LIMITS = [
    ({"cvrmse": "0.001"}, "contract_cvrmse"),
    ({"r2": "0.9999"}, "contract_r2"),
    ({"uncertainty_share": "0.001"}, "contract_uncertainty_share"),
]


@pytest.mark.parametrize(("limits", "what"), LIMITS)
def test_a_limit_of_the_contract_holds_the_month_and_a_person_may_release_it(
    roofed: Town, limits: dict[str, str], what: str
) -> None:
    tell_weather(roofed, REPORTING_ROWS)
    deal = agreed(limits=limits)
    roofed.service.put_contract(deal)
    held = settled(roofed, deal)
    assert (held.state, holds(held)) == (SettlementState.HELD, [what])
    (missed,) = held.document["results"]["holds"]
    assert missed["limit"] == float(next(iter(limits.values())))
    assert missed["source"] == "contract emc-001"
    assert held.esco_fee_yuan is None
    word = Event(1, Kind.RELEASE, "Li", Role.BUREAU, roofed.now, "agreed in the minutes of 3 July")
    free = roofed.service.step(deal, "2025-06", word)
    assert free is not None
    assert (free.state, holds(free)) == (SettlementState.DRAFT, [what])
    assert free.esco_fee_yuan is not None
    assert first_fault(free.document) is None


def test_limits_that_are_kept_hold_nothing(roofed: Town) -> None:
    tell_weather(roofed, REPORTING_ROWS)
    wide = {"cvrmse": "0.3", "r2": "0.7", "net_bias": "0.005", "uncertainty_share": "0.5"}
    assert settled(roofed, agreed(limits=wide)).state is SettlementState.DRAFT


def test_a_limit_of_the_uncertainty_is_asked_of_lamps_and_rates_too(town: Town) -> None:
    limits = {"uncertainty_share": "0.01"}
    held = settled(town, agreed(LAMPS, limits=limits))
    assert holds(held) == ["contract_uncertainty_share"]
    town.meter(BUILDING.take(REPORTING_ROWS))
    assert holds(settled(town, agreed(rate(), limits=limits), "2025-07")) == ["contract_uncertainty_share"]


def test_readings_from_before_the_retrofit_settle_no_saving_rate_anew(town: Town) -> None:
    town.meter(BUILDING.take(REPORTING_ROWS))
    found = settled(town, agreed(rate()))
    assert found.document["inputs"]["baseline_days"] == []
    town.meter(BUILDING)
    assert settled(town, agreed(rate())).version == found.version == 1
