"""Autocorrelated noise of dated rows: each row's spread in, the variance of sums over windows out.

Errors of rows i, j with spreads s have the covariance s_i·s_j·ρ^|i−j|, distances in days, so that gaps count.
With what is carried from before, c_i = Σ_{j<i} s_j·ρ^(i−j), and from after, r_i = Σ_{j≥i} s_j·ρ^(j−i), the
sum over rows a to b−1 has the variance Σ s_i·(s_i + 2c_i) − 2·c_a·(r_a − ρ^(b−a)·r_b), in linear time.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.mv.model import Floats

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Noise:
    """What `noise_of` carries, each of shape (n+1,): Σ s·(s + 2c) over the rows before, c, r and day numbers.

    `rho` is the autocorrelation over one day.
    """

    rho: float
    sums_to: Floats
    before: Floats
    after: Floats
    numbers: npt.NDArray[np.int64]

    def of_windows(self, start: Rows, end: Rows) -> Floats:
        """Variances of the sums over rows start to end − 1 [kWh²]."""
        fading = self.rho ** (self.numbers[end] - self.numbers[start])
        inside = self.after[start] - fading * self.after[end]
        variance: Floats = self.sums_to[end] - self.sums_to[start] - 2 * self.before[start] * inside
        return variance


def noise_of(scale: Floats, numbers: npt.NDArray[np.int64], rho: float) -> Noise:
    """Carry spreads `scale` [kWh] of rows at day `numbers`, in date order; `rho` is over one day."""
    dates = np.append(numbers, numbers[-1:] + 1)
    fading = (rho ** np.diff(dates)).tolist()
    values = scale.tolist()
    before, after = [0.0], [0.0]
    for value, factor in zip(values, fading, strict=True):
        before.append((before[-1] + value) * factor)
    for value, factor in zip(reversed(values), reversed(fading), strict=True):
        after.append(value + after[-1] * factor)
    carried = np.array(before)
    return Noise(
        rho=rho,
        sums_to=cumulated(scale * (scale + 2 * carried[:-1])),
        before=carried,
        after=np.array(after[::-1]),
        numbers=dates,
    )


def variance_of(scale: Floats, numbers: npt.NDArray[np.int64], rho: float) -> float:
    """Variance of the sum over all such rows [kWh²], for whom no window of them is of interest."""
    fading = [*(rho ** np.diff(numbers)).tolist(), 0.0]  # nothing follows the last
    variance = carried = 0.0
    for value, factor in zip(scale.tolist(), fading, strict=False):
        variance += value * (value + 2 * carried)
        carried = (carried + value) * factor
    return variance


def spread(rows: Floats, numbers: npt.NDArray[np.int64], rho: float) -> Floats:
    """Each of the `rows` (n, q) with all others, faded: Σ_j ρ^|i−j|·x_j. Every turn reaches twice as far."""
    before, after, reach = rows.copy(), rows.copy(), 1
    while reach < len(rows):
        fading = (rho ** (numbers[reach:] - numbers[:-reach]))[:, None]
        before[reach:] += fading * before[:-reach]
        after[:-reach] += fading * after[reach:]
        reach *= 2
    return before + after - rows


def cumulated(rows: Floats) -> Floats:
    """Sums of the rows before each, one more than there are rows."""
    sums = np.zeros((len(rows) + 1, *rows.shape[1:]))
    np.cumsum(rows, axis=0, out=sums[1:])
    return sums
