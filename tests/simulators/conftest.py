"""Cities for the simulator's tests: a small one with every fault, and the whole one of the demo."""

from datetime import date

import pytest

from simulators.city import City, build_city
from simulators.plan import CityPlan

SMALL = CityPlan(
    until=date(2026, 3, 1), months=4, baseline_months=2, institutions=6, vehicles=5, repairs_per_month=40
)
"""Four months of six institutions: long enough for a retrofit, with every meter that a fault is pinned to."""

WHOLE = CityPlan(until=date(2026, 11, 22))


@pytest.fixture(scope="session")
def small_city() -> City:
    """The small city, made once."""
    return build_city(SMALL)


@pytest.fixture(scope="session")
def whole_city() -> City:
    """The city of the demo, made once."""
    return build_city(WHOLE)
