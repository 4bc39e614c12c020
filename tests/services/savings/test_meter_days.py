import json
from datetime import date, timedelta

import numpy as np
import pytest

from services.mv.model import Floats
from services.savings.meter_days import MeterDays, from_rows, gather

DAYS = tuple(date(2026, 5, 1) + timedelta(days=i) for i in range(3))


def two_meters(daylight_h: Floats | None = None) -> MeterDays:
    nan = np.nan
    return gather(
        {
            "l1": (np.array([10.00049, 0.0, nan]), np.array([0.0, 2.5, nan]), np.array([1.0, 0.96, nan])),
            "l2": (np.array([1.0, 2.0, 3.0]), np.array([nan, 0.0, 0.0]), np.array([1.0, 1.0, 1.0])),
        },
        days=DAYS,
        working=(True, False, None),
        daylight_h=daylight_h,
    )


def test_meters_are_summed_and_the_worst_coverage_counts() -> None:
    total = two_meters().total()
    np.testing.assert_allclose(total.energy_kwh, [11.0, 4.5, np.nan])
    np.testing.assert_allclose(total.coverage, [1.0, 0.96, 0.0])
    assert total.working == (True, False, None)


def test_values_are_rounded_to_a_watt_hour() -> None:
    assert two_meters().measured_kwh[0, 0] == 10.0


@pytest.mark.parametrize("daylight_h", [None, np.array([13.1, 13.2, 13.3])])
def test_rows_come_back_as_they_went(daylight_h: Floats | None) -> None:
    there = two_meters(daylight_h)
    back = from_rows(there.meters, json.loads(json.dumps(there.rows())))
    assert back.rows() == there.rows()
    assert (back.days, back.working, back.meters) == (there.days, there.working, there.meters)
    np.testing.assert_array_equal(back.measured_kwh, there.measured_kwh)
    np.testing.assert_array_equal(back.coverage, there.coverage)


def test_unknown_is_null_and_zero_is_zero() -> None:
    rows = two_meters().rows()
    assert rows[2][3][0] == [None, None, None]
    assert rows[1][3][0] == [0.0, 2.5, 0.96]


def test_between_takes_days_start_included_end_excluded() -> None:
    part = two_meters(np.array([13.1, 13.2, 13.3])).between(date(2026, 5, 2), date(2026, 5, 3))
    assert part.days == (date(2026, 5, 2),)
    assert part.measured_kwh.shape == (2, 1)
    assert part.daylight_h is not None
    assert part.daylight_h.tolist() == [13.2]
    assert two_meters().between(date(2027, 1, 1), date(2027, 2, 1)).days == ()


def test_rows_of_other_meters_are_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        from_rows(["l1"], two_meters().rows())
