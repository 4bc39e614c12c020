"""Forms of adjustments: every formula read as the HTTP interface reads it, every fault at its field."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.adjustments.adjustment import Adjustment, Kind, Side
from services.mv.adjustments.steps import StepProposal
from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Term, Total
from services.mv.operating_days import On
from services.savings.adjustments.documents import AdjustmentBody
from services.web.adjustments_form import (
    FORMULAS,
    Invalid,
    blank,
    of_proposal,
    of_wording,
    read_approval,
    read_wording,
)
from services.web.adjustments_view import formula
from services.web.i18n import LANGUAGES, texts
from tests.services.savings.adjustments.words import adjustment
from tests.services.savings.examples import contract

T = texts("en")
SAID = {
    "code": "a-1", "kind": "hours", "first_day": "2025-06-10", "last_day": "2025-07-20", "formula": "per_day",
    "kwh_per_day": "4.8", "on": "working_days", "reason": "evening school", "by": "Li", "role": "client",
}  # fmt: skip


def read(**fields: str) -> tuple[Adjustment, AdjustmentBody]:
    return read_wording(SAID | fields, contract(), T)


def faults(**fields: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        read(**fields)
    return dict(refused.value.errors)


@pytest.mark.parametrize(
    ("formula", "typed", "term"),
    [
        ("per_day", {"kwh_per_day": " \N{MINUS SIGN}1,234.5 "}, PerDay(-1234.5)),
        ("total", {"total_kwh": "-120.25", "on": "every_day"}, Total(-120.25)),
        ("lamps", {"count": "-12", "watts": "36", "hours": "10.5"}, Lamps(-12, 36.0, 10.5)),
        ("proportional",
         {"quantity": "heads", "unit": "persons", "before": "300", "after": "330", "share": "40"},
         Proportional("heads", "persons", 300, 330, 0.4)),
        ("proportional", {"quantity": "ratio", "unit": "", "before": "1", "after": "0", "share": ""},
         Proportional("ratio", "", 1, 0, 1.0)),
    ],
)  # fmt: skip
def test_every_formula_is_read_with_its_own_inputs(formula: str, typed: dict[str, str], term: Term) -> None:
    found, body = read(formula=formula, **typed)
    assert found.term == term
    assert (found.code, found.contract, found.kind) == ("a-1", "emc-001", Kind.HOURS)
    assert (found.first_day, found.last_day) == (date(2025, 6, 10), date(2025, 7, 20))
    assert (body.by, body.role) == ("Li", "client")
    assert found.approvals == ()


def test_inputs_of_other_formulas_are_left_aside() -> None:
    found, _ = read(count="not a number", total_kwh="9")
    assert found.term == PerDay(4.8)


def test_evidence_is_a_line_each_and_a_half_width_percent() -> None:
    found, _ = read(evidence="one\r\n\r\n two ", half_width_share="7.3")
    assert (found.evidence, found.half_width_share) == (("one", "two"), 0.073)
    assert read(half_width_share=" ")[0].half_width_share == 0


@pytest.mark.parametrize(
    ("fields", "field", "key"),
    [
        ({"code": "A 1"}, "code", "adjustments.error.code"),
        ({"code": ""}, "code", "adjustments.error.code"),
        ({"kind": "weather"}, "kind", "form.error.choose"),
        ({"kind": ""}, "kind", "form.error.choose"),
        ({"first_day": "soon"}, "first_day", "form.error.invalid"),
        ({"first_day": ""}, "first_day", "form.error.required"),
        ({"first_day": "2025-08-01"}, "last_day", "adjustments.error.last_day"),
        ({"first_day": "2020-01-01", "last_day": "2020-01-02"}, "last_day", "adjustments.error.outside"),
        ({"first_day": "2040-01-01", "last_day": "2040-01-02"}, "first_day", "adjustments.error.outside"),
        ({"formula": ""}, "formula", "form.error.choose"),
        ({"formula": "guess"}, "formula", "form.error.choose"),
        ({"kwh_per_day": ""}, "kwh_per_day", "form.error.required"),
        ({"kwh_per_day": "nan"}, "kwh_per_day", "form.error.invalid"),
        ({"kwh_per_day": "1e300"}, "kwh_per_day", "form.error.invalid"),
        ({"formula": "total", "total_kwh": "5"}, "on", "adjustments.error.on"),
        ({"formula": "lamps", "count": "1.5", "watts": "1", "hours": "1"}, "count", "form.error.invalid"),
        ({"formula": "proportional", "quantity": "x", "unit": "", "before": "1", "after": "1", "share": "x%"},
         "share", "form.error.invalid"),
        ({"half_width_share": "some"}, "half_width_share", "form.error.invalid"),
        ({"half_width_share": "1e999999"}, "half_width_share", "form.error.invalid"),
        ({"on": "sundays"}, "on", "form.error.choose"),
        ({"reason": " "}, "reason", "form.error.required"),
        ({"role": "service"}, "role", "form.error.choose"),
    ],
)  # fmt: skip
def test_a_fault_is_told_at_its_field(fields: dict[str, str], field: str, key: str) -> None:
    assert faults(**fields) == {field: T(key)}


def test_too_long_says_how_long() -> None:
    assert faults(reason="x" * 501) == {"reason": T("form.error.too_long", most=500)}
    assert faults(evidence="x" * 201) == {"evidence": T("form.error.too_long", most=200)}


def test_every_fault_is_told_at_once() -> None:
    assert set(faults(code="!", kind="", by="", kwh_per_day="x")) == {"code", "kind", "by", "kwh_per_day"}


FIGURES = st.floats(-1e9, 1e9).map(lambda x: round(x, 3))
SHARES = st.integers(0, 1000).map(lambda x: x / 1000)
TERMS = st.one_of(
    st.builds(PerDay, FIGURES),
    st.builds(Total, FIGURES),
    st.builds(Lamps, st.integers(-999, 999), st.integers(0, 999).map(float), SHARES.map(lambda x: 24 * x)),
    st.builds(
        Proportional, st.sampled_from(["heads", "用能人数"]), st.sampled_from(["", "m²"]),
        st.floats(1e-3, 1e6), st.floats(0, 1e6), SHARES,
    ),
)  # fmt: skip


@given(TERMS, SHARES)
def test_a_wording_shown_in_the_form_and_sent_back_is_the_same_wording(term: Term, half: float) -> None:
    on = On.EVERY_DAY if isinstance(term, Total) else On.OTHER_DAYS
    words = replace(adjustment(term=term), half_width_share=half, on=on, evidence=("a", "b"))
    found, _ = read_wording(of_wording(words) | {"by": "Li", "role": "esco"}, contract(), T)
    assert found == words
    assert found.content_sha256 == words.content_sha256


def test_the_form_begins_with_nothing_or_with_a_step() -> None:
    assert blank(3) == {"code": "adjustment-3", "formula": "per_day", "on": "every_day"}
    step = StepProposal(date(2025, 12, 1), None, 12.362, 0.995, 0.44, 0.59)
    said: dict[str, Any] = of_proposal(step, date(2030, 5, 14))
    assert (said["first_day"], said["last_day"]) == ("2025-12-01", "2030-05-14")
    whole = SAID | said
    assert read_wording(whole, contract(), T)[0].term == PerDay(12.362)
    ended = of_proposal(replace(step, last_day=date(2026, 1, 3)), date(2030, 5, 14))
    assert ended["last_day"] == "2026-01-03"


def test_an_approval_is_read_and_its_faults_told() -> None:
    said = {"side": "client", "by": " Wang ", "role": "office", "content_sha256": "0" * 64}
    found = read_approval(said, T)
    assert (found.side, found.by, found.role) == (Side.CLIENT, "Wang", "office")
    with pytest.raises(Invalid) as refused:
        read_approval({"side": "bureau", "content_sha256": "0"}, T)
    assert set(refused.value.errors) == {"side", "by", "role", "content_sha256"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_and_every_input_has_its_words(language: str) -> None:
    t = texts("en" if language == "en" else "zh")
    inputs = {name for names in FORMULAS.values() for name in names}
    keys = [f"adjustments.field.{name}" for name in inputs | {"code", "office", "half_width_share"}]
    keys += [f"adjustments.formulas.{name}" for name in FORMULAS]
    keys += [f"adjustment.kind.{kind}" for kind in Kind] + [f"on.{on}" for on in On]
    keys += [f"adjustments.{why}" for why in ("none_found", "few_days", "no_baseline", "nothing_yet")]
    assert [key for key in keys if not t.has(key)] == []


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (PerDay(-1234.5), "−1,234.5 kWh/d"),
        (Total(120), "120 kWh in all"),
        (Lamps(-12, 36, 10), "−12 lamps × 36 W × 10 h/d"),
        (Proportional("heads", "persons", 300, 330, 0.4), "40.0\xa0%"),
    ],
)
def test_a_formula_is_written_with_its_inputs(term: Term, words: str) -> None:
    assert words in formula(term, T)
    assert "{" not in formula(term, texts("zh"))
