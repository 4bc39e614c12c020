"""Use in working hours, outside them, on days off, on make-up days, with and without a slip."""

from datetime import date, timedelta

import pytest

from services.fleet.model import Approval, Flag, Trip, VehicleKind
from services.fleet.rules import load_rules
from services.fleet.usage import Slips, UsageJudge
from services.workdays import Workdays
from tests.services.fleet.drives import ZONE, slip, trip, vehicle

RULES = load_rules()
JUDGE = UsageJudge(RULES, Workdays(), ZONE)


def judged(start: str, end: str, *slips: Approval, judge: UsageJudge = JUDGE) -> Trip:
    return judge(trip(start, end), vehicle(), Slips(slips))


@pytest.mark.parametrize(
    ("start", "end", "flag"),
    [
        ("2026-11-20 07:00", "2026-11-20 19:00", Flag.NONE),
        ("2026-11-20 06:59", "2026-11-20 08:00", Flag.OUTSIDE_HOURS),
        ("2026-11-20 18:30", "2026-11-20 19:01", Flag.OUTSIDE_HOURS),
        ("2026-11-20 21:00", "2026-11-20 22:00", Flag.OUTSIDE_HOURS),
        ("2026-11-21 10:00", "2026-11-21 11:00", Flag.NON_WORKING_DAY),
        ("2026-11-20 23:30", "2026-11-21 00:30", Flag.NON_WORKING_DAY),
        ("2026-11-18 23:30", "2026-11-19 00:30", Flag.OUTSIDE_HOURS),
        ("2026-10-02 10:00", "2026-10-02 11:00", Flag.NON_WORKING_DAY),  # a holiday, a Friday
        ("2026-10-10 10:00", "2026-10-10 11:00", Flag.NONE),  # a make-up Saturday
        ("2026-10-10 20:00", "2026-10-10 21:00", Flag.OUTSIDE_HOURS),
        ("2027-01-06 10:00", "2027-01-06 11:00", Flag.CALENDAR_UNKNOWN),
        ("2026-12-31 23:30", "2027-01-01 00:30", Flag.OUTSIDE_HOURS),
    ],
)
def test_a_trip_without_a_slip(start: str, end: str, flag: Flag) -> None:
    found = judged(start, end)
    assert found.flagged is flag
    assert found.approval is None


@pytest.mark.parametrize(
    ("slip_start", "slip_end", "covered"),
    [
        ("2026-11-21 09:00", "2026-11-21 12:00", True),
        ("2026-11-21 11:30", "2026-11-21 12:00", True),  # begins within the tolerance after the trip
        ("2026-11-21 11:31", "2026-11-21 12:00", False),
        ("2026-11-21 08:00", "2026-11-21 09:30", True),
        ("2026-11-21 08:00", "2026-11-21 09:29", False),
    ],
)
def test_a_slip_covers_what_it_overlaps_give_or_take_half_an_hour(
    slip_start: str, slip_end: str, covered: bool
) -> None:
    found = judged("2026-11-21 10:00", "2026-11-21 11:00", slip("pc-1", slip_start, slip_end))
    assert found.approval == ("pc-1" if covered else None)
    assert found.flagged is (Flag.NONE if covered else Flag.NON_WORKING_DAY)


def test_a_slip_in_working_hours_is_noted_too() -> None:
    found = judged(
        "2026-11-20 10:00", "2026-11-20 11:00", slip("pc-1", "2026-11-20 09:00", "2026-11-20 12:00")
    )
    assert (found.flagged, found.approval) == (Flag.NONE, "pc-1")


def test_a_slip_settles_a_trip_whose_calendar_is_unknown() -> None:
    found = judged(
        "2027-01-06 10:00", "2027-01-06 11:00", slip("pc-1", "2027-01-06 09:00", "2027-01-06 12:00")
    )
    assert found.flagged is Flag.NONE


def test_of_several_slips_the_earliest_is_named() -> None:
    slips = [
        slip("b", "2026-11-20 09:30", "2026-11-20 12:00"),
        slip("a", "2026-11-20 09:00", "2026-11-20 12:00"),
    ]
    assert judged("2026-11-20 10:00", "2026-11-20 11:00", *slips).approval == "a"


def test_no_kind_is_exempt_by_default_and_any_can_be() -> None:
    evening = trip("2026-11-20 21:00", "2026-11-20 22:00")
    confidential = vehicle(kind=VehicleKind.CONFIDENTIAL)
    assert JUDGE(evening, confidential, Slips(())).flagged is Flag.OUTSIDE_HOURS
    line = RULES.lines[0]
    exempting = UsageJudge(
        type(RULES)((type(line)(
            line.effective_from, line.hours_start, line.hours_end, line.tolerance,
            frozenset({VehicleKind.CONFIDENTIAL}), line.fuel_excess, line.sources,
        ),), "x"), Workdays(), ZONE,
    )  # fmt: skip
    assert exempting(evening, confidential, Slips(())).flagged is Flag.NONE
    assert exempting(evening, vehicle(), Slips(())).flagged is Flag.OUTSIDE_HOURS


def test_the_basis_follows_calendar_and_rules() -> None:
    other_calendar = UsageJudge(RULES, Workdays(version="with 2027"), ZONE)
    assert other_calendar.basis != JUDGE.basis
    assert RULES.version in JUDGE.basis


def test_a_loaded_calendar_makes_the_judgement() -> None:
    known = UsageJudge(RULES, Workdays({date(2027, 1, 6): True}, frozenset({2027})), ZONE)
    assert judged("2027-01-06 10:00", "2027-01-06 11:00", judge=known).flagged is Flag.NONE
    assert judged("2027-01-09 10:00", "2027-01-09 11:00", judge=known).flagged is Flag.NON_WORKING_DAY


def test_slips_of_nobody_cover_nothing() -> None:
    one = trip("2026-11-20 21:00", "2026-11-20 22:00")
    assert Slips(()).covering(one.start_at, one.end_at, timedelta(hours=9)) is None
