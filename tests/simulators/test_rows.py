"""One row of the verification: when it agrees, and what it says of a band."""

import pytest

from simulators.rows import Row, banded, exact, near


def row(truth: float, product: float | None, tolerance: float = 0.0) -> Row:
    return Row(quantity="x", truth=truth, product=product, tolerance=tolerance, reason="")


@pytest.mark.parametrize(
    ("compared", "agrees"),
    [
        (row(3, 3), True),
        (row(3, 4), False),
        (row(3, None, 100), False),
        (row(100, 100.5, 0.5), True),
        (row(100, 99.5, 0.5), True),
        (row(100, 100.51, 0.5), False),
        (row(0.1 + 0.2, 0.3), True),
    ],
)
def test_a_row_agrees_within_its_tolerance(compared: Row, *, agrees: bool) -> None:
    assert compared.agrees is agrees


def test_the_difference_is_product_minus_truth() -> None:
    assert row(10, 12).difference == 2
    assert row(10, None).difference is None


def test_what_must_be_equal_has_no_tolerance() -> None:
    assert exact("x", 3, 3, "each once").agrees
    assert not exact("x", 3, 3.001, "each once").agrees
    assert exact("x", 3, 3, "each once").reason == "equal: each once"


def test_a_share_is_one_of_the_truth() -> None:
    assert near("x", -200, -202, 0.01, "").agrees
    assert not near("x", -200, -202.1, 0.01, "").agrees


@pytest.mark.parametrize(
    ("product", "half_width", "agrees", "word"),
    [
        (104, 5, True, "within"),
        (105, 5, True, "within"),
        (109, 5, True, "outside"),
        (110.1, 5, False, "outside"),
        (None, 5, False, "outside"),
        (100, None, True, "outside"),
        (101, None, False, "outside"),
    ],
)
def test_a_band_is_doubled_and_its_row_tells_of_the_single_one(
    product: float | None, half_width: float | None, *, agrees: bool, word: str
) -> None:
    compared = banded("x", 100, product, half_width)
    assert compared.agrees is agrees
    assert f"({word} the single ±)" in compared.reason
