import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.mv.adjustments.adjustment import Adjusted, Adjustment, Approval, Kind, Side, adjusted, approved
from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Total
from services.mv.canonical import canonical
from services.mv.operating_days import On, ReportingDay

FIRST = date(2026, 5, 1)
AT = datetime(2026, 6, 2, 1, 30, tzinfo=UTC)
MAY = tuple(
    ReportingDay(FIRST + timedelta(days=i), (FIRST + timedelta(days=i)).weekday() < 5, 100.0, 40.0)
    for i in range(31)
)
READ: TypeAdapter[Adjustment] = TypeAdapter(Adjustment)


def signed(adjustment: Adjustment) -> Adjustment:
    for side in Side:
        adjustment = approved(adjustment, side=side, by="a person", role="in charge", at=AT)
    return adjustment


def adjustment(code: str = "A-1", *, sign: bool = True, **changed: Any) -> Adjustment:
    given: dict[str, Any] = {
        "contract": "C-7",
        "kind": Kind.LAMPS,
        "first_day": date(2026, 5, 11),
        "last_day": date(2026, 5, 20),
        "term": Lamps(30, 16, 10),
        "reason": "thirty lamps hung in the new archive",
        "evidence": ("handover 2026-05-10",),
    }
    made = Adjustment(code=code, **(given | changed))
    return signed(made) if sign else made


def records(found: Adjusted) -> dict[str, Any]:
    return {record.what: record for record in found.records}


def test_lamps_that_were_added_raise_the_baseline_on_their_days_both_ends_counted() -> None:
    found = adjusted(MAY, (adjustment(),))
    raised = [day.day for day in found.days if day.baseline_kwh == 104.8]
    assert raised == [date(2026, 5, 11) + timedelta(days=i) for i in range(10)]
    assert sum(day.baseline_kwh == 100 for day in found.days) == 21
    (line,) = found.lines
    assert (line.days, line.adjustment_kwh, line.formula) == (10, 48.0, "30 x 16 W x 10 h/d / 1000")
    assert found.adjustment_kwh == 48.0
    assert all(day.actual_kwh == 40 for day in found.days)


def test_removed_lamps_lower_it() -> None:
    assert adjusted(MAY, (adjustment(term=Lamps(-30, 40, 10)),)).adjustment_kwh == -120.0


def test_working_days_only() -> None:
    found = adjusted(MAY, (adjustment(on=On.WORKING_DAYS),))
    assert (found.lines[0].days, found.adjustment_kwh) == (8, 38.4)


def test_a_day_without_a_calendar_takes_no_part_in_working_days() -> None:
    unknown = tuple(replace(day, working=None) for day in MAY)
    assert adjusted(unknown, (adjustment(on=On.WORKING_DAYS),)).lines == ()
    assert adjusted(unknown, (adjustment(),)).adjustment_kwh == 48.0


@pytest.mark.parametrize("sides", [(), (Side.CLIENT,), (Side.ESCO,), (Side.ESCO, Side.ESCO)])
def test_without_both_sides_nothing_counts_and_it_is_listed(sides: tuple[Side, ...]) -> None:
    made = adjustment(sign=False)
    for side in sides:
        made = approved(made, side=side, by="a person", role="in charge", at=AT)
    found = adjusted(MAY, (made,))
    assert (found.lines, found.adjustment_kwh, found.days) == ((), 0.0, MAY)
    record = records(found)["adjustment_approved:A-1"]
    assert (record.figure, record.limit, record.ok) == (len(set(sides)), 2, False)


def test_an_approval_is_of_what_was_read_then() -> None:
    reworded = replace(adjustment(), term=Lamps(300, 16, 10))
    found = adjusted(MAY, (reworded,))
    assert found.adjustment_kwh == 0
    assert records(found)["adjustment_reworded:A-1"].figure == 2
    assert adjusted(MAY, (signed(reworded),)).adjustment_kwh == 480.0
    assert not records(adjusted(MAY, (signed(reworded),)))["adjustment_reworded:A-1"].ok


def test_evidence_is_asked_for() -> None:
    found = adjusted(MAY, (adjustment(evidence=()),))
    assert not records(found)["adjustment_evidence:A-1"].ok
    assert found.adjustment_kwh == 48.0
    assert "adjustment_evidence:A-1" not in records(adjusted(MAY, (adjustment(),)))


