"""Least squares at every balance point at once: degrees over a grid in, tables of SSE out.

With the fixed columns (intercepts, further drivers) taken out of energy and degrees (Frisch & Waugh 1933,
Lovell 1963), what is left is a 2×2 system a pair of points, whose sums are vectors over the grid:

    b_h = (CC·Hy − HC·Cy)/(HH·CC − HC²),  SSE = yy − b_h·Hy − b_c·Cy

where H is degrees below the heating point and C above the cooling point.
"""

from dataclasses import dataclass
from functools import cache, reduce
from operator import add

import numpy as np
import numpy.typing as npt

from services.mv.forms import COOLING, HEATING, degrees
from services.mv.limits import limit
from services.mv.model import Days, Floats

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Block:
    """Days (n,) that have their own slopes, with an orthonormal basis (n, q) of their fixed columns.

    `root_weight` is the root of their weights; `basis` is weighted already.
    """

    days: Days
    root_weight: Floats
    basis: Floats


@dataclass(frozen=True, slots=True)
class _Side:
    """One block's sums over the points of one side (P,), the fixed columns taken out."""

    squares: Floats
    with_energy: Floats
    enough: Flags


@dataclass(frozen=True, slots=True)
class Sums:
    """One block's sums over a grid: energy left to explain, both sides, and their product (P, P)."""

    yy: float
    below: _Side
    above: _Side
    product: Floats


@dataclass(frozen=True, slots=True)
class Table:
    """SSE over points (P,) or `pairs`; which have enough days on each side, and positive slopes."""

    sse: Floats
    enough: Flags
    positive: Flags

    def __add__(self, other: "Table") -> "Table":
        """Both blocks together."""
        return Table(self.sse + other.sse, self.enough & other.enough, self.positive & other.positive)

    def where(self, chosen: Flags) -> "Table":
        """Some of its points or pairs."""
        return Table(self.sse[chosen], self.enough[chosen], self.positive[chosen])


def basis_of(columns: Floats, root_weight: Floats) -> Floats:
    """An orthonormal basis (n, q) of weighted columns."""
    return np.asarray(np.linalg.qr(columns * root_weight[:, None])[0], dtype=np.float64)


def together(tables: list[Table]) -> Table:
    return reduce(add, tables)


def sums_of(block: Block, points: Floats) -> Sums:
    """The block's sums over a grid of points (P,), ascending, for either side."""
    energy = block.days.energy_kwh * block.root_weight
    rest = energy - block.basis @ (block.basis.T @ energy)
    below, below_in_basis = _side(block, HEATING, points, rest)
    above, above_in_basis = _side(block, COOLING, points, rest)
    product = -below_in_basis @ above_in_basis.T
    if block.days.inside_c is not None:  # a bill's days may lie on both sides
        product += _degrees(block, HEATING, points) @ _degrees(block, COOLING, points).T
    return Sums(float(rest @ rest), below, above, product)


def _degrees(block: Block, side: str, points: Floats) -> Floats:
    found = degrees(block.days, side, points)
    return found if block.days.length_d is None else found * block.root_weight


def _side(block: Block, name: str, points: Floats, rest: Floats) -> tuple[_Side, Floats]:
    """One side's sums, and its degrees in the basis (P, q)."""
    own = _degrees(block, name, points)
    in_basis = own @ block.basis
    bills = block.days.length_d is not None
    least_rows = limit("change_point", "bills_a_side" if bills else "days_a_side").figure
    least_degrees = limit("change_point", "degree_days_a_side").figure
    side = _Side(
        squares=np.einsum("ij,ij->i", own, own) - np.einsum("ij,ij->i", in_basis, in_basis),
        with_energy=own @ rest,
        enough=(own @ (block.days.lengths / block.root_weight) >= least_degrees)
        & ((own > 0).sum(axis=1, dtype=np.int32) >= least_rows),
    )
    return side, in_basis


def line(sums: Sums, shape: str) -> Table:
    """One response, heating or cooling; the flat side needs its days, too."""
    side = sums.below if shape == "3PH" else sums.above
    some = side.squares > 0
    slope = np.divide(side.with_energy, side.squares, out=np.zeros(len(some)), where=some)
    return Table(sums.yy - slope * side.with_energy, some & sums.below.enough & sums.above.enough, slope > 0)


@cache
def pairs(points: int) -> tuple[Rows, Rows]:
    """Heating and cooling point of every pair whose heating ends where its cooling begins, or below."""
    heating, cooling = np.triu_indices(points)
    return heating, cooling


def pairs_of(sums: Sums) -> Table:
    """Both responses at every one of the `pairs`."""
    h, c = sums.below, sums.above
    i, j = pairs(len(h.squares))
    hc, hh, hy, cc, cy = sums.product[i, j], h.squares[i], h.with_energy[i], c.squares[j], c.with_energy[j]
    product = hh * cc
    whole = product - hc * hc
    usable = whole > 1e-9 * product
    whole[~usable] = 1.0
    b_h = (cc * hy - hc * cy) / whole
    b_c = (hh * cy - hc * hy) / whole
    return Table(
        sse=sums.yy - b_h * hy - b_c * cy,
        enough=usable & h.enough[i] & c.enough[j],
        positive=(b_h > 0) & (b_c > 0),
    )
