"""Which wording is in force, what counts, and on which days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.adjustments.adjustment import Adjustment, Side, approved
from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Term, Total
from services.mv.operating_days import On
from services.savings.adjustments.wording import Wording, counting, in_force, of_days
from tests.services.savings.adjustments.words import adjustment

AT = datetime(2025, 9, 20, 4, tzinfo=UTC)
BOTH = (Side.CLIENT, Side.ESCO)


def wording(number: int, *sides: Side, words: Adjustment | None = None) -> Wording:
    """A wording that the sides approved."""
    found = words or adjustment(term=PerDay(float(number)))
    for side in sides:
        found = approved(found, side=side, by="Wang", role="office", at=AT)
    return Wording(number, found, "Li", "esco", AT)


def test_the_newest_that_both_approved_is_in_force() -> None:
    wordings = [wording(1, *BOTH), wording(2, *BOTH), wording(3, Side.ESCO), wording(4)]
    assert in_force(wordings)["lamps-1"].number == 2
    assert in_force(wordings[2:]) == {}


@given(st.lists(st.sets(st.sampled_from(BOTH)), max_size=6), st.randoms())
def test_the_order_in_which_they_are_read_does_not_matter(given_by: list[set[Side]], draw: object) -> None:
    wordings = [wording(i, *sides) for i, sides in enumerate(given_by, start=1)]
    mixed = list(wordings)
    draw.shuffle(mixed)  # type: ignore[attr-defined]
    agreed = [i for i, sides in enumerate(given_by, start=1) if len(sides) == 2]
    found = in_force(mixed)
    assert found == in_force(wordings)
    assert [one.number for one in found.values()] == agreed[-1:]


def test_an_approval_of_other_words_does_not_count() -> None:
    signed = wording(1, *BOTH)
    altered = replace(signed, adjustment=replace(signed.adjustment, reason="another"))
    assert signed.agreed
    assert not altered.agreed
    assert counting([altered]) == ()


def test_each_code_stands_for_itself() -> None:
    other = wording(1, *BOTH, words=adjustment("a-2"))
    found = in_force([wording(1, Side.ESCO), other, wording(2, *BOTH)])
    assert {code: one.number for code, one in found.items()} == {"a-2": 1, "lamps-1": 2}
    assert [one.code for one in counting([wording(2, *BOTH), other])] == ["a-2", "lamps-1"]


@pytest.mark.parametrize(
    "term",
    [
        PerDay(0.0), PerDay(-0.0), Total(0.0), Lamps(0, 40, 10), Lamps(3, 0, 10), Lamps(3, 40, 0),
        Proportional("heads", "persons", 300, 330, 0), Proportional("heads", "persons", 300, 300),
    ],
)  # fmt: skip
def test_agreed_to_be_nothing_it_is_in_force_and_does_not_count(term: Term) -> None:
    nothing = wording(2, *BOTH, words=adjustment(term=term))
    assert in_force([wording(1, *BOTH), nothing])["lamps-1"].number == 2
    assert counting([wording(1, *BOTH), nothing]) == ()
    assert all(term.kwh(1e9, number, 3) == 0 for number in range(3))


@pytest.mark.parametrize(
    "term", [PerDay(-0.001), Total(1), Lamps(-1, 9, 1), Proportional("heads", "", 300, 299, 0.01)]
)
def test_whatever_is_worth_something_counts(term: Term) -> None:
    assert len(counting([wording(1, *BOTH, words=adjustment(term=term))])) == 1


@pytest.mark.parametrize(
    ("first", "days", "found"),
    [("2025-06-01", 9, 0), ("2025-06-01", 10, 1), ("2025-07-20", 31, 1), ("2025-07-21", 31, 0)],
)
def test_those_of_days_have_one_of_them(first: str, days: int, found: int) -> None:
    start = date.fromisoformat(first)
    rows = [start + timedelta(days=i) for i in range(days)]
    assert len(of_days((adjustment(),), rows, [None] * days)) == found


def test_a_working_day_is_one_by_the_calendar() -> None:
    weekend = [date(2025, 6, 14), date(2025, 6, 15)]
    words = replace(adjustment(), on=On.WORKING_DAYS)
    assert of_days((words,), weekend, [False, None]) == ()
    assert of_days((words,), weekend, [False, True]) == (words,)
