from datetime import date, datetime, timedelta

import numpy as np
import pytest

from services.mv.command.closures import Closure
from services.mv.command.files import Table
from services.mv.command.periods import Calendar, Period, grain, period_of
from services.mv.command.refusals import FileRefused
from services.mv.model import Floats
from tests.services.mv.circuits import LATITUDE, LONGITUDE, WORKDAYS

START = datetime.fromisoformat("2026-05-01")
CALENDAR = Calendar(WORKDAYS.is_working_day)


def table(
    step: timedelta, energy: Floats, *, outdoor: Floats | None = None, start: datetime = START
) -> Table:
    times = tuple(start + step * i for i in range(len(energy)))
    return Table(times, energy, outdoor, {}, None, (False,) * len(times), ())


def figures(period: Period) -> dict[str, float]:
    return {record.what: record.figure for record in period.records}


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (timedelta(minutes=15), "hour"),
        (timedelta(hours=1), "hour"),
        (timedelta(days=1), "day"),
        (timedelta(days=30), "bill"),
    ],
)
def test_the_distance_of_rows_says_what_they_are(step: timedelta, name: str) -> None:
    assert grain(tuple(START + step * i for i in range(5))) == name
    assert grain((START,)) == "day"


def test_rows_a_week_apart_are_neither_days_nor_bills() -> None:
    with pytest.raises(FileRefused, match=r"b\.csv: rows are 7 days apart"):
        grain(tuple(START + timedelta(days=7) * i for i in range(5)), "b.csv")


def test_of_two_rows_on_a_day_neither_is_the_days_energy() -> None:
    times = (START, START + timedelta(hours=8), *(START + timedelta(days=i) for i in range(1, 5)))
    found = period_of(Table(times, np.ones(6), None, {}, None, (False,) * 6, ()), CALENDAR)
    np.testing.assert_array_equal(found.days.energy_kwh, [np.nan, 1, 1, 1, 1])
    assert found.days.coverage[0] == 0
    assert figures(found)["days_of_several_rows"] == 1


def test_days_that_a_file_skips_are_unknown_days() -> None:
    plain = table(timedelta(days=1), np.array([1.0, 0.0, 3.0, 4.0]))
    gappy = Table(
        (*plain.times[:3], plain.times[3] + timedelta(days=2)),
        plain.energy_kwh,
        None,
        {},
        None,
        (False,) * 4,
        (),
    )
    days = period_of(gappy, CALENDAR).days
    assert len(days.days) == 6
    np.testing.assert_array_equal(days.energy_kwh, [1, 0, 3, np.nan, np.nan, 4])
    assert days.coverage.tolist() == [1, 1, 1, 0, 0, 1]
    assert days.working[:4] == (False, False, False, False)  # Labour Day's week
    assert days.daylight_h is None


def test_days_that_do_not_begin_at_midnight_are_told() -> None:
    found = period_of(table(timedelta(days=1), np.ones(5), start=START + timedelta(hours=8)), CALENDAR)
    assert figures(found)["day_stamps_off_midnight"] == 5
    assert found.days.days[0] == date(2026, 5, 1)


def test_a_place_and_closures_make_drivers_and_kinds() -> None:
    closures = (Closure(date(2026, 5, 2), date(2026, 5, 3), "closure", True),)
    calendar = Calendar(WORKDAYS.is_working_day, closures, (LATITUDE, LONGITUDE))
    days = period_of(table(timedelta(days=1), np.ones(3)), calendar).days
    assert days.daylight_h is not None
    assert 13 < days.daylight_h[0] < 14
    assert days.day_types == ("non_working_day", "closure", "closure")


@pytest.mark.parametrize("minutes", [60, 30, 15])
def test_rows_within_the_hour_are_summed_to_days(minutes: int) -> None:
    count = 2 * 24 * 60 // minutes
    found = period_of(
        table(timedelta(minutes=minutes), np.ones(count), outdoor=np.full(count, 12.0)), CALENDAR
    )
    assert found.hours is not None
    assert found.days.energy_kwh.tolist() == [count / 2] * 2
    assert found.days.outdoor_c is not None
    assert found.days.outdoor_c.tolist() == [12, 12]
    assert figures(found)["temperature_hours_interpolated"] == 0


