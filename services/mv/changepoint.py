"""Balance points by least squares: energy and temperature in, the best change points of each shape out.

Every pair of a grid is tried at once. With the fixed columns (intercepts, further drivers) taken out of
energy and degrees (Frisch & Waugh 1933, Lovell 1963), what is left is a 2×2 system a pair, whose sums are
vectors over the grid:

    b_h = (CC·Hy − HC·Cy)/(HH·CC − HC²),  SSE = yy − b_h·Hy − b_c·Cy

where H is degrees below the heating point and C above the cooling point. The neighbourhood of the best pair
is searched again on a finer grid, until the best pair lies inside it. The limits of the search are those of
CalTRACK 2.0 (limits.toml).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import numpy.typing as npt

from services.mv.forms import COOLING, HEATING, degrees
from services.mv.limits import limit
from services.mv.model import Days, Floats

PRECISION_K = 0.05
"""Balance points are multiples of this."""
_COARSE_K = 0.5
_NEAR_K = 0.4
_MOST_ROUNDS = 20
_TIE = 1e-10
"""Pairs whose SSE differ by less than this share of the whole are equal; the coldest is taken."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Points:
    """Balance points [°C]; None where the shape has no such side.

    A search adds the SSE that they leave, and whether every slope is positive (`sound`).
    """

    heating_c: float | None
    cooling_c: float | None
    sse: float | None = None
    sound: bool = True

    @property
    def shared(self) -> bool:
        """Whether both sides meet at one point."""
        return self.heating_c is not None and self.heating_c == self.cooling_c


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
class _Sums:
    """One block's sums over a grid: energy left to explain, both sides, and their product."""

    yy: float
    below: _Side
    above: _Side


@dataclass(frozen=True, slots=True)
class _Table:
    """SSE over points (P,) or pairs (P, P); which have enough days on each side, and positive slopes."""

    sse: Floats
    enough: Flags
    positive: Flags

    def __add__(self, other: "_Table") -> "_Table":
        """Both blocks together."""
        return _Table(self.sse + other.sse, self.enough & other.enough, self.positive & other.positive)


def basis_of(columns: Floats, root_weight: Floats) -> Floats:
    """An orthonormal basis (n, q) of weighted columns."""
    return np.asarray(np.linalg.qr(columns * root_weight[:, None])[0], dtype=np.float64)


def grid_at(days: Days, root_weight: Floats, points: Floats) -> Grid:
    """The days' degrees at the given points."""
    below, above = (degrees(days, side, points) for side in (HEATING, COOLING))
    if days.length_d is not None:
        below, above = below * root_weight, above * root_weight
    return Grid(points, below, above)


def coarse_grid(days: Days, root_weight: Floats) -> Grid:
    """All points between CalTRACK's limits in steps of 0.5 K."""
    low, high = (limit("change_point", name).figure for name in ("lowest_c", "highest_c"))
    points = np.arange(np.ceil(low / _COARSE_K), np.floor(high / _COARSE_K) + 1) * _COARSE_K
    return grid_at(days, root_weight, points)


def search(problem: Problem, grid: Grid, shapes: Iterable[str]) -> dict[str, Points | None]:
    """The balance points of `3PH`, `3PC`, `4P` or `5P` with the least SSE, None when no pair is allowed.

    `grid` is the coarse one. Pairs with a slope that is not positive are taken only when there is no other;
    4P, whose sides may fall or rise (ASHRAE RP-1050), is searched without regard to signs, and `sound` tells
    what was found.
    """
    best = _best_of_each(problem, grid, shapes)
    moving = [shape for shape, points in best.items() if points is not None]
    for _ in range(_MOST_ROUNDS):
        if not moving:
            break
        around = _around(best[shape] for shape in moving)
        fine = _best_of_each(problem, grid_at(problem.days, problem.root_weight, around), moving)
        before, best = best, best | {shape: points for shape, points in fine.items() if points is not None}
        moving = [shape for shape in moving if _far(before[shape], best[shape])]
    return best


