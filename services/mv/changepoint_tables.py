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

from services.mv.forms import degrees
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
class Sums:
    """One block's sums over a grid, the fixed columns taken out; the first axis is below and above.

    `yy` is the energy left to explain; `squares` and `with_energy` (2, P) are of the degrees, `product` of
    both sides' (P, P); `enough` (2, P) tells where a side has its days.
    """

    yy: float
    squares: Floats
    with_energy: Floats
    product: Floats
    enough: Flags


@dataclass(frozen=True, slots=True)
class Table:
    """SSE over points (P,) or `pairs`; which have enough days on each side, and positive slopes."""

    sse: Floats
    enough: Flags
    positive: Flags

    def __add__(self, other: "Table") -> "Table":
        """Both blocks together."""
        return Table(self.sse + other.sse, self.enough & other.enough, self.positive & other.positive)

    def take(self, places: Rows) -> "Table":
        """Some of its points or pairs."""
        return Table(self.sse[places], self.enough[places], self.positive[places])


def basis_of(columns: Floats, root_weight: Floats) -> Floats:
    """An orthonormal basis (n, q) of weighted columns."""
    return np.asarray(np.linalg.qr(columns * root_weight[:, None])[0], dtype=np.float64)


def together(tables: list[Table]) -> Table:
    return reduce(add, tables)


def sums_of(block: Block, points: Floats) -> Sums:
    """The block's sums over a grid of points (P,), ascending, for either side."""
    days, bills = block.days, block.days.length_d is not None
    least_rows = limit("change_point", "bills_a_side" if bills else "days_a_side").figure
    least_degrees = limit("change_point", "degree_days_a_side").figure
    energy = days.energy_kwh * block.root_weight
    rest = energy - block.basis @ (block.basis.T @ energy)
    own = degrees(days, points)
    if bills:
        own *= block.root_weight
    in_basis = own @ block.basis
    product = -in_basis[0] @ in_basis[1].T
    if days.inside_c is not None:  # a bill's days may lie on both sides
        product += own[0] @ own[1].T
    enough_days = (own > 0).sum(axis=2, dtype=np.int32) >= least_rows
    return Sums(
        yy=float(rest @ rest),
        squares=np.einsum("spn,spn->sp", own, own) - np.einsum("spq,spq->sp", in_basis, in_basis),
        with_energy=own @ rest,
        product=product,
        enough=enough_days & (own @ (days.lengths / block.root_weight) >= least_degrees),
    )


def line(sums: Sums, shape: str) -> Table:
    """One response, heating or cooling; the flat side needs its days, too."""
    side = 0 if shape == "3PH" else 1
    squares, with_energy = sums.squares[side], sums.with_energy[side]
    some = squares > 0
    slope = np.divide(with_energy, squares, out=np.zeros(len(some)), where=some)
    return Table(sums.yy - slope * with_energy, some & sums.enough[0] & sums.enough[1], slope > 0)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Heating and cooling point of every pair whose heating ends where its cooling begins, or below.

    `same` are the places of the pairs that are one point, one for each point in its order.
    """

    heating: Rows
    cooling: Rows
    same: Rows


@cache
def pairs(points: int) -> Pairs:
    """The pairs of a grid of so many points."""
    heating, cooling = np.triu_indices(points)
    return Pairs(heating, cooling, np.flatnonzero(heating == cooling))


def pairs_of(sums: Sums) -> Table:
    """Both responses at every one of the `pairs`."""
    of_grid = pairs(len(sums.product))
    i, j = of_grid.heating, of_grid.cooling
    hh, hy, cc, cy = sums.squares[0, i], sums.with_energy[0, i], sums.squares[1, j], sums.with_energy[1, j]
    hc = sums.product[i, j]
    product = hh * cc
    whole = product - hc * hc
    usable = whole > 1e-9 * product
    whole[~usable] = 1.0
    b_h = (cc * hy - hc * cy) / whole
    b_c = (hh * cy - hc * hy) / whole
    return Table(
        sse=sums.yy - b_h * hy - b_c * cy,
        enough=usable & sums.enough[0, i] & sums.enough[1, j],
        positive=(b_h > 0) & (b_c > 0),
    )
