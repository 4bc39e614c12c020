"""Balance points by least squares: energy and temperature in, the best change points of each shape out.

Every pair of a coarse grid is tried at once (`changepoint_tables`); the neighbourhood of the best pair is
searched again on a finer grid, until the best pair lies inside it. The limits of the search are those of
CalTRACK 2.0 (limits.toml).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from services.mv.changepoint_tables import (
    Block,
    Rows,
    Table,
    line,
    pairs,
    pairs_of,
    sums_of,
    together,
)
from services.mv.limits import limit
from services.mv.model import Floats

PRECISION_K = 0.05
"""Balance points are multiples of this."""
_COARSE_K = 0.5
_NEAR_K = 0.25
"""How far the best coarse point is from the best of all, unless the way goes on."""
_MOST_ROUNDS = 20
_TIE = 1e-10
"""Pairs whose SSE differ by less than this share of the whole are equal; the coldest is taken."""


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


def coarse_grid() -> Floats:
    """All points between CalTRACK's limits in steps of 0.5 K."""
    low, high = (limit("change_point", name).figure for name in ("lowest_c", "highest_c"))
    return np.arange(np.ceil(low / _COARSE_K), np.floor(high / _COARSE_K) + 1) * _COARSE_K


def search(blocks: Sequence[Block], shapes: Iterable[str]) -> dict[str, Points | None]:
    """The balance points of `3PH`, `3PC`, `4P` or `5P` with the least SSE, None when no pair is allowed.

    Pairs with a slope that is not positive are taken only when there is no other; 4P, whose sides may fall or
    rise (ASHRAE RP-1050), is searched without regard to signs, and `sound` tells what was found.
    """
    best = _best_of_each(blocks, coarse_grid(), shapes)
    moving = [shape for shape, points in best.items() if points is not None]
    for _ in range(_MOST_ROUNDS):
        if not moving:
            break
        fine = _best_of_each(blocks, _around(best[shape] for shape in moving), moving)
        before, best = best, best | {shape: points for shape, points in fine.items() if points is not None}
        moving = [shape for shape in moving if _far(before[shape], best[shape])]
    return best


def _far(before: Points | None, after: Points | None) -> bool:
    """Whether a point moved so far that the way may go on."""
    if before is None or after is None:
        return False
    moves = ((before.heating_c, after.heating_c), (before.cooling_c, after.cooling_c))
    return any(a is not None and b is not None and abs(a - b) > _NEAR_K for a, b in moves)


def _best_of_each(blocks: Sequence[Block], grid: Floats, shapes: Iterable[str]) -> dict[str, Points | None]:
    sums = [sums_of(block, grid) for block in blocks]
    tie = _TIE * sum(one.yy for one in sums)
    both = together([pairs_of(one) for one in sums]) if {"4P", "5P"} & set(shapes) else None
    of_grid, every = pairs(len(grid)), np.arange(len(grid))
    found: dict[str, Points | None] = {}
    for shape in shapes:
        if both is None or shape in ("3PH", "3PC"):
            best, at = _best(together([line(one, shape) for one in sums]), tie), (every, every)
        elif shape == "4P":
            best, at = _best(both.take(of_grid.same), tie, any_sign=True), (every, every)
        else:
            best, at = _best(both, tie), (of_grid.heating, of_grid.cooling)
        found[shape] = None if best is None else _points(shape, grid, at, best)
    return found


def _best(table: Table, tie: float, *, any_sign: bool = False) -> tuple[int, float, bool] | None:
    """Where the least SSE is, how much it is, and whether slopes are positive there."""
    allowed = table.enough
    if not any_sign:
        positive = allowed & table.positive
        allowed = positive if positive.any() else allowed
    if not allowed.any():
        return None
    sse = np.where(allowed, table.sse, np.inf)
    least = float(sse.min())
    at = int(np.argmax(sse <= least + tie))
    return at, max(least, 0.0), bool(table.positive[at])


def _points(shape: str, points: Floats, at: tuple[Rows, Rows], best: tuple[int, float, bool]) -> Points:
    place, sse, sound = best
    heating, cooling = (float(points[side[place]]) for side in at)
    return Points(None if shape == "3PC" else heating, None if shape == "3PH" else cooling, sse, sound)


def _around(found: Iterable[Points | None]) -> Floats:
    """The finer grid around all points that were found (P,)."""
    pairs = [(points.heating_c, points.cooling_c) for points in found if points is not None]
    centres = {round(at / PRECISION_K) for pair in pairs for at in pair if at is not None}
    steps = round(_COARSE_K / PRECISION_K)
    near = {centre + step for centre in centres for step in range(-steps, steps + 1)}
    return np.round(np.array(sorted(near), dtype=np.float64) * PRECISION_K, 2)