def test_a_quarter_hour_lost_is_replaced_by_its_hour_and_three_are_a_gap() -> None:
    energy = np.ones(96)
    energy[0] = np.nan
    energy[4:7] = np.nan
    found = period_of(table(timedelta(minutes=15), energy), CALENDAR)
    assert found.hours is not None
    assert found.hours.energy_kwh[0] == 4
    assert np.isnan(found.hours.energy_kwh[1])
    assert found.days.coverage[0] == pytest.approx(23 / 24)


def test_hourly_files_take_no_further_drivers() -> None:
    plain = table(timedelta(hours=1), np.ones(48))
    with pytest.raises(FileRefused, match="daily"):
        period_of(
            Table(plain.times, plain.energy_kwh, None, {"x": np.ones(48)}, None, plain.estimated, ()),
            CALENDAR,
        )


def test_temperatures_that_look_like_fahrenheit_are_told() -> None:
    warm = period_of(table(timedelta(days=1), np.ones(3), outdoor=np.array([60.0, 71.2, 66.0])), CALENDAR)
    record = next(record for record in warm.records if record.what == "temperature_hottest_c")
    assert (record.figure, record.ok) == (71.2, False)
    assert "°F" in record.source


def months(count: int) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(f"{2025 + i // 12}-{i % 12 + 1:02d}-01") for i in range(count))


def test_bills_end_where_the_next_begins() -> None:
    times = months(13)
    energy = np.array([*np.full(12, 310.0), np.nan])
    found = period_of(Table(times, energy, None, {}, None, (False,) * 13, ()), CALENDAR)
    assert found.days.lengths.sum() == 365
    assert figures(found)["bills_without_end"] == 0
    open_ended = period_of(Table(times, np.full(13, 310.0), None, {}, None, (False,) * 13, ()), CALENDAR)
    assert figures(open_ended)["bills_without_end"] == 1
    closed = Table(times, np.full(13, 310.0), None, {}, (*[None] * 12, date(2026, 2, 1)), (False,) * 13, ())
    assert period_of(closed, CALENDAR).days.lengths.sum() == 396


def test_bills_none_of_which_can_be_used_are_refused() -> None:
    with pytest.raises(FileRefused, match="no bill"):
        period_of(Table(months(3), np.full(3, 5.0), None, {}, None, (True,) * 3, ()), CALENDAR)


def test_the_plain_rows_hold_all_that_the_result_rests_on() -> None:
    hourly = period_of(table(timedelta(hours=1), np.ones(24), outdoor=np.arange(24.0)), CALENDAR)
    day, kind, energy, *_, by_hour, by_temperature = hourly.plain()[0]
    assert (day, kind, energy) == ("2026-05-01", "non_working_day", 24.0)
    assert by_hour == [1.0] * 24
    assert by_temperature == list(range(24))
    unknown = period_of(table(timedelta(days=1), np.array([1.0, np.nan])), CALENDAR)
    assert [row[2] for row in unknown.plain()] == [1.0, None]


def test_hours_whose_temperature_is_too_sparse_have_none() -> None:
    outdoor = np.full(96, np.nan)
    outdoor[::8] = 12.0
    found = period_of(table(timedelta(minutes=15), np.ones(96), outdoor=outdoor), CALENDAR)
    assert found.days.outdoor_c is None
    assert found.days.energy_kwh.tolist() == [96.0]


def test_one_row_with_an_end_is_a_bill() -> None:
    one = Table((START,), np.array([310.0]), None, {}, (date(2026, 6, 1),), (False,), ())
    found = period_of(one, CALENDAR)
    assert found.days.lengths.tolist() == [31]
    assert found.days.energy_kwh.tolist() == [10.0]
