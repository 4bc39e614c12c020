"""One comparison of a verification: truth beside product, the difference allowed, and why it is allowed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison; `product` is None where the product has no figure, which never agrees."""

    quantity: str
    truth: float
    product: float | None
    tolerance: float
    reason: str

    @property
    def difference(self) -> float | None:
        """Product minus truth."""
        return None if self.product is None else self.product - self.truth

    @property
    def agrees(self) -> bool:
        """Whether the product is within the tolerance of the truth."""
        return self.difference is not None and abs(self.difference) <= self.tolerance + 1e-9


def exact(quantity: str, truth: float, product: float | None, reason: str) -> Row:
    """A row that agrees when both are equal."""
    return Row(quantity=quantity, truth=truth, product=product, tolerance=0.0, reason=f"equal: {reason}")


def near(quantity: str, truth: float, product: float | None, share: float, reason: str) -> Row:
    """A row that agrees within a share of the truth."""
    return Row(quantity=quantity, truth=truth, product=product, tolerance=share * abs(truth), reason=reason)


def banded(quantity: str, truth: float, product: float | None, half_width: float | None) -> Row:
    """A row that agrees within twice the product's own half-width, and tells whether within one of it."""
    within = product is not None and half_width is not None and abs(product - truth) <= half_width
    return Row(
        quantity=quantity,
        truth=truth,
        product=product,
        tolerance=0.0 if half_width is None else 2 * half_width,
        reason=f"twice its own ± at 90 % ({'within' if within else 'outside'} the single ±)",
    )
