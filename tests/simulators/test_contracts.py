"""The contracts: their dates, their terms, and the saving that only the ledger knows."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from simulators.city import City
from simulators.contracts import INSTALLATION_DAYS, remaining_share, sign_contracts, terms
from simulators.plan import CityPlan, months_after
from tests.simulators.conftest import SMALL, WHOLE


def test_the_city_has_contracts_of_every_kind(whole_city: City) -> None:
    kinds = Counter(contract.kind for contract in whole_city.contracts)
    assert kinds == {"shared": 3, "guaranteed": 2, "custody": 2}
    codes = [contract.code for contract in whole_city.contracts]
    assert codes == [f"emc-{n:03}" for n in range(1, 8)]


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


def test_the_saving_rate_is_between_45_and_65_per_cent(whole_city: City) -> None:
    rates = [contract.saving_rate for contract in whole_city.contracts]
    assert all(0.45 <= rate <= 0.65 for rate in rates)
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


def test_only_lighting_of_the_place_is_under_contract(whole_city: City) -> None:
    for contract in whole_city.contracts:
        assert contract.meters
        assert all(code.startswith(f"{contract.place.code}-l") for code in contract.meters)
        assert len(contract.meters) == contract.place.meters.count("L")


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


def test_terms_do_not_tell_the_truth(whole_city: City) -> None:
    """No number of the terms may be the true saving rate: the product has to find it."""
    for contract in whole_city.contracts:
        assert str(contract.saving_rate) not in str(terms(contract))
