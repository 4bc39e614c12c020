"""The two clocks, on the vectors of the domain reference and on the edges between them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.repairs.model import Event, EventKind, Severity, Size, WorkOrder
from services.repairs.promises import load_promises
from services.repairs.sla import Judge, Judged, Verdict, completion_due
from services.workdays import Workdays
from tests.services.repairs.orders import ZONE, event, local, order

PROMISES = load_promises()
WORKDAYS = Workdays()
PROMISE = PROMISES.lines[0]


def judged(subject: WorkOrder, now: str = "2026-11-22 08:00", workdays: Workdays = WORKDAYS) -> Judged:
    return Judge(PROMISES, workdays, ZONE, local(now))(subject)


def worked(*middle: Event, report: str = "2026-11-20 09:00", done: str, size: Size = Size.SMALL) -> WorkOrder:
    return order(report, event("respond", report), *middle, event("complete", done), size=size)


@pytest.mark.parametrize(
    ("report", "small", "large"),
    [
        ("2026-02-13", "2026-02-14", "2026-02-25"),
        ("2026-02-14", "2026-02-24", "2026-02-26"),
        ("2026-02-16", "2026-02-24", "2026-02-26"),
        ("2026-04-30", "2026-05-06", "2026-05-08"),
        ("2026-09-30", "2026-10-08", "2026-10-10"),
        ("2026-10-09", "2026-10-10", "2026-10-13"),
        ("2026-11-20", "2026-11-23", "2026-11-25"),
    ],
)
@pytest.mark.parametrize("hour", ["00:00", "09:00", "23:59"])
def test_due_dates_of_the_reference(report: str, small: str, large: str, hour: str) -> None:
    for size, due in ((Size.SMALL, small), (Size.LARGE, large)):
        subject = judged(order(f"{report} {hour}", size=size))
        assert subject.due_at == local(f"{due} 17:30")
        assert subject.due_at_net == subject.due_at


@pytest.mark.parametrize("size", Size)
def test_a_year_without_a_calendar_gives_unknown_never_a_guess(size: Size) -> None:
    if size is Size.SMALL:
        assert judged(order("2026-12-30 09:00")).due_at == local("2026-12-31 17:30")
    report = "2026-12-31 09:00" if size is Size.SMALL else "2026-12-30 09:00"
    done = judged(worked(report=report, done=report, size=size), now="2027-03-01 08:00")
    assert done.due_at is None
    assert done.completion is Verdict.UNKNOWN
    assert done.completion_net is Verdict.UNKNOWN
    assert judged(order(report, size=size), now="2027-03-01 08:00").completion is Verdict.UNKNOWN


def test_the_local_day_counts_not_the_day_in_utc() -> None:
    late_evening = judged(order("2026-11-20 23:30"))  # 15:30 UTC, the same day
    early_morning = judged(order("2026-11-23 00:30"))  # still the 22nd in UTC
    assert late_evening.due_at == local("2026-11-23 17:30")
    assert early_morning.due_at == local("2026-11-24 17:30")


@given(st.dates(date(2024, 1, 1), date(2026, 12, 20)), st.integers(0, 24 * 60 - 1), st.sampled_from(Size))
def test_due_is_close_of_a_working_day_after_the_report(day: date, minute: int, size: Size) -> None:
    reported_at = local(f"{day} 00:00") + timedelta(minutes=minute)
    due = completion_due(reported_at, size, PROMISE, WORKDAYS, zone=ZONE)
    assert due is not None
    assert due.date() > day
    assert WORKDAYS.is_working_day(due.date())
    between = (day + timedelta(days=n) for n in range(1, (due.date() - day).days + 1))
    assert sum(bool(WORKDAYS.is_working_day(one)) for one in between) == PROMISE.working_days[size]


@pytest.mark.parametrize(
    ("severity", "minutes", "verdict"),
    [
        (Severity.NORMAL, 30, Verdict.ON_TIME),
        (Severity.NORMAL, 31, Verdict.LATE),
        (Severity.URGENT, 15, Verdict.ON_TIME),
        (Severity.URGENT, 16, Verdict.LATE),
    ],
)
def test_the_response_clock_runs_day_and_night(severity: Severity, minutes: int, verdict: Verdict) -> None:
    at = (local("2026-10-03 23:50") + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M")
    subject = judged(order("2026-10-03 23:50", event("respond", at), severity=severity))
    assert subject.response_minutes == minutes
    assert subject.response is verdict


def test_an_unanswered_order_is_running_then_overdue() -> None:
    subject = order("2026-11-22 08:00")
    assert judged(subject, "2026-11-22 08:30").response is Verdict.RUNNING
    assert judged(subject, "2026-11-22 08:31").response is Verdict.OVERDUE
    assert judged(subject, "2026-11-22 08:31").response_minutes is None


@pytest.mark.parametrize(
    ("done", "verdict"),
    [
        ("2026-11-20 10:00", Verdict.ON_TIME),
        ("2026-11-23 17:30", Verdict.ON_TIME),
        ("2026-11-23 17:31", Verdict.LATE),
    ],
)
def test_completion_is_on_time_until_close_of_business(done: str, verdict: Verdict) -> None:
    assert judged(worked(done=done), now="2026-12-01 08:00").completion is verdict


def test_an_open_order_is_overdue_after_close_of_business() -> None:
    subject = order("2026-11-20 09:00")
    assert judged(subject, "2026-11-23 17:30").completion is Verdict.RUNNING
    assert judged(subject, "2026-11-23 17:31").completion is Verdict.OVERDUE


def test_a_cancelled_order_breaks_no_promise_of_completion() -> None:
    subject = order("2026-11-20 09:00", event("cancel", "2026-11-20 09:10"))
    assert judged(subject, "2026-12-01 08:00").completion is Verdict.CANCELLED
    assert judged(subject, "2026-12-01 08:00").response is Verdict.CANCELLED


def test_an_approved_pause_moves_the_net_date_by_its_working_days() -> None:
    pause = event("pause", "2026-11-23 10:00", reason="parts")
    subject = worked(pause, event("resume", "2026-11-25 10:00"), done="2026-11-25 16:00")
    found = judged(subject, "2026-12-01 08:00")
    assert found.due_at == local("2026-11-23 17:30")
    assert found.due_at_net == local("2026-11-25 17:30")
    assert (found.completion, found.completion_net) == (Verdict.LATE, Verdict.ON_TIME)


@pytest.mark.parametrize(
    ("reason", "start", "end"),
    [
        ("too much to do", "2026-11-23 10:00", "2026-11-25 10:00"),  # not an approved reason
        ("weather", "2026-11-23 10:00", "2026-11-23 17:00"),  # not a whole working day
        ("weather", "2026-11-20 10:00", "2026-11-22 10:00"),  # over a weekend
        ("weather", "2026-11-24 10:00", "2026-11-26 10:00"),  # begun when it was late already
    ],
)
def test_other_pauses_move_nothing(reason: str, start: str, end: str) -> None:
    pause = event("pause", start, reason=reason)
    subject = worked(pause, event("resume", end), done="2026-11-27 10:00")
    assert judged(subject, "2026-12-01 08:00").due_at_net == local("2026-11-23 17:30")


def test_a_pause_that_lasts_moves_the_net_date_day_by_day() -> None:
    subject = order(
        "2026-11-20 09:00",
        event("respond", "2026-11-20 09:01"),
        event("pause", "2026-11-23 10:00", reason="天气"),
    )
    assert judged(subject, "2026-11-23 20:00").completion_net is Verdict.OVERDUE
    assert judged(subject, "2026-11-24 09:00").due_at_net == local("2026-11-24 17:30")
    assert judged(subject, "2026-11-26 09:00").due_at_net == local("2026-11-26 17:30")


def test_a_second_pause_counts_when_the_first_kept_the_order_in_time() -> None:
    found = judged(
        worked(
            event("pause", "2026-11-23 10:00", reason="parts"),
            event("resume", "2026-11-24 10:00"),
            event("pause", "2026-11-24 11:00", reason="no_access"),
            event("resume", "2026-11-25 11:00"),
            done="2026-11-25 12:00",
        ),
        "2026-12-01 08:00",
    )
    assert found.due_at_net == local("2026-11-25 17:30")


def test_a_pause_into_a_year_without_a_calendar_leaves_the_gross_date_known() -> None:
    subject = order(
        "2026-12-29 09:00",
        event("respond", "2026-12-29 09:01"),
        event("pause", "2026-12-30 10:00", reason="parts"),
    )
    found = judged(subject, "2027-01-05 08:00")
    assert found.due_at == local("2026-12-30 17:30")
    assert found.due_at_net is None
    assert (found.completion, found.completion_net) == (Verdict.OVERDUE, Verdict.UNKNOWN)


def test_a_change_of_size_moves_no_date() -> None:
    resize = event("resize", "2026-11-20 10:00", size=Size.LARGE)
    found = judged(worked(resize, done="2026-11-25 16:00"), "2026-12-01 08:00")
    assert found.state.size is Size.LARGE
    assert found.due_at == local("2026-11-23 17:30")
    assert found.completion is Verdict.LATE


def test_an_override_calendar_makes_the_next_year_known() -> None:
    known = Workdays({date(2027, 1, 1): False}, frozenset({2027}))
    assert judged(order("2026-12-31 09:00"), workdays=known).due_at == local("2027-01-04 17:30")


@given(st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 9000)), max_size=4), st.booleans())
def test_pauses_never_bring_the_net_date_forward(gaps: list[tuple[int, int]], approved: bool) -> None:
    """Up to four pauses, each so many minutes after the last and so many minutes long."""
    at = local("2026-06-01 09:00")
    events = [Event(EventKind.RESPOND, at, "Wang")]
    for wait, length in gaps:
        start = events[-1].at + timedelta(minutes=wait)
        reason = "parts" if approved else "too much to do"
        events.append(Event(EventKind.PAUSE, start, "Wang", reason))
        events.append(Event(EventKind.RESUME, start + timedelta(minutes=length), "Wang"))
    found = judged(order("2026-06-01 09:00", *events), now="2026-11-22 08:00")
    assert found.due_at == local("2026-06-02 17:30")
    assert found.due_at_net is not None
    assert found.due_at_net >= found.due_at
    assert WORKDAYS.is_working_day(found.due_at_net.astimezone(ZONE).date())
    assert found.due_at_net.astimezone(ZONE).time() == found.due_at.time()
    if not approved:
        assert found.due_at_net == found.due_at
    if found.completion is Verdict.ON_TIME:
        assert found.completion_net is Verdict.ON_TIME
