from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest

from services.mv.daylight import daylight_hours, sunrise_sunset

ALMANAC = [  # place, latitude, longitude, offset from UTC, day, sunrise, sunset as almanacs print them
    ("Beijing", 39.9042, 116.4074, 8, date(2024, 6, 21), "04:46", "19:46"),
    ("Beijing", 39.9042, 116.4074, 8, date(2024, 12, 21), "07:33", "16:53"),
    ("Shanghai", 31.2304, 121.4737, 8, date(2024, 12, 21), "06:48", "16:55"),
    ("London", 51.5074, -0.1278, 0, date(2024, 12, 21), "08:04", "15:53"),
    ("New York", 40.7128, -74.0060, -4, date(2024, 6, 20), "05:25", "20:31"),
    ("Sydney", -33.8688, 151.2093, 11, date(2024, 12, 21), "05:41", "20:05"),
]


@pytest.mark.parametrize(("place", "latitude", "longitude", "offset", "day", "rise", "fall"), ALMANAC)
def test_sunrise_and_sunset_agree_with_almanacs_within_two_minutes(
    place: str, latitude: float, longitude: float, offset: int, day: date, rise: str, fall: str
) -> None:
    zone = timezone(timedelta(hours=offset))
    found = sunrise_sunset(day, latitude, longitude)
    for instant, printed in zip(found, (rise, fall), strict=True):
        known = datetime.fromisoformat(f"{day}T{printed}").replace(tzinfo=zone)
        assert abs(instant - known) <= timedelta(minutes=2), place


def test_daylight_is_the_time_between_sunrise_and_sunset() -> None:
    day = date(2026, 3, 3)
    rise, fall = sunrise_sunset(day, 30.7, 111.3)
    assert daylight_hours([day], 30.7, 111.3)[0] == pytest.approx(
        (fall - rise) / timedelta(hours=1), abs=1e-4
    )


def test_twelve_hours_and_a_little_at_the_equator_all_year() -> None:
    days = [date(2025, 1, 1) + timedelta(days=i) for i in range(365)]
    hours = daylight_hours(days, 0.0, 0.0)
    assert hours.shape == (365,)
    assert np.all(np.abs(hours - 12.12) < 0.03)


def test_longest_day_in_june_in_the_north_and_december_in_the_south() -> None:
    days = [date(2025, 1, 1) + timedelta(days=i) for i in range(365)]
    north, south = daylight_hours(days, 30.7, 111.3), daylight_hours(days, -30.7, 111.3)
    assert abs((days[int(north.argmax())] - date(2025, 6, 21)).days) <= 2
    assert abs((days[int(south.argmax())] - date(2025, 12, 21)).days) <= 2


def test_polar_night_and_midnight_sun_are_numbers() -> None:
    summer, winter = daylight_hours([date(2025, 6, 21), date(2025, 12, 21)], 78.2, 15.6)
    assert (summer, winter) == (24.0, 0.0)
