"""What a contract's days are compared with: the same figures as the analyst's command, and plain refusals."""

import csv
import json
import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.mv.baseline import NoBaseline
from services.mv.canonical import canonical, plain
from services.mv.command.main import main
from services.mv.lighting.option_a import option_a
from services.mv.model import Days, Floats
from services.mv.operating_days import Period
from services.savings.contract.measurement import LampInventory
from services.savings.contract.model import Contract
from services.savings.measuring import Basis, LampBasis, RateBasis, RegressionBasis, learn, seen
from services.savings.meter_days import MeterDays, gather
from services.workdays import Workdays
from tests.services.mv.circuits import noise
from tests.services.mv.published import il_meter, needs_data, office, weather
from tests.services.savings.examples import document
from tests.services.savings.measurements import CLOSURE, group, lamps, rate, regression

WORKDAYS = Workdays()
BASELINE, REPORTING = date(2024, 5, 1), date(2025, 5, 15)


def table(start: date, energy_kwh: Floats, outdoor_c: Floats | None = None) -> MeterDays:
    """One meter's days from a date on, whole where energy is known, on the Chinese calendar."""
    days = [start + timedelta(days=i) for i in range(len(energy_kwh))]
    known = np.isfinite(energy_kwh).astype(np.float64)
    return gather(
        {"hall-l1": (energy_kwh, np.zeros(len(days)), known)},
        days=days,
        working=[WORKDAYS.is_working_day(day) for day in days],
        daylight_h=None,
        outdoor_c=outdoor_c,
    )


def building(start: date, count: int, *, seed: int, remaining: float = 1.0) -> MeterDays:
    """A building that is heated, works on working days, and has more to do with more people."""
    outdoor = weather(800, seed=5)[(start - BASELINE).days :][:count]
    days = [start + timedelta(days=i) for i in range(count)]
    working = np.array([WORKDAYS.is_working_day(day) is True for day in days])
    energy = 120 + 50 * working + 8 * np.maximum(14 - outdoor, 0)
    drawn = noise(np.random.default_rng(seed), (1, count), 0.4)[0]
    return table(start, remaining * (energy + 6 * drawn), outdoor)


def agreed(measurement: dict[str, Any] | None = None, **fields: Any) -> Contract:
    return document(measurement=measurement or regression(weather="roof"), **fields).contract()


def of_regression(contract: Contract, baseline: MeterDays) -> RegressionBasis:
    found = learn(contract, baseline)
    assert isinstance(found, RegressionBasis)
    return found


def filled(days: Days) -> MeterDays:
    """Published rows as a meter's days: every day of the span, unknown where there is no row."""
    span = (days.days[-1] - days.days[0]).days + 1
    at = [(day - days.days[0]).days for day in days.days]
    columns = np.full((2, span), np.nan)
    columns[:, at] = days.energy_kwh, days.outdoor_c
    return table(days.days[0], columns[0], columns[1])


def command(
    folder: Path, before: MeterDays, after: MeterDays, capsys: pytest.CaptureFixture[str], *further: str
) -> Any:
    """What `kilowitness mv` prints of the same days; a driver's column is `head_count`."""
    for name, days in (("b.csv", before), ("r.csv", after)):
        seen_by = days.total()
        assert seen_by.outdoor_c is not None
        heads = [320 if day >= date(2024, 11, 1) else 300 for day in days.days]
        rows = zip(days.days, seen_by.outdoor_c, seen_by.energy_kwh, heads, strict=True)
        with (folder / name).open("w", newline="", encoding="utf-8") as text:
            writer = csv.writer(text)
            writer.writerow(("time", "temperature", "energy_kwh", "head_count"))
            writer.writerows([["" if value != value else value for value in row] for row in rows])
    given = ["--baseline", str(folder / "b.csv"), "--reporting", str(folder / "r.csv"), "--json", *further]
    assert main(given) == 0
    return json.loads(capsys.readouterr().out)


def as_printed(basis: Basis, days: Days) -> Any:
    """The same answer by a contract's way."""
    savings = basis.account(days)
    told = basis.told(days, savings)
    return plain(
        {
            "form": told.model["form"],
            "coefficients": told.model["coefficients"],
            "fit": told.model["fit"],
            "criterion": told.model["criterion"],
            "candidates": told.model["candidates"],
            "engine": told.model["engine"],
            "adjusted_baseline_kwh": savings.total.baseline_kwh,
            "reporting_kwh": savings.total.actual_kwh,
            "savings_kwh": savings.total.savings_kwh,
            "uncertainty_kwh": savings.total.uncertainty_kwh,
            "months": savings.months,
            "gates": basis.gates(savings),
            "comparison": told.comparison,
        }
    )


