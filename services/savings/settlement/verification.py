"""Recompute an exported settlement from its own inputs: a document in, the first false line out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.mv.adjustments.adjustment import Side
from services.mv.canonical import plain, sha256_of_text, spelled
from services.mv.daylight import DECIMALS, daylight_hours
from services.mv.model import ENGINE
from services.savings.contract.measurement import weather_of
from services.savings.contract.on_file import ContractUnreadable, frozen
from services.savings.meter_days import COLUMNS
from services.savings.settlement.document import FORMAT, adjustments_of, settle
from services.savings.settlement.faults import Fault
from services.savings.settlement.form import frozen_again

_LABELS = ("key", "day", "name", "what", "code", "group")
_DAYS = ("baseline_days", "reporting_days")


def first_fault(document: Any) -> str | None:
    """What is wrong with a settlement document, in one line, or None when every figure holds."""
    fault = fault_of(document)
    return None if fault is None else str(fault)


def fault_of(document: Any) -> Fault | None:
    """The first thing wrong with a settlement document, or None when every figure holds."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        return Fault(f"format: not {FORMAT}")
    inputs = document.get("inputs")
    if not isinstance(inputs, Mapping):
        return Fault("inputs: missing")
    if inputs.get("engine") != ENGINE:
        return Fault(f"inputs.engine: made by {inputs.get('engine')!r}, this is {ENGINE!r}")
    try:
        if fault := _columns_fault(inputs) or _daylight_fault(inputs) or adjustment_fault(inputs):
            return fault
        recomputed = settle(inputs)
        again = frozen_again(inputs)
    except ContractUnreadable as error:
        return Fault(f"inputs.contract: {error}")
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        reason = next(iter(str(error).splitlines()), "")
        return Fault(f"inputs: cannot be settled ({type(error).__name__}: {reason})")
    return (
        _difference(document.get("results"), recomputed["results"], "results")
        or _difference(inputs, again, "inputs")
        or _hash_fault(document)
        or _stranger_fault(document, recomputed)
    )


def adjustment_fault(inputs: Mapping[str, Any]) -> Fault | None:
    """What is wrong with the first adjustment that does not count: what was approved is what it says, both
    sides approved it, and it has a day in the month.

    Raises `ValueError`, `TypeError` or `LookupError` for what are no adjustments.
    """
    found, working = adjustments_of(inputs), {row[0]: row[1] for row in inputs["reporting_days"]}
    if fault := _difference(inputs.get("adjustments", []), plain(list(found)), "inputs.adjustments"):
        return fault
    for i, one in enumerate(found):
        place, code = f"inputs.adjustments[{i}] {one.code}", inputs["contract"]["code"]
        if one.contract != code:
            return Fault(f"{place}.contract", repr(one.contract), repr(code))
        for j, given in enumerate(one.approvals):
            if given.content_sha256 != one.content_sha256:
                where = f"{place}.approvals[{j}] {given.side} {given.by}.content_sha256"
                return Fault(where, given.content_sha256, one.content_sha256)
        if lacks := sorted(set(Side) - one.approved_by()):
            return Fault(f"{place}.approvals: not approved by {' and '.join(lacks)}")
        if not any(one.applies(date.fromisoformat(day), flag) for day, flag in working.items()):
            return Fault(f"{place}: has no day in {inputs['month']}")
    return None


def _columns_fault(inputs: Mapping[str, Any]) -> Fault | None:
    """Where a day holds more or less than the contract asks for: outdoor temperature, or none."""
    contract = frozen(inputs["contract"]).contract()
    columns = list(COLUMNS if weather_of(contract.measurement) else COLUMNS[:-1])
    for part in _DAYS:
        for row in inputs[part]:
            if len(row) != len(columns):
                return Fault(f"inputs.{part} {row[0]}", f"{len(row)} values", str(len(columns)))
    return _difference(inputs["columns"], columns, "inputs.columns")


def _stranger_fault(document: Mapping[str, Any], recomputed: Mapping[str, Any]) -> Fault | None:
    strangers = sorted(document.keys() - recomputed.keys())
    return Fault(f"{strangers[0]}: does not follow from the inputs") if strangers else None


def _hash_fault(document: Mapping[str, Any]) -> Fault | None:
    actual = sha256_of_text(spelled(document["inputs"]))
    if document.get("input_sha256") != actual:
        return Fault("input_sha256", str(document.get("input_sha256")), actual)
    return None


def _daylight_fault(inputs: Mapping[str, Any]) -> Fault | None:
    """Another machine may round the last decimal otherwise; without a place there are no hours."""
    place = inputs["place"]
    for part in _DAYS:
        rows = inputs[part]
        days = [date.fromisoformat(row[0]) for row in rows]
        hours: Sequence[float | None] = [None] * len(days)
        if place is not None:
            hours = daylight_hours(days, place["latitude"], place["longitude"]).tolist()
        for row, expected in zip(rows, hours, strict=True):
            if not _same_hours(row[2], expected):
                return Fault(f"inputs.{part} {row[0]}: daylight_h", repr(row[2]), repr(expected))
    return None


def _same_hours(said: float | None, expected: float | None) -> bool:
    if said is None or expected is None:
        return said is expected
    return said == round(said, DECIMALS) and abs(said - expected) < 1.5 * 10**-DECIMALS


def _difference(said: Any, expected: Any, path: str) -> Fault | None:
    """The first place, in reading order, where a document differs from what its inputs give."""
    if isinstance(expected, Mapping) and isinstance(said, Mapping):
        for key in [*expected, *(key for key in said if key not in expected)]:
            if key not in said or key not in expected:
                what = "missing" if key not in said else "does not follow from the inputs"
                return Fault(f"{path}.{key}: {what}")
            if fault := _difference(said[key], expected[key], f"{path}.{key}"):
                return fault
        return None
    if isinstance(expected, list) and isinstance(said, list):
        return _list_difference(said, expected, path)
    if said == expected and type(said) is type(expected):
        return None
    return Fault(path, repr(said), repr(expected))


def _list_difference(said: Sequence[Any], expected: Sequence[Any], path: str) -> Fault | None:
    for i, (one, other) in enumerate(zip(said, expected, strict=False)):
        label = next((f" {other[k]}" for k in _LABELS if isinstance(other, Mapping) and k in other), "")
        if fault := _difference(one, other, f"{path}[{i}]{label}"):
            return fault
    if len(said) != len(expected):
        return Fault(f"{path}: has {len(said)} lines, the inputs give {len(expected)}")
    return None
