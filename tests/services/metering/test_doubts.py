"""What is set aside becomes a case with its figures; what a person decides is followed, and only that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.metering.doubts import CODES, Doubt, doubts, sentence
from services.metering.ledger import RegisterLine
from services.metering.model import Quality
from services.metering.registers import Weighed, weigh
from services.metering.rulings import Ruling, Verdict, amount_of

START = datetime(2026, 1, 1, tzinfo=UTC)
T0 = int(START.timestamp() * 1000)
HOUR_MS = 3_600_000


def line(hours: float = 0, **values: float | None) -> RegisterLine:
    return RegisterLine(START + timedelta(hours=hours), **{"digits": 6, **values})  # type: ignore[arg-type]


def hourly(*values: float, ledger: tuple[RegisterLine, ...] = (line(),), **decided: Ruling) -> Weighed:
    times = T0 + np.arange(len(values)) * HOUR_MS
    return weigh(times, values, ledger=ledger, gap_limit_s=5400, rulings=decided.values())


def ruling(doubt: Doubt, verdict: Verdict) -> Ruling:
    return Ruling(doubt.at_ms, doubt.until_ms, doubt.before, doubt.after, doubt.reading, verdict)


def the_doubt(*values: float, ledger: tuple[RegisterLine, ...] = (line(),)) -> Doubt:
    (found,) = doubts(hourly(*values, ledger=ledger))
    return found


def test_nothing_doubtful_is_no_case() -> None:
    assert doubts(hourly(1, 2, 3)) == []
    assert doubts(hourly()) == []
    assert doubts(hourly(999_990, 15)) == []


def test_a_step_back_can_be_a_reset_and_nothing_else() -> None:
    found = the_doubt(12_340, 12_345.6, 0.2, 1)
    assert (found.at_ms, found.until_ms, found.before, found.after) == (
        T0 + HOUR_MS, T0 + 2 * HOUR_MS, 12_345.6, 0.2,
    )  # fmt: skip
    assert found.code == "step-back"
    assert found.figures == {"fell": pytest.approx(12_345.4), "top": 900_000}
    assert found.choices == {Verdict.RESET: 0.2}


def test_a_rollover_that_would_hide_too_much_is_offered_after_the_reset() -> None:
    found = the_doubt(950_000, 10, ledger=(line(ratio=2.0),))
    assert found.code == "rollover-too-large"
    assert found.figures == {"wrapped": 50_010, "most": 10_000}
    assert found.choices == {Verdict.RESET: 20, Verdict.ROLLOVER: 100_020}
    rated = the_doubt(950_000, 10, ledger=(line(rated_kw=30, ratio=2.0),))
    assert rated.figures["most"] == 30


def test_a_rise_beyond_the_rated_power_names_the_limit() -> None:
    found = the_doubt(100, 200, ledger=(line(rated_kw=20),))
    assert (found.code, found.choices) == ("beyond-rated", {Verdict.COUNT: 100})
    assert found.figures == {"rise": 100, "hours": 1, "rated_kw": 20, "most": 40}
    assert sentence(found.code, found.figures) == (
        "beyond-rated: 100 kWh in 1 h; 20 kW of rated power give at most 40"
    )


def test_a_register_beyond_its_digits_says_so() -> None:
    found = the_doubt(999_999, 1_000_001)
    assert (found.code, found.figures) == ("beyond-digits", {"highest": 1_000_001, "digits": 6})
    assert found.choices == {Verdict.COUNT: 2}


def test_a_replacement_with_registers_unknown_is_for_the_ledger() -> None:
    found = the_doubt(10, 5, ledger=(line(), line(0.5, closing=11)))
    assert (found.code, found.choices) == ("replacement-unknown", {})
    wrong = the_doubt(10, 5, ledger=(line(), line(0.5, closing=9, opening=0)))
    assert (wrong.code, wrong.choices) == ("replacement-step-back", {})


def test_a_single_reading_set_aside_is_a_case_of_its_own() -> None:
    found = the_doubt(100, 110, 5_000, 120)
    assert found == Doubt(
        T0 + 2 * HOUR_MS, T0 + HOUR_MS, T0 + 3 * HOUR_MS, 110, 120, 5_000, "stray", {},
        {Verdict.RESTORE: None},
    )  # fmt: skip


def test_spans_between_readings_that_contradict_each_other_are_cases() -> None:
    codes = [one.code for one in doubts(hourly(100, 110, 105, 120, 130))]
    assert codes == ["contradicted", "step-back", "contradicted"]


def test_every_code_has_a_sentence_with_its_figures() -> None:
    figures = dict.fromkeys(
        ("fell", "top", "wrapped", "most", "rise", "hours", "rated_kw", "highest", "digits"), 1.5
    )
    for code in CODES:
        assert sentence(code, figures).startswith(f"{code}: ")


def test_counting_the_difference_measures_it_and_says_that_it_was_decided() -> None:
    ledger = (line(rated_kw=20),)
    doubt = the_doubt(100, 200, 210, ledger=ledger)
    decided = hourly(100, 200, 210, ledger=ledger, one=ruling(doubt, Verdict.COUNT))
    assert decided.cumulative.total == 110
    assert decided.cumulative.marks.tolist() == [Quality.DECIDED, 0]
    assert doubts(decided) == [doubt]


@pytest.mark.parametrize(("verdict", "total"), [(Verdict.RESET, 10), (Verdict.ROLLOVER, 50_010)])
def test_a_fall_is_a_reset_or_a_rollover_as_decided(verdict: Verdict, total: float) -> None:
    doubt = the_doubt(950_000, 10)
    assert hourly(950_000, 10, one=ruling(doubt, verdict)).cumulative.total == total


def test_what_is_rejected_stays_a_gap_and_never_zero() -> None:
    decided = hourly(500, 0.2, 9.2, one=ruling(the_doubt(500, 0.2, 9.2), Verdict.DISCARD)).cumulative
    assert decided.known.tolist() == [False, True]
    assert decided.marks.tolist() == [Quality.QUARANTINED | Quality.DECIDED, 0]


def test_a_restored_reading_is_judged_with_its_neighbours() -> None:
    values = (100, 110, 5_000, 120, 130)
    doubt = the_doubt(*values)
    weighed = hourly(*values, one=ruling(doubt, Verdict.RESTORE))
    assert weighed.cumulative.known.tolist() == [True, True, False, True]
    assert weighed.cumulative.marks.tolist() == [
        0, Quality.DECIDED, Quality.DECIDED | Quality.QUARANTINED, 0,
    ]  # fmt: skip
    restored, fall = sorted(doubts(weighed), key=lambda one: one.reading is None)
    assert restored == doubt
    assert (fall.code, fall.before, fall.after) == ("step-back", 5_000, 120)


@pytest.mark.parametrize("change", [{"until_ms": T0}, {"before": 99.0}, {"after": 201.0}, {"reading": 1.0}])
def test_a_decision_on_other_figures_holds_no_more(change: dict[str, float]) -> None:
    ledger = (line(rated_kw=20),)
    made = ruling(the_doubt(100, 200, ledger=ledger), Verdict.COUNT)
    other = replace(made, **change)  # type: ignore[arg-type]
    assert not hourly(100, 200, ledger=ledger, one=other).cumulative.known.any()
    aside = ruling(the_doubt(100, 110, 5_000, 120), Verdict.RESTORE)
    stale = replace(aside, **({"reading": 4_999.0} | change))  # type: ignore[arg-type]
    assert hourly(100, 110, 5_000, 120, one=stale).cumulative.total == 20


def test_a_decision_never_touches_what_is_proven_or_replaced() -> None:
    made = Ruling(T0, T0 + HOUR_MS, 100, 105, None, Verdict.DISCARD)
    assert hourly(100, 105, one=made).cumulative.total == 5
    swap = (line(), line(0.5, closing=11))
    across = Ruling(T0, T0 + HOUR_MS, 10, 50, None, Verdict.COUNT)
    assert hourly(10, 50, ledger=swap, one=across).cumulative.total == 0


def test_late_readings_that_explain_a_span_leave_no_case() -> None:
    ledger = (line(rated_kw=20),)
    assert len(doubts(hourly(100, 200, ledger=ledger))) == 1
    times = T0 + np.array([0, 3, 4]) * HOUR_MS
    assert doubts(weigh(times, [100, 200, 210], ledger=ledger, gap_limit_s=5400)) == []


def test_an_amount_makes_sense_or_is_negative() -> None:
    assert amount_of(Verdict.COUNT, 5, 7, line(ratio=3)) == 6
    assert amount_of(Verdict.COUNT, 7, 5, line()) < 0
    for rising in (Verdict.RESET, Verdict.ROLLOVER, Verdict.RESTORE, Verdict.DISCARD):
        assert amount_of(rising, 5, 7, line()) < 0
