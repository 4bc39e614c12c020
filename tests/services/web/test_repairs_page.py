"""The board's view model: who is where, what is overdue, what comes first."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.metering.model import Institution
from services.repairs.model import Event, EventKind, Request, Severity, Size, WorkOrder
from services.repairs.promises import load_promises
from services.repairs.sla import Judge, Judged
from services.web.i18n import texts
from services.web.repairs_page import card, options, order_view
from services.workdays import Workdays
from tests.services.web.city import NOW, ZONE

T = texts("en")
PROMISES = load_promises()
NAMES = {"school": "No. 1 Middle School"}
FRIDAY = datetime(2026, 11, 20, 2, tzinfo=UTC)


def request(**changes: object) -> Request:
    given: dict[str, object] = {
        "number": "R1", "institution": "school", "location": "Room 1", "category": "lift", "size": Size.SMALL,
        "severity": Severity.NORMAL, "description": "It squeaks", "reporter": "Wang", "contact": "123",
        "reported_at": FRIDAY,
    }  # fmt: skip
    return Request(**(given | changes))  # type: ignore[arg-type]


def judged(*events: Event, now: datetime = NOW, **changes: object) -> Judged:
    return Judge(PROMISES, Workdays(), ZONE, now)(WorkOrder(request(**changes), events))


def event(kind: EventKind, hours: float, **details: object) -> Event:
    return Event(kind, FRIDAY + timedelta(hours=hours), "Zhang", **details)  # type: ignore[arg-type]


def test_a_fresh_order_nobody_answered_is_overdue_in_its_response() -> None:
    shown = card(judged(), NAMES)
    assert shown.response_overdue
    assert not shown.overdue
    assert shown.due_at == datetime(2026, 11, 23, 17, 30, tzinfo=ZONE)
    assert not shown.done


def test_an_order_past_its_due_date_is_overdue() -> None:
    shown = card(judged(event(EventKind.RESPOND, 0.1), now=NOW + timedelta(days=2)), NAMES)
    assert shown.overdue
    assert not shown.response_overdue


def test_an_order_finished_late_is_late_and_not_overdue() -> None:
    steps = event(EventKind.RESPOND, 0.1), event(EventKind.COMPLETE, 100)
    shown = card(judged(*steps, now=NOW + timedelta(days=9)), NAMES)
    assert (shown.done, shown.late, shown.overdue) == (True, True, False)


def test_a_due_date_beyond_the_known_calendar_is_unknown() -> None:
    shown = card(
        judged(reported_at=datetime(2029, 3, 1, tzinfo=UTC), now=datetime(2029, 3, 1, tzinfo=UTC)), NAMES
    )
    assert shown.due_at is None
    assert not shown.overdue


def test_a_title_is_the_first_line_cut_to_fit_a_card() -> None:
    assert card(judged(description="One\nTwo"), NAMES).title == "One"
    long = card(judged(description="x" * 60), NAMES).title
    assert len(long) == 42
    assert long.endswith("…")


def test_an_institution_the_registry_lost_shows_its_code() -> None:
    assert card(judged(), {}).institution == "school"


@pytest.mark.parametrize(
    ("kinds", "actions"),
    [
        ((), ("respond",)),
        ((EventKind.RESPOND,), ("complete", "pause")),
        ((EventKind.RESPOND, EventKind.PAUSE), ("resume", "complete")),
        ((EventKind.RESPOND, EventKind.COMPLETE), ("rate",)),
        ((EventKind.CANCEL,), ()),
    ],
)
def test_what_may_follow(kinds: tuple[EventKind, ...], actions: tuple[str, ...]) -> None:
    steps = [event(kind, i + 1) for i, kind in enumerate(kinds)]
    view = order_view(judged(*steps), NAMES, PROMISES.on(date(2026, 11, 22)), show_contact=True)
    assert view.actions == actions
    assert [step.kind for step in view.history] == ["report", *kinds]


def test_every_action_offered_is_one_the_slice_takes() -> None:
    for kinds in (
        (),
        (EventKind.RESPOND,),
        (EventKind.RESPOND, EventKind.PAUSE),
        (EventKind.RESPOND, EventKind.COMPLETE),
    ):
        steps = [event(kind, i + 1) for i, kind in enumerate(kinds)]
        view = order_view(judged(*steps), NAMES, PROMISES.on(date(2026, 11, 22)), show_contact=True)
        for action in view.actions:
            follow = event(EventKind(action), 9, rating=4 if action == "rate" else None)
            assert WorkOrder(request(), (*steps, follow)).state.last_at == follow.at


def test_a_telephone_is_for_the_desk() -> None:
    promise = PROMISES.on(date(2026, 11, 22))
    assert order_view(judged(), NAMES, promise, show_contact=True).contact == "123"
    assert order_view(judged(), NAMES, promise, show_contact=False).contact is None


def test_institutions_are_offered_by_name_in_the_language_of_the_page() -> None:
    def named(code: str, zh: str, en: str) -> Institution:
        return Institution(code, zh, en, "other", "x", None, None, None, None, None)

    both = [named("a", "乙", "Zoo"), named("b", "甲", "Archive"), named("c", "丙", "")]
    assert options(both, T) == (("b", "Archive"), ("a", "Zoo"), ("c", "丙"))
