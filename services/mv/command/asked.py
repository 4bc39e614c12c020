"""What the options ask of the regression: how files are read, which calendar, which balance points."""

import argparse
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.mv.changepoint import Points
from services.mv.command.closures import read_closures
from services.mv.command.files import Reading
from services.mv.command.periods import Calendar
from services.mv.command.refusals import FileRefused
from services.mv.forms import EVERY_DAY, RESERVED
from services.workdays import Workdays

_TAKEN = RESERVED | {EVERY_DAY, "working_day", "non_working_day", "time", "energy_kwh", "end", "estimated"}
"""What a driver cannot be called: energy would explain itself, and names would mean two things."""
_MOST_NORTH, _MOST_EAST = 90, 180


def reading_of(options: argparse.Namespace) -> Reading:
    """How the files are to be read. Raises `FileRefused` for a zone or a driver that cannot be."""
    try:
        zone = ZoneInfo(options.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise FileRefused("no_zone", file="--zone", zone=options.zone) from error
    taken = sorted(name for name in options.driver if name.casefold() in _TAKEN)
    if taken:
        raise FileRefused("reserved", file="--driver", name=taken[0])
    return Reading(zone, options.utc, options.unit == "f", tuple(options.driver))


def calendar_of(options: argparse.Namespace) -> Calendar:
    """What is known of days: without a calendar every day is a working day. Raises `FileRefused`."""
    if (options.latitude is None) != (options.longitude is None):
        raise FileRefused("half_a_place")
    place = None if options.latitude is None else (options.latitude, options.longitude)
    if place is not None and not (abs(place[0]) <= _MOST_NORTH and abs(place[1]) <= _MOST_EAST):
        raise FileRefused("place")
    closures, not_read = read_closures(options.closures) if options.closures else ((), None)
    is_working = Workdays().is_working_day if options.calendar == "cn" else lambda _: True
    return Calendar(is_working, closures, place, () if not_read is None else (not_read,))


def points_of(options: argparse.Namespace) -> Points | None:
    """The agreed balance points [°C], of a method that has them; None where none is given."""
    given = [options.heating_point, options.cooling_point]
    if given == [None, None]:
        return None
    if options.unit == "f":
        given = [None if at is None else (at - 32) / 1.8 for at in given]
    heating, cooling = (None if at is None else round(at, 6) for at in given)
    shape = options.method.partition("-")[0]
    needs = {"3ph": (True, False), "3pc": (False, True), "4p": (True, True), "5p": (True, True)}
    if (heating is not None, cooling is not None) != needs.get(shape):
        raise FileRefused("points")
    points = Points(heating, cooling)
    if heating is not None and cooling is not None and not _in_order(points, shape):
        raise FileRefused("points_order")
    return points


def _in_order(points: Points, shape: str) -> bool:
    if shape == "4p":
        return points.shared
    return (points.heating_c or 0.0) <= (points.cooling_c or 0.0)
