"""A regression with weather: the mean of every day follows from the samples quoted, or the day is named."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metering.model import MeterPeriod
from services.savings.bundle.case import Case
from services.savings.bundle.check import STEPS, check
from services.savings.bundle.gauge import TEMPERATURE, Gauge, around, outdoor
from services.savings.bundle.parts import copies, listed_meters, spelled
from services.savings.bundle.register import Quote, day_edges
from services.savings.settlement.document import settle
from tests.services.savings.bundle.forging import KNOWN, UNKNOWN, faults, rehashed, until
from tests.services.savings.bundle.measured import EDGES, REGISTERS, WEATHER, Stated, samples, stated, told
from tests.services.savings.bundles import OTHER, days_from, instant, meter
from tests.services.savings.conftest import ZONE

BY_WEATHER = {"by": "regression", "weather": WEATHER}
GAUGE = Gauge(REGISTERS[WEATHER].meter)
SERIES = ("reporting", WEATHER, TEMPERATURE)


@cache
def june() -> Stated:
    return stated(BY_WEATHER)


def place(name: str, *parts: str) -> int:
    """The line of a table that begins with these cells, from 0."""
    rows = june().files[name].decode().split("\n")
    return next(i for i, row in enumerate(rows) if row.startswith(",".join(parts)))


def day_of(inputs: Any, day: str) -> Any:
    return next(row for row in (*inputs["baseline_days"], *inputs["reporting_days"]) if row[0] == day)


def set_cell(at: int, column: int, value: str) -> Callable[[list[str]], object]:
    def change(rows: list[str]) -> None:
        cells = rows[at].split(",")
        assert cells[column] != value
        rows[at] = ",".join([*cells[:column], value, *cells[column + 1 :]])

    return change


def requoted(quote: Quote, statement: Stated | None = None) -> bytes:
    """A bundle around other samples of June, whose tables agree with them, said to prove all."""
    other = replace(statement or june(), quotes={**june().quotes, SERIES: quote}).made(OTHER)
    return rehashed(Case(other).files, OTHER, unproven_values=0)


def test_what_was_made_holds_and_quotes_every_sample() -> None:
    outcomes = {one.step: one for one in check(june().content, KNOWN)}
    assert [one.fault for one in outcomes.values()] == [None] * len(STEPS)
    assert outcomes["values"].count == 2 * (365 + 30)
    quotes = Case(june().content).quotes
    for (period, code, channel), quote in told().items():
        if code == WEATHER:
            assert np.array_equal(quotes[period, code, channel].times_ms, quote.times_ms)
            assert np.array_equal(quotes[period, code, channel].values, quote.values)


def test_the_mean_of_a_day_stands_beside_its_first_and_last_sample() -> None:
    rows = june().files["intervals.csv"].decode().split("\n")
    at = place("intervals.csv", *SERIES, "2025-06-02")
    said = dict(zip(rows[0].split(","), rows[at].split(","), strict=True))
    assert (said["measured_kwh"], said["estimated_kwh"], said["coverage"]) == ("", "", "1.0")
    assert said["first_time"] == "2025-06-01T23:20:00.000+08:00"
    assert said["last_time"] == "2025-06-03T00:20:00.000+08:00"
    assert round(float(said["mean_c"]), 2) == day_of(june().inputs, "2025-06-02")[4]
    energy = rows[place("intervals.csv", "reporting", "hall-l1")].split(",")
    assert energy[-1] == ""


def test_the_ledger_tells_of_the_gauge_too() -> None:
    ledger = json.loads(june().files["ledger.json"])
    assert [one["code"] for one in ledger["meters"]] == ["hall-l1", WEATHER]
    ledger["meters"][1]["ledger"][0]["channels"][TEMPERATURE]["scale"] = 0.11
    found = faults(rehashed({**june().files, "ledger.json": spelled(ledger)}, OTHER), UNKNOWN)
    assert found["intervals"].place.endswith(f"{WEATHER} 2024-05-01 mean_c")
    assert found["values"].place == f"inputs baseline 2024-05-01 {WEATHER} outdoor_c"
    ledger["meters"].pop()
    found = faults(rehashed({**june().files, "ledger.json": spelled(ledger)}, OTHER), UNKNOWN)
    assert found["readings"].place == "meters"


def test_one_sample_altered_names_the_day_that_it_is_of() -> None:
    at = place("readings.csv", *SERIES, "2025-06-17T11:20")
    found = faults(june().with_lines("readings.csv", set_cell(at, 4, "500.0")), UNKNOWN)
    assert found["intervals"].file == "intervals.csv"
    assert found["intervals"].place.endswith(f"{WEATHER} 2025-06-17 mean_c")
    assert found["values"].place == f"inputs reporting 2025-06-17 {WEATHER} outdoor_c"
    assert float(str(found["values"].recomputed)) > float(str(found["values"].said))
    assert found.keys() == {"intervals", "values"}


def test_one_sample_left_out_is_found() -> None:
    at = place("readings.csv", *SERIES, "2025-06-17T11:20")
    found = faults(june().with_lines("readings.csv", lambda rows: rows.pop(at)), UNKNOWN)
    assert f"{WEATHER} 2025-06-17" in found["intervals"].place


def test_a_sample_altered_with_the_tables_that_follow_is_found_in_the_values() -> None:
    quote = june().quotes[SERIES]
    at = int(np.flatnonzero(quote.times_ms >= instant("2025-06-17T11:00:00"))[0])
    values = quote.values.copy()
    values[at] += 40
    found = faults(requoted(replace(quote, values=values)), UNKNOWN)
    assert found.keys() == {"values"}
    assert found["values"].place == f"inputs reporting 2025-06-17 {WEATHER} outdoor_c"


@pytest.mark.parametrize("day", ["2024-05-01", "2024-12-12", "2025-06-30"])
def test_a_mean_altered_with_all_that_follows_is_named_by_its_day(day: str) -> None:
    true = day_of(june().inputs, day)[4]
    data = june().forged(lambda inputs: day_of(inputs, day).__setitem__(4, round(true + 0.01, 2)))
    found = faults(data, UNKNOWN)
    period = "reporting" if day > "2025-05" else "baseline"
    assert found.keys() == {"values"}
    assert found["values"].place == f"inputs {period} {day} {WEATHER} outdoor_c"
    assert (
        found["values"]
        .told(says="says", gives="gives")
        .endswith(f"says {round(true + 0.01, 2)}, gives {true}")
    )


def test_the_first_of_several_days_is_named_and_energy_before_weather() -> None:
    def later(inputs: Any) -> None:
        day_of(inputs, "2025-06-11")[3][0][0] += 1
        day_of(inputs, "2025-06-10")[4] += 1

    def same_day(inputs: Any) -> None:
        day_of(inputs, "2025-06-11")[3][0][0] += 1
        day_of(inputs, "2025-06-11")[4] += 1

    for change, place in (
        (later, f"2025-06-10 {WEATHER} outdoor_c"),
        (same_day, "2025-06-11 hall-l1 measured_kwh"),
    ):
        found = until("values", june().forged(change))
        assert found is not None
        assert found.place == f"inputs reporting {place}"


def test_a_day_of_which_less_than_half_was_measured_has_no_temperature_and_none_can_be_given_to_it() -> None:
    quotes = told()
    whole = quotes[SERIES]
    lost = (whole.times_ms > instant("2025-06-05T03:00:00")) & (
        whole.times_ms < instant("2025-06-05T18:00:00")
    )
    gappy = stated(BY_WEATHER, quotes={**quotes, SERIES: whole.only(~lost)})
    assert day_of(gappy.inputs, "2025-06-05")[4] is None
    assert not faults(gappy.content)
    found = until("values", gappy.forged(lambda inputs: day_of(inputs, "2025-06-05").__setitem__(4, 25.0)))
    assert found is not None
    assert (found.said, found.recomputed) == ("25.0", "nothing")
    hidden = until("values", june().forged(lambda inputs: day_of(inputs, "2025-06-05").__setitem__(4, None)))
    assert hidden is not None
    assert (hidden.place, hidden.said) == (f"inputs reporting 2025-06-05 {WEATHER} outdoor_c", "nothing")


def without_weather(inputs: Any) -> None:
    inputs["columns"].pop()
    for row in (*inputs["baseline_days"], *inputs["reporting_days"]):
        row.pop()


def test_weather_cannot_be_left_out_or_put_in() -> None:
    document = json.loads(june().files["settlement.json"])
    without_weather(document["inputs"])
    found = faults(rehashed({**june().files, "settlement.json": spelled(document)}, OTHER), UNKNOWN)
    assert found["values"].place == f"inputs baseline 2024-05-01 {WEATHER} outdoor_c"
    assert found["results"].place == "inputs.baseline_days 2024-05-01"

    def put_in(inputs: Any) -> None:
        inputs["columns"].append("outdoor_c")
        for row in (*inputs["baseline_days"], *inputs["reporting_days"]):
            row.append(20.0)

    plain = stated()
    assert not faults(plain.content)
    found = faults(plain.forged(put_in), UNKNOWN)
    assert found["values"].place == "inputs baseline 2024-05-01 no weather outdoor_c"
    assert (found["results"].said, found["results"].recomputed) == ("5 values", "4")


def test_the_columns_are_those_of_the_contract() -> None:
    found = until("results", june().forged(lambda inputs: inputs["columns"].__setitem__(0, "night")))
    assert found is not None
    assert found.place == "inputs.columns[0]"


def test_a_device_that_measures_both_is_told_once() -> None:
    both = {
        "baseline": ("baseline", "hall-l1", TEMPERATURE),
        "reporting": ("reporting", "hall-l1", TEMPERATURE),
    }
    quotes = told() | {key: told()[period, WEATHER, TEMPERATURE] for period, key in both.items()}
    june_of_one = stated({"by": "regression", "weather": "hall-l1"}, quotes=quotes)
    assert [one["code"] for one in json.loads(june_of_one.files["ledger.json"])["meters"]] == ["hall-l1"]
    assert not faults(june_of_one.content)
    data = june_of_one.forged(lambda inputs: day_of(inputs, "2025-06-09").__setitem__(4, 3.0))
    assert faults(data, UNKNOWN)["values"].place == "inputs reporting 2025-06-09 hall-l1 outdoor_c"


def test_a_bundle_without_weather_has_no_column_for_it() -> None:
    plain = stated()
    assert b"mean_c" not in plain.files["intervals.csv"]
    assert listed_meters(settle(plain.inputs)) == ("hall-l1",)
    settlement = settle(june().inputs)
    swapped = {**plain.files, "settlement.json": spelled(settlement), **copies(settlement)}
    found = faults(rehashed(swapped, OTHER, input_sha256=settlement["input_sha256"]), UNKNOWN)
    assert found["readings"].place == "meters"
    assert found["intervals"].place == "line 2"
    assert found["intervals"].recomputed == "15"


DAYS = days_from("2025-06-02", "2025-06-05")
OF_DAYS = day_edges(DAYS, ZONE)


@given(seed=st.integers(0, 99), lost=st.sets(st.integers(0, 97), max_size=90))
@settings(max_examples=60, deadline=None)
def test_what_is_quoted_of_a_gauge_gives_the_means_that_all_samples_give(seed: int, lost: set[int]) -> None:
    whole = samples(days_from("2025-05-30", "2025-06-08"), seed=seed)
    kept = whole.only(~np.isin(np.arange(len(whole.times_ms)) - 72, list(lost)))
    chosen = around(kept, OF_DAYS)
    assert len(chosen.times_ms) < len(kept.times_ms)
    for one, other in zip(columns(kept), columns(chosen), strict=True):
        assert np.array_equal(one, other, equal_nan=True)


def columns(quote: Quote) -> tuple[Any, Any]:
    cut = GAUGE.cut(quote, OF_DAYS)
    return outdoor(cut), cut.coverage


def test_samples_beyond_the_ends_are_one_on_each_side() -> None:
    whole = samples(days_from("2025-05-30", "2025-06-08"), seed=1)
    chosen = around(whole, OF_DAYS).times_ms
    assert (chosen < OF_DAYS[0]).sum() == (chosen > OF_DAYS[-1]).sum() == 1
    inside = (whole.times_ms >= OF_DAYS[0]) & (whole.times_ms <= OF_DAYS[-1])
    assert len(chosen) == inside.sum() + 2
    assert len(around(whole, OF_DAYS[:1]).times_ms) == 0
    assert len(around(Quote.none(), OF_DAYS).times_ms) == 0


def test_a_gauge_counts_from_its_first_line_on_and_in_the_unit_of_its_line() -> None:
    since = datetime(2025, 6, 3, 16, tzinfo=UTC)
    late = Gauge(meter(WEATHER, ledger=(MeterPeriod(since),)))
    whole = samples(DAYS, seed=1)
    cut, tenths = late.cut(whole, OF_DAYS), GAUGE.cut(whole, OF_DAYS)
    assert cut.mean_c is not None
    assert tenths.mean_c is not None
    assert np.isnan(cut.mean_c[:2]).all()
    assert np.isnan(cut.coverage[:2]).all()
    assert cut.mean_c[3] == pytest.approx(10 * tenths.mean_c[3], abs=1e-5)
    assert np.isnan(cut.measured_kwh).all()


def test_without_a_sample_nothing_is_known() -> None:
    cut = GAUGE.cut(Quote.none(), OF_DAYS)
    assert np.isnan(outdoor(cut)).all()
    assert len(cut.coverage) == len(DAYS)
    assert np.isnan(
        outdoor(REGISTERS["hall-l1"].cut(told()["baseline", "hall-l1", "energy_kwh"], EDGES["baseline"]))
    ).all()
