"""A made-up office by the hour: occupied hours on working days, heating and cooling, noise."""

from datetime import date, timedelta

import numpy as np

from services.mv.hours import HOURS, Hours, roll_up
from services.mv.model import Days, Floats
from tests.services.mv.circuits import WORKDAYS, noise
from tests.services.mv.published import START, weather


def outdoor_of(days: int, *, seed: int = 0, warmest: int = 15) -> Floats:
    """Days of `weather` with a daily course of ±4 K."""
    course = 4 * np.cos(2 * np.pi * (np.arange(HOURS) - warmest) / HOURS)
    found: Floats = (weather(days, seed=seed)[:, None] + course).ravel()
    return found


def office_hours(days: int = 365, *, seed: int = 0, start: date = START, sigma: float = 0.05) -> Hours:
    """20 kWh at night, 80 more from 8 to 18 on working days, 3 kWh/K above 22 °C while people are there."""
    dates = [start + timedelta(days=i) for i in range(days)]
    working = np.repeat([bool(WORKDAYS.is_working_day(day)) for day in dates], HOURS)
    hour = np.tile(np.arange(HOURS), days)
    there = working & (hour >= 8) & (hour < 18)
    outdoor = outdoor_of(days, seed=seed)
    energy = 20 + there * (80 + 3 * np.maximum(outdoor - 18.3, 0)) + 0.5 * np.maximum(7.2 - outdoor, 0)
    spread = noise(np.random.default_rng(700 + seed), (1, len(energy)), 0.5)[0]
    return Hours(start, energy * (1 + sigma * spread), outdoor)


def days_of_hours(hours: Hours) -> Days:
    return roll_up(hours, [WORKDAYS.is_working_day(day) for day in hours.days])
