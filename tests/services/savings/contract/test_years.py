from calendar import isleap
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.contract.years import contract_year, parts_by_year, term_end, years_after
from tests.services.savings.examples import contract

DATES = st.dates(date(2000, 1, 1), date(2090, 12, 31))


def test_the_first_year_starts_the_day_after_acceptance() -> None:
    year = contract_year(date(2025, 5, 14), date(2025, 5, 15))
    assert (year.number, year.start, year.end) == (1, date(2025, 5, 15), date(2026, 5, 15))
    assert contract_year(date(2025, 5, 14), date(2026, 5, 14)).number == 1
    assert contract_year(date(2025, 5, 14), date(2026, 5, 15)).number == 2


def test_the_day_of_acceptance_belongs_to_no_year() -> None:
    with pytest.raises(ValueError, match="not after the acceptance on 2025-05-14"):
        contract_year(date(2025, 5, 14), date(2025, 5, 14))


def test_a_leap_day_has_its_month_end_where_there_is_no_corresponding_day() -> None:
    accepted = date(2024, 2, 29)
    first = contract_year(accepted, date(2024, 3, 1))
    assert (first.end, first.days) == (date(2025, 3, 1), 365)
    fourth = contract_year(accepted, date(2028, 2, 29))
    assert (fourth.number, fourth.end, fourth.days) == (4, date(2028, 3, 1), 366)
    assert years_after(accepted, 1) == date(2025, 2, 28)


def test_accepted_at_the_years_end() -> None:
    assert contract_year(date(2024, 12, 31), date(2025, 1, 1)).number == 1
    assert contract_year(date(2024, 12, 31), date(2026, 1, 1)).number == 2


def test_the_term_ends_with_the_corresponding_day() -> None:
    assert term_end(contract()) == date(2030, 5, 15)


def test_a_month_is_split_at_the_anniversary() -> None:
    parts = parts_by_year(contract(), date(2026, 5, 1), date(2026, 6, 1))
    assert [(year.number, start, end) for year, start, end in parts] == [
        (1, date(2026, 5, 1), date(2026, 5, 15)),
        (2, date(2026, 5, 15), date(2026, 6, 1)),
    ]


@given(accepted_on=DATES, after=st.integers(1, 5000))
def test_every_day_lies_in_exactly_the_year_it_is_given(accepted_on: date, after: int) -> None:
    day = accepted_on + timedelta(days=after)
    year = contract_year(accepted_on, day)
    assert year.start <= day < year.end
    assert year.days in {365, 366}
    if year.number > 1:
        before = contract_year(accepted_on, year.start - timedelta(days=1))
        assert (before.number, before.end) == (year.number - 1, year.start)
    else:
        assert year.start == accepted_on + timedelta(days=1)


@given(start=st.integers(1, 2000), length=st.integers(0, 900))
def test_parts_cover_the_period_without_gap_or_overlap(start: int, length: int) -> None:
    deal = contract()
    first = deal.accepted_on + timedelta(days=start)
    parts = parts_by_year(deal, first, first + timedelta(days=length))
    assert sum((end - begin).days for _, begin, end in parts) == length
    assert [p[1] for p in parts[1:]] == [p[2] for p in parts[:-1]]


@given(accepted_on=DATES, years=st.integers(1, 30))
def test_the_years_of_a_term_are_its_calendar_days_whole(accepted_on: date, years: int) -> None:
    """From the day after acceptance to the corresponding day; 366 where a 29 February lies within."""
    start, total = accepted_on + timedelta(days=1), 0
    for number in range(1, years + 1):
        year = contract_year(accepted_on, start)
        leap = any(
            isleap(at) and year.start <= date(at, 2, 29) < year.end for at in (year.start.year, year.end.year)
        )
        assert (year.number, year.start) == (number, start)
        assert year.days == (366 if leap else 365)
        start, total = year.end, total + year.days
    assert start == years_after(accepted_on, years) + timedelta(days=1)
    assert total == (start - accepted_on).days - 1


@given(accepted_on=DATES, months=st.integers(0, 40))
def test_the_months_of_a_contract_lie_in_one_year_or_two(accepted_on: date, months: int) -> None:
    """The first is partial from the day after acceptance, and one lies across each anniversary at most."""
    deal = contract(accepted_on=accepted_on)
    index = accepted_on.year * 12 + accepted_on.month - 1 + months
    first, after = (date(at // 12, at % 12 + 1, 1) for at in (index, index + 1))
    start = max(first, deal.reporting_start)
    parts = parts_by_year(deal, start, after) if start < after else []
    assert sum((end - begin).days for _, begin, end in parts) == max(0, (after - start).days)
    assert len(parts) <= 2
    if len(parts) == 2:
        assert (parts[0][0].end, parts[1][1]) == (parts[0][2], parts[1][0].start)
        assert parts[1][1] == years_after(accepted_on, parts[0][0].number) + timedelta(days=1)
    if months == 0 and parts:
        assert (parts[0][1], parts[0][0].number) == (accepted_on + timedelta(days=1), 1)
