"""What a contract says of its measurement: taken as it is meant, or refused where it stands."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.mv.canonical import canonical, sha256_of
from services.mv.shapes import METHODS
from services.savings.contract.documents import ContractDocument
from services.savings.contract.measurement import (
    DAYS,
    NO_LIMITS,
    Closure,
    Driver,
    DriverStep,
    Limits,
    Regression,
)
from tests.services.savings.examples import body, document
from tests.services.savings.measurements import CLOSURE, DRIVER, STEP, lamps, rate, regression


def refused(**fields: Any) -> list[tuple[str, str]]:
    """Where and why a contract is refused, in the order told."""
    with pytest.raises(ValidationError) as caught:
        document(**fields)
    rows = caught.value.errors()
    return [("/".join(map(str, row["loc"])), row["msg"].removeprefix("Value error, ")) for row in rows]


def test_a_contract_that_says_nothing_hashes_as_before_it_could() -> None:
    spelled = document().model_dump(mode="json")
    assert not {"measurement", "limits"} & set(spelled)
    assert sha256_of(spelled) == "318c45b5150f93012d8cb3b517ee262888202f6c88e84b75c2a108587091226b"
    assert (document().contract().measurement, document().contract().limits) == (DAYS, NO_LIMITS)


def test_what_is_said_as_nothing_is_not_spelled_either() -> None:
    assert document(measurement=None, limits=None) == document()
    said = document(measurement=regression(form="auto", weather=None, closures=[], drivers=[]))
    assert said.model_dump(mode="json")["measurement"] == {"by": "regression"}
    assert said.contract() == document().contract()
    assert document(limits={"r2": None}).model_dump(mode="json")["limits"] == {}


def test_a_regression_becomes_the_engines() -> None:
    said = regression(form="5p-types", weather="roof", closures=[CLOSURE], drivers=[DRIVER])
    known = document(measurement=said).contract()
    first, last = (known.baseline_start.replace(month=m, day=d) for m, d in ((7, 1), (8, 31)))
    step = DriverStep(known.baseline_start, 300.0, "staff list")
    assert known.measurement == Regression(
        "5p-types",
        "roof",
        (Closure("holiday", first, last, "term dates"),),
        (Driver("head_count", "persons", (step,)),),
    )


def test_limits_become_the_engines() -> None:
    given = document(limits={"cvrmse": "0.20", "r2": "0.75", "uncertainty_share": "1.5"})
    assert given.contract().limits == Limits(cvrmse=0.2, r2=0.75, uncertainty_share=1.5)
    assert given.model_dump(mode="json")["limits"] == {
        "cvrmse": "0.20", "r2": "0.75", "uncertainty_share": "1.5",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["auto", *METHODS])
def test_every_form_of_the_engine_may_be_agreed(form: str) -> None:
    known = document(measurement=regression(form=form, weather="roof")).contract().measurement
    assert known == Regression(form, "roof")


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"by": "guess"}, "measurement", "does not match any of the expected tags: 'regression', 'lamps'"),
    ({}, "measurement", "Unable to extract tag using discriminator 'by'"),
    (regression(form="6p"), "measurement/regression", "form: '6p' is none of auto, mean, mean-types, 2p"),
    (regression(form="towt"), "measurement/regression", "form: 'towt' is none of auto"),
    (regression(form="3pc"), "measurement/regression", "weather: 3pc needs the meter whose temperature_c is"),
    (regression(weather="UPPER"), "measurement/regression/weather", "String should match pattern"),
    (regression(groups=[]), "measurement/regression/groups", "Extra inputs are not permitted"),
    (
        regression(closures=[CLOSURE | {"last_day": "2024-06-30"}]),
        "measurement/regression/closures/0",
        "closures: last_day is before first_day",
    ),
    (
        regression(closures=[CLOSURE | {"kind": "working_day"}]),
        "measurement/regression/closures/0",
        "closures: working_day is the engine's own word",
    ),
    (
        regression(closures=[CLOSURE, CLOSURE | {"kind": "base"}]),
        "measurement/regression/closures/1",
        "closures: base is the engine's own word",
    ),
    (regression(closures=[CLOSURE | {"kind": "Ferien"}]), "measurement/regression/closures/0/kind", "String"),
    (
        regression(closures=[CLOSURE | {"first_day": "1999-12-31"}]),
        "measurement/regression/closures/0/first_day",
        "Input should be greater than or equal to 2000-01-01",
    ),
    (
        regression(
            closures=[
                CLOSURE | {"first_day": "2024-08-31", "last_day": "2024-09-02", "kind": "repairs"},
                CLOSURE,
            ]
        ),
        "measurement/regression",
        "closures: two hold on 2024-08-31",
    ),
    (
        regression(drivers=[DRIVER | {"steps": []}]),
        "measurement/regression/drivers/0",
        "drivers: head_count: steps are at least one, in date order, one a day",
    ),
    (
        regression(drivers=[DRIVER | {"steps": [STEP, STEP]}]),
        "measurement/regression/drivers/0",
        "drivers: head_count: steps are at least one, in date order, one a day",
    ),
    (
        regression(drivers=[DRIVER | {"steps": [STEP | {"effective_from": "2025-01-01"}, STEP]}]),
        "measurement/regression/drivers/0",
        "drivers: head_count: steps are at least one, in date order, one a day",
    ),
    (
        regression(drivers=[DRIVER | {"steps": [STEP | {"value": "many"}]}]),
        "measurement/regression/drivers/0/steps/0/value",
        "Input should be a valid number",
    ),
    (
        regression(drivers=[DRIVER | {"steps": [STEP | {"value": float("inf")}]}]),
        "measurement/regression/drivers/0/steps/0/value",
        "Input should be a finite number",
    ),
    (
        regression(drivers=[DRIVER | {"name": "daylight"}]),
        "measurement/regression/drivers/0",
        "drivers: daylight is the engine's own word",
    ),
    (
        regression(drivers=[DRIVER | {"name": "non_working_day"}]),
        "measurement/regression/drivers/0",
        "drivers: non_working_day is the engine's own word",
    ),
    (regression(drivers=[DRIVER, DRIVER]), "measurement/regression", "drivers: one is named twice"),
    (
        regression(drivers=[DRIVER | {"steps": [STEP | {"effective_from": "2024-05-02"}]}]),
        "",
        "measurement/drivers: head_count has no value on 2024-05-01, the first baseline day",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("measurement", "where", "why"), WRONG, ids=[row[2][:60] for row in WRONG])
def test_a_wrong_measurement_is_refused_where_it_is_wrong_and_only_there(
    measurement: dict[str, Any], where: str, why: str
) -> None:
    ((place, message),) = refused(measurement=measurement)
    assert place == where
    assert why in message


def test_closures_that_touch_do_not_overlap() -> None:
    beside = CLOSURE | {"first_day": "2024-09-01", "last_day": "2024-09-01", "kind": "repairs"}
    assert document(measurement=regression(closures=[beside, CLOSURE])).contract()


METERS = "meters: at least one, unless an inventory of lamps takes their place"


def test_lamps_take_the_place_of_meters_and_nothing_else_does() -> None:
    assert document(meters=[], measurement=lamps()).contract().meters == ()
    assert refused(measurement=lamps()) == [("", METERS)]
    for measurement in (None, regression(), rate()):
        assert refused(meters=[], measurement=measurement) == [("", METERS)]


def test_lamps_are_not_valued_by_period() -> None:
    periods = {"by": "periods", "tariff": "hubei"}
    (told,) = refused(meters=[], measurement=lamps(), valuation=periods)
    assert told == ("", "valuation: an inventory of lamps does not say in which hours they burn")
    assert document(meters=[], measurement=lamps(), valuation={"by": "current", "tariff": "hubei"})
    assert document(measurement=rate(), valuation=periods)


@pytest.mark.parametrize("name", ["cvrmse", "net_bias", "r2"])
def test_a_limit_of_a_fit_needs_something_fitted(name: str) -> None:
    why = f"limits/{name}: is of a regression, and nothing is fitted here"
    assert refused(meters=[], measurement=lamps(), limits={name: "0.5"}) == [("", why)]
    assert refused(measurement=rate(), limits={name: "0.5"}) == [("", why)]
    assert document(limits={name: "0.5"})
    assert document(measurement=rate(), limits={"uncertainty_share": "0.5"})


@pytest.mark.parametrize(
    ("limits", "where"),
    [
        ({"cvrmse": "1.1"}, "limits/cvrmse"),
        ({"net_bias": "-0.1"}, "limits/net_bias"),
        ({"r2": "NaN"}, "limits/r2"),
        ({"uncertainty_share": "0"}, "limits/uncertainty_share"),
        ({"rmse": "1"}, "limits/rmse"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(limits: dict[str, str], where: str) -> None:
    assert [place for place, _ in refused(limits=limits)] == [where]


SLUGS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text("学校term ,1", min_size=1, max_size=12).filter(str.strip)
CLOSURES = st.lists(st.integers(0, 200), max_size=6, unique=True).map(sorted)
STEPS = st.lists(st.tuples(st.integers(1, 28), st.floats(-1e9, 1e9)), max_size=5, unique_by=lambda s: s[0])


@given(
    form=st.sampled_from(["auto", *METHODS]),
    months=CLOSURES,
    steps=STEPS,
    kind=SLUGS.filter(lambda kind: kind != "base"),
    source=TEXTS,
    limits=st.fixed_dictionaries({}, optional={"cvrmse": st.decimals(0, 1, places=3)}),
)
def test_any_regression_survives_its_way_through_json(
    form: str, months: list[int], steps: list[tuple[int, float]], kind: str, source: str, limits: Any
) -> None:
    closures = [
        {"kind": kind, "first_day": day, "last_day": day, "source": source}
        for day in (f"{2010 + m // 12}-{1 + m % 12:02}-05" for m in months)
    ]
    later = [
        {"effective_from": f"2024-06-{at:02}", "value": value, "source": source}
        for at, value in sorted(steps)
    ]
    said = regression(
        form=form, weather="roof", closures=closures, drivers=[DRIVER | {"steps": [STEP, *later]}]
    )
    there = document(measurement=said, limits=limits or None)
    for again in (
        ContractDocument.model_validate(there.model_dump()),
        ContractDocument.model_validate(there.model_dump(mode="json")),
        ContractDocument.model_validate_json(there.model_dump_json()),
        ContractDocument.model_validate(json.loads(canonical(there.model_dump(mode="json")))),
    ):
        assert again == there
        assert again.contract() == there.contract()
        assert again.model_dump_json() == there.model_dump_json()


def test_the_body_of_a_request_and_what_is_kept_are_one_spelling() -> None:
    for measurement, meters in (
        (regression(weather="roof"), ["hall-l1"]),
        (lamps(), []),
        (rate(), ["hall-l1"]),
    ):
        sent = body(measurement=measurement, meters=meters)
        spelled = ContractDocument.model_validate({**sent, "code": "emc-001"}).model_dump(mode="json")
        assert spelled["measurement"] == measurement