def test_overlaps_are_allowed_and_listed() -> None:
    other = adjustment("A-2", term=PerDay(-1), first_day=date(2026, 5, 18), last_day=date(2026, 5, 25))
    later = adjustment("A-3", term=PerDay(-1), first_day=date(2026, 5, 26), last_day=date(2026, 5, 27))
    found = adjusted(MAY, (adjustment(), other, later))
    listed = [what for what in records(found) if what.startswith("adjustments_overlap")]
    assert listed == ["adjustments_overlap:A-1:A-2"]
    assert (records(found)[listed[0]].figure, records(found)[listed[0]].ok) == (3, True)
    assert found.adjustment_kwh == 48 - 8 - 2
    assert {day.day: day.baseline_kwh for day in found.days}[date(2026, 5, 19)] == pytest.approx(103.8)


def test_adjustments_of_other_months_are_not_mentioned() -> None:
    later = adjustment(first_day=date(2026, 6, 1), last_day=date(2026, 6, 30), sign=False)
    assert adjusted(MAY, (later,)) == Adjusted(MAY, (), 0.0, 0.0, ())


def test_shares_of_the_baseline_see_it_unadjusted_in_whatever_order() -> None:
    hours = adjustment("A-1", term=Proportional("hours", "h/d", 10, 12), kind=Kind.HOURS)
    area = adjustment("A-2", term=Proportional("area", "m2", 100, 110, 0.5), kind=Kind.FLOOR_AREA)
    lamps = adjustment("A-3")
    every = [adjusted(MAY, order) for order in permutations((hours, area, lamps))]
    assert all(found == every[0] for found in every)
    assert every[0].adjustment_kwh == 10 * (20 + 5 + 4.8)


def test_an_unmeasured_day_takes_its_part_of_a_total_with_it() -> None:
    total = adjustment(term=Total(100.0), kind=Kind.METER_FAULT)
    assert adjusted(MAY, (total,)).adjustment_kwh == 100.0
    assert adjusted(MAY[:12], (total,)).adjustment_kwh == 20.0


def test_half_widths_of_different_adjustments_add_as_squares() -> None:
    one = adjustment("A-1", term=PerDay(-30), half_width_share=0.1)
    two = adjustment("A-2", term=PerDay(40), half_width_share=0.1)
    found = adjusted(MAY, (one, two))
    assert [line.uncertainty_kwh for line in found.lines] == [30.0, 40.0]
    assert found.uncertainty_kwh == 50.0
    assert adjusted(MAY, (adjustment(),)).uncertainty_kwh == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"last_day": date(2026, 5, 10)},
        {"half_width_share": -0.1},
        {"term": Total(5), "on": On.WORKING_DAYS},
    ],
)
def test_adjustments_that_cannot_be_are_refused_by_their_code(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="A-1: "):
        adjustment(**changed)


def test_codes_are_of_one_contract_and_do_not_repeat() -> None:
    with pytest.raises(ValueError, match="one contract"):
        adjusted(MAY, (adjustment(), adjustment()))
    with pytest.raises(ValueError, match="one contract"):
        adjusted(MAY, (adjustment(), adjustment("A-2", contract="C-8")))


def test_an_approval_names_a_person_and_a_time_with_a_zone() -> None:
    for by, at in (("", AT), ("a person", AT.replace(tzinfo=None))):
        with pytest.raises(ValueError, match="approval names"):
            Approval(Side.CLIENT, by, "in charge", at, "0" * 64)


@pytest.mark.parametrize("term", [PerDay(5), Total(7), Lamps(3, 16, 10), Proportional("h", "h/d", 8, 9)])
def test_an_approval_outlives_the_way_through_json(term: Any) -> None:
    made = adjustment(term=term, half_width_share=0)
    again = READ.validate_python(json.loads(canonical(made)))
    assert again == made
    assert canonical(again) == canonical(made)
    assert adjusted(MAY, (again,)).lines == adjusted(MAY, (made,)).lines != ()


DATES = st.integers(-20, 50).map(lambda i: FIRST + timedelta(days=i))
TERMS = st.one_of(
    st.builds(PerDay, st.floats(-500, 500)),
    st.builds(Total, st.floats(-5000, 5000)),
    st.builds(Lamps, st.integers(-200, 200), st.floats(0, 400), st.floats(0, 24)),
    st.builds(Proportional, st.just("hours"), st.just("h/d"), st.floats(1, 24), st.floats(0, 24)),
)


@given(st.lists(st.tuples(DATES, DATES, TERMS), max_size=6))
def test_days_and_lines_come_to_the_same_sum(drawn: list[tuple[date, date, Any]]) -> None:
    made = tuple(
        adjustment(f"A-{i}", first_day=min(a, b), last_day=max(a, b), term=term)
        for i, (a, b, term) in enumerate(drawn)
    )
    found = adjusted(MAY, made)
    by_day = sum(round(day.baseline_kwh * 1000) for day in found.days) - 31 * 100_000
    assert (
        by_day
        == round(found.adjustment_kwh * 1000)
        == sum(round(x.adjustment_kwh * 1000) for x in found.lines)
    )
