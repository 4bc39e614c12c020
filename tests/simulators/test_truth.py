"""The ledger: recomputed here by other means, on the small city."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from simulators import days
from simulators.city import City, build_city
from simulators.faults import plan_faults
from simulators.history import history_messages
from simulators.meters import by_code
from simulators.plan import ALL_FAULTS, HOUR_MS, ZONE, Fault
from simulators.repairs import Event, Order
from simulators.truth import RepairTruth, Truth, ledger, read_truth, repair_truth, write_truth
from tests.simulators import gateway
from tests.simulators.conftest import SMALL


@pytest.fixture(scope="module", name="truth")
def _truth(small_city: City) -> Truth:
    return ledger(small_city)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(f"{text}+08:00").timestamp() * 1000)


def order(reported: str, *events: tuple[str, str], size: str = "small", rating: int = 4) -> Order:
    """An order of Friday or whenever, with its events as (kind, local time)."""
    return Order(
        number="R1", institution="gov", location="x", category="door", size=size, severity="normal",
        description="x", reporter="x", reported_ms=ms(reported),
        events=tuple(
            Event(kind, ms(at), "x", (("rating", rating),) if kind == "rate" else ()) for kind, at in events
        ),
    )  # fmt: skip


def test_values_are_those_the_messages_hold(small_city: City, truth: Truth) -> None:
    found = gateway.all_readings(history_messages(small_city))
    assert sum(truth.values.values()) == len(found)
    for channel, count in truth.values.items():
        assert count == sum(key[1] == channel for key in found)
    assert truth.positions == len(gateway.all_positions(history_messages(small_city)))


def test_dead_letters_are_the_messages_without_items(small_city: City, truth: Truth) -> None:
    bad = [message for message in history_messages(small_city) if not message.items]
    assert sum(truth.dead_letters.values()) == len(bad) == 29
    assert truth.unregistered == 1


def test_energy_is_what_the_registers_will_say(small_city: City, truth: Truth) -> None:
    """Registers of the main meters, first and last of the window, ratio, swap and rollover undone."""
    meters = by_code(small_city.meters)
    ends = np.array([SMALL.start_ms, SMALL.until_ms])
    for row in truth.energy:
        meter = meters[f"{row.institution}-e1"]
        first, last = meter.registers(ends).tolist()
        assert (last - first) * meter.ct == pytest.approx(row.electricity_kwh, abs=meter.ct * 0.02)
        assert row.water_m3 is not None
        first, last = meters[f"{row.institution}-w1"].registers(ends).tolist()
        assert last - first == pytest.approx(row.water_m3, abs=0.02)


def test_energy_is_none_where_nothing_measures_it(truth: Truth) -> None:
    by_place = {row.institution: row for row in truth.energy}
    assert by_place["bichuan"].sockets_kwh is None
    assert by_place["bichuan"].gas_m3 is None
    assert by_place["gov"].gas_m3 is not None


def test_savings_are_counterfactual_minus_actual(small_city: City, truth: Truth) -> None:
    for contract, row in zip(small_city.contracts, truth.savings, strict=True):
        assert row.contract == contract.code
        assert row.savings_kwh == pytest.approx(row.would_have_used_kwh - row.used_kwh, abs=0.02)
        rate = row.savings_kwh / row.would_have_used_kwh
        assert rate == pytest.approx(contract.saving_rate, rel=1e-6)


def test_actual_use_is_what_the_contract_meters_count(small_city: City) -> None:
    """On a city without gaps, from the acceptance to the end."""
    whole = replace(small_city, plan=replace(SMALL, faults=ALL_FAULTS - {Fault.GAPS}))
    meters = by_code(whole.meters)
    for contract, row in zip(whole.contracts, ledger(whole).savings, strict=True):
        begin = SMALL.start_ms + 24 * HOUR_MS * (contract.reporting_start - SMALL.start).days
        ends = np.array([begin, SMALL.until_ms])
        counted = sum(float(np.diff(meters[code].used(ends))[0]) for code in contract.meters)
        assert row.used_kwh == pytest.approx(counted, abs=0.02)
        assert row.left_out == []
        assert row.savings_kwh == row.all_days_kwh


def test_a_day_that_a_gap_hides_is_left_out_and_named(small_city: City, truth: Truth) -> None:
    last = truth.savings[-1]
    assert len(last.left_out) == 2
    assert last.left_out[1] - last.left_out[0] == timedelta(days=1)
    assert last.savings_kwh < last.all_days_kwh
    faults = plan_faults(SMALL, small_city.meters, small_city.contracts)
    hours = np.flatnonzero(faults.missing[small_city.contracts[-1].meters[0]])
    assert last.left_out[0] == SMALL.start + timedelta(days=int(hours[0]) // 24)


def test_trips_are_those_the_positions_tell(small_city: City, truth: Truth) -> None:
    """Counted again from the points: ignition on to off, at least 200 m on the odometer."""
    positions = gateway.all_positions(history_messages(small_city))
    for vehicle, row in zip(small_city.vehicles, truth.vehicles, strict=True):
        address = f"{vehicle.institution}/{vehicle.code}"
        points = [positions[key] for key in sorted(positions) if key[0] == address]
        trips, distance, begin = 0, 0.0, None
        for point in points:
            begin = point["odometer_km"] if begin is None else begin
            if point["ignition"] == 0:
                moved = point["odometer_km"] - begin
                trips, distance = trips + (moved >= 0.2), distance + (moved if moved >= 0.2 else 0)
                begin = None
        assert row.trips == trips
        assert row.distance_km == pytest.approx(distance, abs=0.05)
        assert 0 <= row.flagged_trips < row.trips / 4


def test_fuel_is_near_the_papers(small_city: City, truth: Truth) -> None:
    for vehicle, row in zip(small_city.vehicles, truth.vehicles, strict=True):
        assert row.litres_per_100km == pytest.approx(vehicle.archive_l_per_100km, rel=0.1)


def test_repairs_by_both_clocks() -> None:
    """Friday 2026-11-20 → small due Monday; the report's day is not counted, the hour does not matter."""
    orders = [
        order("2026-11-20T09:00", ("respond", "2026-11-20T09:10"), ("complete", "2026-11-23T16:00")),
        order("2026-11-20T23:00", ("respond", "2026-11-20T23:30"), ("complete", "2026-11-24T09:00"),
              ("rate", "2026-11-24T10:00"), rating=2),
        order("2026-11-20T09:00", ("respond", "2026-11-20T09:20"), ("complete", "2026-11-25T16:00"),
              ("rate", "2026-11-25T17:00"), size="large", rating=3),
        order("2026-11-20T09:00"),
        order("2026-11-20T09:00", ("respond", "2026-11-20T09:40"), ("cancel", "2026-11-20T10:00")),
    ]  # fmt: skip
    assert repair_truth(orders) == RepairTruth(
        reported=5, responded=4, response_minutes_p50=25.0, completed=3, completed_on_time=2,
        completed_late=1, due_unknown=0, open=1, open_due=[date(2026, 11, 23)], rated=2, satisfied=1,
    )  # fmt: skip


