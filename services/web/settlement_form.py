"""The forms of a settlement's steps: what was typed, read by the rules of the HTTP interface."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from services.savings.settlement.answers import StepIn
from services.savings.settlement.events import REASONED, Event, Kind
from services.web.i18n import Texts

WHOLE = "whole"
"""The choice "all of the month that is not confirmed yet" among the contract years."""


class Invalid(Exception):
    """A form cannot be taken; the message says why, in the page's language."""


def read_step(
    kind: Kind, values: Mapping[str, str], t: Texts, *, at: datetime, spoken_as: str | None = None
) -> Event:
    """The step of a submitted form. Raises `Invalid`."""
    given: dict[str, object] = {
        name: values[name] for name in ("version", "by", "role", "reason") if values.get(name, "").strip()
    }
    if kind is Kind.DISPUTE:
        given["lines"] = _lines(values)
    try:
        event = StepIn.model_validate(given).event(kind, at, spoken_as)
    except ValidationError as error:
        raise Invalid(_message(error, t)) from error
    if kind in REASONED and event.reason is None:
        raise Invalid(t("settlement.missing", field=t("settlement.field.reason")))
    return event


def _lines(values: Mapping[str, str]) -> list[dict[str, str]]:
    line = {"year": values.get("year", ""), "yuan": values.get("yuan", "").strip().replace(",", "")}
    return [{name: value for name, value in line.items() if value and value != WHOLE}]


def _message(error: ValidationError, t: Texts) -> str:
    row = error.errors(include_url=False)[0]
    fields = [str(part) for part in row["loc"] if t.has(f"settlement.field.{part}")]
    field = t(f"settlement.field.{fields[-1]}") if fields else "?"
    key = "missing" if row["type"] in {"missing", "string_too_short"} else "wrong"
    return t(f"settlement.{key}", field=field)
