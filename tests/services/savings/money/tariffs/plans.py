"""Plans for tests: the built-in row of January 2026 below 1 kV, and one with hours across midnight."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from services.savings.money.tariffs.document import read
from services.savings.money.tariffs.files import load_tariffs
from services.savings.money.tariffs.plan import Plan

JANUARY = date(2026, 1, 1)
ALL_YEAR = list(range(1, 13))


@cache
def hubei(tariff: str = "hubei-single-1kv") -> Plan:
    found = load_tariffs().on(tariff, JANUARY)
    assert found is not None
    return found


def spelling(**changes: Any) -> dict[str, Any]:
    """A plan whose valley lies across midnight; `None` removes a key."""
    row = {
        "id": "night",
        "region": "somewhere",
        "structure": "single",
        "voltage": "<1 kV",
        "effective_from": date(2026, 1, 1),
        "source": "a test",
        "mark": "M",
        "zone": "Asia/Shanghai",
        "hours": {
            "id": "two",
            "spans": [
                {"period": "valley", "months": ALL_YEAR, "start": "22:30", "end": "07:00"},
                {"period": "peak", "months": ALL_YEAR, "start": "07:00", "end": "22:30"},
            ],
        },
        "price": {"valley": Decimal("0.3"), "peak": Decimal("0.9")},
        "non_tou": Decimal("0.6"),
    }
    return {key: value for key, value in (row | changes).items() if value is not None}


def night(**changes: Any) -> Plan:
    return read(spelling(**changes))
