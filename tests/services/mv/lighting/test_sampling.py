import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.lighting.sampling import (
    Agreed,
    Sample,
    Uncertainty,
    added,
    combined,
    required_size,
    size_record,
    t_quantile,
    to_wh,
)

TABLES = [
    (1, 6.314),
    (2, 2.920),
    (2.9, 2.920),
    (3, 2.353),
    (5, 2.015),
    (9, 1.833),
    (30, 1.697),
    (math.inf, 1.645),
]


@pytest.mark.parametrize(("freedom", "printed"), TABLES)
def test_the_t_quantile_agrees_with_tables_down_to_two_lamps(freedom: float, printed: float) -> None:
    assert t_quantile(0.90, freedom) == pytest.approx(printed, rel=0.01)


@given(st.floats(1, 400), st.floats(1, 400))
def test_more_freedom_never_widens(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert t_quantile(0.9, high) <= t_quantile(0.9, low) + 1e-9


def test_measuring_them_all_leaves_no_sampling_error() -> None:
    assert Sample(40, 2, 50, 50).standard_error == 0
    assert Sample(40, 0, 1, 1).standard_error == 0
    assert Sample(40, 2, 25, 50).standard_error == pytest.approx(2 / 5 * math.sqrt(0.5))


def test_the_standard_error_is_what_means_of_samples_scatter_by() -> None:
    rng = np.random.default_rng(20261101)
    lamps = rng.gamma(9, 2, 60)
    drawn = np.array([rng.choice(lamps, 20, replace=False) for _ in range(4000)])
    told = [Sample(float(d.mean()), float(d.std(ddof=1)), 20, 60).standard_error for d in drawn]
    scatter = float(drawn.mean(axis=1).std())
    assert math.sqrt(float(np.mean(np.square(told)))) == pytest.approx(scatter, rel=0.04)


@pytest.mark.parametrize(
    ("mean", "deviation", "size", "population"),
    [(40, -1, 5, 9), (math.nan, 1, 5, 9), (40, math.inf, 5, 9), (40, 1, 0, 9), (40, 1, 10, 9), (40, 0, 1, 9)],
)
def test_samples_that_cannot_be_are_refused(
    mean: float, deviation: float, size: int, population: int
) -> None:
    with pytest.raises(ValueError, match=r"sample|unit"):
        Sample(mean, deviation, size, population)


@pytest.mark.parametrize(("value", "source", "error"), [(1, "", 0), (math.inf, "x", 0), (1, "x", -1)])
def test_agreed_figures_name_their_source_and_have_an_honest_error(
    value: float, source: str, error: float
) -> None:
    with pytest.raises(ValueError, match="agreed figure"):
        Agreed(value, source, error)


def test_a_figure_agreed_without_error_adds_none() -> None:
    agreed = Agreed(10, "contract, annex 2")
    both = combined([(3 * agreed.standard_error, agreed.freedom), (2.0, 9)])
    assert both.standard_error == 2.0
    assert both.freedom == pytest.approx(9)
    assert combined([(0.0, 0), (1.0, math.inf)]) == Uncertainty(1.0, None)
    assert combined([]) == Uncertainty(0.0, None)
    assert Uncertainty(2.0, None).half_width() == pytest.approx(3.29, abs=0.01)


def test_welch_satterthwaite_by_hand() -> None:
    found = combined([(3.0, 4), (-4.0, 9)])
    assert found.standard_error == pytest.approx(5)
    assert found.freedom == pytest.approx(625 / (81 / 4 + 256 / 9))


@given(st.floats(1e-6, 1e6), st.integers(1, 300))
def test_one_part_keeps_its_whole_degrees_of_freedom(error: float, freedom: int) -> None:
    assert combined([(error, freedom)]).freedom == freedom


@given(
    st.lists(st.tuples(st.floats(-1e4, 1e4).filter(lambda x: abs(x) > 1e-3), st.integers(1, 200)), min_size=1)
)
def test_combined_freedom_lies_between_the_least_and_the_sum(parts: list[tuple[float, int]]) -> None:
    found = combined(parts)
    least, most = min(v for _, v in parts), sum(v for _, v in parts)
    assert found.freedom is not None
    assert least * (1 - 1e-9) <= found.freedom <= most * (1 + 1e-9)


def test_the_90_10_rule_gives_its_well_known_sizes() -> None:
    assert required_size(0.5, 10**9) == 68
    assert required_size(0.5, 100) == 41
    assert required_size(0.02, 1000) == 2
    assert required_size(3.0, 4) == 4
    assert required_size(0.0, 1) == 1


@given(st.floats(0, 3), st.integers(2, 10_000), st.integers(2, 10_000))
def test_more_lamps_never_need_a_smaller_sample(variation: float, a: int, b: int) -> None:
    low, high = sorted((a, b))
    assert required_size(variation, low) <= required_size(variation, high) <= high


def test_variation_is_finite_even_around_zero() -> None:
    assert Sample(-40, 10, 5, 9).variation == 0.25
    assert Sample(0, 0, 5, 9).variation == 0
    assert required_size(Sample(0, 1, 5, 9).variation, 9) == 9
    assert required_size(Sample(1e-300, 1, 5, 9).variation, 9) == 9


def test_a_small_sample_is_a_finding_and_names_the_rule() -> None:
    found = size_record("sample_size:corridor:watts_before", size=10, variation=0.5, population=1000)
    assert (found.figure, found.limit, found.ok) == (10, 64, False)
    assert "90/10" in found.source
    assert size_record("x", size=64, variation=0.5, population=1000).ok


def test_printed_lines_round_half_up_and_away_from_zero() -> None:
    assert [to_wh(x) for x in (0.0005, 1.0005, 2.6745, -0.0005, 1e-12)] == [0.001, 1.001, 2.675, -0.001, 0.0]
    assert math.copysign(1, to_wh(-1e-12)) == 1


@given(st.decimals(-(10**6), 10**6, places=4))
def test_rounding_is_that_of_the_decimal_that_was_meant(meant: Decimal) -> None:
    assert to_wh(float(meant)) == float(meant.quantize(Decimal("0.001"), ROUND_HALF_UP))


@given(st.lists(st.integers(-(10**9), 10**9), max_size=60))
def test_printed_lines_add_up_exactly(watt_hours: list[int]) -> None:
    assert added(wh / 1000 for wh in watt_hours) == sum(watt_hours) / 1000
