from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.mv.hours import HOURS, Hours, bridged, hour_number, on_grid, roll_up, warmest_hour
from tests.services.mv.hourly import days_of_hours, office_hours

FIRST = date(2026, 5, 1)


def hours(count: int = 3) -> Hours:
    return Hours(FIRST, np.ones(count * HOURS), np.arange(count * HOURS, dtype=np.float64))


def test_hours_are_laid_on_whole_days_and_gaps_stay_gaps() -> None:
    numbers = np.array([hour_number(FIRST, 22), hour_number(FIRST, 23), hour_number(date(2026, 5, 2), 1)])
    found = on_grid(numbers, np.array([1.0, 2.0, 3.0]), np.array([10.0, 11.0, 12.0]))
    assert found.days == (FIRST, date(2026, 5, 2))
    assert np.flatnonzero(np.isfinite(found.energy_kwh)).tolist() == [22, 23, 25]
    assert found.outdoor_c is not None
    assert found.outdoor_c[25] == 12
    assert found.hour_of_day[25] == 1


def test_a_whole_day_is_the_sum_of_its_hours() -> None:
    days = roll_up(hours(), [True, False, None])
    np.testing.assert_allclose(days.energy_kwh, 24)
    np.testing.assert_allclose(days.outdoor_c, [11.5, 35.5, 59.5])  # type: ignore[arg-type]
    assert days.coverage.tolist() == [1, 1, 1]
    assert days.working == (True, False, None)


@pytest.mark.parametrize(("missing", "known"), [(1, True), (12, True), (13, False), (24, False)])
def test_a_day_of_which_more_than_half_is_missing_is_no_day(missing: int, known: bool) -> None:
    gappy = hours()
    gappy.energy_kwh[:missing] = np.nan
    days = roll_up(gappy, [True] * 3)
    assert days.coverage[0] == pytest.approx(1 - missing / 24)
    assert np.isfinite(days.energy_kwh[0]) == known
    if known:
        assert days.energy_kwh[0] == pytest.approx(24)


def test_hours_at_zero_are_data() -> None:
    dark = replace(hours(), energy_kwh=np.zeros(72))
    days = roll_up(dark, [True] * 3)
    assert days.energy_kwh.tolist() == [0, 0, 0]
    assert days.coverage.tolist() == [1, 1, 1]


@pytest.mark.parametrize(("length", "filled"), [(1, 1), (6, 6), (7, 0)])
def test_short_gaps_of_temperature_are_bridged_and_long_ones_are_not(length: int, filled: int) -> None:
    gappy = hours()
    assert gappy.outdoor_c is not None
    gappy.outdoor_c[30 : 30 + length] = np.nan
    found, record = bridged(gappy)
    assert record is not None
    assert record.figure == filled
    assert found.outdoor_c is not None
    if filled:
        np.testing.assert_allclose(found.outdoor_c, np.arange(72))
    else:
        assert np.isnan(found.outdoor_c[30:37]).all()


def test_gaps_at_the_ends_are_not_made_up() -> None:
    gappy = hours()
    assert gappy.outdoor_c is not None
    gappy.outdoor_c[:2] = np.nan
    gappy.outdoor_c[-2:] = np.nan
    found, record = bridged(gappy)
    assert record is not None
    assert record.figure == 0
    assert found.outdoor_c is not None
    assert np.isnan(found.outdoor_c).sum() == 4


def test_energy_is_never_interpolated() -> None:
    gappy = hours()
    gappy.energy_kwh[5] = np.nan
    assert np.isnan(bridged(gappy)[0].energy_kwh[5])


def test_without_temperature_there_is_nothing_to_bridge() -> None:
    bare = replace(hours(), outdoor_c=None)
    assert bridged(bare) == (bare, None)
    assert warmest_hour(bare) is None
    assert roll_up(bare, [True] * 3).outdoor_c is None


def test_the_warmest_hour_tells_a_zone_that_is_wrong() -> None:
    local = office_hours(60)
    assert local.outdoor_c is not None
    found = warmest_hour(local)
    in_utc = warmest_hour(replace(local, outdoor_c=np.roll(local.outdoor_c, -8)))
    assert found is not None
    assert in_utc is not None
    assert (found.figure, found.ok) == (15, True)
    assert (in_utc.figure, in_utc.ok) == (7, False)


def test_no_whole_day_of_temperature_has_no_warmest_hour() -> None:
    gappy = hours()
    assert gappy.outdoor_c is not None
    gappy.outdoor_c[::24] = np.nan
    assert warmest_hour(gappy) is None


def test_the_offices_days_add_up() -> None:
    office = office_hours(30)
    assert days_of_hours(office).energy_kwh.sum() == pytest.approx(office.energy_kwh.sum())
