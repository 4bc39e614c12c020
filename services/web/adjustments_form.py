"""The forms of adjustments: what they begin with, and what was typed by the rules of the HTTP interface."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import TypeAdapter, ValidationError

from services.metering.schemas import Code
from services.mv.adjustments.adjustment import Adjustment
from services.mv.adjustments.steps import StepProposal
from services.mv.canonical import plain
from services.savings.adjustments.documents import AdjustmentBody, ApprovalBody, OutsideTheContract
from services.savings.contract.model import Contract
from services.web.i18n import Texts

FORMULAS: Mapping[str, tuple[str, ...]] = {
    "per_day": ("kwh_per_day",),
    "total": ("total_kwh",),
    "lamps": ("count", "watts", "hours"),
    "proportional": ("quantity", "unit", "before", "after", "share"),
}
"""The inputs of each formula; a share is typed in percent."""
WORDS = frozenset({"quantity", "unit"})
_PERCENT = frozenset({"share", "half_width_share"})
_PLAIN = ("kind", "first_day", "last_day", "reason", "on", "by", "role")
_CHOSEN = frozenset({"kind", "role", "side", "on", "formula"})
_CODE = TypeAdapter(Code)
_HUNDRED = Decimal(100)

Values = Mapping[str, str]


class Invalid(Exception):
    """A form cannot be taken: a message for each field at fault, in the page's language."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def read_wording(values: Values, contract: Contract, t: Texts) -> tuple[Adjustment, AdjustmentBody]:
    """The adjustment of a submitted form, and who words it. Raises `Invalid`."""
    formula = values.get("formula", "")
    given: dict[str, object] = {name: values[name] for name in _PLAIN if values.get(name, "").strip()}
    given["evidence"] = [line for line in values.get("evidence", "").splitlines() if line.strip()]
    given["half_width_share"] = _share(values.get("half_width_share", "")) or 0
    inputs = {name: _input(name, values.get(name, "")) for name in FORMULAS.get(formula, ())}
    given["term"] = {"formula": formula} | {name: one for name, one in inputs.items() if one is not None}
    errors: dict[str, str] = {}
    try:
        code = _CODE.validate_python(values.get("code", "").strip())
    except ValidationError:
        errors["code"] = t("adjustments.error.code")
    try:
        body = AdjustmentBody.model_validate(given)
    except ValidationError as error:
        errors |= _messages(error, t)
    if errors:
        raise Invalid(errors)
    try:
        return body.adjustment(contract, code), body
    except OutsideTheContract as error:
        raise Invalid({str(error).partition(":")[0]: t("adjustments.error.outside")}) from error


def read_approval(values: Values, t: Texts) -> ApprovalBody:
    """The approval of a submitted form. Raises `Invalid`."""
    names = ("side", "by", "role", "content_sha256")
    try:
        return ApprovalBody.model_validate({name: values[name] for name in names if values.get(name)})
    except ValidationError as error:
        raise Invalid(_messages(error, t)) from error


def blank(number: int) -> dict[str, str]:
    """What the form begins with for the `number`-th adjustment of a contract."""
    return {"code": f"adjustment-{number}", "formula": "per_day", "on": "every_day"}


def of_proposal(step: StepProposal, last_day: date) -> dict[str, str]:
    """What the form begins with for a step in the data; `last_day` is that of the contract."""
    return {
        "code": f"step-{step.first_day}",
        "first_day": step.first_day.isoformat(),
        "last_day": (step.last_day or last_day).isoformat(),
        "formula": "per_day",
        "kwh_per_day": f"{step.size_kwh_per_day:g}",
        "on": "every_day",
    }


def of_wording(adjustment: Adjustment) -> dict[str, str]:
    """What the form begins with to word an adjustment anew."""
    said = plain(adjustment)
    found = {name: str(said[name]) for name in ("code", "kind", "first_day", "last_day", "on", "reason")}
    found |= {name: _typed(name, value) for name, value in said["term"].items()}
    half_width = adjustment.half_width_share
    found["half_width_share"] = _typed("half_width_share", half_width) if half_width else ""
    return found | {"evidence": "\n".join(adjustment.evidence)}


def _typed(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return value
    figure = Decimal(str(value)) * (_HUNDRED if name in _PERCENT else 1)
    text = f"{figure:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _input(name: str, typed: str) -> str | float | None:
    """What was typed as the interface reads it; None where nothing was."""
    if name in WORDS:
        return typed.strip() if name == "unit" else typed.strip() or None
    return _share(typed) if name in _PERCENT else _figure(typed) or None


def _figure(typed: str) -> str:
    return typed.strip().replace(",", "").replace("\N{MINUS SIGN}", "-")


def _share(typed: str) -> str | float | None:
    """Percent as a share; what is no figure stays as it was typed, for the interface to refuse."""
    figure = _figure(typed)
    try:
        return float(Decimal(figure) / _HUNDRED) if figure else None
    except (InvalidOperation, OverflowError):
        return figure


def _messages(error: ValidationError, t: Texts) -> dict[str, str]:
    """One message a field; which one follows from the kind of the first error at it."""
    messages: dict[str, str] = {}
    for row in error.errors(include_url=False):
        words = [str(part) for part in row["loc"] if isinstance(part, str)]
        field = words[-1] if words else str(row["msg"]).removeprefix("Value error, ").partition(":")[0]
        if field == "term":
            field = "formula"
        match row["type"]:
            case "value_error":
                message = t(f"adjustments.error.{field}")
            case "missing" | "string_too_short":
                message = t("form.error.choose" if field in _CHOSEN else "form.error.required")
            case "string_too_long":
                message = t("form.error.too_long", most=row["ctx"]["max_length"])
            case _:
                message = t("form.error.choose" if field in _CHOSEN else "form.error.invalid")
        messages.setdefault(field, message)
    return messages
