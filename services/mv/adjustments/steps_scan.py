"""Did something change for a time among a series' days? A likelihood-ratio scan, and what chance would give.

Scaled rows flow in (so that every day errs alike); the clearest span of days and its confidence flow out. The
critical value is no table's: noise of the series' own autocorrelation, on its own dates and columns, is
scanned alike. That noise comes from a frozen generator seeded by the caller, so the answer replays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.mv.model import Floats

DRAWS = 199
_GRID = 14
_MOST_EDGES = 53
"""Spans are pairs of edges: years on end, a fortnight apart, would be more than there is to tell."""
_MOST_STARTS = 365
"""Of changes that last, so many first days are looked at: every one of a year."""
_LARGEST_RHO = 0.95
_LEAST_GAIN = 1e-12
"""Less than this share of the squares is rounding, not a change."""
_LEAST_REST = 1e-3
"""A change of which the other columns leave less than this share cannot be told from them."""

Span = tuple[int, int]
"""Rows [start, end)."""


@dataclass(frozen=True, slots=True)
class Series:
    """Days in date order: their `numbers` (n,), `values` (n,) and `columns` (n, p), scaled to equal error.

    `unit` (n,) is what one unit of a change is worth on each day, in the same scale.
    """

    numbers: npt.NDArray[np.int64]
    values: Floats
    columns: Floats
    unit: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """The most likely span of a change, and 1 − the chance of one as clear in noise alone."""

    span: Span
    confidence: float


def spans_of(n: int, least: int) -> list[Span]:
    """Spans to look at: `least` rows in each, before it, and after it if it ends.

    A change that lasts may begin on any day of a year: a large one, looked for some days off, would leave
    those days to be taken for autocorrelation. Edges of one that ends lie a fortnight apart, further in more
    than two years of rows.
    """
    starts = range(least, n - least + 1, max(1, -(-n // _MOST_STARTS)))
    edges = range(least, n - least + 1, _apart(n))
    return [*((a, n) for a in starts), *((a, b) for a in edges for b in edges if b - a >= least)]


def _apart(n: int) -> int:
    return max(_GRID, n // _MOST_EDGES)


def scan(series: Series, spans: Sequence[Span], seed: int) -> Found | None:
    """The clearest change among the spans, its edges then moved to the day; None where none can be told.

    For each span: the gain in squares of a change there over the columns alone, per what is left, times
    (1 − ρ)/(1 + ρ), so that it counts effective days (sup-F over unknown dates: Andrews 1993). ρ is that of
    the residuals once the change is in, so that a change is not mistaken for autocorrelation.
    """
    basis: Floats = np.linalg.qr(series.columns)[0]
    rest, told = _rest(series, basis, spans)
    if not told:
        return None
    neighbours = np.diff(series.numbers) == 1
    clearness, best, rho = _clearest(series.values[:, None], basis, rest, neighbours)
    gain = float(rest[:, best[0]] @ series.values) ** 2
    if gain <= _LEAST_GAIN * float(series.values @ series.values):
        return None
    n, p = series.columns.shape
    # Residuals hang together less than errors: by a small sample (Marriott & Pope 1954), columns and edges.
    of_errors = float(np.clip(rho[0] + (1 + 3 * rho[0] + 2 * (p + 3)) / n, 0.0, _LARGEST_RHO))
    by_chance, _, _ = _clearest(_noise(series.numbers, of_errors, seed), basis, rest, neighbours)
    larger = int((by_chance >= clearness[0]).sum())
    confidence = round(1 - (1 + larger) / (1 + DRAWS), 4)
    return Found(_to_the_day(series, basis, told[best[0]]), confidence)


def _rest(series: Series, basis: Floats, spans: Sequence[Span]) -> tuple[Floats, list[Span]]:
    """What the other columns leave of a change in each span, at unit length, of those that can be told."""
    rows = np.arange(len(series.values))[:, None]
    starts, ends = np.array(spans, dtype=np.intp).reshape(-1, 2).T
    changes = np.where((rows >= starts) & (rows < ends), series.unit[:, None], 0.0)
    rest = changes - basis @ (basis.T @ changes)
    power = (rest**2).sum(axis=0)
    told = power > _LEAST_REST * (changes**2).sum(axis=0)
    return rest[:, told] / np.sqrt(power[told]), [spans[i] for i in np.flatnonzero(told).tolist()]


def _to_the_day(series: Series, basis: Floats, span: Span) -> Span:
    """Move one edge, then the other, within the grid to where the change gains most, twice.

    A row stays in the span and before it: it may be shorter than those looked at, a week of closure.
    """
    n = len(series.values)
    grid = _apart(n)
    for _ in range(2):
        for edge in (0, 1) if span[1] < n else (0,):
            moves = [span[edge] + move for move in range(1 - grid, grid)]
            near = [(at, span[1]) if edge == 0 else (span[0], at) for at in moves]
            kept = [(a, b) for a, b in near if 0 < a < b <= n]
            rest, told = _rest(series, basis, kept)
            if told:
                span = told[int(np.argmax((rest.T @ series.values) ** 2))]
    return span


def _clearest(
    values: Floats, basis: Floats, rest: Floats, neighbours: npt.NDArray[np.bool_]
) -> tuple[Floats, npt.NDArray[np.intp], Floats]:
    """Of each series, a column of `values`: how clear its clearest change is, which, and ρ with it in."""
    residuals = values - basis @ (basis.T @ values)
    slopes = rest.T @ residuals
    best = np.argmax(np.abs(slopes), axis=0)
    slope = slopes[best, np.arange(values.shape[1])]
    left = residuals - rest[:, best] * slope
    squares = np.maximum((left**2).sum(axis=0), 1e-300)
    products = (left[1:] * left[:-1])[neighbours].sum(axis=0) / max(int(neighbours.sum()), 1)
    rho = np.clip(products / squares * len(values), -_LARGEST_RHO, _LARGEST_RHO)
    clearness: Floats = slope**2 / squares * (1 - rho) / (1 + rho)
    return clearness, best, rho


def _noise(numbers: npt.NDArray[np.int64], rho: float, seed: int) -> Floats:
    """First-order autoregressive noise on the given dates, shape (n, DRAWS)."""
    drawn: Floats = np.random.RandomState(seed).standard_normal((len(numbers), DRAWS))
    carried = rho ** np.diff(numbers)
    for i, share in enumerate(carried, start=1):
        drawn[i] = share * drawn[i - 1] + np.sqrt(1 - share**2) * drawn[i]
    return drawn
