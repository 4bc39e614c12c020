from dataclasses import replace

import numpy as np
import pytest

from services.mv.baseline import fit
from services.mv.extrapolation import extrapolation, weather_reach
from services.mv.model import Days, Record
from services.mv.sufficiency import sufficiency
from tests.services.mv.circuits import baseline_part, reporting_part, two_years
from tests.services.mv.published import building, weather


def heated(outdoor: np.ndarray) -> Days:
    return building(100 + 9 * np.maximum(14 - outdoor, 0) + 3 * np.sin(np.arange(len(outdoor))), outdoor)


def found(baseline: Days, reporting: Days) -> dict[str, Record]:
    return {record.what: record for record in extrapolation(fit(baseline), reporting)}


def test_days_hotter_and_colder_than_any_before_are_counted() -> None:
    outdoor = weather()
    later = outdoor.copy()
    later[:3] = outdoor.max() + 0.1
    later[3:8] = outdoor.min() - 0.1
    records = found(heated(outdoor), heated(later))
    assert (
        records["reporting_days_hotter_than_baseline"].figure,
        records["reporting_days_hotter_than_baseline"].ok,
    ) == (3, False)
    assert records["reporting_days_colder_than_baseline"].figure == 5
    assert records["reporting_days_without_weather"].ok


def test_the_baselines_own_weather_is_within() -> None:
    outdoor = weather()
    assert all(record.ok for record in found(heated(outdoor), heated(outdoor)).values())


def test_days_without_weather_are_told() -> None:
    outdoor = weather()
    later = outdoor.copy()
    later[10:14] = np.nan
    assert found(heated(outdoor), heated(later))["reporting_days_without_weather"].figure == 4


def test_weather_that_the_model_does_not_use_is_no_matter() -> None:
    flat = building(np.full(365, 10.0), weather())
    assert set(found(flat, building(np.full(365, 10.0), weather() + 30))) == {
        "reporting_days_beyond_baseline_daylight"
    }


def test_a_driver_out_of_its_range_is_told_by_name() -> None:
    people = np.random.default_rng(3).integers(100, 200, 365).astype(float)
    plain = building(50 + 0.8 * people, weather())
    days = replace(plain, drivers={"head_count": people})
    more = replace(days, drivers={"head_count": people + 50})
    assert found(days, days)["reporting_days_beyond_baseline_head_count"].ok
    assert found(days, more)["reporting_days_beyond_baseline_head_count"].figure == int(
        (people + 50 > people.max()).sum()
    )


def test_daylight_has_its_tolerance() -> None:
    circuit = two_years()
    records = found(baseline_part(circuit).take(range(60)), reporting_part(circuit))
    assert records["reporting_days_beyond_baseline_daylight"].figure > 100


def test_sufficiency_counts_days_without_weather_and_rare_kinds() -> None:
    days = heated(weather())
    assert days.outdoor_c is not None
    outdoor = days.outdoor_c.copy()
    outdoor[:5] = np.nan
    kinds = tuple("closure" if i < 4 else None for i in range(365))
    gappy = replace(days, outdoor_c=outdoor, kinds=kinds)
    records = {record.what: record for record in sufficiency(gappy, gappy.take(range(2, 365)))}
    assert records["baseline_days_without_weather"].figure == 5
    assert (records["baseline_days_of_rarer_type"].figure, records["baseline_days_of_rarer_type"].ok) == (
        2,
        False,
    )
    assert records["baseline_days_left_out"].figure == 2


@pytest.mark.parametrize("peak", [1.01, 30])
def test_extremes_are_flagged_and_kept(peak: float) -> None:
    energy = 100 + np.random.default_rng(4).normal(size=365)
    energy[7] *= peak
    baseline = fit(building(energy, weather()))
    record = next(r for r in baseline.records if r.what == "baseline_days_extreme")
    assert baseline.fit.n == 365
    assert record.figure == (1 if peak == 30 else 0)


def cooled_too(outdoor: np.ndarray) -> Days:
    days = heated(outdoor)
    return replace(days, energy_kwh=days.energy_kwh + 8 * np.maximum(outdoor - 22, 0))


def test_a_baseline_without_a_winter_says_that_its_band_is_not_proven_there() -> None:
    days = cooled_too(weather())
    outdoor = weather()
    summer = days.take(range(182))
    (record,) = weather_reach(fit(summer), days)
    colder, hotter = outdoor < outdoor[:182].min(), outdoor > outdoor[:182].max()
    assert record.figure == pytest.approx((colder | hotter).mean(), abs=1e-6)
    assert record.figure > 0.3
    assert (record.what, record.limit, record.ok) == ("reporting_share_beyond_weather", 0.1, False)


def test_a_few_days_beyond_a_whole_year_do_not_speak_against_the_band() -> None:
    outdoor = weather()
    later = outdoor.copy()
    later[:3], later[3:8] = outdoor.max() + 1, outdoor.min() - 1
    (record,) = weather_reach(fit(heated(outdoor)), heated(later))
    assert record.figure == pytest.approx(8 / 365, abs=1e-6)
    assert record.ok


@pytest.mark.parametrize(("beyond", "ok"), [(36, True), (37, False)])
def test_a_tenth_of_the_days_is_the_limit(beyond: int, ok: bool) -> None:
    outdoor = weather()
    later = np.where(np.arange(365) < beyond, outdoor.min() - 1, outdoor)
    (record,) = weather_reach(fit(heated(outdoor)), heated(later))
    assert record.ok is ok


def test_a_flat_year_reaches_everywhere_and_a_flat_summer_does_not() -> None:
    flat = building(np.full(365, 10.0), weather())
    assert weather_reach(fit(flat), building(np.full(365, 10.0), weather() + 30)) == ()
    (record,) = weather_reach(fit(flat.take(range(120))), flat)
    assert not record.ok


def test_without_weather_there_is_nothing_to_reach() -> None:
    days = heated(weather())
    assert weather_reach(fit(replace(days, outdoor_c=None).take(range(120))), days) == ()
    assert weather_reach(fit(days), replace(days, outdoor_c=None)) == ()


def test_a_bill_counts_by_its_days_and_a_day_without_weather_is_not_beyond() -> None:
    outdoor = weather()
    later = outdoor[:40].copy()
    later[0] = np.nan
    (record,) = weather_reach(fit(heated(outdoor)), heated(outdoor).take(range(40)))
    bills = replace(
        heated(later).take([0, 1]), outdoor_c=np.array([np.nan, -40.0]), length_d=np.array([30.0, 10.0])
    )
    assert record.figure == 0
    assert weather_reach(fit(heated(outdoor)), bills)[0].figure == 0.25


def test_bills_of_a_year_hide_their_extremes_and_bills_of_half_a_year_have_seen_half() -> None:
    days = heated(weather())
    assert days.outdoor_c is not None
    monthly = replace(
        days.take(range(0, 360, 30)),
        energy_kwh=days.energy_kwh[:360].reshape(12, 30).mean(axis=1),
        outdoor_c=days.outdoor_c[:360].reshape(12, 30).mean(axis=1),
        length_d=np.full(12, 30.0),
    )
    assert monthly.outdoor_c is not None
    colder = replace(monthly, outdoor_c=monthly.outdoor_c - 2)
    assert weather_reach(fit(monthly), colder) == ()
    (record,) = weather_reach(fit(monthly.take(range(6))), monthly)
    assert record.figure >= 0.25
