"""The repair forms: what they offer, and what was typed read by the rules of the HTTP interface."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from services.metering.model import Institution
from services.repairs.model import Request, Severity, Size
from services.repairs.promises import Promise
from services.repairs.schemas import EventIn, OrderIn
from services.web.i18n import Texts
from services.web.repairs_page import options

CATEGORIES = (
    "plumbing", "electrical", "lighting", "hvac", "door", "roof", "furniture", "lift", "network", "other",
)  # fmt: skip
_CHOSEN = frozenset({"institution", "category", "size", "severity", "rating"})


@dataclass(frozen=True, slots=True)
class FormView:
    """What the form offers, with the promises in force today."""

    institutions: tuple[tuple[str, str], ...]
    categories: tuple[str, ...]
    working_days: tuple[tuple[Size, int], ...]
    response_minutes: tuple[tuple[Severity, int], ...]


class Invalid(Exception):
    """A form cannot be taken: a message for each field at fault, in the page's language."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def form_view(institutions: Iterable[Institution], t: Texts, promise: Promise) -> FormView:
    """What the form needs to draw itself."""
    return FormView(
        options(institutions, t),
        CATEGORIES,
        tuple((size, promise.working_days[size]) for size in Size),
        tuple((severity, round(promise.response_minutes[severity])) for severity in Severity),
    )


def read_report(values: Mapping[str, str], t: Texts, *, now: datetime) -> Request:
    """The request of a submitted form, by the rules of the HTTP interface. Raises `Invalid`."""
    given = {name: value for name, value in values.items() if value.strip() or name != "contact"}
    try:
        order = OrderIn.model_validate(given)
    except ValidationError as error:
        raise Invalid(_messages(error, t)) from error
    return Request("", reported_at=now, **order.model_dump(exclude={"reported_at"}))


def read_event(values: Mapping[str, str], t: Texts) -> EventIn:
    """The event of a submitted form. Raises `Invalid`."""
    given: dict[str, object] = {name: value for name, value in values.items() if value.strip()}
    rating = values.get("rating", "")
    if len(rating) == 1 and rating.isdecimal():
        given["rating"] = int(rating)
    try:
        return EventIn.model_validate(given)
    except ValidationError as error:
        raise Invalid(_messages(error, t)) from error


def _messages(error: ValidationError, t: Texts) -> dict[str, str]:
    """One message a field; which one follows from the kind of the first error at it."""
    messages: dict[str, str] = {}
    for row in error.errors(include_url=False):
        field = str(row["loc"][0]) if row["loc"] else "form"
        match row["type"]:
            case "missing" | "string_too_short":
                key = "form.error.choose" if field in _CHOSEN else "form.error.required"
                message = t(key)
            case "string_too_long":
                message = t("form.error.too_long", most=row["ctx"]["max_length"])
            case _:
                message = t("form.error.choose" if field in _CHOSEN else "form.error.invalid")
        messages.setdefault(field, message)
    return messages
