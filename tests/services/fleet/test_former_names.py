"""Figures stand under a vehicle's institution and kind; when these change, no day may stand there twice."""

from collections import Counter

import pytest

from services.fleet.model import VehicleKind
from services.timeseries.schema import FLEET_DAY
from services.workdays import Workdays
from tests.services.fleet.conftest import Yard
from tests.services.fleet.drives import drive, vehicle

DAY = 24 * 60
"""Minutes."""


def kilometres(yard: Yard) -> Counter[str]:
    """What the stored days add up to, by kind."""
    found: Counter[str] = Counter()
    for series in yard.store.read(FLEET_DAY):
        found[series.tags["kind"]] += round(float(series.fields["distance_km"].sum()))
    return found


@pytest.fixture
def renamed(yard: Yard) -> Yard:
    """A vehicle that drove 10 km and became one of another kind."""
    yard.fleet.put_vehicles([vehicle()])
    yard.hear(drive(0))
    yard.run()
    yard.fleet.put_vehicles([vehicle(kind=VehicleKind.SPECIAL)])
    return yard


def test_days_told_again_are_counted_once(renamed: Yard) -> None:
    renamed.run(Workdays(version="another calendar"))
    assert kilometres(renamed) == {"other": 0, "special": 10}


def test_days_not_told_again_stay_with_the_kind_it_had(renamed: Yard) -> None:
    renamed.hear(drive(DAY, odometer=1010))
    renamed.run()
    assert kilometres(renamed) == {"other": 10, "special": 10}


def test_other_vehicles_of_the_former_kind_keep_their_days(renamed: Yard) -> None:
    renamed.fleet.put_vehicles([vehicle("v-002", plate="鄂Z00002")])
    renamed.hear(drive(0, km=7), "v-002")
    renamed.run(Workdays(version="another calendar"))
    assert kilometres(renamed) == {"other": 7, "special": 10}