def test_a_due_day_beyond_the_calendar_is_unknown_not_late() -> None:
    last = max(day for day in days.span(date(2026, 12, 1), 31) if days.known_working_day(day))
    late = order(f"{last.isoformat()}T09:00", ("respond", f"{last.isoformat()}T09:05"), size="large")
    truth = repair_truth([late])
    assert (truth.due_unknown, truth.open, truth.open_due) == (1, 1, [])


def test_repairs_of_the_city_are_judged_by_their_days(small_city: City, truth: Truth) -> None:
    on_time = 0
    for row in small_city.orders:
        reported = datetime.fromtimestamp(row.reported_ms / 1000, ZONE).date()
        left, day = {"small": 1, "large": 3}[row.size], reported
        while left:
            day += timedelta(days=1)
            left -= days.is_working_day(day)
        done = row.at("complete")
        on_time += done is not None and datetime.fromtimestamp(done / 1000, ZONE).date() <= day
    assert truth.repairs.completed_on_time == on_time
    assert truth.repairs.reported == len(small_city.orders)


def test_the_ledger_survives_its_file(truth: Truth, tmp_path: Path) -> None:
    path = tmp_path / "var" / "truth.json"
    write_truth(truth, path)
    assert read_truth(path) == truth


def test_a_file_that_is_no_ledger_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text('{"seed": 1}')
    with pytest.raises(ValueError, match="start"):
        read_truth(path)
    with pytest.raises(OSError, match=r"absent\.json"):
        read_truth(tmp_path / "absent.json")


def test_days_without_a_working_calendar_are_left_out_of_savings() -> None:
    """Nobody can say which day is a working day there, so no baseline holds for it."""
    city = build_city(replace(SMALL, until=date(2041, 3, 1), institutions=2, vehicles=1, repairs_per_month=5))
    assert city.contracts
    for contract, row in zip(city.contracts, ledger(city).savings, strict=True):
        assert len(row.left_out) == (city.plan.until - contract.reporting_start).days
        assert row.savings_kwh == 0
        assert row.all_days_kwh > 0
    assert all(row.flagged_trips == 0 for row in ledger(city).vehicles)
