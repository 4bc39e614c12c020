"""Frozen inputs in their one form: inputs in, what this programme would freeze of what it reads in them out.

Where the two differ something stands there that nothing reads, or that two readers may read in two ways.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.mv.canonical import plain
from services.savings.contract.documents import ContractDocument
from services.savings.contract.on_file import frozen
from services.savings.meter_days import from_rows
from services.savings.money import inputs as money_inputs
from services.savings.settlement.document import Json, adjustments_of

_WORD = ("by", "role", "reason", "at")
"""What is said of a release; `at` is an instant."""


def frozen_again(inputs: Mapping[str, Any]) -> Json:
    """What `freeze` and `released` would have spelled. Raises `ValueError`, `TypeError` or `LookupError`."""
    contract = frozen(inputs["contract"])
    days = ("baseline_days", "reporting_days")
    for month in (inputs["month"], *inputs.get("months", ())):
        date.fromisoformat(f"{_text('month', month)}-01")
    agreed = {"adjustments": plain(list(adjustments_of(inputs)))} if "adjustments" in inputs else {}
    release = {"release": _word(inputs["release"])} if "release" in inputs else {}
    return {
        "engine": inputs["engine"],
        "contract": contract.model_dump(mode="json"),
        "month": inputs["month"],
        "place": _place(contract, inputs["place"]),
        "calendar": _text("calendar", inputs["calendar"]),
        "columns": inputs["columns"],
        **{name: from_rows(contract.meters, inputs[name]).rows() for name in days},
        **agreed,
        **release,
        **money_inputs.spelled(money_inputs.read(inputs)),
    }


def _place(contract: ContractDocument, said: Any) -> Json | None:
    """The contract's own place where it names one; else its institution's, which nothing here tells."""
    if contract.latitude is not None and contract.longitude is not None:
        return {"latitude": contract.latitude, "longitude": contract.longitude}
    return None if said is None else {name: float(said[name]) for name in ("latitude", "longitude")}


def _word(said: Any) -> Json:
    """A release is a person's: without a name, a role and a reason it is nobody's."""
    if datetime.fromisoformat(_text("release.at", said["at"])).tzinfo is None:
        raise ValueError("release.at: without an offset")
    return {name: _text(f"release.{name}", said[name]) for name in _WORD}


def _text(place: str, said: Any) -> str:
    if not isinstance(said, str) or not said.strip():
        raise ValueError(f"{place}: not said")
    return said
