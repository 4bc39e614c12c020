from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError

from services.mv.accounting import Savings, account
from services.mv.baseline import fit
from services.mv.uncertainty.error_model import error_model
from services.savings.answers import SavingsAnswer, SavingsItem, SettlementRequest
from tests.services.mv.circuits import baseline_part, reporting_part, two_years


@pytest.fixture(scope="module")
def savings() -> Savings:
    circuit = two_years(seed=7)
    model = error_model(fit(baseline_part(circuit)))
    after = reporting_part(circuit, remaining=0.45).take(range(50))
    coverage = after.coverage.copy()
    coverage[17:47] = 0.0
    energy = after.energy_kwh.copy()
    energy[20] = np.nan
    return account(model, replace(after, coverage=coverage, energy_kwh=energy))


def test_one_item_a_day_or_a_month(savings: Savings) -> None:
    assert len(SavingsAnswer.of(savings, "day").items) == 50
    months = SavingsAnswer.of(savings, "month").items
    assert [(row.start, row.end) for row in months] == [
        (date(2025, 5, 15), date(2025, 6, 1)),
        (date(2025, 6, 1), date(2025, 7, 1)),
        (date(2025, 7, 1), date(2025, 7, 4)),
    ]


def test_a_day_left_out_shows_what_was_metered_and_saves_nothing(savings: Savings) -> None:
    items = SavingsAnswer.of(savings, "day").items
    assert items[17].left_out == "incomplete"
    assert items[17].actual_kwh is not None
    assert items[17].savings_kwh is items[17].uncertainty_kwh is None
    assert items[20].actual_kwh is None


def test_a_month_without_a_measured_day_is_null(savings: Savings) -> None:
    june = SavingsAnswer.of(savings, "month").items[1]
    assert (june.baseline_kwh, june.actual_kwh, june.savings_kwh, june.uncertainty_kwh) == (None,) * 4
    assert june.left_out == "incomplete"


def test_the_total_is_that_of_the_measured_days(savings: Savings) -> None:
    total = SavingsAnswer.of(savings, "day").total
    assert total == SavingsItem.of_period(savings.total)
    assert total is not None
    assert total.coverage == pytest.approx(20 / 50)


@pytest.mark.parametrize("month", ["2025-00", "25-06", "2025-6", "2025-06-01", "", "1999-06"])
def test_a_month_is_written_one_way(month: str) -> None:
    with pytest.raises(ValidationError):
        SettlementRequest(month=month)
