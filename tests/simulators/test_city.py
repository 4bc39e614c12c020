"""The city as a whole: how much of everything, energy that adds up, one city a seed."""

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from simulators.changes import extra_kwh
from simulators.city import City, build_city, under_contract
from simulators.contracts import Method, remaining_share
from simulators.meters import by_code
from simulators.places import BUREAU, MUNICIPAL, PLACES
from simulators.plan import CityPlan
from tests.simulators.conftest import SMALL


def test_the_city_is_as_large_as_promised(whole_city: City) -> None:
    assert len(whole_city.meters) == 120
    assert len(whole_city.places) == 26
    counties = {place.county for place in whole_city.places} - {MUNICIPAL}
    assert len(counties) == 13
    assert sum(place.county == MUNICIPAL for place in whole_city.places) >= 11
    assert len(whole_city.vehicles) == 40
    assert len(whole_city.contracts) >= 6
    assert 1_100 < len(whole_city.orders) < 1_300


def test_every_use_is_metered(whole_city: City) -> None:
    uses = Counter(meter.kind.use for meter in whole_city.meters)
    assert uses["electricity"] == uses["water"] == 26
    assert uses["lighting"] >= 26
    assert uses["weather"] == 1
    assert {"hvac", "sockets", "gas"} <= set(uses)


def test_places_are_plausible_and_named_in_both_languages() -> None:
    assert len({place.code for place in PLACES}) == len(PLACES)
    for place in PLACES:
        assert 6_000 <= place.floor_area_m2 <= 40_000
        assert 50 <= place.head_count <= 2_000
        assert any("一" <= letter <= "鿿" for letter in place.name_zh)
        assert place.name_en.isascii()
        assert place.parent == (None if place.code == BUREAU else BUREAU)
    kinds = {place.kind for place in PLACES}
    assert {"state_organ", "education", "culture", "health", "sport"} <= kinds


def test_the_main_meter_is_the_sum_of_the_parts(small_city: City) -> None:
    meters = by_code(small_city.meters)
    for place in small_city.places:
        used = small_city.used[place.code]
        parts = [*used.lighting, used.hvac, used.sockets, used.outdoor, used.rest]
        np.testing.assert_allclose(np.sum(parts, axis=0), used.electricity)
        main = meters[f"{place.code}-e1"].cumulative
        np.testing.assert_allclose(np.diff(main), used.electricity, atol=1e-6)


def test_sub_meters_never_exceed_the_main_meter(small_city: City) -> None:
    for place in small_city.places:
        subs = [
            meter.cumulative
            for meter in small_city.meters
            if meter.institution == place.code and meter.kind.role == "sub"
        ]
        main = by_code(small_city.meters)[f"{place.code}-e1"].cumulative
        assert (np.diff(np.sum(subs, axis=0)) <= np.diff(main) + 1e-6).all()


def test_a_retrofit_changes_its_lighting_and_nothing_else(small_city: City) -> None:
    contract = small_city.contracts[0]
    before = small_city.loads[contract.place.code].lighting[0]
    after = small_city.used[contract.place.code].lighting[0]
    begin = 24 * (contract.installation_start - SMALL.start).days
    end = 24 * (contract.reporting_start - SMALL.start).days
    assert np.array_equal(before[:begin], after[:begin])
    np.testing.assert_allclose(after[end:], before[end:] * (1 - contract.saving_rate))


@pytest.mark.parametrize(("method", "part"), [(Method.WEATHER, "hvac"), (Method.LAMPS, "outdoor")])
def test_a_retrofit_of_something_else_leaves_lighting_alone(
    whole_city: City, method: Method, part: str
) -> None:
    [contract] = [one for one in whole_city.contracts if one.method is method]
    loads, used = whole_city.loads[contract.place.code], whole_city.used[contract.place.code]
    begin = 24 * (contract.reporting_start - whole_city.plan.start).days
    after, before = getattr(used, part)[begin:], getattr(loads, part)[begin:]
    np.testing.assert_allclose(after, before * (1 - contract.saving_rate))
    assert used.lighting is loads.lighting
    assert under_contract(contract, used)[0] is getattr(used, part)


def test_a_change_is_used_on_top_of_what_the_retrofit_left(whole_city: City) -> None:
    plan = whole_city.plan
    assert {change.adjustment for change in whole_city.changes} == {"nra-1", None}
    for change in whole_city.changes:
        contract = next(one for one in whole_city.contracts if one.code == change.contract)
        left = whole_city.loads[change.place].lighting[0] * remaining_share(plan, contract)
        on_top = whole_city.used[change.place].lighting[0] - left
        np.testing.assert_allclose(on_top, extra_kwh(plan, change), atol=1e-9)


def test_outdoor_lamps_are_on_the_main_meter_and_on_no_other(whole_city: City) -> None:
    lit = [code for code, loads in whole_city.loads.items() if loads.outdoor.any()]
    assert lit == ["sports"]
    used = whole_city.used["sports"]
    at_night = used.outdoor.reshape(-1, 24)[:, 2]
    assert (at_night > 0).all()
    assert (used.outdoor.reshape(-1, 24)[:, 12] == 0).all()
    main = by_code(whole_city.meters)["sports-e1"].cumulative
    np.testing.assert_allclose(np.diff(main), used.electricity, atol=1e-6)


@pytest.mark.parametrize("change", [{"horizon_days": 9}, {"faults": frozenset()}])
def test_horizon_and_faults_change_nothing_that_was_used(small_city: City, change: dict[str, object]) -> None:
    other = build_city(replace(SMALL, **change))  # type: ignore[arg-type]
    history = slice(0, SMALL.history_hours + 1)
    for one, two in zip(small_city.meters, other.meters, strict=True):
        assert np.array_equal(one.cumulative[history], two.cumulative[history])
    for mine, theirs in zip(small_city.vehicles, other.vehicles, strict=True):
        count = int((mine.track.times_ms < SMALL.until_ms).sum())
        assert np.array_equal(mine.track.odometer_km[:count], theirs.track.odometer_km[:count])
    assert small_city.orders == other.orders


def test_a_smaller_city_takes_the_first_of_the_catalogue() -> None:
    tiny = build_city(CityPlan(until=date(2026, 3, 1), months=1, institutions=2, vehicles=1))
    assert [place.code for place in tiny.places] == ["gov", "yunshan"]
    assert {meter.institution for meter in tiny.meters} == {"gov", "yunshan"}
    assert len(tiny.vehicles) == 1
    assert tiny.contracts == ()


def test_places_lie_in_and_around_the_city(whole_city: City) -> None:
    spots = [whole_city.location(place) for place in whole_city.places]
    assert len(set(spots)) == len(spots)
    for latitude, longitude in spots:
        assert 30.2 < latitude < 31.2
        assert 110.8 < longitude < 111.8
