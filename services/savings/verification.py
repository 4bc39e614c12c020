"""Recompute an exported settlement from its own inputs: a document in, the first false line out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.mv.canonical import sha256_of
from services.mv.daylight import daylight_hours
from services.mv.model import ENGINE
from services.savings.settlement import FORMAT, settle

_LABELS = ("key", "day", "name", "what")


def first_fault(document: Any) -> str | None:
    """What is wrong with a settlement document, in one line, or None when every figure holds."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        return f"format: not {FORMAT}"
    inputs = document.get("inputs")
    if not isinstance(inputs, Mapping):
        return "inputs: missing"
    if inputs.get("engine") != ENGINE:
        return f"inputs.engine: made by {inputs.get('engine')!r}, this is {ENGINE!r}"
    try:
        fault = _daylight_fault(inputs)
        recomputed = settle(inputs)
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        reason = next(iter(str(error).splitlines()), "")
        return f"inputs: cannot be settled ({type(error).__name__}: {reason})"
    return (
        fault
        or _difference(document.get("results"), recomputed["results"], "results")
        or _hash_fault(document)
    )


def _hash_fault(document: Mapping[str, Any]) -> str | None:
    actual = sha256_of(document["inputs"])
    if document.get("input_sha256") != actual:
        return f"input_sha256: says {document.get('input_sha256')}, the inputs give {actual}"
    return None


def _daylight_fault(inputs: Mapping[str, Any]) -> str | None:
    place = inputs["place"]
    for part in ("baseline_days", "reporting_days"):
        rows = inputs[part]
        if place is None or not rows:
            continue
        days = [date.fromisoformat(row[0]) for row in rows]
        hours = daylight_hours(days, place["latitude"], place["longitude"])
        for row, expected in zip(rows, hours.tolist(), strict=True):
            if row[2] is None or abs(row[2] - expected) > 1e-3:
                return f"inputs.{part} {row[0]}: daylight_h says {row[2]}, the place gives {expected}"
    return None


def _difference(said: Any, expected: Any, path: str) -> str | None:
    """The first place, in reading order, where a document differs from what its inputs give."""
    if isinstance(expected, Mapping) and isinstance(said, Mapping):
        for key in [*expected, *(key for key in said if key not in expected)]:
            if key not in said or key not in expected:
                return f"{path}.{key}: {'missing' if key not in said else 'does not follow from the inputs'}"
            if fault := _difference(said[key], expected[key], f"{path}.{key}"):
                return fault
        return None
    if isinstance(expected, list) and isinstance(said, list):
        return _list_difference(said, expected, path)
    if said == expected and type(said) is type(expected):
        return None
    return f"{path}: says {said!r}, the inputs give {expected!r}"


def _list_difference(said: Sequence[Any], expected: Sequence[Any], path: str) -> str | None:
    for i, (one, other) in enumerate(zip(said, expected, strict=False)):
        label = next((f" {other[k]}" for k in _LABELS if isinstance(other, Mapping) and k in other), "")
        if fault := _difference(one, other, f"{path}[{i}]{label}"):
            return fault
    if len(said) != len(expected):
        return f"{path}: has {len(said)} lines, the inputs give {len(expected)}"
    return None
