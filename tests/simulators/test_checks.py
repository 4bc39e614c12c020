"""The rule about orders due today, and a true summary of repairs."""

from datetime import date

from simulators.checks import repair_rows
from simulators.truth import RepairTruth

REPAIRS = RepairTruth(
    reported=10, responded=10, response_minutes_p50=12.0, completed=8, completed_on_time=6, completed_late=2,
    due_unknown=0, open=2, open_due=[date(2026, 11, 19), date(2026, 11, 23)], rated=4, satisfied=3,
)  # fmt: skip
SUMMARY = {
    "reported": 10, "responded": 10, "response_minutes_p50": 12.5, "completed": 8, "completed_on_time": 6,
    "due_unknown": 0, "open": 2, "overdue_open": 1, "rated": 4, "on_time_rate": 6 / 9,
    "satisfaction_rate": 0.75,
}  # fmt: skip


def overdue(today: date, said: int) -> bool:
    summary = {**SUMMARY, "overdue_open": said}
    rows = {row.quantity: row for row in repair_rows(REPAIRS, summary, today=today)}
    return rows["repairs overdue_open"].agrees


def test_orders_due_today_may_be_overdue_or_not() -> None:
    sunday, monday, tuesday = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)
    assert [overdue(sunday, said) for said in (0, 1, 2)] == [False, True, False]
    assert [overdue(monday, said) for said in (0, 1, 2)] == [True, True, True]
    assert [overdue(tuesday, said) for said in (0, 1, 2)] == [False, False, True]


def test_all_rows_of_a_true_summary_agree() -> None:
    rows = list(repair_rows(REPAIRS, SUMMARY, today=date(2026, 11, 22)))
    assert all(row.agrees for row in rows), [row for row in rows if not row.agrees]
    assert len(rows) == 11