def _far(before: Points | None, after: Points | None) -> bool:
    """Whether a point moved so far that the way may go on beyond the neighbourhood that was searched."""
    if before is None or after is None:
        return False
    moves = ((before.heating_c, after.heating_c), (before.cooling_c, after.cooling_c))
    return any(a is not None and b is not None and abs(a - b) > _NEAR_K for a, b in moves)


def _best_of_each(problem: Problem, grid: Grid, shapes: Iterable[str]) -> dict[str, Points | None]:
    sums = [_sums(problem, block, grid) for block in problem.blocks]
    tie = _TIE * sum(one.yy for one in sums)
    overlap = problem.days.inside_c is not None
    pairs = _together([_pairs(one, overlap=overlap) for one in sums]) if {"4P", "5P"} & set(shapes) else None
    found: dict[str, Points | None] = {}
    for shape in shapes:
        if pairs is None or shape in ("3PH", "3PC"):
            place = _best(_together([_line(one, shape) for one in sums]), tie)
        elif shape == "4P":
            same = _Table(np.diag(pairs.sse), np.diag(pairs.enough), np.diag(pairs.positive))
            place = _best(same, tie, any_sign=True)
        else:
            ordered = grid.points[:, None] <= grid.points
            place = _best(_Table(pairs.sse, pairs.enough & ordered, pairs.positive), tie)
        found[shape] = place and _points(shape, grid.points, *place)
    return found


def _together(tables: list[_Table]) -> _Table:
    return reduce(add, tables)


def _sums(problem: Problem, block: Block, grid: Grid) -> _Sums:
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

    return _Sums(float(rest @ rest), side(grid.below), side(grid.above))


def _line(sums: _Sums, shape: str) -> _Table:
    """One response, heating or cooling; the flat side needs its days, too."""
    side = sums.below if shape == "3PH" else sums.above
    some = side.squares > 0
    slope = np.divide(side.with_energy, side.squares, out=np.zeros(len(some)), where=some)
    return _Table(sums.yy - slope * side.with_energy, some & sums.below.enough & sums.above.enough, slope > 0)


def _pairs(sums: _Sums, *, overlap: bool) -> _Table:
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
    return _Table(
        sse=sums.yy - b_h * hy - b_c * cy,
        enough=usable & (h.enough[:, None] & c.enough),
        positive=(b_h > 0) & (b_c > 0),
    )


def _best(table: _Table, tie: float, *, any_sign: bool = False) -> tuple[int, int, float, bool] | None:
    """Row and column of the least SSE, the SSE, and whether slopes are positive there."""
    allowed = table.enough
    if not any_sign:
        positive = allowed & table.positive
        allowed = positive if positive.any() else allowed
    if not allowed.any():
        return None
    sse = np.where(allowed, table.sse, np.inf)
    least = float(sse.min())
    at = int(np.argmax(sse <= least + tie))
    i, j = divmod(at, sse.shape[1]) if sse.ndim == 2 else (at, at)
    return i, j, max(least, 0.0), bool(table.positive.flat[at])


def _points(shape: str, points: Floats, i: int, j: int, sse: float, sound: bool) -> Points:
    heating, cooling = float(points[i]), float(points[j])
    return Points(None if shape == "3PC" else heating, None if shape == "3PH" else cooling, sse, sound)


def _around(found: Iterable[Points | None]) -> Floats:
    """The finer grid around all points that were found (P,)."""
    pairs = [(points.heating_c, points.cooling_c) for points in found if points is not None]
    centres = {at for pair in pairs for at in pair if at is not None}
    steps = round(_COARSE_K / PRECISION_K)
    near = {round(at / PRECISION_K) + step for at in centres for step in range(-steps, steps + 1)}
    return np.round(np.array(sorted(near), dtype=np.float64) * PRECISION_K, 2)
