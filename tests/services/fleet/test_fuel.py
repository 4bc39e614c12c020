"""Litres per 100 km between full tanks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fleet.fuel import FuelInterval, excessive, fuel_intervals, mean_use
from services.fleet.model import Refuel
from tests.services.fleet.drives import local


def refuel(day: int, litres: float, odometer_km: float, *, full: bool = True) -> Refuel:
    return Refuel("v-001", local(f"2026-11-{day:02} 12:00"), litres, full, odometer_km)


def test_the_vector_of_the_reference() -> None:
    (interval,) = fuel_intervals([refuel(1, 40, 10_000), refuel(9, 52.4, 10_612)])
    assert interval.litres_per_100km == pytest.approx(8.56, abs=0.005)
    assert (interval.start_at, interval.end_at) == (local("2026-11-01 12:00"), local("2026-11-09 12:00"))
    assert (interval.litres, interval.distance_km) == (52.4, 612)


def test_the_first_refuel_is_no_interval() -> None:
    assert fuel_intervals([]) == []
    assert fuel_intervals([refuel(1, 40, 10_000)]) == []


def test_partial_refuels_between_two_full_ones_count() -> None:
    rows = [
        refuel(1, 15, 9_800, full=False),  # before the first full tank: burnt by nobody knows what
        refuel(2, 40, 10_000),
        refuel(5, 20, 10_250, full=False),
        refuel(9, 32.4, 10_612),
        refuel(12, 10, 10_800, full=False),  # not closed by a full tank yet
    ]
    (interval,) = fuel_intervals(rows)
    assert interval.litres == 52.4
    assert interval.distance_km == 612


def test_the_order_in_which_refuels_are_told_does_not_matter() -> None:
    rows = [refuel(9, 52.4, 10_612), refuel(1, 40, 10_000), refuel(20, 30, 11_000)]
    assert fuel_intervals(rows) == fuel_intervals(sorted(rows, key=lambda row: row.at))
    assert len(fuel_intervals(rows)) == 2


@pytest.mark.parametrize("odometer", [10_000.0, 9_000.0])
def test_an_odometer_that_did_not_advance_tells_nothing(odometer: float) -> None:
    rows = [refuel(1, 40, 10_000), refuel(5, 30, odometer), refuel(9, 40, odometer + 500)]
    (interval,) = fuel_intervals(rows)
    assert (interval.litres, interval.distance_km) == (40, 500)


def test_the_mean_is_of_litres_and_kilometres_not_of_rates() -> None:
    at = local("2026-11-01 12:00")
    intervals = [FuelInterval(at, at, 10, 100), FuelInterval(at, at, 20, 400)]
    assert mean_use(intervals) == 6
    assert mean_use([]) is None


@pytest.mark.parametrize(
    ("use", "papers", "flagged"),
    [(9.2, 8.0, False), (9.21, 8.0, True), (None, 8.0, False), (20.0, None, False)],
)
def test_use_above_the_archive_value_is_flagged(
    use: float | None, papers: float | None, flagged: bool
) -> None:
    assert excessive(use, papers, excess=0.15) is flagged


@given(st.lists(st.tuples(st.floats(1, 80), st.floats(1, 900), st.booleans()), max_size=25))
def test_every_litre_between_the_first_and_the_last_full_tank_counts_once(
    rows: list[tuple[float, float, bool]],
) -> None:
    odometer = 0.0
    refuels = []
    for day, (litres, km, full) in enumerate(rows, start=1):
        odometer += km
        refuels.append(refuel(day, litres, odometer, full=full))
    intervals = fuel_intervals(refuels)
    full_at = [index for index, one in enumerate(refuels) if one.full]
    counted = refuels[full_at[0] + 1 : full_at[-1] + 1] if full_at else []
    assert len(intervals) == max(0, len(full_at) - 1)
    assert sum(one.litres for one in intervals) == pytest.approx(sum(one.litres for one in counted))
