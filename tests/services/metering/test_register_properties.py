"""What holds of register arithmetic for any history: nothing lost, nothing invented, whatever the order."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metering.cases import Place, place_of
from services.metering.doubts import Doubt, doubts
from services.metering.ledger import RegisterLine
from services.metering.model import Quality
from services.metering.registers import Weighed, weigh
from services.metering.rulings import Ruling, Verdict
from services.metering.spans import intervals

START = datetime(2026, 1, 1, tzinfo=UTC)
T0 = int(START.timestamp() * 1000)
HOUR_MS = 3_600_000
GAP_S = 5400

Told = Sequence[tuple[int, float]]
"""Readings as (hour, register), in any order and with any repetition."""
ORDER = st.randoms(use_true_random=False)


def line(hours: float = 0, **values: float | None) -> RegisterLine:
    return RegisterLine(START + timedelta(hours=hours), **{"digits": 6, **values})  # type: ignore[arg-type]


def weighed(
    told: Told, ledger: Sequence[RegisterLine] = (line(),), rulings: Collection[Ruling] = ()
) -> Weighed:
    times, values = [T0 + hour * HOUR_MS for hour, _ in told], [value for _, value in told]
    return weigh(times, values, ledger=ledger, gap_limit_s=GAP_S, rulings=rulings)


def same_bits(one: Weighed, other: Weighed) -> bool:
    names = ("times_ms", "steps", "known", "gap", "marks")
    return all(
        np.array_equal(getattr(one.cumulative, name), getattr(other.cumulative, name)) for name in names
    )


def in_disorder(told: Told, random: Random) -> list[tuple[int, float]]:
    """The same readings late, early and some of them twice."""
    arrived = [*told, *told[::3]]
    random.shuffle(arrived)
    return arrived


def growing(steps: Sequence[int], first: int = 1_000) -> list[tuple[int, float]]:
    """A reading every hour of a register in thousandths."""
    return [(hour, value / 1000) for hour, value in enumerate(np.cumsum([first, *steps]).tolist())]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.lists(st.integers(0, 1000), min_size=2, max_size=80), st.data(), ORDER)
def test_a_register_of_any_width_is_followed_through_its_last_digit(
    digits: int, per_mille: list[int], data: st.DataObject, random: Random
) -> None:
    size = 10 ** (digits + 3)
    steps = [size // 1000 * share // 1000 for share in per_mille]
    first = data.draw(st.integers(0, size - 1))
    register = (first + np.cumsum([0, *steps])) % size
    told = [(hour, value / 1000) for hour, value in enumerate(register.tolist())]
    missing = data.draw(st.sets(st.integers(1, len(told) - 2), max_size=4))
    told = [row for row in told if row[0] not in missing]
    found = weighed(in_disorder(told, random), [line(digits=digits)])
    assert found.cumulative.total == pytest.approx(sum(steps) / 1000, abs=2e-6 * len(steps))
    assert found.cumulative.known.all()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 9_000), min_size=8, max_size=60), st.sets(st.integers(0, 9), max_size=4),
    st.sampled_from(["spike", "zero", "missing"]), ORDER,
)  # fmt: skip
def test_readings_that_are_wrong_or_missing_one_by_one_lose_and_invent_nothing(
    steps: list[int], places: set[int], kind: str, random: Random
) -> None:
    told = growing(steps)
    for place in sorted(places):
        at = 2 + 5 * place
        if at < len(told) - 2:
            hour, value = told[at]
            told[at] = (hour, {"spike": value + 50_000, "zero": 0.0, "missing": np.nan}[kind])
    found = weighed(in_disorder(told, random))
    assert found.cumulative.total == pytest.approx(sum(steps) / 1000, abs=1e-9)
    assert {one.code for one in doubts(found)} <= {"stray"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9_000), min_size=4, max_size=40), st.data(), st.booleans(), ORDER)
def test_a_swap_with_both_registers_is_whole_and_with_one_a_gap(
    steps: list[int], data: st.DataObject, known: bool, random: Random
) -> None:
    told = growing(steps)
    at = data.draw(st.integers(1, len(told) - 1))
    closing = told[at - 1][1] + steps[at - 1] / 2000
    opening = data.draw(st.integers(0, 900_000)) / 10
    fresh = opening + steps[at - 1] / 2000 - told[at][1]
    told = [(hour, value if hour < at else value + fresh) for hour, value in told]
    ledger = [line(), line(at - 0.5, closing=closing, opening=opening if known else None)]
    found = weighed(in_disorder(told, random), ledger).cumulative
    lost = 0 if known else steps[at - 1]
    assert found.total == pytest.approx((sum(steps) - lost) / 1000, abs=1e-6 * len(steps))
    assert bool(found.known[at - 1]) is known
    assert found.marks[at - 1] & Quality.REPLACED


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9_000), min_size=6, max_size=40), st.data(), ORDER)
def test_a_reset_costs_its_own_span_until_a_person_counts_what_shows_since(
    steps: list[int], data: st.DataObject, random: Random
) -> None:
    told = growing(steps, first=1_000_000)
    at = data.draw(st.integers(2, len(told) - 3))
    since = data.draw(st.integers(0, 900)) / 1000
    fresh = since - told[at][1]
    told = [(hour, value if hour < at else value + fresh) for hour, value in told]
    arrived = in_disorder(told, random)
    before = weighed(arrived)
    counted = (sum(steps) - steps[at - 1]) / 1000
    assert before.cumulative.total == pytest.approx(counted, abs=1e-6 * len(steps))
    (case,) = doubts(before)
    assert case.code == "step-back"
    after = weighed(arrived, rulings=[ruled(case, Verdict.RESET)])
    assert after.cumulative.total - before.cumulative.total == pytest.approx(since, abs=1e-6 * len(steps))


ANYTHING = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 999_999_999).map(lambda milli: milli / 1000)), max_size=40
)
LEDGER = (
    line(rated_kw=400),
    line(60.5, closing=900_000, opening=0, ratio=20.0),
    line(130.25, opening=3, digits=5),
)


def ruled(case: Doubt, verdict: Verdict) -> Ruling:
    return Ruling(case.at_ms, case.until_ms, case.before, case.after, case.reading, verdict)


def decided(cases: Sequence[Doubt], random: Random) -> dict[Place, Ruling]:
    """Some of the cases decided, each in one of the ways that are offered."""
    return {
        place_of(case): ruled(case, random.choice([*case.choices, Verdict.DISCARD]))
        for case in cases
        if random.random() < 0.8
    }


@settings(max_examples=40, deadline=None)
@given(ANYTHING, ORDER)
def test_any_order_of_arrival_gives_the_same_bits_and_the_same_cases(told: Told, random: Random) -> None:
    one = weighed(told, LEDGER)
    rulings = decided(doubts(one), random)
    one, other = (
        weighed(told, LEDGER, rulings.values()),
        weighed(in_disorder(told, random), LEDGER, rulings.values()),
    )
    assert same_bits(one, other)
    assert doubts(one) == doubts(other)


@settings(max_examples=40, deadline=None)
@given(ANYTHING, ORDER)
def test_decisions_are_idempotent_and_leave_their_cases_where_they_are(told: Told, random: Random) -> None:
    plain = weighed(told, LEDGER)
    rulings = {
        at: one for at, one in decided(doubts(plain), random).items() if one.verdict is not Verdict.RESTORE
    }
    once = weighed(told, LEDGER, rulings.values())
    assert doubts(once) == doubts(plain)
    again = {
        place_of(case): ruled(case, rulings[place_of(case)].verdict)
        for case in doubts(once)
        if place_of(case) in rulings
    }
    assert again == rulings
    assert same_bits(once, weighed(told, LEDGER, again.values()))


@settings(max_examples=40, deadline=None)
@given(ANYTHING, ORDER)
def test_a_decision_adds_exactly_what_its_case_says_and_nothing_else(told: Told, random: Random) -> None:
    plain = weighed(told, LEDGER)
    cases = {place_of(case): case for case in doubts(plain) if case.reading is None}
    rulings = decided(list(cases.values()), random)
    after = weighed(told, LEDGER, rulings.values())
    added = sum(
        round((cases[at].choices[one.verdict] or 0.0) * 1e6)
        for at, one in rulings.items()
        if one.verdict is not Verdict.DISCARD
    )
    assert after.cumulative.steps.sum() - plain.cumulative.steps.sum() == added
    accepted = sum(one.verdict is not Verdict.DISCARD for one in rulings.values())
    assert after.cumulative.known.sum() - plain.cumulative.known.sum() == accepted


@settings(max_examples=40, deadline=None)
@given(ANYTHING, ORDER)
def test_what_is_not_known_is_a_gap_and_never_zero(told: Told, random: Random) -> None:
    plain = weighed(told, LEDGER)
    found = weighed(told, LEDGER, decided(doubts(plain), random).values()).cumulative
    assert (found.steps >= 0).all()
    edges = T0 + np.arange(202) * HOUR_MS
    cut = intervals(found, edges)
    total = (cut.measured + cut.estimated).sum()
    assert total == pytest.approx(found.total, abs=1e-6 * max(len(edges), 1))
    unknown = found.marks & int(Quality.QUARANTINED) != 0
    for begin, end in zip(found.times_ms[:-1][~found.known], found.times_ms[1:][~found.known], strict=True):
        inside = (cut.starts_ms >= begin) & (cut.ends_ms <= end)
        assert (cut.coverage[inside] == 0).all()
        assert (cut.measured[inside] == 0).all()
        assert (cut.quality[inside] & int(Quality.QUARANTINED) != 0).all()
    assert unknown[~found.known].all()
