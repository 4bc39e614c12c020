from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.money.period_energy import DayEnergy, ProfileRule, energy_by_period
from services.savings.money.tariffs.plan import Hours, Period
from tests.services.savings.money.tariffs.plans import hubei, night

DAY = date(2026, 1, 5)
NOTHING = [Decimal(0)] * 24
KWH = st.decimals(0, 1000, places=3)
DAYS = st.lists(
    st.tuples(KWH, KWH, st.lists(st.none() | KWH, min_size=24, max_size=24)), min_size=1, max_size=6
)


def hours_of(plan: str = "hubei") -> Hours:
    hours = hubei().hours if plan == "hubei" else night().hours
    assert hours is not None
    return hours


def used(**at: str) -> list[Decimal | None]:
    """An hour named h8, h18, … used so much, the others nothing."""
    return [Decimal(at.get(f"h{hour}", "0")) for hour in range(24)]


def day(
    baseline: str,
    actual: str,
    by_hour: list[Decimal | None] | list[Decimal],
    of_baseline: list[Decimal | None] | None = None,
) -> DayEnergy:
    return DayEnergy(DAY, Decimal(baseline), Decimal(actual), by_hour, of_baseline)


def test_a_daily_baseline_takes_the_hours_of_the_actual_energy() -> None:
    found = energy_by_period([day("100", "40", used(h8="30", h19="10"))], hours_of())
    assert found.actual_kwh == {Period.SHARP: 10, Period.PEAK: 0, Period.FLAT: 30, Period.VALLEY: 0}
    assert found.baseline_kwh == {Period.SHARP: 25, Period.PEAK: 0, Period.FLAT: 75, Period.VALLEY: 0}
    assert found.days == {ProfileRule.ACTUAL: 1}


def test_an_hourly_baseline_has_its_own() -> None:
    found = energy_by_period([day("100", "40", used(h8="40"), used(h8="50", h13="50"))], hours_of())
    assert found.baseline_kwh[Period.FLAT] == found.baseline_kwh[Period.VALLEY] == 50
    assert found.actual_kwh[Period.FLAT] == 40
    assert found.days == {ProfileRule.OWN: 1}


def test_a_day_without_use_takes_the_hours_of_the_month() -> None:
    rows = [day("100", "40", used(h8="30", h19="10")), day("60", "0", NOTHING)]
    found = energy_by_period(rows, hours_of())
    assert found.baseline_kwh[Period.SHARP] == 25 + 15
    assert found.days == {ProfileRule.ACTUAL: 1, ProfileRule.MEAN: 1}


def test_a_month_without_use_is_laid_out_evenly() -> None:
    found = energy_by_period([day("48", "0", NOTHING)], hours_of())
    assert found.baseline_kwh == {Period.SHARP: 4, Period.PEAK: 12, Period.FLAT: 16, Period.VALLEY: 16}
    assert found.days == {ProfileRule.EVEN: 1}


def test_hours_that_are_not_known_weigh_nothing_and_lose_nothing() -> None:
    known: list[Decimal | None] = [None] * 24
    known[9] = Decimal(3)
    found = energy_by_period([day("10", "7.5", known)], hours_of())
    assert found.actual_kwh[Period.FLAT] == Decimal("7.5")
    assert found.baseline_kwh[Period.FLAT] == 10


def test_an_hour_within_which_a_period_begins_goes_by_minutes() -> None:
    found = energy_by_period([day("8", "2", used(h22="2"))], hours_of("night"))
    assert found.actual_kwh == {Period.PEAK: 1, Period.VALLEY: 1}


def test_a_day_has_24_hours() -> None:
    with pytest.raises(ValueError, match="not 23"):
        energy_by_period([day("1", "1", NOTHING[:23])], hours_of())


@given(rows=DAYS, hourly=st.booleans())
def test_periods_add_up_to_the_days_exactly(
    rows: list[tuple[Decimal, Decimal, list[Decimal | None]]], hourly: bool
) -> None:
    days = [
        DayEnergy(DAY + timedelta(days=i), baseline, actual, by_hour, by_hour[::-1] if hourly else None)
        for i, (baseline, actual, by_hour) in enumerate(rows)
    ]
    found = energy_by_period(days, hours_of())
    assert sum(found.baseline_kwh.values()) == sum(row.baseline_kwh for row in days)
    assert sum(found.actual_kwh.values()) == sum(row.actual_kwh for row in days)
    assert sum(found.days.values()) == len(days)
    assert set(found.baseline_kwh) == set(found.actual_kwh) == set(Period)


@given(by_hour=st.lists(KWH, min_size=24, max_size=24).filter(any), kwh=KWH)
def test_a_baseline_equal_to_the_actual_saves_nothing_in_any_period(
    by_hour: list[Decimal], kwh: Decimal
) -> None:
    found = energy_by_period([day(str(kwh), str(kwh), by_hour)], hours_of())
    assert found.baseline_kwh == found.actual_kwh
