from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.money.tariffs.plan import Hours, Period, price
from services.savings.money.tariffs.splitting import (
    HourEnergy,
    by_period,
    cost,
    durations,
    pieces,
    portions,
    split,
)
from tests.services.savings.money.tariffs.plans import hubei, night

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, tzinfo=SHANGHAI)
INSTANTS = st.integers(0, 31 * 86_400 - 1).map(lambda second: START + timedelta(seconds=second))
KWH = st.decimals(0, 100_000, places=3)


@cache
def hours_of(tariff: str = "hubei") -> Hours:
    hours = hubei().hours if tariff == "hubei" else night().hours
    assert hours is not None
    return hours


def local(day: int, hour: int, minute: int = 0, *, month: int = 1) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def interval(start: datetime, end: datetime, kwh: str) -> HourEnergy:
    return HourEnergy(start, end, Decimal(kwh))


def test_an_interval_is_cut_where_a_period_ends() -> None:
    found = list(pieces(hours_of(), local(5, 11), local(5, 19)))
    assert [(begin.astimezone(SHANGHAI).hour, period) for begin, _, period in found] == [
        (11, Period.FLAT), (12, Period.VALLEY), (14, Period.FLAT), (16, Period.PEAK), (18, Period.SHARP),
    ]  # fmt: skip
    assert found[-1][1] == local(5, 19)


def test_midnight_is_no_boundary_within_a_period() -> None:
    found = list(pieces(hours_of("night"), local(5, 22), local(6, 8)))
    assert [period for _, _, period in found] == [Period.PEAK, Period.VALLEY, Period.PEAK]
    assert durations(hours_of("night"), local(5, 22), local(6, 8)) == {
        Period.PEAK: timedelta(minutes=90),
        Period.VALLEY: timedelta(minutes=510),
    }


def test_the_energy_of_an_hour_across_a_boundary_goes_by_time() -> None:
    assert split(hours_of(), interval(local(5, 17, 30), local(5, 18, 30), "3")) == {
        Period.PEAK: Decimal("1.500"),
        Period.SHARP: Decimal("1.500"),
    }


def test_a_month_changes_at_local_midnight() -> None:
    june_to_july = durations(hours_of(), local(30, 18, month=6), local(1, 20, month=7))
    assert june_to_july[Period.SHARP] == timedelta(hours=2)  # 18-20 of June, none before 20 in July
    assert june_to_july[Period.PEAK] == timedelta(hours=8)


def test_a_day_of_constant_load_costs_the_mean_of_its_hours() -> None:
    plan = hubei()
    energy = by_period(hours_of(), [interval(local(5, hour), local(5, hour) + timedelta(hours=1), "1")
                                    for hour in range(24)])  # fmt: skip
    assert energy == {Period.SHARP: 2, Period.PEAK: 6, Period.FLAT: 8, Period.VALLEY: 8}
    assert cost(plan, energy) == sum(price(plan, local(5, hour)) for hour in range(24))


@pytest.mark.parametrize(
    ("start", "end"),
    [(local(5, 8), local(5, 8)), (local(5, 8), local(5, 7)), (datetime(2026, 1, 5), local(5, 8))],  # noqa: DTZ001
)
def test_what_is_no_interval_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="not an interval"):
        list(pieces(hours_of(), start, end))


def test_portions_need_a_weight() -> None:
    with pytest.raises(ValueError, match="no weight"):
        portions(Decimal(1), {Period.PEAK: Decimal(0), Period.FLAT: Decimal(-1)})


def test_the_heaviest_period_bears_the_rounding() -> None:
    thirds = portions(Decimal("0.1"), {Period.VALLEY: Decimal(2), Period.PEAK: Decimal(1)})
    assert thirds == {Period.PEAK: Decimal("0.033"), Period.VALLEY: Decimal("0.067")}


@given(kwh=KWH, weights=st.dictionaries(st.sampled_from(Period), KWH, min_size=1))
def test_portions_add_up_exactly(kwh: Decimal, weights: dict[Period, Decimal]) -> None:
    if any(weights.values()):
        found = portions(kwh, weights)
        assert sum(found.values()) == kwh
        assert all(weights[period] > 0 for period in found)


@given(first=INSTANTS, second=INSTANTS)
def test_pieces_cover_an_interval_without_gap_or_overlap(first: datetime, second: datetime) -> None:
    start, end = min(first, second), max(first, second) + timedelta(seconds=1)
    found = list(pieces(hours_of(), start, end))
    assert (found[0][0], found[-1][1]) == (start, end)
    assert all(one[1] == other[0] and one[2] is not other[2] for one, other in pairwise(found))
    for begin, until, period in found:
        assert begin < until
        assert {hours_of().period(begin), hours_of().period(until - timedelta(microseconds=1))} == {period}


@given(first=INSTANTS, second=INSTANTS, cuts=st.lists(INSTANTS, max_size=6), kwh=KWH)
def test_any_split_of_an_interval_conserves_energy_and_money(
    first: datetime, second: datetime, cuts: list[datetime], kwh: Decimal
) -> None:
    start, end = min(first, second), max(first, second) + timedelta(seconds=1)
    marks = sorted({start, end, *(cut for cut in cuts if start < cut < end)})
    shares = [kwh * Decimal((b - a) / timedelta(seconds=1)) / Decimal((end - start) / timedelta(seconds=1))
              for a, b in pairwise(marks)]  # fmt: skip
    whole = split(hours_of(), HourEnergy(start, end, kwh))
    apart = by_period(
        hours_of(), (HourEnergy(a, b, share) for (a, b), share in zip(pairwise(marks), shares, strict=True))
    )
    assert sum(whole.values()) == kwh
    assert abs(sum(apart.values()) - kwh) < Decimal("1e-15")
    rounding = Decimal("0.003") * (len(shares) + 1)
    assert abs(cost(hubei(), apart) - cost(hubei(), whole)) <= rounding
    for period in Period:
        assert abs(apart.get(period, Decimal()) - whole.get(period, Decimal())) <= rounding


@given(hour=st.integers(0, 364 * 24), length=st.integers(1, 72))
def test_durations_count_the_hours_of_the_clock(hour: int, length: int) -> None:
    hours = hours_of()
    start = START + timedelta(hours=hour)
    counted: dict[Period, timedelta] = {}
    for step in range(length):
        period = hours.period(start + timedelta(hours=step))
        counted[period] = counted.get(period, timedelta()) + timedelta(hours=1)
    assert durations(hours, start, start + timedelta(hours=length)) == counted
