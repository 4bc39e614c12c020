"""Measurements of contracts as documents spell them, for tests: regression, lamps, saving rate."""

from typing import Any

Spelled = dict[str, Any]

WATTS = {"mean": 40.0, "deviation": 1.2, "size": 20, "population": 1000}
HOURS = {"value": 10.0, "source": "contract, annex 2"}
CLOSURE = {"kind": "holiday", "first_day": "2024-07-01", "last_day": "2024-08-31", "source": "term dates"}
STEP = {"effective_from": "2024-05-01", "value": 300.0, "source": "staff list"}
DRIVER = {"name": "head_count", "unit": "persons", "steps": [STEP]}
TEST = {"before_kwh": 1.0, "after_kwh": 0.4, "before_on": "2025-04-10", "after_on": "2025-04-20"}


def regression(**said: Any) -> Spelled:
    """A regression; without words of its own it is one of days."""
    return {"by": "regression", **said}


def group(**changed: Any) -> Spelled:
    """A thousand lamps, 40 W to 16 W measured on twenty; hours and days agreed."""
    return {
        "name": "corridor",
        "type_before": "T8 36 W, magnetic ballast",
        "type_after": "LED 16 W",
        "count": 1000,
        "watts_before": WATTS,
        "watts_after": {**WATTS, "mean": 16.0, "deviation": 0.4},
        "hours": HOURS,
        "days_a_month": {"value": 22.0, "source": "contract, annex 2"},
        **changed,
    }


def lamps(*groups: Spelled) -> Spelled:
    """An inventory of these groups, or of the one above."""
    return {"by": "lamps", "groups": list(groups) or [group()]}


def rate(*tests: Spelled, population: Any = 50) -> Spelled:
    """Fixture tests, each the one above with changes, or three that differ a little."""
    changes = tests or ({"after_kwh": 0.36}, {}, {"after_kwh": 0.44})
    spelled = [{"fixture": f"F-{i}", **TEST, **change} for i, change in enumerate(changes, start=1)]
    return {"by": "saving_rate", "tests": spelled, "population": population}
