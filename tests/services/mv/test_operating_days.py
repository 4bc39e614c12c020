from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.accounting import account
from services.mv.baseline import fit
from services.mv.canonical import plain
from services.mv.operating_days import On, Period, measured_days
from services.mv.uncertainty.error_model import error_model
from services.workdays import Workdays
from tests.services.mv.circuits import baseline_part, reporting_part, two_years

START = date(2026, 5, 1)
FLAGS = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=400)


def month_of_may() -> Period:
    days = [START + timedelta(days=i) for i in range(31)]
    return Period(START, date(2026, 6, 1), tuple(Workdays().is_working_day(day) for day in days))


def test_may_2026_has_its_make_up_day() -> None:
    period = month_of_may()
    assert (period.count(On.EVERY_DAY), period.count(On.WORKING_DAYS), period.count(On.OTHER_DAYS)) == (
        31,
        19,
        12,
    )
    assert dict(period.days())[date(2026, 5, 9)] is True
    assert period.months == 1


@given(FLAGS)
def test_every_day_is_a_working_day_or_another_or_unknown(flags: list[bool | None]) -> None:
    period = Period(START, START + timedelta(days=len(flags)), tuple(flags))
    known = period.count(On.WORKING_DAYS) + period.count(On.OTHER_DAYS)
    assert known + period.unknown == period.count(On.EVERY_DAY) == len(list(period.days()))


def test_a_part_of_a_month_counts_by_its_share() -> None:
    assert Period(date(2026, 4, 16), date(2026, 5, 1), (True,) * 15).months == 0.5
    assert Period(date(2026, 2, 1), date(2026, 3, 1), (True,) * 28).months == 1
    assert Period(date(2028, 1, 1), date(2029, 1, 1), (True,) * 366).months == 12


@pytest.mark.parametrize("flags", [(), (True,) * 30, (True,) * 32])
def test_flags_are_as_many_as_days(flags: tuple[bool, ...]) -> None:
    with pytest.raises(ValueError, match="one flag for each"):
        Period(START, date(2026, 6, 1), flags)


def test_a_period_without_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Period(START, START, ())


def test_a_period_is_plain() -> None:
    period = Period(START, date(2026, 5, 3), (False, None))
    assert plain(period) == {"start": "2026-05-01", "end": "2026-05-03", "working": [False, None]}


def test_measured_days_are_those_whose_saving_counts() -> None:
    circuit = two_years()
    reporting = reporting_part(circuit, remaining=0.6)
    reporting.energy_kwh[7] = np.nan
    savings = account(error_model(fit(baseline_part(circuit))), reporting)
    found = measured_days(savings, reporting)
    assert len(found) == savings.total.days_measured == 364
    assert reporting.days[7] not in {day.day for day in found}
    assert sum(day.baseline_kwh - day.actual_kwh for day in found) == pytest.approx(savings.total.savings_kwh)
    assert [day.working for day in found[:7]] == list(reporting.working[:7])
