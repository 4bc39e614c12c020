from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.clock import from_ms
from services.metering.schemas import RegistryDocument
from services.savings.contract.model import SettlementState
from services.savings.jobs import ContractsFailed, job
from services.savings.settlement.events import Event, Kind, Role
from services.savings.settlement.standing import Standing
from services.savings.tables import SettlementRow
from services.scheduling import Job, run_cycle
from services.timeseries.schema import SAVINGS_DAY, SAVINGS_MONTH, SAVINGS_TOTAL
from services.timeseries.store import Series
from tests.services.mv.circuits import baseline_part, reporting_part, two_years
from tests.services.savings.conftest import ZONE, Town, lose
from tests.services.savings.examples import document


@pytest.fixture
def savings_job(town: Town) -> Job:
    town.service.put_contract(document())
    return job(town.service)


def only(series: list[Series]) -> Series:
    assert len(series) == 1
    assert series[0].tags == {"contract": "emc-001", "institution": "hall"}
    return series[0]


def months(town: Town) -> dict[str, str]:
    return {row.month: row.state.value for row in town.service.settlements.of_contract("emc-001")}


def test_writes_what_the_service_says_by_day_and_month(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    savings = town.service.savings(town.service.history(document()))
    days, by_month = only(town.store.read(SAVINGS_DAY)), only(town.store.read(SAVINGS_MONTH))
    assert len(days.times_ms) == 128
    assert days.fields["savings_kwh"].sum() == pytest.approx(savings.total.savings_kwh)
    assert by_month.fields["uncertainty_kwh"].tolist() == [m.uncertainty_kwh for m in savings.months]
    starts = [from_ms(int(t)).astimezone(ZONE) for t in by_month.times_ms]
    assert [f"{t:%m-%d %H}" for t in starts] == ["05-01 00", "06-01 00", "07-01 00", "08-01 00", "09-01 00"]


def test_the_total_is_what_the_service_says_to_the_digit(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    total = town.service.savings(town.service.history(document())).total
    told = only(town.store.read(SAVINGS_TOTAL))
    assert {name: column.tolist() for name, column in told.fields.items()} == {
        name: [getattr(total, name)] for name in SAVINGS_TOTAL.fields
    }
    assert from_ms(int(told.times_ms[0])).astimezone(ZONE).date() == total.start


def test_drafts_follow_the_place_that_their_daylight_is_of(town: Town, savings_job: Job) -> None:
    town.service.put_contract(document(latitude=None, longitude=None))
    town.meter_until("2025-09-20")
    savings_job.run(None)
    hall: dict[str, object] = {
        "code": "hall", "name_zh": "会堂", "name_en": "Hall", "kind": "culture", "county": "市直",
        "latitude": 45.0, "longitude": 111.3,
    }  # fmt: skip
    town.registry.apply(RegistryDocument.model_validate({"institutions": [hall]}))
    savings_job.run(None)
    june = town.service.settlements.get("emc-001", "2025-06")
    assert june is not None
    assert (june.version, june.document["inputs"]["place"]["latitude"]) == (2, 45.0)


def test_money_of_closed_months_is_that_of_their_settlement(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    by_month = only(town.store.read(SAVINGS_MONTH))
    fees = [float(row.esco_fee_yuan or 0) for row in town.service.settlements.of_contract("emc-001")]
    assert by_month.fields["esco_fee_yuan"][:4].tolist() == fees
    assert np.isnan(by_month.fields["esco_fee_yuan"][4])
    assert np.all(by_month.fields["savings_yuan"] > 0)


def test_settles_every_month_that_is_over_and_no_other(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    assert months(town) == dict.fromkeys(("2025-05", "2025-06", "2025-07", "2025-08"), "draft")


def test_a_whole_month_is_settled_at_once(town: Town, savings_job: Job) -> None:
    town.now = datetime(2025, 8, 31, 17, tzinfo=UTC)  # 1 September, 01:00 local
    town.meter_until("2025-09-01")
    savings_job.run(None)
    assert months(town)["2025-08"] == "draft"


def test_what_a_month_lacks_is_waited_for_ten_days(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-08-31")
    town.now = datetime(2025, 9, 10, 15, 59, tzinfo=UTC)  # 10 September, 23:59 local
    savings_job.run(None)
    assert "2025-08" not in months(town)
    town.now = datetime(2025, 9, 10, 16, tzinfo=UTC)
    savings_job.run(None)
    assert months(town)["2025-08"] == "draft"


def test_the_last_month_of_a_term_is_settled_up_to_its_end(town: Town, savings_job: Job) -> None:
    town.service.put_contract(document(term_years=1))
    town.meter_until("2026-05-15")
    town.now = datetime(2026, 5, 14, 17, tzinfo=UTC)
    savings_job.run(None)
    assert months(town)["2026-05"] == "draft"


def test_an_incomplete_month_waits_for_a_person_until_its_data_come(town: Town, savings_job: Job) -> None:
    circuit = two_years(seed=7)
    after = reporting_part(circuit, remaining=0.45)
    town.meter(baseline_part(circuit))
    town.meter(lose(after, range(20, 25)))
    savings_job.run(None)
    assert months(town)["2025-06"] == "held"
    by_day = only(town.store.read(SAVINGS_DAY))
    assert np.isnan(by_day.fields["savings_kwh"]).sum() == 5
    assert by_day.fields["coverage"].min() == 0.5
    town.meter(after)
    savings_job.run(None)
    found = town.service.settlements.get("emc-001", "2025-06")
    assert found is not None
    assert (found.version, found.state) == (2, SettlementState.DRAFT)


def test_a_month_that_stays_held_while_its_data_come_has_no_version_each_time(
    town: Town, savings_job: Job
) -> None:
    after = reporting_part(two_years(seed=7), remaining=0.45)
    town.meter(baseline_part(two_years(seed=7)))
    for still_missing in (range(17, 40), range(20, 40), range(25, 40)):  # a history that is being imported
        town.meter(lose(after, still_missing))
        savings_job.run(None)
        assert [one.version for one in town.service.settlements.versions("emc-001", "2025-06")] == [1]
    savings_job.run(None)
    assert [one.state for one in town.service.settlements.versions("emc-001", "2025-06")] == [
        SettlementState.SUPERSEDED,
        SettlementState.HELD,
    ]
    savings_job.run(None)
    assert len(town.service.settlements.versions("emc-001", "2025-06")) == 2


def test_running_again_changes_nothing(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    before = town.service.settlements.of_contract("emc-001")
    fresh = job(town.service)
    savings_job.run(None)
    fresh.run(None)
    assert town.service.settlements.of_contract("emc-001") == before


def confirm(town: Town, *roles: Role) -> None:
    for role in roles:
        wish = Event(1, Kind.CONFIRM, "someone", role, town.now)
        assert town.service.step(document(), "2025-06", wish) is not None


def of_june(town: Town) -> Standing:
    return town.service.settlements.standings("emc-001")["2025-06"][-1]


def test_what_the_parties_confirmed_is_restated_and_not_changed(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    confirm(town, Role.CLIENT, Role.ESCO)
    before = town.service.settlements.get("emc-001", "2025-06")
    town.meter_until("2025-09-20", remaining=0.5)
    savings_job.run(None)
    assert months(town)["2025-06"] == "confirmed"
    assert town.service.settlements.get("emc-001", "2025-06") == before
    change = of_june(town).restatement
    assert change is not None
    (line,) = change.lines
    assert line.kwh is not None
    assert line.yuan is not None
    assert line.kwh < 0 > line.yuan
    found = town.service.settlements.get("emc-001", "2025-07")
    assert found is not None
    assert found.version == 2


def test_one_party_is_enough_to_hold_a_version(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    confirm(town, Role.ESCO)
    town.meter_until("2025-09-20", remaining=0.5)
    savings_job.run(None)
    assert (of_june(town).version, of_june(town).state) == (1, SettlementState.DRAFT)
    assert of_june(town).restatement is not None


def test_a_restatement_is_told_once_and_taken_back_when_the_data_are_as_before(
    town: Town, savings_job: Job
) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    confirm(town, Role.CLIENT, Role.ESCO)
    for remaining in (0.5, 0.5, 0.45, 0.45):
        town.meter_until("2025-09-20", remaining=remaining)
        town.now += timedelta(days=1)
        savings_job.run(None)
    kinds = [event.kind for event in of_june(town).events]
    assert kinds[3:] == [Kind.RESTATEMENT, Kind.RESTORED]
    assert of_june(town).restatement is None


def test_grafana_is_told_what_the_parties_hold_and_not_what_came_later(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    told = only(town.store.read(SAVINGS_MONTH))
    confirm(town, Role.CLIENT, Role.ESCO)
    town.meter_until("2025-09-20", remaining=0.5)
    savings_job.run(None)
    later = only(town.store.read(SAVINGS_MONTH))
    for name in ("savings_kwh", "baseline_kwh", "uncertainty_kwh", "savings_yuan", "esco_fee_yuan"):
        assert later.fields[name][1] == told.fields[name][1]
    assert later.fields["savings_kwh"][2] < told.fields["savings_kwh"][2]
    wish = Event(1, Kind.CORRECT, "someone", Role.BUREAU, town.now, "late data")
    corrected = town.service.step(document(), "2025-06", wish)
    assert corrected is not None
    assert (corrected.version, corrected.state) == (2, SettlementState.DRAFT)
    savings_job.run(None)
    assert only(town.store.read(SAVINGS_MONTH)).fields["savings_kwh"][1] == told.fields["savings_kwh"][1]
    for role in (Role.CLIENT, Role.ESCO):
        town.service.step(document(), "2025-06", Event(2, Kind.CONFIRM, "someone", role, town.now))
    savings_job.run(None)
    newest = only(town.store.read(SAVINGS_MONTH)).fields["savings_kwh"][1]
    assert newest == corrected.document["results"]["period"]["savings_kwh"]


def test_a_released_month_stays_released_until_its_days_change(town: Town, savings_job: Job) -> None:
    circuit = two_years(seed=7)
    after = reporting_part(circuit, remaining=0.45)
    town.meter(baseline_part(circuit))
    town.meter(lose(after, range(20, 25)))
    savings_job.run(None)
    wish = Event(1, Kind.RELEASE, "someone", Role.BUREAU, town.now, "agreed on the telephone")
    released = town.service.step(document(), "2025-06", wish)
    assert released is not None
    assert (released.version, released.state) == (2, SettlementState.DRAFT)
    assert released.esco_fee_yuan is not None
    town.now += timedelta(days=1)
    savings_job.run(None)
    assert months(town)["2025-06"] == "draft"
    assert of_june(town).version == 2
    town.meter(lose(after, range(20, 24)))
    savings_job.run(None)
    assert (of_june(town).version, of_june(town).state) == (3, SettlementState.HELD)


def test_a_contract_without_data_stops_no_other(town: Town, savings_job: Job) -> None:
    town.service.contracts.put(
        document().model_copy(update={"code": "emc-000", "meters": ("hall-l2",)}), town.now
    )
    town.meter_until("2025-09-20")
    assert run_cycle([savings_job], town.sessions, lambda: town.now)
    assert len(months(town)) == 4


def test_a_broken_contract_is_named_and_stops_no_other(town: Town, savings_job: Job) -> None:
    broken = document().model_copy(update={"code": "emc-000", "meters": ("hall-l2",)})
    town.service.contracts.put(broken, town.now)
    for meter in ("hall-l1", "hall-l2"):
        town.meter_until("2025-09-20", meter=meter)
    with town.sessions.begin() as session:
        session.add(
            SettlementRow(
                contract="emc-000", month="2025-06", version=1, state="paid", settled_at=town.now,
                input_sha256="0", document="not a document",
            )
        )  # fmt: skip
    with pytest.raises(ContractsFailed, match="emc-000"):
        savings_job.run(None)
    assert len(months(town)) == 4


def test_before_acceptance_nothing_is_written(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-05-15")
    town.now = datetime(2025, 5, 10, tzinfo=UTC)
    savings_job.run(None)
    assert town.store.read(SAVINGS_DAY) == []
    assert months(town) == {}


def test_days_that_no_longer_count_are_taken_out_of_every_sum(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    town.service.put_contract(document(accepted_on="2025-07-31"))
    savings_job.run(None)
    savings = town.service.savings(town.service.history(document(accepted_on="2025-07-31")))
    for measurement in (SAVINGS_DAY, SAVINGS_MONTH, SAVINGS_TOTAL):
        stored = only(town.store.read(measurement))
        for name in ("baseline_kwh", "actual_kwh", "savings_kwh"):
            assert stored.fields[name].sum() == pytest.approx(getattr(savings.total, name))


def test_a_day_found_incomplete_later_keeps_its_coverage_and_loses_its_figures(
    town: Town, savings_job: Job
) -> None:
    circuit = two_years(seed=7)
    after = reporting_part(circuit, remaining=0.45)
    town.meter(baseline_part(circuit))
    town.meter(after)
    savings_job.run(None)
    town.meter(lose(after, range(20, 25)))
    savings_job.run(None)
    by_day = only(town.store.read(SAVINGS_DAY))
    assert (by_day.fields["savings_kwh"] == 0).sum() == 5
    assert by_day.fields["coverage"].min() == 0.5
    fees = only(town.store.read(SAVINGS_MONTH)).fields["esco_fee_yuan"]
    assert fees[1] == 0, "June is held now, and has no fee"


def test_a_contract_whose_acceptance_lies_ahead_again_says_nothing(town: Town, savings_job: Job) -> None:
    town.meter_until("2025-09-20")
    savings_job.run(None)
    town.service.put_contract(document(accepted_on="2027-12-31"))
    savings_job.run(None)
    for measurement in (SAVINGS_DAY, SAVINGS_MONTH, SAVINGS_TOTAL):
        columns = only(town.store.read(measurement)).fields
        assert not any(np.nan_to_num(columns[name]).any() for name in columns.keys() - {"coverage"})
