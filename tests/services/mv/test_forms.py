from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.mv.forms import COLUMNS, design_matrix
from tests.services.mv.circuits import days_of

DAYS = days_of((date(2025, 9, 30), date(2025, 10, 1), date(2025, 10, 11)), np.zeros(3))


def test_a_column_is_zero_where_it_does_not_apply() -> None:
    assert DAYS.working == (True, False, True)  # a holiday, and a Saturday worked for it
    assert DAYS.daylight_h is not None
    away = DAYS.daylight_h - 12
    np.testing.assert_array_equal(
        design_matrix(list(COLUMNS), DAYS),
        np.column_stack([[1, 0, 1], [0, 1, 0], [away[0], 0, away[2]], [0, away[1], 0]]),
    )


def test_an_unknown_day_type_is_in_no_column() -> None:
    unknown = replace(DAYS, working=(None, False, True))
    assert not design_matrix(list(COLUMNS), unknown)[0].any()


def test_every_coefficient_has_a_unit() -> None:
    assert {name: column.unit for name, column in COLUMNS.items()} == {
        "working_day": "kWh/d",
        "non_working_day": "kWh/d",
        "working_day_daylight": "kWh/d per h",
        "non_working_day_daylight": "kWh/d per h",
    }


def test_an_unknown_column_is_an_error() -> None:
    with pytest.raises(KeyError):
        design_matrix(["phase_of_the_moon"], DAYS)
