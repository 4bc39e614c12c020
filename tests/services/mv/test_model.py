"""Days: what is derived from the columns follows them, also where days are taken out or replaced."""

import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import date, timedelta

import numpy as np
import pytest

from services.mv.model import Days

DAYS = Days(
    days=tuple(date(2025, 1, 30) + timedelta(days=n) for n in (0, 1, 2, 5)),
    energy_kwh=np.array([1.0, 2.0, np.nan, 4.0]),
    coverage=np.array([1.0, 0.9, 0.0, 1.0]),
    working=(True, False, None, None),
    daylight_h=np.array([10.0, 10.1, 10.2, 10.3]),
    kinds=(None, None, None, "closure"),
    drivers={"heads": np.array([5.0, 6.0, 7.0, 8.0])},
)


def test_a_day_s_type_is_its_kind_before_the_calendar() -> None:
    assert DAYS.day_types == ("working_day", "non_working_day", None, "closure")
    assert replace(DAYS, kinds=None).day_types == ("working_day", "non_working_day", None, None)


def test_flags_name_every_type_that_occurs_and_no_other() -> None:
    assert {name: flags.tolist() for name, flags in DAYS.flags.items()} == {
        "working_day": [1, 0, 0, 0],
        "non_working_day": [0, 1, 0, 0],
        "closure": [0, 0, 0, 1],
    }
    assert sum(flags.sum() for flags in DAYS.flags.values()) == 3  # the unknown day is in none


def test_numbers_are_distances_in_days() -> None:
    assert np.diff(DAYS.numbers).tolist() == [1, 1, 3]


def test_a_row_is_a_day_unless_it_has_a_length() -> None:
    assert DAYS.lengths.tolist() == [1, 1, 1, 1]
    bills = replace(DAYS, length_d=np.array([30.0, 31.0, 28.0, 60.0]))
    assert bills.lengths.tolist() == [30, 31, 28, 60]


def test_what_was_asked_once_is_kept_and_not_handed_on() -> None:
    days = replace(DAYS)
    assert days.flags is days.flags
    assert days.numbers is days.numbers
    other = replace(days, working=(False, True, True, None))
    assert other.flags["working_day"].tolist() == [0, 1, 1, 0]
    assert other.day_types[:3] == ("non_working_day", "working_day", "working_day")
    assert days.take([3, 0]).numbers.tolist() == [days.numbers[3], days.numbers[0]]


def test_taken_rows_keep_every_column_in_the_order_asked_for() -> None:
    inside = tuple(np.array([float(n)]) for n in range(4))
    days = replace(DAYS, outdoor_c=np.arange(4.0), length_d=np.arange(1.0, 5.0), inside_c=inside)
    taken = days.take([3, 1])
    assert taken.days == (days.days[3], days.days[1])
    assert taken.energy_kwh.tolist() == [4, 2]
    assert taken.coverage.tolist() == [1, 0.9]
    assert taken.working == (None, False)
    assert taken.kinds == ("closure", None)
    assert taken.drivers["heads"].tolist() == [8, 6]
    for column, expected in ((taken.daylight_h, [10.3, 10.1]), (taken.outdoor_c, [3, 1])):
        assert column is not None
        assert column.tolist() == expected
    assert taken.lengths.tolist() == [4, 2]
    assert taken.inside_c is not None
    assert [part.tolist() for part in taken.inside_c] == [[3], [1]]
    assert DAYS.take([]).days == ()


def test_days_are_frozen_and_travel_between_processes() -> None:
    with pytest.raises(FrozenInstanceError):
        DAYS.days = ()  # type: ignore[misc]
    assert DAYS.flags
    there = pickle.loads(pickle.dumps(DAYS))
    assert there.days == DAYS.days
    assert there.flags["closure"].tolist() == [0, 0, 0, 1]
