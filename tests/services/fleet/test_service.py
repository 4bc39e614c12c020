"""Vehicles, slips and refuels are taken whole or not at all, and summed up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.fleet.model import Flag, Fuel, Refuel
from services.fleet.repository import TripFilter
from services.fleet.service import Conflict, EntryRefused
from tests.services.fleet.conftest import Yard
from tests.services.fleet.drives import drive, local, minutes_of, slip, vehicle

DAY = 24 * 60


def refuel(day: int, litres: float, odometer_km: float, code: str = "v-001", *, full: bool = True) -> Refuel:
    return Refuel(code, local(f"2026-11-{day:02} 12:00"), litres, full, odometer_km, Decimal("300.10"))


def test_vehicles_are_added_and_replaced_by_code(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle("v-002"), vehicle("v-001")])
    changed = vehicle("v-001", plate="鄂Z99999", archive_l_per_100km=None)
    assert yard.fleet.put_vehicles([changed]) == 1
    assert yard.fleet.vehicles() == [changed, vehicle("v-002")]


def test_an_address_belongs_to_one_vehicle(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle("v-001")])
    with pytest.raises(EntryRefused, match="would be that of v-001 and v-003") as refusal:
        yard.fleet.put_vehicles([vehicle("v-002"), vehicle("v-003", address="cz-sport/v-001")])
    assert (refusal.value.index, refusal.value.member) == (1, "address")
    assert [one.code for one in yard.fleet.vehicles()] == ["v-001"]
    moved = [vehicle("v-001", address="cz-sport/box-1"), vehicle("v-003", address="cz-sport/v-001")]
    assert yard.fleet.put_vehicles(moved) == 2


def test_a_vehicle_twice_or_of_an_unknown_institution_is_refused(yard: Yard) -> None:
    with pytest.raises(EntryRefused, match="1/code: v-001 occurs twice"):
        yard.fleet.put_vehicles([vehicle(), vehicle()])
    with pytest.raises(EntryRefused, match="0/institution: the registry has no 'nowhere'"):
        yard.fleet.put_vehicles([vehicle(institution="nowhere")])


def test_slips_change_what_trips_are_and_can_be_sent_again(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle(), vehicle("v-002")])
    yard.hear(drive(DAY))
    yard.run()
    paper = slip("pc-1", "2026-11-21 08:30", "2026-11-21 10:00")
    assert yard.fleet.put_approvals([paper]) == (1, 1)
    assert yard.fleet.put_approvals([paper]) == (0, 0)
    assert yard.trips()[0].approval == "pc-1"
    for_another = replace(paper, vehicle="v-002")
    assert yard.fleet.put_approvals([for_another]) == (1, 1)
    assert (yard.trips()[0].approval, yard.trips()[0].flagged) == (None, Flag.NON_WORKING_DAY)


def test_a_slip_for_a_vehicle_nobody_has_or_out_of_time_is_refused(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    good = slip("pc-1", "2026-11-21 08:30", "2026-11-21 10:00")
    with pytest.raises(EntryRefused, match="1/vehicle: there is no vehicle 'v-009'"):
        yard.fleet.put_approvals([good, replace(good, number="pc-2", vehicle="v-009")])
    with pytest.raises(EntryRefused, match="1/number: pc-1 occurs twice"):
        yard.fleet.put_approvals([good, good])
    with pytest.raises(EntryRefused, match="0/start: before 2000"):
        yard.fleet.put_approvals([slip("pc-1", "1990-11-21 08:30", "1990-11-21 10:00")])
    assert yard.fleet.put_approvals([good]) == (1, 0)


def test_refuels_are_recorded_once(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    assert yard.fleet.add_refuels([refuel(1, 40, 10_000), refuel(9, 52.4, 10_612)]) == (2, 0)
    assert yard.fleet.add_refuels([refuel(9, 52.4, 10_612), refuel(12, 30, 11_000)]) == (1, 1)
    with pytest.raises(Conflict, match="body/1: another refuel of v-001"):
        yard.fleet.add_refuels([refuel(14, 10, 12_000), refuel(9, 52.5, 10_612)])
    assert yard.fleet.add_refuels([refuel(14, 10, 12_000)]) == (1, 0)


def test_a_wrong_refuel_is_named(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle(), vehicle("v-002", fuel=Fuel.ELECTRIC)])
    with pytest.raises(EntryRefused, match="0/vehicle: there is no vehicle 'v-009'"):
        yard.fleet.add_refuels([refuel(1, 40, 10_000, "v-009")])
    with pytest.raises(EntryRefused, match="0/litres: v-002 is electric"):
        yard.fleet.add_refuels([refuel(1, 40, 10_000, "v-002")])
    with pytest.raises(EntryRefused, match="0/at: before 2000 or in the future"):
        yard.fleet.add_refuels([refuel(28, 40, 10_000)])


def test_trips_are_listed_newest_first(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle(), vehicle("v-002")])
    yard.hear([*drive(0), *drive(DAY, odometer=1020)])
    yard.hear(drive(0), "v-002")
    yard.run()
    found = yard.fleet.trips(TripFilter())
    assert [(trip.vehicle, minutes_of(trip)[0]) for trip in found] == [
        ("v-001", DAY),
        ("v-002", 0),
        ("v-001", 0),
    ]
    after_first = TripFilter(before=(found[0].start_at, "v-001"), limit=1)
    assert yard.fleet.trips(after_first) == found[1:2]
    day = yard.fleet.starting(date(2026, 11, 21), date(2026, 11, 22))
    assert yard.fleet.trips(day) == found[:1]


def test_the_summary_of_a_period(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle(), vehicle("v-002", archive_l_per_100km=None)])
    yard.hear([*drive(-3 * DAY, km=30), *drive(0, km=10, odometer=1030), *drive(DAY, km=5, odometer=1040)])
    yard.run()
    rows = [refuel(1, 40, 10_000), refuel(9, 52.4, 10_612), refuel(20, 57, 11_112)]
    yard.fleet.add_refuels(rows)
    first, silent = yard.fleet.summary(date(2026, 11, 18), date(2026, 12, 1)).lines
    assert first.figures.distance_km == 15
    assert (first.figures.trips, first.figures.flagged_trips) == (2, 1)
    assert first.figures.working_days == 3  # the 18th, 19th and 20th; the 22nd is today
    assert first.figures.attendance_rate == pytest.approx(1 / 3)
    assert first.figures.litres_per_100km == pytest.approx(11.4)
    assert first.excessive
    assert silent.figures.distance_km is None
    assert not silent.excessive
    whole = yard.fleet.summary(None, None)
    assert whole.lines[0].figures.litres_per_100km == pytest.approx((52.4 + 57) / 1112 * 100)
    assert whole.total.distance_km == 45
    assert whole.total.working_days == 4
