"""Lamps and fixture tests as a contract spells them: a refusal names the figure that has to be mended."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.mv.canonical import canonical
from services.mv.lighting.option_a import option_a
from services.mv.lighting.saving_rate import saving_rate
from services.savings.contract.documents import ContractDocument
from services.savings.contract.measurement import LampInventory, RateTests
from tests.services.mv.lighting.test_lamps import MAY
from tests.services.mv.lighting.test_lamps import group as engine_group
from tests.services.savings.contract.test_measurement_documents import refused
from tests.services.savings.examples import body, document
from tests.services.savings.measurements import HOURS, TEST, WATTS, group, lamps, rate


def of_lamps(*groups: dict[str, Any]) -> ContractDocument:
    return document(meters=[], measurement=lamps(*groups))


def test_an_inventory_becomes_the_engines() -> None:
    assert of_lamps().contract().measurement == LampInventory((engine_group(),))


def test_what_is_not_said_of_a_group_is_not_spelled() -> None:
    (row,) = of_lamps().model_dump(mode="json")["measurement"]["groups"]
    assert row == group()
    said = of_lamps(group(on="every_day", control_after=None, watts_before={**WATTS, "shared": ""}))
    assert said == of_lamps()
    assert said.model_dump_json() == of_lamps().model_dump_json()


def test_fixture_tests_become_the_engines_and_24_hours_are_not_spelled() -> None:
    known = document(measurement=rate()).contract().measurement
    assert isinstance(known, RateTests)
    assert saving_rate(known.tests, population=known.population).rate == 0.6
    spelled = document(measurement=rate({"hours_before": 24.0}, {})).model_dump(mode="json")
    assert "hours_before" not in spelled["measurement"]["tests"][0]


G = "measurement/lamps/groups/0"
BY_LAMPS: list[tuple[list[dict[str, Any]], str, str]] = [
    ([], "measurement/lamps", "an inventory has at least one group, and no two of one name"),
    ([group(), group()], "measurement/lamps", "an inventory has at least one group, and no two of one name"),
    ([group(count=0)], f"{G}/count", "Input should be greater than or equal to 1"),
    ([group(count=10**400)], f"{G}/count", "Input should be less than or equal to 10000000"),
    ([group(name=" ")], f"{G}/name", "String should have at least 1 character"),
    ([group(watts_before={"value": 40.0})], f"{G}/watts_before/agreed/source", "Field required"),
    ([group(watts_before={"mean": 40.0, "deviation": 1.0, "size": 9})],
     f"{G}/watts_before/sample/population", "Field required"),
    ([group(watts_before=40)], f"{G}/watts_before/agreed", "Input should be a valid dictionary"),
    ([group(watts_before={**WATTS, "source": "x"})], f"{G}/watts_before/sample/source", "Extra inputs"),
    ([group(watts_before={**WATTS, "size": 1})],
     f"{G}/watts_before/sample", "one unit alone says nothing of the spread: measure two"),
    ([group(watts_before={**WATTS, "size": 1001})],
     f"{G}/watts_before/sample", "a sample has at least one unit and at most its population"),
    ([group(watts_before={**WATTS, "deviation": -1})], f"{G}/watts_before/sample/deviation", "greater than"),
    ([group(watts_before={**WATTS, "deviation": 1e308})], f"{G}/watts_before/sample/deviation", "less than"),
    ([group(watts_before={**WATTS, "population": 10**400})],
     f"{G}/watts_before/sample/population", "Input should be less than or equal to 10000000"),
    ([group(watts_before={**WATTS, "mean": float("nan")})],
     f"{G}/watts_before/sample/mean", "Input should be a finite number"),
    ([group(hours={**HOURS, "value": 24.5})], G, "corridor: hours 24.5 is not from 0 to 24"),
    ([group(hours={**HOURS, "standard_error": -1})], f"{G}/hours/agreed/standard_error", "greater than"),
    ([group(interactive={**HOURS, "value": 1.5})], G, "corridor: interactive 1.5 is not from -1 to 1"),
    ([group(on="sundays")], f"{G}/on", "Input should be 'every_day', 'working_days' or 'other_days'"),
    ([group(hours={**HOURS, "shared": "h"}), group(name="b", hours={**HOURS, "value": 9.0, "shared": "h"})],
     "measurement/lamps", "two different figures are shared as 'h'"),
]  # fmt: skip


@pytest.mark.parametrize(("groups", "where", "why"), BY_LAMPS)
def test_a_wrong_inventory_is_refused_at_its_figure_and_only_there(
    groups: list[dict[str, Any]], where: str, why: str
) -> None:
    ((place, message),) = refused(meters=[], measurement={"by": "lamps", "groups": groups})
    assert place == where
    assert why in message


T = "measurement/saving_rate"
NOTHING = "tests: nothing was used before or after, so there is no rate"
BY_RATE: list[tuple[dict[str, Any], str, str]] = [
    (rate() | {"tests": []}, T, "a rate takes at least one test, of no fixture twice"),
    (rate(TEST), T, "tests: one fixture that speaks for others has no known error: test two"),
    (rate({}, {}, {}, population=2), T, "of no more than there are"),
    (rate({"fixture": "F-2"}, {}), T, "of no fixture twice"),
    (rate({"before_kwh": 0.0}, {"before_kwh": 0.0}), T, NOTHING),
    (rate({"after_kwh": 0.0}, {"after_kwh": 0.0}), T, NOTHING),
    (rate({"after_kwh": 1e-200}, {"after_kwh": 2e-200}), T, "tests: so little was used after that there is"),
    (rate({"after_kwh": -0.1}, {}), f"{T}/tests/0/after_kwh", "Input should be greater than or equal to 0"),
    (rate({"before_kwh": float("inf")}, {}), f"{T}/tests/0/before_kwh", "Input should be a finite number"),
    (rate({}, {"hours_after": 0}), f"{T}/tests/1/hours_after", "Input should be greater than or equal to"),
    (rate({}, {"after_on": "2025-04-09"}), f"{T}/tests/1", "tests: after_on is before before_on"),
    (rate({}, {"after_on": "soon"}), f"{T}/tests/1/after_on", "Input should be a valid date"),
    (rate({}, {}, population=0), f"{T}/population", "Input should be greater than or equal to 1"),
    (rate({}, {}, population=10**400), f"{T}/population", "Input should be less than or equal to 10000000"),
    (rate({}, {"fixture": ""}), f"{T}/tests/1/fixture", "String should have at least 1 character"),
]  # fmt: skip


@pytest.mark.parametrize(("measurement", "where", "why"), BY_RATE)
def test_wrong_fixture_tests_are_refused_where_they_are_wrong(
    measurement: dict[str, Any], where: str, why: str
) -> None:
    ((place, message),) = refused(measurement=measurement)
    assert place == where
    assert why in message


def test_every_fixture_tested_needs_no_second() -> None:
    assert document(measurement=rate({}, population=1))


def test_over_http_the_place_is_a_pointer_into_the_body(client: TestClient) -> None:
    sent = body(meters=[], measurement=lamps(group(watts_before={"value": 40.0})))
    answer = client.put("/contracts/emc-001", json=sent)
    assert answer.status_code == 422
    where = "body/measurement/lamps/groups/0/watts_before/agreed/source"
    assert answer.json()["detail"] == f"{where}: Field required"
    assert [row["pointer"] for row in answer.json()["errors"]] == [where]


def test_over_http_no_number_is_too_large_to_be_refused(client: TestClient) -> None:
    for measurement in (lamps(group(count=10**400)), rate({}, {}, population=10**30)):
        meters = [] if measurement["by"] == "lamps" else ["hall-l1"]
        answer = client.put("/contracts/emc-001", json=body(meters=meters, measurement=measurement))
        assert answer.status_code == 422


NAMES = st.text("走廊 hall-", min_size=1, max_size=8).filter(str.strip)
SAMPLES = st.tuples(st.floats(0, 400), st.floats(0, 90), st.integers(2, 40), st.integers(40, 9000)).map(
    lambda s: dict(zip(("mean", "deviation", "size", "population"), s, strict=True))
)
AGREED = st.floats(0, 24).map(lambda value: {"value": value, "source": "annex"})
SHARES = st.none() | st.floats(0, 1).map(lambda value: {"value": value, "source": "annex"})
GROUPS = st.lists(
    st.builds(
        group,
        name=NAMES,
        count=st.integers(1, 10**7),
        watts_before=SAMPLES | AGREED,
        watts_after=SAMPLES,
        hours=AGREED,
        hours_before=st.none() | AGREED,
        days_a_month=st.none() | AGREED,
        on=st.sampled_from(["every_day", "working_days", "other_days"]),
        control_after=SHARES,
        in_service=SHARES,
        interactive=SHARES,
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one["name"].strip(),
)


@given(GROUPS)
def test_any_inventory_survives_json_and_counts_the_same(
    groups: list[dict[str, Any]],
) -> None:
    there = of_lamps(*groups)
    for again in (
        ContractDocument.model_validate(there.model_dump()),
        ContractDocument.model_validate_json(there.model_dump_json()),
        ContractDocument.model_validate(json.loads(canonical(there.model_dump(mode="json")))),
    ):
        assert again == there
        assert again.model_dump_json() == there.model_dump_json()
    known = there.contract().measurement
    assert isinstance(known, LampInventory)
    assert option_a(known.groups, MAY).lines[0].group == groups[0]["name"].strip()


KWH = st.floats(0, 1e9)


@given(st.lists(st.tuples(KWH, KWH), min_size=1, max_size=6), st.integers(0, 10**6))
def test_any_fixture_tests_are_refused_with_a_word_or_have_a_rate(
    pairs: list[tuple[float, float]], untested: int
) -> None:
    said = rate(
        *({"before_kwh": before, "after_kwh": after} for before, after in pairs),
        population=len(pairs) + untested,
    )
    there, told = None, ""
    try:
        there = document(measurement=said)
    except ValidationError as error:
        told = str(error)
    if there is None:
        assert "tests: " in told
        return
    known = there.contract().measurement
    assert isinstance(known, RateTests)
    found = saving_rate(known.tests, population=known.population)
    assert found.multiple is not None
    assert found.multiple_uncertainty is not None
    assert ContractDocument.model_validate_json(there.model_dump_json()) == there
