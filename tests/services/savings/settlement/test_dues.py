"""What is still due after a correction: every case worked out by hand, and the sums that hold in all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.settlement.dues import falls_due, net
from services.savings.settlement.events import Amount, Event, Kind, Role
from services.savings.settlement.standing import Stage, Standing
from services.savings.settlement.states import StepRefused, after, possible, standings

AT = datetime(2026, 8, 3, tzinfo=UTC)
_STEPS = {
    "confirm": ((Kind.CONFIRM, Role.CLIENT), (Kind.CONFIRM, Role.ESCO)),
    "issue": ((Kind.ISSUE, Role.ESCO),),
    "pay": ((Kind.PAY, Role.CLIENT),),
    "resolve": ((Kind.RESOLVE, Role.BUREAU),),
    "correct": ((Kind.CORRECT, Role.BUREAU),),
    "release": ((Kind.RELEASE, Role.CLIENT),),
}
PAID = "confirm issue pay"


def amounts(*yuan: str) -> tuple[Amount, ...]:
    """Fees by contract year."""
    return tuple(Amount(year, Decimal(one)) for year, one in enumerate(yuan, start=1))


def course(*parts: str) -> tuple[Standing, ...]:
    """A month as words tell it: `1000.00` is measured (or `held`), `dispute:100.00` parts that amount off."""
    found: tuple[Standing, ...] = ()
    for word in " ".join(parts).split():
        for event in _events(word, len(found) or 1, found):
            found = after(found, event)
    return found


def _events(word: str, version: int, found: Sequence[Standing]) -> list[Event]:
    at = AT + timedelta(days=sum(len(one.events) for one in found))
    if word in _STEPS:
        return [Event(version, kind, "Li", role, at) for kind, role in _STEPS[word]]
    if word.startswith("dispute:"):
        claim = Amount(1, Decimal(word.removeprefix("dispute:")))
        return [Event(version, Kind.DISPUTE, "Li", Role.CLIENT, at, "so", (claim,))]
    kind = Kind.HELD if word == "held" else Kind.MEASURED
    fees = () if word == "held" else amounts(*word.split("/"))
    return [Event(len(found) + 1, kind, "kilowitness", Role.SERVICE, at, None, fees)]


def told(*parts: str) -> tuple[str, str, str | None]:
    """Paid before, paid under the latest version, still due."""
    last = course(*parts)[-1]
    due = last.still_due_yuan
    return str(last.paid_before_yuan), str(last.paid_yuan), None if due is None else str(due)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("1000.00",), ("0.00", "0.00", "1000.00")),
        (("1000.00", PAID), ("0.00", "1000.00", "0.00")),
        (("-50.00", PAID), ("0.00", "-50.00", "0.00")),
        (("1000.00", PAID, "correct 900.00"), ("1000.00", "0.00", "-100.00")),
        (("1000.00", PAID, "correct 900.00", PAID), ("1000.00", "-100.00", "0.00")),
        (("1000.00", PAID, "correct 1200.00"), ("1000.00", "0.00", "200.00")),
        (("1000.00", PAID, "correct 1200.00", PAID), ("1000.00", "200.00", "0.00")),
    ],
)
def test_a_correction_owes_what_it_differs_from_what_was_paid(
    parts: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    assert told(*parts) == expected


def test_two_corrections_in_a_row_owe_against_what_was_paid_not_against_each_other() -> None:
    assert told("1000.00", PAID, "correct 900.00 correct 950.00") == ("1000.00", "0.00", "-50.00")
    confirmed = told("1000.00", PAID, "correct 900.00 confirm issue correct 950.00", PAID)
    assert confirmed == ("1000.00", "-50.00", "0.00")


def test_what_was_paid_back_in_between_counts() -> None:
    twice = ("1000.00", PAID, "correct 900.00", PAID, "correct 950.00")
    assert told(*twice) == ("900.00", "0.00", "50.00")
    last = course(*twice, PAID)[-1]
    assert [str(one.yuan) for one in (*last.earlier, *last.payments)] == ["1000.00", "-100.00", "50.00"]
    assert [one.event.version for one in (*last.earlier, *last.payments)] == [1, 2, 3]


def test_a_correction_to_the_same_amount_is_closed_by_a_payment_of_nothing() -> None:
    same = ("1000.00", PAID, "correct 1000.00")
    assert told(*same) == ("1000.00", "0.00", "0.00")
    waits = course(*same, "confirm issue")[-1]
    assert (waits.state, list(possible(waits))) == ("issued", [Kind.PAY, Kind.CORRECT])
    closed = course(*same, PAID)[-1]
    assert closed.state == "paid"
    assert [str(one.yuan) for one in closed.payments] == ["0.00"]


def test_a_month_that_was_issued_and_never_paid_owes_its_whole_correction() -> None:
    assert told("1000.00 confirm issue correct 900.00") == ("0.00", "0.00", "900.00")
    assert told("1000.00 confirm issue correct 900.00", PAID) == ("0.00", "900.00", "0.00")


def test_a_correction_of_a_month_in_dispute_counts_the_part_that_was_paid() -> None:
    partly = ("1000.00 dispute:400.00", PAID)
    assert told(*partly) == ("0.00", "600.00", "0.00")
    assert told(*partly, "correct 900.00") == ("600.00", "0.00", "300.00")
    assert told(*partly, "correct 500.00") == ("600.00", "0.00", "-100.00")


def test_of_a_corrected_version_a_disputed_part_is_not_due_and_stays_where_it_is() -> None:
    lower = ("1000.00", PAID, "correct 900.00 dispute:100.00")
    assert told(*lower) == ("1000.00", "0.00", "-100.00")
    assert told(*lower, PAID) == ("1000.00", "-100.00", "0.00")
    after_all = course(*lower, PAID, "resolve", PAID)[-1]
    assert [str(one.yuan) for one in after_all.payments] == ["-100.00", "0.00"]
    assert told(*lower, PAID, "correct 800.00") == ("900.00", "0.00", "-100.00")


@pytest.mark.parametrize(
    ("disputed", "undisputed", "rest"),
    [("100.00", "100.00", "100.00"), ("200.00", "0.00", "200.00"), ("300.00", "0.00", "200.00")],
)
def test_of_a_higher_correction_only_what_goes_beyond_the_payment_waits(
    disputed: str, undisputed: str, rest: str
) -> None:
    higher = ("1000.00", PAID, f"correct 1200.00 dispute:{disputed}")
    assert told(*higher)[2] == undisputed
    last = course(*higher, PAID, "resolve", PAID)[-1]
    assert [str(one.yuan) for one in last.payments] == [undisputed, rest]


def test_nothing_is_due_while_all_of_it_is_disputed() -> None:
    assert told("1000.00", PAID, "correct 900.00 dispute:900.00") == ("1000.00", "0.00", "0.00")


def test_a_resolved_part_that_is_not_issued_yet_keeps_its_money_too() -> None:
    lower = ("1000.00", PAID, "correct 900.00 dispute:100.00 confirm issue resolve")
    assert told(*lower)[2] == "-100.00"
    assert str(course(*lower)[-1].payable_yuan) == "-100.00"
    assert str(course(*lower, "pay confirm issue")[-1].payable_yuan) == "0.00"


@pytest.mark.parametrize(
    ("first", "second", "due"),
    [
        ("-50.00", "-80.00", "-30.00"),
        ("-50.00", "-20.00", "30.00"),
        ("-50.00", "20.00", "70.00"),
        ("30.00", "-20.00", "-50.00"),
        ("0.00", "12.00", "12.00"),
        ("80.00/-20.00", "60.00/-30.00", "-30.00"),
    ],
)
def test_fees_below_zero_are_owed_the_other_way_round(first: str, second: str, due: str) -> None:
    corrected = (first, PAID, f"correct {second}")
    assert told(*corrected)[2] == due
    assert told(*corrected, PAID)[1:] == (due, "0.00")


def test_of_a_fee_below_zero_a_disputed_part_stays_with_the_client() -> None:
    lower = ("-1000.00", PAID, "correct -900.00 dispute:-100.00")
    assert told(*lower)[2] == "100.00"
    assert told(*lower, PAID, "resolve", PAID)[1:] == ("100.00", "0.00")


def test_a_fee_by_a_floor_is_one_amount_of_the_whole_month() -> None:
    floor = (Amount(None, Decimal("0.00")),)
    found = course("500.00", PAID, "correct")
    found = after(found, Event(2, Kind.MEASURED, "kilowitness", Role.SERVICE, AT, None, floor))
    assert str(found[-1].still_due_yuan) == "-500.00"


def test_a_held_correction_has_nothing_due_and_forgets_no_payment() -> None:
    held = ("1000.00", PAID, "correct held")
    assert told(*held) == ("1000.00", "0.00", None)
    assert told(*held, "release 700.00") == ("1000.00", "0.00", "-300.00")


def test_a_replaced_version_has_nothing_due_and_keeps_its_payments() -> None:
    first, second = course("1000.00", PAID, "correct 900.00")
    assert (first.still_due_yuan, str(first.paid_yuan)) == (None, "1000.00")
    assert second.earlier == first.payments


def test_of_a_first_version_each_payment_is_what_was_issued() -> None:
    mixed = course("80.00/-20.00 dispute:30.00", PAID, "resolve", PAID)[-1]
    assert [str(one.yuan) for one in mixed.payments] == ["30.00", "30.00"]
    below = course("-80.00/20.00 dispute:-30.00", PAID)[-1]
    assert [str(one.yuan) for one in below.payments] == ["-30.00"]


MONEY = st.decimals(-2000, 2000, places=2)


@given(settled=MONEY, waiting=MONEY, before=MONEY, paid=MONEY)
def test_once_nothing_waits_all_payments_add_up_to_the_fee(
    settled: Decimal, waiting: Decimal, before: Decimal, paid: Decimal
) -> None:
    first = falls_due(settled, waiting, before=before, paid=paid)
    rest = falls_due(settled + waiting, Decimal("0.00"), before=before, paid=paid + first)
    assert before + paid + first + rest == settled + waiting


@given(settled=MONEY, waiting=MONEY, before=MONEY)
def test_what_waits_never_makes_money_go_back_and_forth(
    settled: Decimal, waiting: Decimal, before: Decimal
) -> None:
    if min(settled, waiting, before) < 0:
        settled, waiting, before = abs(settled), abs(waiting), abs(before)
    now = falls_due(settled, waiting, before=before, paid=Decimal())
    later = falls_due(settled + waiting, Decimal(), before=before, paid=now)
    assert now * later >= 0
    assert abs(now) <= abs(settled + waiting - before) or before == 0


STEPS = st.sampled_from([*_STEPS, "dispute:40.00", "100.00", "70.00/-10.00", "130.00", "held"])


@given(st.lists(STEPS, max_size=40))
def test_whatever_happens_a_paid_version_and_all_payments_before_are_its_fee(words: list[str]) -> None:
    found: tuple[Standing, ...] = course("100.00")
    for word in words:
        for event in _events(word, len(found), found):
            try:
                found = after(found, event)
            except StepRefused:
                continue
    last = found[-1]
    pays = [event for one in found for event in one.events if event.kind is Kind.PAY]
    assert [one.event for one in (*last.earlier, *last.payments)] == pays
    assert last.paid_before_yuan == sum((one.paid_yuan for one in found[:-1]), Decimal())
    if last.portions and all(one.stage is Stage.PAID for one in last.portions):
        assert last.still_due_yuan == 0
        assert net((*last.earlier, *last.payments)) == last.yuan_at(Stage.PAID)
    if not last.held and not last.closed and not last.disputes:
        fee = sum((one.yuan for one in last.portions), Decimal())
        assert last.still_due_yuan == fee - last.paid_before_yuan - last.paid_yuan
    assert standings(event for one in found for event in one.events) == found
