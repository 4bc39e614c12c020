import json
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.mv.canonical import canonical
from services.mv.lighting.lamps import FULL, LampGroup
from services.mv.lighting.sampling import Agreed, Sample
from services.mv.operating_days import On, Period

MAY = Period(date(2026, 5, 1), date(2026, 6, 1), (True,) * 19 + (False,) * 12)
READ: TypeAdapter[LampGroup] = TypeAdapter(LampGroup)


def group(name: str = "corridor", **changed: Any) -> LampGroup:
    """The worked example's lamps, measured on 20 before and 20 after; hours and days agreed."""
    given: dict[str, Any] = {
        "type_before": "T8 36 W, magnetic ballast",
        "type_after": "LED 16 W",
        "count": 1000,
        "watts_before": Sample(40.0, 1.2, 20, 1000),
        "watts_after": Sample(16.0, 0.4, 20, 1000),
        "hours": Agreed(10.0, "contract, annex 2"),
        "days_a_month": Agreed(22.0, "contract, annex 2"),
    }
    return LampGroup(name=name, **(given | changed))


def test_days_come_from_the_calendar_unless_they_are_agreed() -> None:
    by_calendar = group(days_a_month=None, on=On.WORKING_DAYS)
    assert by_calendar.days(MAY, by_calendar.values()) == 19
    agreed = group(on=On.WORKING_DAYS)
    assert agreed.days(MAY, agreed.values()) == 22
    half = Period(date(2026, 4, 16), date(2026, 5, 1), (True,) * 15)
    assert agreed.days(half, agreed.values()) == 11


def test_hours_are_those_of_the_reporting_period_unless_the_baseline_had_its_own() -> None:
    assert group().values()["hours_before"] == 10
    assert group(hours_before=Agreed(12, "log book 2025")).values()["hours_before"] == 12


def test_energies_by_hand() -> None:
    lamps = group(
        count=10,
        hours_before=Agreed(12, "log book"),
        control_after=Agreed(0.5, "dimming plan"),
        in_service=Agreed(0.9, "walk-round"),
        interactive=Agreed(0.1, "cooling study"),
    )
    before, after, interactive = lamps.energies(MAY, lamps.values())
    assert before == pytest.approx(10 * 0.9 * 22 * 0.040 * 12)
    assert after == pytest.approx(10 * 0.9 * 22 * 0.016 * 0.5 * 10)
    assert interactive == pytest.approx((before - after) * 0.1)


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("watts_before", -1),
        ("hours", 24.5),
        ("hours_before", -0.1),
        ("days_a_month", 32),
        ("control_after", 1.1),
        ("in_service", 1.01),
        ("interactive", -1.5),
    ],
)
def test_a_figure_out_of_bounds_is_named(slot: str, value: float) -> None:
    typed: dict[str, Any] = {slot: Agreed(value, "typing error")}
    with pytest.raises(ValueError, match=f"corridor: {slot} "):
        group(**typed)


def test_a_group_has_lamps() -> None:
    with pytest.raises(ValueError, match="count is at least 1"):
        group(count=0)


def test_a_group_goes_through_json_and_back() -> None:
    lamps = group(on=On.OTHER_DAYS, hours_before=Sample(9.5, 1.0, 4, 12, "loggers"), days_a_month=None)
    assert READ.validate_python(json.loads(canonical(lamps))) == lamps
    assert lamps.control_before == FULL


def test_a_refused_figure_is_also_refused_from_json() -> None:
    document = json.loads(canonical(group()))
    document["watts_before"]["size"] = 1
    with pytest.raises(ValueError, match="one unit alone"):
        READ.validate_python(document)
