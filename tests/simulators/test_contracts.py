"""The contracts: their dates, their terms, and the saving that only the ledger knows."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from simulators.city import City, under_contract
from simulators.contracts import (
    INSTALLATION_DAYS,
    PRICE_YUAN_PER_KWH,
    Method,
    remaining_share,
    sign_contracts,
    terms,
)
from simulators.plan import CityPlan, months_after
from tests.simulators.conftest import SMALL, WHOLE


def test_the_city_has_contracts_of_every_kind(whole_city: City) -> None:
    kinds = Counter(contract.kind for contract in whole_city.contracts)
    assert kinds == {"shared": 5, "guaranteed": 3, "custody": 2}
    codes = [contract.code for contract in whole_city.contracts]
    assert codes == [f"emc-{n:03}" for n in range(1, 11)]


def test_the_city_shows_every_way_of_measuring(whole_city: City) -> None:
    methods = Counter(contract.method for contract in whole_city.contracts)
    assert methods == {Method.DAYS: 7, Method.RATE: 1, Method.LAMPS: 1, Method.WEATHER: 1}
    assert [contract.weather for contract in whole_city.contracts] == [None] * 9 + ["gov-x1"]
    assert "gov-x1" in {meter.code for meter in whole_city.meters}


def test_retrofits_are_accepted_about_month_twelve_on_different_days(whole_city: City) -> None:
    accepted = [contract.accepted_on for contract in whole_city.contracts]
    assert len(set(accepted)) == len(accepted)
    for day in accepted:
        assert months_after(WHOLE.start, 12) < day < months_after(WHOLE.start, 14)


def test_baseline_installation_and_reporting_follow_each_other(whole_city: City) -> None:
    for contract in whole_city.contracts:
        assert contract.baseline_start >= whole_city.plan.start
        assert contract.baseline_end == contract.installation_start - timedelta(days=1)
        length = (contract.baseline_end - contract.baseline_start).days + 1
        assert length in {365, 366}
        assert (contract.accepted_on - contract.installation_start).days == INSTALLATION_DAYS - 1
        assert contract.reporting_start == contract.accepted_on + timedelta(days=1)
        assert whole_city.plan.until - contract.reporting_start > timedelta(days=90)


def test_new_lamps_save_about_half_and_better_cooling_a_third(whole_city: City) -> None:
    rates = [contract.saving_rate for contract in whole_city.contracts]
    assert all(0.45 <= rate <= 0.65 for rate in rates[:-1])
    assert 0.25 <= rates[-1] <= 0.35
    assert len(set(rates)) == len(rates)


def test_the_remaining_share_is_whole_before_ramps_and_then_stays() -> None:
    contract = sign_contracts(SMALL)[0]
    share = remaining_share(SMALL, contract)
    begin = 24 * (contract.installation_start - SMALL.start).days
    end = 24 * (contract.reporting_start - SMALL.start).days
    assert share.shape == (SMALL.hours,)
    assert (share[: begin + 1] == 1).all()
    assert (np.diff(share[begin:end]) < 0).all()
    np.testing.assert_allclose(share[end:], 1 - contract.saving_rate)


def test_the_meters_of_the_place_that_tell_the_saving_are_under_contract(whole_city: City) -> None:
    letters = {Method.DAYS: "l", Method.RATE: "l", Method.WEATHER: "h"}
    for contract in whole_city.contracts:
        if contract.method is Method.LAMPS:
            assert contract.meters == ()
            continue
        letter = letters[contract.method]
        assert all(code.startswith(f"{contract.place.code}-{letter}") for code in contract.meters)
        assert len(contract.meters) == contract.place.meters.count(letter.upper()) > 0


def test_cooling_is_judged_by_a_season_or_not_at_all() -> None:
    """Fifteen months hold sixty reporting days: enough for lamps, and no contract on air conditioning."""
    methods = [contract.method for contract in sign_contracts(replace(WHOLE, months=15))]
    assert Method.LAMPS in methods
    assert Method.WEATHER not in methods


def test_what_a_year_was_taken_to_use_is_near_what_it_uses(whole_city: City) -> None:
    """Terms rest on assumptions, and these are of the right size."""
    for contract in whole_city.contracts:
        parts = under_contract(contract, whole_city.loads[contract.place.code])
        year = sum(float(part[: 365 * 24].sum()) for part in parts)
        assert 0.4 < contract.assumed_kwh / year < 2.5, contract.code


def test_a_window_too_short_for_a_baseline_has_no_contract() -> None:
    assert sign_contracts(replace(SMALL, baseline_months=12)) == ()
    assert sign_contracts(CityPlan(until=date(2026, 3, 1), months=12)) == ()


def test_terms_speak_in_strings_of_money_and_energy(whole_city: City) -> None:
    for contract in whole_city.contracts:
        written = terms(contract)
        if contract.kind == "shared":
            shares = written["esco_share_by_year"]
            assert isinstance(shares, list)
            assert all(0 < Decimal(share) < 1 for share in shares)
        elif contract.kind == "guaranteed":
            assert Decimal(str(written["guaranteed_kwh_per_year"])) > 10_000
            assert Decimal(str(written["service_fee_yuan_per_year"])).as_tuple().exponent == -2
        else:
            fee = Decimal(str(written["custody_fee_yuan_per_year"]))
            assert 0 < fee < Decimal(str(written["baseline_cost_yuan_per_year"]))


def test_a_custody_is_agreed_at_about_what_the_light_cost(whole_city: City) -> None:
    """By the three-year rule: parties know their bills, though not what a retrofit will save."""
    for contract in whole_city.contracts:
        if contract.kind != "custody":
            continue
        begin = 24 * (contract.baseline_start - whole_city.plan.start).days
        hours = slice(begin, begin + 24 * 365)
        circuits = under_contract(contract, whole_city.loads[contract.place.code])
        used_kwh = sum(float(one[hours].sum()) for one in circuits)
        agreed = float(str(terms(contract)["baseline_cost_yuan_per_year"]))
        assert agreed / (used_kwh * float(PRICE_YUAN_PER_KWH)) == pytest.approx(1.0, abs=0.2)


def test_terms_do_not_tell_the_truth(whole_city: City) -> None:
    """No number of the terms may be the true saving rate: the product has to find it."""
    for contract in whole_city.contracts:
        assert str(contract.saving_rate) not in str(terms(contract))
