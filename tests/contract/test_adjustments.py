"""Adjustments on both databases: nothing is lost or doubled, whoever writes at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.app import Parts
from services.mv.adjustments.adjustment import Adjustment, Kind, Side
from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Term, Total
from services.mv.operating_days import On
from services.savings.adjustments.repository import Adjustments, NotTheLatest
from services.savings.adjustments.wording import counting

AT = datetime(2026, 11, 22, 4, 5, 6, 789, tzinfo=UTC)
CONTRACT = "INSERT INTO contract VALUES ('{}', 'i', 'shared', '{{}}', '2026-01-01 00:00:00+00:00')"


@pytest.fixture
def adjustments(parts: Parts) -> Adjustments:
    with parts.engine.begin() as connection:
        for code in ("c", "d"):
            connection.execute(text(CONTRACT.format(code)))
    return Adjustments(parts.sessions)


def words(term: Term, code: str = "a", contract: str = "c") -> Adjustment:
    return Adjustment(
        code=code, contract=contract, kind=Kind.HOURS, first_day=date(2026, 3, 1), last_day=date(2026, 4, 1),
        term=term, reason="夜校", evidence=("函〔2026〕7 号", "“二”"), half_width_share=0.1,
        on=On.EVERY_DAY if isinstance(term, Total) else On.WORKING_DAYS,
    )  # fmt: skip


def put(adjustments: Adjustments, one: Adjustment, by: str = "李") -> bool:
    return adjustments.put(one, by=by, role="esco", at=AT)[1]


def approve(adjustments: Adjustments, one: Adjustment, side: Side, by: str = "王") -> object:
    return adjustments.approve(
        one.contract, one.code, side=side, by=by, role="科长", content_sha256=one.content_sha256, at=AT
    )


def together(*calls: Callable[[], object]) -> list[BaseException]:
    """What went wrong when all are called at once."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        gate.wait(60)
        call()

    with ThreadPoolExecutor(len(calls)) as pool:
        ended = [pool.submit(run, call) for call in calls]
    return [error for one in ended if (error := one.exception()) is not None]


@pytest.mark.parametrize(
    "term", [PerDay(0.1 + 0.2), Total(-1 / 3), Lamps(-4, 36, 10), Proportional("人数", "人", 300, 330, 0.4)]
)
def test_words_come_back_as_they_were_put(adjustments: Adjustments, term: Term) -> None:
    one = words(term)
    assert put(adjustments, one)
    assert not put(adjustments, one, by="陈")
    for side in Side:
        approve(adjustments, one, side)
    (kept,) = adjustments.wordings("c")
    assert (kept.number, kept.by, kept.role, kept.at) == (1, "李", "esco", AT)
    assert kept.adjustment.content_sha256 == one.content_sha256
    assert {given.at for given in kept.adjustment.approvals} == {AT}
    assert kept.agreed
    assert adjustments.counting("c") == (kept.adjustment,)
    assert adjustments.counting("d") == ()


def test_approvals_are_of_the_latest_words_only(adjustments: Adjustments) -> None:
    first, second = words(PerDay(1)), words(PerDay(2))
    assert approve(adjustments, first, Side.ESCO) is None
    put(adjustments, first)
    put(adjustments, second)
    with pytest.raises(NotTheLatest, match=f"number 2, of content_sha256 {second.content_sha256}"):
        approve(adjustments, first, Side.ESCO)
    approve(adjustments, second, Side.ESCO)
    again = adjustments.approve(
        "c", "a", side=Side.ESCO, by="another", role="x", content_sha256=second.content_sha256,
        at=AT + timedelta(days=1),
    )  # fmt: skip
    assert again == adjustments.wordings("c", "a")[-1]
    (given,) = again.adjustment.approvals
    assert (given.by, given.at) == ("王", AT)


def test_the_same_words_from_many_at_once_are_one_wording(adjustments: Adjustments) -> None:
    one = words(PerDay(1))
    assert together(*[lambda: put(adjustments, one)] * 6) == []
    assert [found.number for found in adjustments.wordings("c")] == [1]


def test_other_words_from_many_at_once_are_all_kept(adjustments: Adjustments) -> None:
    several = [words(PerDay(float(i))) for i in range(6)]
    assert together(*[lambda one=one: put(adjustments, one) for one in several]) == []
    kept = adjustments.wordings("c", "a")
    assert [found.number for found in kept] == [1, 2, 3, 4, 5, 6]
    assert {found.adjustment.content_sha256 for found in kept} == {one.content_sha256 for one in several}


def test_both_sides_at_once_and_twice_are_two_approvals(adjustments: Adjustments) -> None:
    one = words(PerDay(1))
    put(adjustments, one)
    calls = [lambda side=side: approve(adjustments, one, side) for side in (*Side, *Side)]
    assert together(*calls) == []
    (kept,) = adjustments.wordings("c")
    assert sorted(given.side for given in kept.adjustment.approvals) == ["client", "esco"]
    assert kept.agreed


def test_an_approval_and_other_words_at_once_never_approve_what_was_not_seen(
    adjustments: Adjustments,
) -> None:
    one, other = words(PerDay(1)), words(PerDay(2))
    put(adjustments, one)
    approve(adjustments, one, Side.ESCO)
    wrong = together(lambda: approve(adjustments, one, Side.CLIENT), lambda: put(adjustments, other))
    assert all(isinstance(error, NotTheLatest) for error in wrong)
    kept = adjustments.wordings("c")
    assert kept[1].adjustment.approvals == ()
    assert kept[0].agreed is not bool(wrong)


def test_words_altered_in_the_database_are_not_in_force(parts: Parts, adjustments: Adjustments) -> None:
    one = words(PerDay(1))
    put(adjustments, one)
    for side in Side:
        approve(adjustments, one, side)
    with parts.engine.begin() as connection:
        connection.execute(text("UPDATE adjustment_wording SET document = replace(document, '1.0', '9.0')"))
    (kept,) = adjustments.wordings("c")
    assert kept.adjustment.term == PerDay(9.0)
    assert counting([kept]) == ()


def test_words_of_an_unknown_contract_are_not_kept(adjustments: Adjustments) -> None:
    with pytest.raises(IntegrityError):
        put(adjustments, words(PerDay(1), contract="unknown"))
