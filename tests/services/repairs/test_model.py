"""What the events of an order add up to, and which event may follow which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.repairs.model import (
    Event,
    EventKind,
    EventRefused,
    OrderState,
    Pause,
    Size,
    Status,
    order_state,
)
from tests.services.repairs.orders import event, local, request

REPORT = request("2026-11-20 09:00")


def state(*events: Event) -> OrderState:
    return order_state(REPORT, events)


def test_a_new_order_is_reported_and_open() -> None:
    fresh = state()
    assert fresh.status is Status.REPORTED
    assert fresh.open
    assert fresh.size is Size.SMALL
    assert fresh.responded_at is None
    assert fresh.completed_at is None


def test_the_whole_way_from_response_to_rating() -> None:
    done = state(
        event("respond", "2026-11-20 09:12"),
        event("complete", "2026-11-20 15:00"),
        event("rate", "2026-11-21 10:00", rating=3),
    )
    assert done.status is Status.RATED
    assert not done.open
    assert done.responded_at == local("2026-11-20 09:12")
    assert done.completed_at == local("2026-11-20 15:00")
    assert done.rating == 3


def test_pauses_are_kept_with_their_reasons() -> None:
    paused = state(
        event("respond", "2026-11-20 09:12"),
        event("pause", "2026-11-20 10:00", reason="parts"),
        event("resume", "2026-11-23 10:00"),
        event("pause", "2026-11-23 11:00", reason="lunch"),
    )
    assert paused.status is Status.PAUSED
    assert paused.open
    assert paused.pauses == (
        Pause(local("2026-11-20 10:00"), local("2026-11-23 10:00"), "parts"),
        Pause(local("2026-11-23 11:00"), None, "lunch"),
    )


@pytest.mark.parametrize(("last", "status"), [("complete", "completed"), ("cancel", "cancelled")])
def test_the_end_of_an_order_ends_its_pause(last: str, status: str) -> None:
    ended = state(
        event("respond", "2026-11-20 09:12"),
        event("pause", "2026-11-20 10:00", reason="parts"),
        event(last, "2026-11-23 16:00"),
    )
    assert ended.status == status
    assert ended.pauses[0].end == local("2026-11-23 16:00")


def test_a_change_of_size_is_kept_beside_the_size_at_the_report() -> None:
    resized = state(
        event("respond", "2026-11-20 09:12"), event("resize", "2026-11-20 10:00", size=Size.LARGE)
    )
    assert resized.size is Size.LARGE
    assert resized.status is Status.RESPONDED
    assert REPORT.size is Size.SMALL


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ([], "complete"),
        ([], "rate"),
        ([], "pause"),
        ([], "resume"),
        (["respond"], "respond"),
        (["respond"], "resume"),
        (["respond"], "rate"),
        (["respond", "pause"], "pause"),
        (["respond", "complete"], "complete"),
        (["respond", "complete"], "cancel"),
        (["respond", "complete", "rate"], "rate"),
        (["cancel"], "respond"),
    ],
)
def test_an_event_out_of_turn_is_refused_with_its_place(before: list[str], kind: str) -> None:
    events = [event(name, "2026-11-20 10:00") for name in [*before, kind]]
    with pytest.raises(EventRefused) as refusal:
        order_state(REPORT, events)
    assert refusal.value.index == len(before)
    assert refusal.value.member == "kind"
    assert f"{kind} cannot follow" in refusal.value.reason


def test_an_event_earlier_than_the_one_before_it_is_refused() -> None:
    with pytest.raises(EventRefused, match="at: earlier than what came before it") as refusal:
        state(event("respond", "2026-11-20 09:12"), event("complete", "2026-11-20 09:11"))
    assert (refusal.value.index, refusal.value.member) == (1, "at")
    with pytest.raises(EventRefused):
        state(event("respond", "2026-11-20 08:59"))


KINDS = st.lists(st.sampled_from(EventKind), max_size=12)


@given(KINDS)
def test_any_history_either_adds_up_or_is_refused_at_its_first_wrong_event(kinds: list[EventKind]) -> None:
    events = [event(kind, "2026-11-20 10:00", rating=4) for kind in kinds]
    try:
        whole = order_state(REPORT, events)
    except EventRefused as refusal:
        before = order_state(REPORT, events[: refusal.index])  # what comes before it stands
        assert before.last_at <= local("2026-11-20 10:00")
    else:
        assert (whole.completed_at is not None) == (EventKind.COMPLETE in kinds)
        assert (whole.responded_at is not None) == (EventKind.RESPOND in kinds)
        assert (whole.status is Status.PAUSED) == any(pause.end is None for pause in whole.pauses)
