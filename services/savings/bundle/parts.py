"""The files of a bundle that follow from its settlement document alone: calendar, prices, adjustments, text.

Who makes a bundle and who checks it take them from here, so that a copy cannot say something else.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from services.mv import canonical
from services.savings.bundle.text import statement_text
from services.savings.contract.measurement import weather_of
from services.savings.contract.model import Contract
from services.savings.contract.on_file import as_it_was
from services.savings.meter_days import MeterDays, from_rows

Json = dict[str, Any]

PERIODS = {"baseline": "baseline_days", "reporting": "reporting_days"}
"""The periods of a settlement, and where its inputs hold their day values."""

_PRICES = ("price_yuan_per_kwh", "price_source", "valuation", "demand")
_SERVICES = Path(__file__).parents[2]
_EDITIONS = ("metering/**/*.toml", "mv/**/*.toml", "savings/**/*.toml")


def spelled(document: Any) -> bytes:
    """The bytes of a JSON file of a bundle, of what is plain JSON already."""
    return canonical.spelled(document).encode()


def meters_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of the contract's meters."""
    return _contract(document).meters


def weather_meter(document: Mapping[str, Any]) -> str | None:
    """The code of the meter of outdoor temperature, or None where the contract names none."""
    return weather_of(_contract(document).measurement)


def listed_meters(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of all meters whose readings a settlement rests on."""
    weather = weather_meter(document)
    return tuple(dict.fromkeys((*meters_of(document), *(() if weather is None else (weather,)))))


def _contract(document: Mapping[str, Any]) -> Contract:
    return as_it_was(document["inputs"]["contract"]).contract()


def days_of(document: Mapping[str, Any]) -> dict[str, MeterDays]:
    """The day values of each period that has any: without a regression there are none of a baseline."""
    meters, inputs = meters_of(document), document["inputs"]
    return {period: from_rows(meters, inputs[name]) for period, name in PERIODS.items() if inputs[name]}


def copies(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The files that repeat parts of a settlement document, by name."""
    inputs = document["inputs"]
    prices = {name: inputs["contract"][name] for name in _PRICES if name in inputs["contract"]}
    found = {
        "calendar.json": spelled({"version": inputs["calendar"], "working": _working(document)}),
        "tariff.json": spelled(prices | {name: inputs[name] for name in ("tariffs",) if name in inputs}),
    }
    if inputs.get("adjustments"):
        found["adjustments.json"] = spelled(inputs["adjustments"])
    return found | {"statement.txt": statement_text(document).encode()}


def _working(document: Mapping[str, Any]) -> dict[str, bool | None]:
    return {
        day.isoformat(): working
        for table in days_of(document).values()
        for day, working in zip(table.days, table.working, strict=True)
    }


def working_days(calendar: Mapping[str, Any]) -> dict[date, bool | None]:
    """The days of `calendar.json`."""
    return {date.fromisoformat(day): working for day, working in calendar["working"].items()}


def editions() -> dict[str, str]:
    """SHA-256 of every dated table that figures were computed with, by its name in the programme."""
    files = sorted(file for pattern in _EDITIONS for file in _SERVICES.glob(pattern))
    return {
        file.relative_to(_SERVICES).as_posix(): canonical.sha256_of(file.read_text("utf-8")) for file in files
    }
