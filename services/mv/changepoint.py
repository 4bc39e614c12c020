"""Balance points by least squares: energy and temperature in, the best change points of each shape out.

Every pair of a grid is tried at once. With the fixed columns (intercepts, further drivers) taken out of
energy and degrees (Frisch & Waugh 1933, Lovell 1963), what is left is a 2×2 system a pair, whose sums are
vectors over the grid:

    b_h = (CC·Hy − HC·Cy)/(HH·CC − HC²),  SSE = yy − b_h·Hy − b_c·Cy

where H is degrees below the heating point and C above the cooling point. The neighbourhood of the best pair
is searched once more on a finer grid. The limits of the search are CalTRACK 2.0's (limits.toml).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.mv.forms import COOLING, HEATING, degrees
from services.mv.limits import limit
from services.mv.model import Days, Floats

PRECISION_K = 0.05
"""Balance points are multiples of this."""
_COARSE_K = 0.5
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
    """Points (P,) and (Q,) with the days' weighted degrees below (P, n) and above (Q, n) them."""

    heating: Floats
    cooling: Floats
    below: Floats
    above: Floats


@dataclass(frozen=True, slots=True)
class _Sums:
    """One block's sums over a grid, the fixed columns taken out."""

    yy: float
    hh: Floats
    hy: Floats
    cc: Floats
    cy: Floats
    hc: Floats
    enough_below: Flags
    enough_above: Flags


@dataclass(frozen=True, slots=True)
class _Table:
    """SSE over pairs (P, Q), which pairs have enough days on each side, and which only positive slopes."""

    sse: Floats
    enough: Flags
    positive: Flags


def basis_of(columns: Floats, root_weight: Floats) -> Floats:
    """An orthonormal basis (n, q) of weighted columns."""
    return np.asarray(np.linalg.qr(columns * root_weight[:, None])[0], dtype=np.float64)


def grid_at(days: Days, root_weight: Floats, heating: Floats, cooling: Floats) -> Grid:
    """The days' degrees at the given points."""
    below, above = degrees(days, HEATING, heating), degrees(days, COOLING, cooling)
    if days.length_d is not None:
        below, above = below * root_weight, above * root_weight
    return Grid(heating, cooling, below, above)


def coarse_grid(days: Days, root_weight: Floats) -> Grid:
    """All points between CalTRACK's limits in steps of 0.5 K, the same on both sides."""
    low, high = (limit("change_point", name).figure for name in ("lowest_c", "highest_c"))
    points = np.arange(np.ceil(low / _COARSE_K), np.floor(high / _COARSE_K) + 1) * _COARSE_K
    return grid_at(days, root_weight, points, points)


def search(problem: Problem, grid: Grid, shapes: Iterable[str]) -> dict[str, Points | None]:
    """The balance points of `3PH`, `3PC`, `4P` or `5P` with the least SSE, None when no pair is allowed.

    `grid` is the coarse one. Pairs with a slope that is not positive are taken only when there is no other;
    4P, whose sides may fall or rise (ASHRAE RP-1050), is searched without regard to signs, and `sound` tells
    what was found.
    """
    sums = [_sums(problem, block, grid) for block in problem.blocks]
    found: dict[str, Points | None] = {}
    for shape in shapes:
        rough = _best(sums, grid, shape)
        if rough is None:
            found[shape] = None
            continue
        around = (_around(rough, side) for side in (HEATING, COOLING))
        fine = grid_at(problem.days, problem.root_weight, *around)
        found[shape] = _best([_sums(problem, block, fine) for block in problem.blocks], fine, shape) or rough
    return found


