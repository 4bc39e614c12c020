"""Sunrise, sunset and hours of daylight of a place and day: what drives a lighting circuit besides people.

Equations of the NOAA Solar Calculator's low-accuracy form (NOAA Global Monitoring Laboratory, "General Solar
Position Calculations"); within about two minutes of almanacs between the polar circles.
"""

import math
from calendar import isleap
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from services.mv.model import Floats

DECIMALS = 4
"""Of hours of daylight."""
_ZENITH_DEG = 90.833
"""The sun's upper limb on the horizon, with standard refraction."""


def _sun(days: Sequence[date], longitude: float) -> tuple[Floats, Floats]:
    """Declination [rad] and equation of time [min] at local solar noon of each day."""
    of_year = np.array([day.timetuple().tm_yday for day in days], dtype=np.float64)
    lengths = np.array([365.0 + isleap(day.year) for day in days])
    angle = 2 * math.pi / lengths * (of_year - 1 - longitude / 360)
    equation_min = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle) - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle) - 0.040849 * np.sin(2 * angle)
    )  # fmt: skip
    declination = (
        0.006918
        - 0.399912 * np.cos(angle) + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle) + 0.000907 * np.sin(2 * angle)
        - 0.002697 * np.cos(3 * angle) + 0.00148 * np.sin(3 * angle)
    )  # fmt: skip
    return declination, equation_min


def _half_day_deg(declination: Floats, latitude: float) -> Floats:
    """Hour angle of sunrise [degrees], 0 in polar night and 180 in midnight sun."""
    phi = math.radians(latitude)
    cosine = math.cos(math.radians(_ZENITH_DEG)) / (math.cos(phi) * np.cos(declination)) - math.tan(
        phi
    ) * np.tan(declination)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def daylight_hours(days: Sequence[date], latitude: float, longitude: float) -> Floats:
    """Hours from sunrise to sunset [h], shape (n,), of days at a place [degrees, north and east positive].

    Rounded to 0.0001 h, so that a frozen value replays on any machine.
    """
    declination, _ = _sun(days, longitude)
    return np.round(_half_day_deg(declination, latitude) * 2 / 15, DECIMALS)


def sunrise_sunset(day: date, latitude: float, longitude: float) -> tuple[datetime, datetime]:
    """The instants (UTC) of sunrise and sunset of the calendar day at the place's own noon."""
    declination, equation_min = _sun([day], longitude)
    half_min = float(_half_day_deg(declination, latitude)[0]) * 4
    noon = datetime.combine(day, time(12), UTC) - timedelta(minutes=4 * longitude + float(equation_min[0]))
    half = timedelta(minutes=half_min)
    return noon - half, noon + half