PUBLISHED = ["office", "il-electricity-cdd-hdd", "il-electricity-cdd-only", "il-gas-hdd-only",
             "il-gas-intercept-only"]  # fmt: skip


@needs_data
@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("form", ["auto", "3ph-types"])
def test_a_contract_and_the_analysts_command_say_the_same_of_published_days(
    name: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (filled(days) for days in (office() if name == "office" else il_meter(name)))
    printed = command(tmp_path, before, after, capsys, "--method", form)
    basis = learn(agreed(regression(weather="roof", form=form)), before)
    ours = as_printed(basis, after.total())
    assert ours == {key: printed[key] for key in ours}
    assert printed["savings_kwh"] != 0


def test_closures_and_drivers_too_are_those_of_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = [
        {"effective_from": "2024-05-01", "value": 300, "source": "staff list"},
        {"effective_from": "2024-11-01", "value": 320, "source": "staff list"},
    ]
    closures = [CLOSURE, CLOSURE | {"first_day": "2025-07-01", "last_day": "2025-08-31"}]
    drivers = [{"name": "head_count", "unit": "persons", "steps": steps}]
    before, after = building(BASELINE, 365, seed=1), building(REPORTING, 300, seed=2, remaining=0.8)
    before.measured_kwh[0, 184:] += 40
    before.measured_kwh[0, 61:123] = 30 + np.arange(62) % 3
    file = tmp_path / "closures.csv"
    rows = (f"{one['first_day']},{one['last_day']},{one['kind']},all\n" for one in closures)
    file.write_text("start,end,kind,days\n" + "".join(rows), encoding="utf-8")
    printed = command(
        tmp_path, before, after, capsys, "--closures", str(file), "--driver", "head_count"
    )  # fmt: skip
    said = regression(weather="roof", closures=closures, drivers=drivers)
    ours = as_printed(learn(agreed(said), before), after.total())
    assert ours == {key: printed[key] for key in ours}
    assert "head_count" in ours["form"]
    assert "holiday" in {one["name"] for one in ours["coefficients"]}


def test_what_a_contract_says_of_days_is_laid_beside_them() -> None:
    days = building(BASELINE, 365, seed=1).total()
    contract = agreed(regression(weather="roof", closures=[CLOSURE]))
    found = seen(contract.measurement, days)  # type: ignore[arg-type]
    assert found.kinds is not None
    assert [found.kinds[i] for i in (60, 61, 122, 123)] == [None, "holiday", "holiday", None]
    assert found.drivers == {}
    assert seen(agreed(regression()).measurement, days) == days  # type: ignore[arg-type]


def test_an_agreed_form_that_days_cannot_carry_is_no_baseline_and_says_why() -> None:
    baseline = building(BASELINE, 12, seed=1)
    for form, why in (
        ("5p", "5P: too few days on one side"),
        ("3pc-split", "3pc-split: these days have not"),
    ):
        with pytest.raises(NoBaseline, match=f"the agreed form does not fit the baseline: {why}"):
            learn(agreed(regression(weather="roof", form=form)), baseline)
    with pytest.raises(NoBaseline, match="daylight: these days have not"):
        learn(agreed(regression(form="daylight")), building(BASELINE, 365, seed=1))


def test_weather_that_was_agreed_and_never_came_is_no_baseline() -> None:
    """Without it the engine would learn a mean of day types, and a mild winter would be paid for."""
    baseline = building(BASELINE, 365, seed=1)
    for without in (None, np.full(365, np.nan)):
        with pytest.raises(NoBaseline, match="no baseline day has a temperature of 'roof'"):
            learn(agreed(), replace(baseline, outdoor_c=without))


def test_baseline_days_without_weather_are_not_learnt_from_and_count_as_missing() -> None:
    baseline = building(BASELINE, 365, seed=1)
    assert baseline.outdoor_c is not None
    baseline.outdoor_c[100:130] = np.nan
    basis = of_regression(agreed(), baseline)
    assert basis.model.baseline.fit.n == 335
    savings = basis.account(building(REPORTING, 30, seed=2).total())
    completeness, _ = basis.demands(agreed(), savings)
    assert (completeness.what, completeness.figure, completeness.ok) == (
        "baseline_completeness",
        round(335 / 365, 6),
        False,
    )


def test_a_reporting_day_without_weather_is_left_out_and_the_month_shows_it() -> None:
    basis = of_regression(agreed(), building(BASELINE, 365, seed=1))
    after = building(REPORTING, 47, seed=2)
    whole = basis.account(after.total())
    assert after.outdoor_c is not None
    after.outdoor_c[3:7] = np.nan
    found = basis.account(after.total())
    assert [day.left_out for day in found.days[2:8]] == [None, *["no_weather"] * 4, None]
    assert [(day.baseline_kwh, day.savings_kwh, day.coverage) for day in found.days[3:5]] == [
        (None, None, 1.0)
    ] * 2
    assert found.days[3].actual_kwh == whole.days[3].actual_kwh
    assert (found.months[0].coverage, found.months[1].coverage) == (round(13 / 17, 6), 1.0)
    assert (found.total.days_measured, found.total.days_left_out) == (43, 4)
    assert found.months[1].savings_kwh == whole.months[1].savings_kwh
    record = next(one for one in found.records if one.what == "reporting_days_without_weather")
    assert (record.figure, record.ok) == (4, False)


def test_a_month_without_any_weather_is_told_without_a_comparison() -> None:
    basis = of_regression(agreed(), building(BASELINE, 365, seed=1))
    after = building(REPORTING, 17, seed=2)
    nothing = replace(after, outdoor_c=np.full(17, np.nan)).total()
    savings = basis.account(nothing)
    told = basis.told(nothing, savings)
    assert told.comparison is None
    assert (savings.total.days_measured, savings.total.coverage, savings.total.savings_kwh) == (0, 0.0, 0.0)
    assert canonical([told.model, told.records, basis.gates(savings)])


def test_a_flat_load_asks_for_no_weather_though_it_was_agreed() -> None:
    flat = table(BASELINE, np.full(365, 50.0), weather(365, seed=5))
    after = table(REPORTING, np.full(10, 20.0), np.full(10, np.nan))
    found = of_regression(agreed(), flat).account(after.total())
    assert (found.total.days_measured, found.total.savings_kwh) == (10, 300.0)


@pytest.mark.parametrize(("days", "enough"), [(2, False), (9, False), (10, True)])
def test_a_fit_that_passes_through_its_few_days_waits_for_a_person(days: int, enough: bool) -> None:
    basis = of_regression(
        agreed(baseline_end=BASELINE + timedelta(days=days - 1)), building(BASELINE, days, seed=1)
    )
    savings = basis.account(building(REPORTING, 30, seed=2).total())
    asked = {one.what: one.ok for one in basis.demands(agreed(), savings)}
    assert asked["baseline_days_learnt"] is enough


def test_limits_of_the_contract_hold_what_was_fitted() -> None:
    baseline, days = building(BASELINE, 365, seed=1), building(REPORTING, 17, seed=2).total()
    fitted = of_regression(agreed(), baseline).model.baseline.fit

    def demands(**limits: str) -> dict[str, tuple[float, float | None, bool]]:
        contract = agreed(limits=limits)
        basis = of_regression(contract, baseline)
        records = basis.demands(contract, basis.account(days))
        own = [one for one in records if one.source == "contract emc-001"]
        assert {one.what for one in records if one not in own} == {"baseline_days_learnt"}
        return {one.what: (one.figure, one.limit, one.ok) for one in own}

    assert set(demands()) == {"baseline_completeness"}
    close = demands(cvrmse="0.01", net_bias="0.5", r2="0.999")
    assert close["contract_cvrmse"] == (fitted.cvrmse, 0.01, False)
    assert close["contract_r2"] == (fitted.r2, 0.999, False)
    assert close["contract_net_bias"] == (abs(fitted.nmbe), 0.5, True)
    wide = demands(cvrmse="0.5", r2="0.1")
    assert [ok for _, _, ok in wide.values()] == [True] * 3


def test_a_driver_that_never_changed_cannot_be_learnt_and_that_is_told() -> None:
    steps = [{"effective_from": "2024-05-01", "value": 300, "source": "staff list"}]
    later = [*steps, {"effective_from": "2025-06-01", "value": 500, "source": "staff list"}]
    driver = {"name": "head_count", "unit": "persons", "steps": later}
    basis = of_regression(
        agreed(regression(weather="roof", drivers=[driver])), building(BASELINE, 365, seed=1)
    )
    days = building(REPORTING, 40, seed=2).total()
    told = basis.told(days, basis.account(days))
    record = next(one for one in told.records if one.what.startswith("baseline_values_of_driver"))
    assert (record.what, record.figure, record.limit, record.ok) == (
        "baseline_values_of_driver:head_count", 1, 2, False,
    )  # fmt: skip
    assert "head_count" not in told.model["form"]


def test_a_driver_that_was_learnt_keeps_its_last_value() -> None:
    steps = [
        {"effective_from": "2024-05-01", "value": 300, "source": "staff list"},
        {"effective_from": "2024-11-01", "value": 420, "source": "staff list"},
    ]
    driver = {"name": "head_count", "unit": "persons", "steps": steps}
    baseline = building(BASELINE, 365, seed=1)
    baseline.measured_kwh[0, 184:] += 60
    basis = of_regression(agreed(regression(weather="roof", drivers=[driver])), baseline)
    assert "head_count" in basis.model.baseline.form
    found = basis.account(building(REPORTING, 10, seed=2).total())
    assert found.total.days_measured == 10


def test_a_day_of_a_kind_that_the_baseline_has_not_is_left_out() -> None:
    strike = CLOSURE | {"kind": "strike", "first_day": "2025-05-20", "last_day": "2025-05-21"}
    basis = of_regression(
        agreed(regression(weather="roof", form="3ph-types", closures=[strike])),
        building(BASELINE, 365, seed=1),
    )
    found = basis.account(building(REPORTING, 17, seed=2).total())
    out = {day.day.day: day.left_out for day in found.days if day.left_out}
    assert out == {20: "no_model", 21: "no_model"}
    assert found.total.coverage == round(15 / 17, 6)


def test_no_change_is_no_saving_and_a_known_one_is_found_within_the_band() -> None:
    basis = of_regression(agreed(), building(BASELINE, 365, seed=1))
    old = building(REPORTING, 200, seed=2).total()
    for remaining in (1.0, 0.7):
        after = building(REPORTING, 200, seed=2, remaining=remaining).total()
        total, truth = basis.account(after).total, (1 - remaining) * float(old.energy_kwh.sum())
        assert abs(total.savings_kwh - truth) <= total.uncertainty_kwh < 0.1 * float(old.energy_kwh.sum())


def test_labels_of_another_zone_are_told_with_the_settlement() -> None:
    right = building(BASELINE, 365, seed=1)
    wrong = replace(right, measured_kwh=np.roll(right.measured_kwh, 1, axis=1))
    days = building(REPORTING, 17, seed=2).total()
    for baseline, shift in ((right, 0), (wrong, -1)):
        basis = of_regression(agreed(), baseline)
        told = basis.told(days, basis.account(days))
        record = next(one for one in told.records if one.what == "label_shift_days")
        assert (record.figure, record.ok) == (shift, shift == 0)


NO_DAYS = gather({}, days=[BASELINE], working=[True], daylight_h=None)


def june(working: bool | None = True) -> Days:
    days = tuple(date(2025, 6, 1) + timedelta(days=i) for i in range(30))
    return gather({}, days=days, working=[working] * 30, daylight_h=None).total()


def test_lamps_learn_nothing_and_tell_the_months_table() -> None:
    contract = document(meters=[], measurement=lamps()).contract()
    basis = learn(contract, NO_DAYS)
    assert isinstance(basis, LampBasis)
    savings = basis.account(june())
    told = basis.told(june(), savings)
    assert isinstance(contract.measurement, LampInventory)
    period = Period(date(2025, 6, 1), date(2025, 7, 1), (True,) * 30)
    assert told.model["lamps"] == option_a(contract.measurement.groups, period).lines
    assert (told.model["form"], told.comparison, told.records) == ("option_a", None, ())
    assert [one.what for one in basis.gates(savings)] == ["uncertainty_68", "ipmvp_standard_errors"]
    assert savings.total.savings_kwh == 5280.0
    assert [(one.what, one.ok) for one in basis.demands(contract, savings)] == [
        ("days_without_calendar", True)
    ]


def test_lamps_by_the_calendar_demand_one() -> None:
    by_calendar = group(days_a_month=None, on="working_days")
    contract = document(meters=[], measurement=lamps(by_calendar)).contract()
    basis = learn(contract, NO_DAYS)
    (asked,) = basis.demands(contract, basis.account(june(None)))
    assert (asked.what, asked.figure, asked.ok) == ("days_without_calendar", 30, False)


def test_a_saving_rate_demands_nothing_but_completeness_and_tells_its_figures() -> None:
    contract = agreed(rate())
    basis = learn(contract, building(BASELINE, 365, seed=1))
    assert isinstance(basis, RateBasis)
    after = table(REPORTING, np.array([10.0, 20.0, math.nan]))
    savings = basis.account(after.total())
    assert savings.total.savings_kwh == 45.0
    assert basis.demands(contract, savings) == ()
    told = basis.told(after.total(), savings)
    assert (told.model["form"], told.comparison) == ("saving_rate", None)
    assert set(told.model["rate"]) == {
        "rate", "uncertainty", "multiple", "multiple_uncertainty", "size", "population",
    }  # fmt: skip
    assert told.model["rate"]["rate"] == 0.6
    assert [one.what for one in basis.gates(savings)] == ["uncertainty_68", "ipmvp_standard_errors"]


def test_a_rate_needs_no_baseline_of_days_at_all() -> None:
    nothing = table(BASELINE, np.full(365, np.nan))
    assert learn(agreed(rate()), nothing)
    with pytest.raises(NoBaseline, match="no baseline day is complete"):
        learn(agreed(regression()), nothing)
