from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from services.mv.accounting import account
from services.mv.baseline import fit
from services.mv.billing import Bill, bill_rows, merged
from services.mv.model import Floats, Record
from services.mv.uncertainty.error_model import error_model
from tests.services.mv.published import START, weather


def dates(count: int, start: date = START) -> list[date]:
    return [start + timedelta(days=i) for i in range(count)]


def bills_of(energy: Floats, outdoor: Floats, lengths: list[int], start: date = START) -> list[Bill]:
    found, at = [], 0
    for length in lengths:
        rows = slice(at, at + length)
        first = start + timedelta(days=at)
        found.append(
            Bill(
                first, first + timedelta(days=length), float(energy[rows].sum()), float(outdoor[rows].mean())
            )
        )
        at += length
    return found


MONTHS = [31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 30]


def cooled(seed: int = 0, count: int = 365, noise: float = 5.0) -> tuple[Floats, Floats]:
    outdoor = weather(count, seed=seed)
    drawn = np.random.default_rng(seed + 300).normal(0, noise, count)
    return 200 + 10 * np.maximum(outdoor - 18, 0) + drawn, outdoor


def record(records: tuple[Record, ...], what: str) -> Record:
    return next(row for row in records if row.what == what)


def test_a_bill_is_a_row_of_daily_averages_weighted_by_its_days() -> None:
    energy, outdoor = cooled()
    rows, records = bill_rows(bills_of(energy, outdoor, MONTHS))
    assert rows.lengths.tolist() == MONTHS
    np.testing.assert_allclose(
        rows.energy_kwh * rows.lengths, [b.energy_kwh for b in bills_of(energy, outdoor, MONTHS)]
    )
    assert all(row.ok for row in records)
    baseline = fit(rows, method="mean")
    assert baseline.coefficients[0].value == pytest.approx(energy.sum() / 365, abs=1e-6)
    assert baseline.fit.n == 12  # bills, not days
    assert baseline.fit.nmbe == pytest.approx(0, abs=1e-6)


def test_degrees_of_the_days_inside_recover_the_building_where_their_mean_cannot() -> None:
    energy, outdoor = cooled(noise=0)
    days = dict(zip(dates(365), outdoor.tolist(), strict=True))
    bills = bills_of(energy, outdoor, MONTHS)
    inside, _ = bill_rows(bills, daily_c=days)
    plain, _ = bill_rows(bills)
    sharp, blunt = (fit(rows, method="3pc") for rows in (inside, plain))
    values = {c.name: c.value for c in sharp.coefficients}
    assert values["cooling_balance_point"] == pytest.approx(18, abs=0.06)
    assert values["cooling"] == pytest.approx(10, rel=0.01)
    assert sharp.fit.rmse_kwh < blunt.fit.rmse_kwh


def test_longer_bills_weigh_more() -> None:
    bills = [
        Bill(START, START + timedelta(days=35), 350.0),
        Bill(START + timedelta(days=35), START + timedelta(days=60), 500.0),
    ]
    baseline = fit(bill_rows(bills)[0])
    assert baseline.form == "mean"
    assert baseline.coefficients[0].value == pytest.approx(850 / 60, abs=1e-6)


def test_an_estimated_bill_is_merged_forward_into_the_next_reading() -> None:
    first = Bill(START, START + timedelta(days=30), 300.0, 10.0, estimated=True)
    second = Bill(first.end, first.end + timedelta(days=31), 400.0, 20.0)
    joined, last = merged(
        [first, second, replace(first, start=second.end, end=second.end + timedelta(days=30))]
    )
    assert (joined.start, joined.end, joined.energy_kwh, joined.days) == (first.start, second.end, 700.0, 61)
    assert joined.outdoor_c == pytest.approx((30 * 10 + 31 * 20) / 61)
    assert not joined.estimated
    assert last.estimated  # nobody read what follows


def test_an_estimate_before_a_gap_is_not_merged_across_it() -> None:
    first = Bill(START, START + timedelta(days=30), 300.0, estimated=True)
    later = Bill(first.end + timedelta(days=5), first.end + timedelta(days=35), 400.0)
    assert merged([first, later]) == [first, later]


@pytest.mark.parametrize(
    ("lengths", "kept"),
    [
        ([30, 24, 25, 35, 36, 30, 30], [30, 25, 35, 30, 30]),
        ([60, 61, 70, 71, 24, 60], [60, 61, 70, 60]),
    ],
)
def test_bills_of_unfit_length_are_dropped_with_a_record(lengths: list[int], kept: list[int]) -> None:
    energy, outdoor = cooled()
    rows, records = bill_rows(bills_of(energy, outdoor, lengths))
    dropped = record(records, "bills_of_unfit_length_dropped")
    assert rows.lengths.tolist() == kept
    assert (dropped.figure, dropped.ok) == (len(lengths) - len(kept), False)


def test_a_merged_bill_may_be_two_months_long() -> None:
    energy, outdoor = cooled()
    bills = bills_of(energy, outdoor, MONTHS)
    bills[3] = replace(bills[3], estimated=True)
    rows, records = bill_rows(bills)
    assert rows.lengths.tolist() == [31, 30, 31, 61, 31, 30, 31, 31, 28, 31, 30]
    assert record(records, "bills_estimated_merged").figure == 1


def test_without_a_usable_bill_there_is_nothing_to_learn_from() -> None:
    with pytest.raises(ValueError, match="no bill"):
        bill_rows([Bill(START, START + timedelta(days=10), 5.0)])


def test_a_bill_of_unknown_energy_is_left_out_and_told() -> None:
    energy, outdoor = cooled()
    bills = bills_of(energy, outdoor, MONTHS)
    bills[2] = replace(bills[2], energy_kwh=float("nan"))
    baseline = fit(bill_rows(bills)[0])
    assert baseline.fit.n == 11
    assert record(baseline.records, "baseline_bills_left_out").figure == 1
    assert record(baseline.records, "baseline_days").figure == 334
    assert {row.what for row in baseline.records} >= {"baseline_bills_at_zero", "baseline_bills_extreme"}


def test_a_known_reduction_is_accounted_over_all_days_of_the_bills() -> None:
    energy, outdoor = cooled()
    later, warm = cooled(seed=9)
    start = START + timedelta(days=400)
    after = bill_rows(bills_of(0.8 * later, warm, MONTHS, start))[0]
    found = account(error_model(fit(bill_rows(bills_of(energy, outdoor, MONTHS))[0])), after)
    assert found.total.actual_kwh == pytest.approx(0.8 * later.sum(), abs=0.01)
    assert found.total.savings_kwh == pytest.approx(0.2 * later.sum(), rel=0.1)
    assert (found.total.days_measured, found.total.days_left_out) == (365, 0)
    assert found.total.end == start + timedelta(days=365)
    assert len(found.months) == 12
