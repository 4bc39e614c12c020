"""Least squares at every balance point at once: degrees over a grid in, tables of SSE out.

With the fixed columns (intercepts, further drivers) taken out of energy and degrees (Frisch & Waugh 1933,
Lovell 1963), what is left is a 2×2 system a pair of points, whose sums are vectors over the grid:

    b_h = (CC·Hy − HC·Cy)/(HH·CC − HC²),  SSE = yy − b_h·Hy − b_c·Cy

where H is degrees below the heating point and C above the cooling point.
"""

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import numpy.typing as npt

from services.mv.forms import COOLING, HEATING, degrees
from services.mv.limits import limit
from services.mv.model import Days, Floats

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows (m,) that have their own slopes, and an orthonormal basis (m, q) of their fixed columns."""

    rows: npt.NDArray[np.intp]
    basis: Floats


@dataclass(frozen=True, slots=True)
class Problem:
    """Energy to be explained by degrees: `energy` is weighted by `root_weight`, both of shape (n,)."""

    days: Days
    energy: Floats
    root_weight: Floats
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Points (P,), for either side, with the days' weighted degrees below and above them (P, n)."""

    points: Floats
    below: Floats
    above: Floats


@dataclass(frozen=True, slots=True)
class _Side:
    """One block's sums over the points of one side, the fixed columns taken out."""

    degrees: Floats
    in_basis: Floats
    squares: Floats
    with_energy: Floats
    enough: Flags


@dataclass(frozen=True, slots=True)
class Sums:
    """One block's sums over a grid: energy left to explain, both sides, and their product."""

    yy: float
    below: _Side
    above: _Side


@dataclass(frozen=True, slots=True)
class Table:
    """SSE over points (P,) or pairs (P, P); which have enough days on each side, and positive slopes."""

    sse: Floats
    enough: Flags
    positive: Flags

    def __add__(self, other: "Table") -> "Table":
        """Both blocks together."""
        return Table(self.sse + other.sse, self.enough & other.enough, self.positive & other.positive)


def basis_of(columns: Floats, root_weight: Floats) -> Floats:
    """An orthonormal basis (n, q) of weighted columns."""
    return np.asarray(np.linalg.qr(columns * root_weight[:, None])[0], dtype=np.float64)


def grid_at(days: Days, root_weight: Floats, points: Floats) -> Grid:
    """The days' degrees at the given points."""
    below, above = (degrees(days, side, points) for side in (HEATING, COOLING))
    if days.length_d is not None:
        below, above = below * root_weight, above * root_weight
    return Grid(points, below, above)


def together(tables: list[Table]) -> Table:
    return reduce(add, tables)


def sums_of(problem: Problem, block: Block, grid: Grid) -> Sums:
    energy = problem.energy[block.rows]
    rest = energy - block.basis @ (block.basis.T @ energy)
    days_a_degree = problem.days.lengths[block.rows] / problem.root_weight[block.rows]
    bills = problem.days.length_d is not None
    least_rows = limit("change_point", "bills_a_side" if bills else "days_a_side").figure
    least_degrees = limit("change_point", "degree_days_a_side").figure

    def side(degrees: Floats) -> _Side:
        own = degrees if len(block.rows) == degrees.shape[1] else degrees[:, block.rows]
        in_basis = own @ block.basis
        return _Side(
            degrees=own,
            in_basis=in_basis,
            squares=np.einsum("ij,ij->i", own, own) - np.einsum("ij,ij->i", in_basis, in_basis),
            with_energy=own @ rest,
            enough=(own @ days_a_degree >= least_degrees) & ((own > 0).sum(axis=1) >= least_rows),
        )

    return Sums(float(rest @ rest), side(grid.below), side(grid.above))


def line(sums: Sums, shape: str) -> Table:
    """One response, heating or cooling; the flat side needs its days, too."""
    side = sums.below if shape == "3PH" else sums.above
    some = side.squares > 0
    slope = np.divide(side.with_energy, side.squares, out=np.zeros(len(some)), where=some)
    return Table(sums.yy - slope * side.with_energy, some & sums.below.enough & sums.above.enough, slope > 0)


def pairs_of(sums: Sums, *, overlap: bool) -> Table:
    """Both responses at every pair of points; `overlap` where a row may have degrees of both."""
    h, c = sums.below, sums.above
    hc = -h.in_basis @ c.in_basis.T
    if overlap:
        hc += h.degrees @ c.degrees.T
    hh, hy, cc, cy = h.squares[:, None], h.with_energy[:, None], c.squares, c.with_energy
    product = hh * cc
    whole = product - hc * hc
    usable = whole > 1e-9 * product
    whole[~usable] = 1.0
    b_h = (cc * hy - hc * cy) / whole
    b_c = (hh * cy - hc * hy) / whole
    return Table(
        sse=sums.yy - b_h * hy - b_c * cy,
        enough=usable & (h.enough[:, None] & c.enough),
        positive=(b_h > 0) & (b_c > 0),
    )
