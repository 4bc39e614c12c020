"""Bands are held to their level: seeded buildings with a saving of zero, and real ones without a retrofit."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from services.mv.coverage.ensembles import SPREAD_KWH, WHOLE_YEAR, Building, Case, buildings, noise
from services.mv.coverage.real import real_windows
from services.mv.coverage.study import BEYOND, CASES, LEAST, MOST, Tally, lines, main, of_ensemble
from services.mv.uncertainty.error_model import error_model

DATA = Path(__file__).parents[5] / "shared" / "data" / "mv"
FORMS = ("mean", "3PH", "3PC", "5P", "lighting")
COUNT = 10


def pooled(cases: list[Case], count: int) -> dict[str, Tally]:
    """Tallies of several ensembles together, by length."""
    sums: dict[str, Tally] = {}
    for seed, case in enumerate(cases):
        for length, tally in of_ensemble(case, seed=100 + seed, count=count).items():
            whole = sums.setdefault(length, Tally())
            whole.seen += tally.seen
            for method, held in tally.held.items():
                whole.held[method] += held
    return sums


@cache
def plain() -> dict[str, Tally]:
    return pooled([Case(form, rho) for form in FORMS for rho in (0.0, 0.3, 0.6, 0.8)], COUNT)


@pytest.mark.parametrize("length", ["month", "quarter", "year"])
def test_bands_hold_as_often_as_they_say_whatever_the_form(length: str) -> None:
    tally, beyond = plain()[length], plain().get(length + BEYOND, Tally())
    assert tally.seen + beyond.seen == 20 * COUNT
    assert beyond.seen <= COUNT
    assert LEAST <= tally.share() <= MOST


def test_bands_of_seasons_that_are_not_fitted_hold_too_and_classical_ones_do_not() -> None:
    found = pooled([Case(form, 0.4, misfit=0.5) for form in FORMS], 12)
    for length in ("month", "quarter"):
        assert LEAST <= found[length].share() <= 0.98
        assert found[length].share("guideline 14") < 0.85
        assert found[length].share("prediction interval") < 0.75
    assert found["year"].share() >= LEAST


def test_bands_of_hours_and_bills_hold() -> None:
    hours = pooled([Case("5P", rho, of="hours") for rho in (0.0, 0.6)], 15)
    bills = pooled([Case(form, 0.6, of="bills") for form in ("3PH", "5P")], 60)
    assert all(tally.share() >= 0.8 for tally in hours.values())
    assert all(LEAST <= tally.share() <= 0.98 for tally in bills.values())


def test_slow_drift_of_a_year_is_beyond_one_baseline_year() -> None:
    found = pooled([Case("mean", 0.3, drift=0.4)], 25)
    assert found["year"].share() < 0.7


@pytest.mark.skipif(not DATA.exists(), reason="the example data is not there")
@pytest.mark.parametrize("length", ["30 d", "90 d"])
def test_bands_hold_on_windows_of_real_meters_where_classical_ones_do_not(length: str) -> None:
    tally, office = Tally(), Tally()
    for name, of, windows in real_windows(DATA, step_d=40):
        for building in windows if of == length else ():
            model = error_model(building.baseline)
            tally.count(model, building.reporting)
            if name.startswith("office"):
                office.count(model, building.reporting)
    assert tally.seen > 80
    assert LEAST <= tally.share() <= MOST
    assert office.share("guideline 14") < 0.8 < office.share()


def test_noise_is_what_it_says() -> None:
    drawn = noise(np.random.default_rng(1), 20_000, 0.6)
    assert drawn.std() == pytest.approx(1, abs=0.05)
    assert float((drawn[1:] * drawn[:-1]).mean()) == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize("of", ["days", "hours", "bills"])
def test_a_seed_makes_the_same_buildings_again(of: str) -> None:
    first, again, other = (next(buildings(Case("3PC", 0.3, of=of), seed=s, count=1)) for s in (1, 1, 2))
    assert first.baseline.coefficients == again.baseline.coefficients
    assert np.array_equal(first.reporting.energy_kwh, again.reporting.energy_kwh)
    assert not np.array_equal(first.reporting.energy_kwh, other.reporting.energy_kwh)


def test_rows_are_days_or_bills() -> None:
    bills = next(buildings(Case("mean", 0.0, of="bills"), seed=1, count=1))
    assert len(bills.reporting.days) == 12
    assert bills.reporting.lengths.sum() == 365
    hours = next(buildings(Case("5P", 0.0, of="hours"), seed=1, count=1))
    assert hours.baseline.form == "TOWT"
    assert len(hours.reporting.days) == 365


def test_working_days_spread_more() -> None:
    building = next(buildings(Case("mean", 0.0), seed=1, count=1))
    scales = error_model(building.baseline).scales_kwh[0]
    assert scales == pytest.approx(SPREAD_KWH, rel=0.15)


def test_a_case_outside_85_to_95_is_marked() -> None:
    wide, good = Tally(100, dict.fromkeys(("chosen", "guideline 14", "prediction interval"), 99)), Tally(100)
    good.held["chosen"] = 90
    assert next(lines("x", {"year": wide})).endswith("!")
    assert not next(lines("x", {"year": good})).endswith("!")
    assert list(lines("x", {"year": Tally()})) == []


def test_the_command_prints_a_line_a_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "2", "--only", "days mean rho 0.0"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[4] for line in printed] == ["month", "quarter", "year"]
    assert all("guideline 14" in line for line in printed)


def test_the_command_reads_real_windows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(folder: Path) -> Iterator[tuple[str, str, Iterator[Building]]]:
        yield folder.name, "30 d", buildings(Case("mean", 0.0), seed=1, count=2)

    monkeypatch.setattr("services.mv.coverage.study.real_windows", two)
    main(["--only", "no case", "--data", "somewhere"])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("somewhere ")
    assert second.startswith("all of these windows")


def test_the_study_has_the_cases_it_promises() -> None:
    assert {case.form for case in CASES} == set(FORMS)
    assert {case.of for case in CASES} == {"days", "hours", "bills"}
    assert {case.learnt for case in CASES} == {WHOLE_YEAR, (0, 182), (121, 304)}
    assert {case.rho for case in CASES if not case.misfit and not case.drift} >= {0.0, 0.3, 0.6, 0.8}


def test_what_heats_and_cools_errs_more_where_it_is_asked_to() -> None:
    building = next(buildings(Case("3PC", 0.3, growing=1.0), seed=1, count=1))
    neutral, _, cooled = error_model(building.baseline).scales_kwh
    assert cooled[0] > 1.5 * neutral[0]


def test_where_errors_grow_with_the_weather_a_band_still_holds() -> None:
    tallies = of_ensemble(Case("3PC", 0.3, growing=1.0), seed=11, count=100)
    assert all(LEAST - 0.05 <= tally.share() <= 1.0 for tally in tallies.values())
    assert tallies["quarter"].share("prediction interval") < tallies["quarter"].share()


def test_a_baseline_of_summer_holds_within_its_weather_and_is_counted_apart_beyond() -> None:
    found = of_ensemble(Case("5P", 0.3, learnt=(121, 304)), seed=5, count=60)
    within = [found["month"], found["quarter"]]
    assert sum(tally.held["chosen"] for tally in within) >= 0.8 * sum(tally.seen for tally in within) > 40
    beyond = [found["month" + BEYOND], found["quarter" + BEYOND], found["year" + BEYOND]]
    assert found["year" + BEYOND].seen > 50
    assert sum(tally.held["chosen"] for tally in beyond) < 0.5 * sum(tally.seen for tally in beyond)


def test_a_baseline_of_half_a_year_without_weather_holds_its_year() -> None:
    found = of_ensemble(Case("lighting", 0.3, learnt=(0, 182)), seed=5, count=40)
    assert found["year"].share() >= 0.8
    assert set(found) == {"month", "quarter", "year"}


def test_the_rows_of_a_short_baseline_are_in_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--count", "1", "--only", "days mean rho 0.3 rows 0 to 182"])
    assert capsys.readouterr().out.startswith("days mean rho 0.3 rows 0 to 182 ")


def test_real_windows_beyond_the_weather_are_counted_apart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def summer_and_winter(folder: Path) -> Iterator[tuple[str, str, Iterator[Building]]]:
        whole = next(buildings(Case("5P", 0.0, learnt=(121, 304)), seed=1, count=1))
        july, january = range(168, 198), range(30)
        windows = (replace(whole, reporting=whole.reporting.take(rows)) for rows in (july, january))
        yield folder.name, "30 d", windows

    monkeypatch.setattr("services.mv.coverage.study.real_windows", summer_and_winter)
    main(["--only", "no case", "--data", "somewhere"])
    printed = [line.split("chosen")[0].split() for line in capsys.readouterr().out.splitlines()]
    assert printed[:2] == [["somewhere", "30", "d", "1"], ["somewhere", "30", "d", "beyond", "1"]]
    assert len(printed) == 4