def _sums(problem: Problem, block: Block, grid: Grid) -> _Sums:
    whole = len(block.rows) == len(problem.energy)
    h, c = (m if whole else m[:, block.rows] for m in (grid.below, grid.above))
    energy = problem.energy[block.rows]
    rest = energy - block.basis @ (block.basis.T @ energy)
    hq, cq = h @ block.basis, c @ block.basis
    hc = -hq @ cq.T
    if problem.days.inside_c is not None or problem.days.length_d is not None:
        hc = hc + h @ c.T
    return _Sums(
        yy=float(rest @ rest),
        hh=np.einsum("ij,ij->i", h, h) - np.einsum("ij,ij->i", hq, hq),
        hy=h @ rest,
        cc=np.einsum("ij,ij->i", c, c) - np.einsum("ij,ij->i", cq, cq),
        cy=c @ rest,
        hc=hc,
        enough_below=_enough(problem, block, h),
        enough_above=_enough(problem, block, c),
    )


def _enough(problem: Problem, block: Block, weighted: Floats) -> Flags:
    """Where a side has enough rows, and enough degree-days in them, to carry a slope (P,)."""
    length = problem.days.lengths[block.rows] / problem.root_weight[block.rows]
    bills = problem.days.length_d is not None
    least = limit("change_point", "bills_a_side" if bills else "days_a_side").figure
    sums = weighted @ length >= limit("change_point", "degree_days_a_side").figure
    return np.asarray(sums & (np.count_nonzero(weighted, axis=1) >= least), dtype=np.bool_)


def _table(sums: _Sums, shape: str) -> _Table:
    if shape in ("3PH", "3PC"):
        of, by = (sums.hh, sums.hy) if shape == "3PH" else (sums.cc, sums.cy)
        slope = np.divide(by, of, out=np.zeros_like(by), where=of > 0)
        enough = (sums.enough_below & sums.enough_above)[:, None]
        return _Table((sums.yy - slope * by)[:, None], enough, (slope > 0)[:, None])
    hh, hy, cc, cy, hc = sums.hh[:, None], sums.hy[:, None], sums.cc, sums.cy, sums.hc
    whole = hh * cc - hc * hc
    usable = whole > 1e-9 * hh * cc
    safe = np.where(usable, whole, 1.0)
    b_h = (cc * hy - hc * cy) / safe
    b_c = (hh * cy - hc * hy) / safe
    return _Table(
        sse=sums.yy - b_h * hy - b_c * cy,
        enough=usable & sums.enough_below[:, None] & sums.enough_above,
        positive=(b_h > 0) & (b_c > 0),
    )


def _best(sums: list[_Sums], grid: Grid, shape: str) -> Points | None:
    tables = [_table(one, shape) for one in sums]
    sse = sum(table.sse for table in tables)
    allowed = np.logical_and.reduce([table.enough for table in tables])
    positive = np.logical_and.reduce([table.positive for table in tables])
    if shape == "4P":
        allowed = allowed & (grid.heating[:, None] == grid.cooling)
    elif shape == "5P":
        allowed = allowed & (grid.heating[:, None] <= grid.cooling)
    if shape != "4P" and (allowed & positive).any():
        allowed = allowed & positive
    if not allowed.any():
        return None
    least = float(np.min(sse, where=allowed, initial=np.inf))
    tie = _TIE * sum(one.yy for one in sums)
    i, j = np.argwhere(allowed & (sse <= least + tie))[0]
    return Points(
        heating_c=None if shape == "3PC" else float(grid.heating[i]),
        cooling_c=None if shape == "3PH" else float(grid.cooling[i if shape == "3PC" else j]),
        sse=max(least, 0.0),
        sound=bool(positive[i, j]),
    )


def _around(rough: Points, side: str) -> Floats:
    """The finer grid around one side's point; for a shape of one point both sides share it."""
    both = (rough.heating_c, rough.cooling_c)
    centre = next(at for at in (both if side == HEATING else both[::-1]) if at is not None)
    steps = round(_COARSE_K / PRECISION_K)
    found: Floats = (np.round(centre / PRECISION_K) + np.arange(1 - steps, steps)) * PRECISION_K
    return np.round(found, 2)
