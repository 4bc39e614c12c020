"""The repair forms: promises in force, one message a field, nothing taken that was not asked for."""

from datetime import date

import pytest

from services.repairs.model import EventKind, Severity, Size
from services.repairs.promises import load_promises
from services.web.i18n import texts
from services.web.repairs_form import Invalid, form_view, read_event, read_report
from tests.services.web.city import NOW

T = texts("en")
PROMISES = load_promises()
FORM = {
    "institution": "school", "location": "Room 1", "category": "lift", "size": "large", "severity": "normal",
    "description": "It squeaks", "reporter": "Wang", "contact": "",
}  # fmt: skip


def test_the_form_states_the_promises_in_force() -> None:
    promise = PROMISES.on(date(2026, 11, 22))
    view = form_view([], T, promise)
    assert dict(view.working_days) == {
        "small": promise.working_days[Size.SMALL],
        "large": promise.working_days[Size.LARGE],
    }
    assert dict(view.response_minutes)[Severity.URGENT] == promise.response_minutes[Severity.URGENT]


def test_a_form_becomes_a_request_without_a_number() -> None:
    taken = read_report(FORM, T, now=NOW)
    assert (taken.number, taken.size, taken.contact, taken.reported_at) == ("", Size.LARGE, None, NOW)


def test_a_form_cannot_set_when_it_was_reported() -> None:
    with pytest.raises(Invalid):
        read_report(FORM | {"reported_at": "2020-01-01T00:00:00Z", "surprise": "x"}, T, now=NOW)


def test_each_field_has_one_message() -> None:
    with pytest.raises(Invalid) as caught:
        read_report({"description": "x" * 5000}, T, now=NOW)
    assert caught.value.errors["description"] == "At most 4000 characters."
    assert caught.value.errors["institution"] == "Please choose one."
    assert caught.value.errors["reporter"] == "Please fill this in."


def test_an_event_of_a_form() -> None:
    told = read_event({"kind": "rate", "by": "Wang", "rating": "2", "reason": ""}, T)
    assert (told.kind, told.rating, told.reason) == (EventKind.RATE, 2, None)
    with pytest.raises(Invalid):
        read_event({"kind": "rate", "by": "Wang", "rating": "9"}, T)
