from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from services.mv.baseline import NoBaseline
from services.savings.contract.model import SettlementState
from services.savings.service import ContractRefused, NoReport
from services.savings.settlement.document import NothingToSettle, Place
from services.savings.settlement.statement import SIGN_CONVENTION
from tests.services.mv.circuits import baseline_part, reporting_part, two_years
from tests.services.savings.conftest import Town, lose
from tests.services.savings.examples import document


def test_a_contract_names_an_institution_and_its_own_meters(town: Town) -> None:
    with pytest.raises(ContractRefused, match="institution: no institution 'mill'"):
        town.service.put_contract(document(institution="mill"))
    with pytest.raises(ContractRefused, match="meters: 'hall' has no meter 'court-l1'"):
        town.service.put_contract(document(meters=["hall-l1", "court-l1"]))
    town.service.put_contract(document())
    assert town.service.contracts.get("emc-001") == document()


def test_daylight_is_of_the_contracts_place_else_of_the_institutions(town: Town) -> None:
    nowhere: dict[str, Any] = {"latitude": None, "longitude": None}
    assert town.service.place(document()) == Place(30.7, 111.3)
    assert town.service.place(document(**nowhere)) == Place(30.7, 111.3)
    assert town.service.place(document(**nowhere, institution="court")) is None


def test_savings_are_recovered_from_stored_intervals(town: Town) -> None:
    town.meter_until("2025-09-20")
    savings = town.service.savings(town.service.history(document()))
    truth = 0.55 * float(reporting_part(two_years(seed=7)).energy_kwh[:128].sum())
    assert savings.total.end == date(2025, 9, 20)
    assert savings.total.days_measured == 128
    assert abs(savings.total.savings_kwh - truth) <= savings.total.uncertainty_kwh < 0.1 * truth


def test_several_meters_are_one_circuit(town: Town) -> None:
    town.meter_until("2025-09-20")
    alone = town.service.savings(town.service.history(document()))
    town.meter_until("2025-09-20", meter="hall-l2")
    both = town.service.savings(town.service.history(document(meters=["hall-l1", "hall-l2"])))
    assert both.total.savings_kwh == pytest.approx(2 * alone.total.savings_kwh, rel=1e-4)


def test_the_day_that_is_not_over_is_not_counted(town: Town) -> None:
    town.meter_until("2025-09-25")
    town.now = datetime(2025, 9, 19, 15, 59, tzinfo=UTC)  # 23:59 local
    assert town.service.savings(town.service.history(document())).total.end == date(2025, 9, 19)
    town.now = datetime(2025, 9, 19, 16, 0, tzinfo=UTC)
    assert town.service.savings(town.service.history(document())).total.end == date(2025, 9, 20)


def test_nothing_is_counted_after_the_term(town: Town) -> None:
    town.meter_until("2026-05-15")
    town.now = datetime(2026, 9, 1, tzinfo=UTC)
    short = document(accepted_on="2025-05-14", term_years=1)
    assert town.service.savings(town.service.history(short)).total.end == date(2026, 5, 15)


def test_before_data_and_before_acceptance_there_is_no_report(town: Town) -> None:
    with pytest.raises(NoBaseline):
        town.service.history(document())
    town.meter_until("2025-05-15")
    town.now = datetime(2025, 5, 14, 20, tzinfo=UTC)
    with pytest.raises(NoReport, match="from 2025-05-15 on"):
        town.service.savings(town.service.history(document()))


def test_a_month_is_settled_once_and_restated_when_data_change(town: Town) -> None:
    town.meter_until("2025-09-20")
    town.service.put_contract(document())
    first, new = town.service.settle(document(), "2025-06")
    assert (first.version, first.state, new) == (1, SettlementState.DRAFT, True)
    same, new = town.service.settle(document(), "2025-06")
    assert (same.version, new) == (1, False)
    town.meter_until("2025-09-20", remaining=0.5)
    second, new = town.service.settle(document(), "2025-06")
    assert (second.version, new) == (2, True)


def test_only_a_month_that_is_over_is_settled(town: Town) -> None:
    town.meter_until("2025-09-20")
    with pytest.raises(NoReport, match="2025-09: the month is not over"):
        town.service.settle(document(), "2025-09")
    with pytest.raises(NothingToSettle):
        town.service.settle(document(), "2025-04")


def test_a_statement_says_all_that_is_printed(town: Town) -> None:
    town.meter_until("2025-09-20")
    service = town.service
    service.put_contract(document())
    for month in ("2025-05", "2025-06", "2025-07"):
        service.settle(document(), month)
    found = service.statement("emc-001", "2025-06")
    assert found is not None
    assert found.institution is not None
    assert found.institution.name_zh == "会堂"
    assert found.contract == document().contract()
    assert [row.month for row in found.months] == ["2025-05", "2025-06"]
    assert found.months[-1].esco_fee_yuan == found.esco_fee_yuan
    assert len(found.days) == 30
    assert found.days[0].day == date(2025, 6, 1)
    assert found.lines[0].key == "baseline_kwh"
    assert found.method == "method.workday_daylight"
    assert found.sign_convention == SIGN_CONVENTION
    assert found.gbt_28750_savings_kwh == -found.period.savings_kwh < 0
    assert found.savings_rate == pytest.approx(0.55, abs=0.03)
    assert found.calendar == service.workdays.version
    assert "kilowitness" in found.engine
    assert len(found.input_sha256) == 64
    assert {c.unit for c in found.coefficients} == {"kWh/d", "kWh/d per h"}
    assert service.statement("emc-001", "2025-04") is None


def test_an_old_version_has_its_own_statement(town: Town) -> None:
    town.meter_until("2025-09-20")
    town.service.put_contract(document())
    town.service.settle(document(), "2025-06")
    town.meter_until("2025-09-20", remaining=0.5)
    town.service.settle(document(), "2025-06")
    old, new = (town.service.statement("emc-001", "2025-06", version) for version in (1, None))
    assert old is not None
    assert new is not None
    assert (old.version, old.state) == (1, SettlementState.SUPERSEDED)
    assert (new.version, new.state) == (2, SettlementState.DRAFT)
    assert new.difference_yuan is not None
    assert old.difference_yuan is None


def test_a_held_statement_says_why_and_names_no_amount(town: Town) -> None:
    circuit = two_years(seed=7)
    town.meter(baseline_part(circuit))
    town.meter(lose(reporting_part(circuit, remaining=0.45), range(20, 25)))
    town.service.put_contract(document())
    town.service.settle(document(), "2025-06")
    found = town.service.statement("emc-001", "2025-06")
    assert found is not None
    assert [row.what for row in found.holds] == ["month_completeness"]
    assert found.esco_fee_yuan is None
    assert sum(day.left_out == "incomplete" for day in found.days) == 5


def test_a_year_without_calendar_is_left_out_not_guessed(town: Town) -> None:
    town.meter_until("2025-09-20")
    flags = [town.service.workdays.is_working_day(date(2099, 1, 1))]
    assert flags == [None]
    assert np.isfinite(town.service.savings(town.service.history(document())).total.uncertainty_kwh)
