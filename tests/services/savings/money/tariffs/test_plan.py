from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.money.tariffs.files import load_tariffs
from services.savings.money.tariffs.plan import NoPrice, Period, Plan, Tariffs, blended, price
from tests.services.savings.money.tariffs.plans import hubei, night

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = [Decimal(8 <= hour < 18) for hour in range(24)]
WEIGHTS = st.lists(st.integers(0, 1000).map(Decimal), min_size=24, max_size=24).filter(any)


def local(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


def test_the_mean_price_of_office_hours_in_january() -> None:
    plan = hubei()
    assert plan.hours is not None
    periods = [plan.hours.period(local(2026, 1, 5, hour)) for hour in range(8, 18)]
    assert [periods.count(one) for one in (Period.FLAT, Period.VALLEY, Period.PEAK)] == [6, 2, 2]
    assert blended(plan, OFFICE, month=1).quantize(Decimal("0.000001")) == Decimal("0.730989")


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_two_sharp_six_peak_eight_flat_and_eight_valley_hours(month: int) -> None:
    hours = hubei().hours
    assert hours is not None
    minutes = hours.minutes(month)
    assert [minutes[period] // 60 for period in Period] == [2, 6, 8, 8]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (local(2026, 1, 5, 18), "1.133999"),
        (local(2026, 1, 5, 19, 59, 59), "1.133999"),
        (local(2026, 1, 5, 20), "0.930961"),
        (local(2026, 1, 5, 23, 59), "0.930961"),
        (local(2026, 1, 6), "0.516924"),
        (local(2026, 1, 6, 6), "0.735686"),
        (datetime(2026, 1, 5, 10, tzinfo=UTC), "1.133999"),
    ],
)
def test_the_price_at_an_instant_is_that_of_the_local_clock(at: datetime, expected: str) -> None:
    assert price(hubei(), at) == Decimal(expected)


def test_july_and_august_have_hours_of_their_own() -> None:
    hours = hubei().hours
    assert hours is not None
    evening = {month: hours.period(local(2026, month, 15, 18, 30)) for month in (6, 7, 8, 9)}
    assert evening == {6: Period.SHARP, 7: Period.PEAK, 8: Period.PEAK, 9: Period.SHARP}
    assert hours.period(local(2026, 8, 31, 21)) is Period.SHARP
    assert hours.period(local(2026, 9, 1, 21)) is Period.PEAK


def test_a_plan_has_no_price_on_other_days() -> None:
    assert price(hubei(), local(2026, 1, 31, 23, 59)) == Decimal("0.930961")
    for outside in (local(2025, 12, 31, 23, 59), local(2026, 2, 1)):
        with pytest.raises(NoPrice, match=f"hubei-single-1kv: not in force on {outside.date()}"):
            price(hubei(), outside)


def test_a_plan_without_hours_has_one_price() -> None:
    plan = night(hours=None, price=None)
    assert price(plan, local(2026, 3, 1, 3)) == blended(plan, OFFICE, month=3) == Decimal("0.6")


def test_a_plan_with_hours_and_no_other_price() -> None:
    assert price(night(non_tou=None), local(2026, 3, 1, 3)) == Decimal("0.3")


def test_hours_within_which_a_period_begins_are_shared_by_time() -> None:
    only = [Decimal(hour == 22) for hour in range(24)]
    assert blended(night(), only, month=5) == Decimal("0.6")  # half an hour of each


@pytest.mark.parametrize("profile", [[Decimal(1)] * 23, [Decimal(0)] * 24, [Decimal(-1), *[Decimal(1)] * 23]])
def test_what_is_no_profile_has_no_mean_price(profile: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="24 weights"):
        blended(hubei(), profile, month=1)


@given(profile=WEIGHTS, month=st.integers(1, 12), factor=st.integers(1, 9))
def test_a_mean_price_lies_between_the_prices_whatever_the_scale(
    profile: list[Decimal], month: int, factor: int
) -> None:
    plan = hubei()
    found = blended(plan, profile, month=month)
    assert min(plan.prices.values()) - Decimal("1e-20") <= found <= max(plan.prices.values())
    assert abs(blended(plan, [weight * factor for weight in profile], month=month) - found) < Decimal("1e-20")


@given(minute=st.integers(0, 366 * 1440))
def test_every_minute_has_the_price_of_the_hours_own_month(minute: int) -> None:
    plan = night()
    at = local(2026, 1, 1) + timedelta(minutes=minute)
    valley = at.hour * 60 + at.minute < 420 or at.hour * 60 + at.minute >= 1350
    assert price(plan, at) == plan.prices[Period.VALLEY if valley else Period.PEAK]


def months_of(*spans: tuple[date, date | None]) -> Tariffs:
    return Tariffs(tuple(night(effective_from=start, effective_to=end) for start, end in spans))


def test_the_plan_of_a_day_is_the_one_in_force() -> None:
    known = months_of((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 3, 1), None))
    assert known.on("night", date(2026, 1, 31)) == known.plans[0]
    assert known.on("night", date(2026, 2, 1)) is None
    assert known.on("night", date(2030, 1, 1)) == known.plans[1]
    assert known.on("day", date(2026, 1, 1)) is None
    assert (known.known("night"), known.known("day")) == (True, False)


def test_the_plans_of_a_time_are_those_that_touch_it() -> None:
    known = months_of((date(2026, 3, 1), None), (date(2026, 1, 1), date(2026, 1, 31)))
    first, second = reversed(known.plans)

    def starts(start: date, end: date) -> tuple[Plan, ...]:
        return known.between("night", start, end)

    assert starts(date(2026, 1, 31), date(2026, 3, 2)) == (first, second)
    assert starts(date(2026, 1, 31), date(2026, 3, 1)) == (first,)
    assert starts(date(2026, 2, 1), date(2026, 3, 1)) == ()


def test_the_built_in_table_is_complete() -> None:
    assert [plan.id.removeprefix("hubei-") for plan in load_tariffs().plans] == [
        "single-10kv", "single-1kv", "single-35kv",
        "two-part-10kv", "two-part-110kv", "two-part-220kv", "two-part-35kv",
    ]  # fmt: skip
    assert {plan.mark for plan in load_tariffs().plans} == {"V2"}


def test_prices_are_the_tables_and_not_a_base_times_a_multiplier() -> None:
    """The parts of the one-part rows sum 0.0002 above the flat price that is printed."""
    base, operation, funds = Decimal("0.398113"), Decimal("0.082273"), Decimal("0.0452")
    for tariff in ("hubei-single-1kv", "hubei-single-10kv", "hubei-single-35kv"):
        plan = hubei(tariff)
        assert plan.network is not None
        assert plan.non_tou is not None
        assert base + operation + funds + plan.network - plan.non_tou == Decimal("0.0002")
        assert plan.prices[Period.FLAT] == plan.non_tou
    two_part = hubei("hubei-two-part-10kv")
    assert two_part.prices[Period.PEAK] - two_part.prices[Period.FLAT] != base * Decimal("0.49")


@pytest.mark.parametrize(
    ("tariff", "demand", "capacity"),
    [("10kv", "42", "26.3"), ("35kv", "42", "26.3"), ("110kv", "39", "24.4"), ("220kv", "39", "24.4")],
)
def test_the_second_part_of_a_two_part_tariff(tariff: str, demand: str, capacity: str) -> None:
    plan = hubei(f"hubei-two-part-{tariff}")
    assert plan.demand_yuan_per_kw_month == Decimal(demand)
    assert plan.capacity_yuan_per_kva_month == Decimal(capacity)
