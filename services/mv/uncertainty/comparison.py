"""The product's band beside the others: an error model and reporting Days in, Comparison and records out.

How well a formula does on this very building is measured on windows held out of the baseline: the fit without
a window's rows W follows from the whole fit by a rank update,

    Σ_W (y − ŷ₋W) = Σ_W e + x_Wᵀ(XᵀX − X_WᵀX_W)⁻¹ X_Wᵀe,   x_W = Σ_W X,

so that no window is fitted anew; it has learnt from the other rows alone, so the model's part of its variance
is that of the whole fit times x_Wᵀ(XᵀX − X_WᵀX_W)⁻¹x_W / x_Wᵀ(XᵀX)⁻¹x_W. Which formula is the product's was
settled by the study in `coverage`, not meter by meter; this only shows, and says where the classical one does
not hold.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.mv.limits import limit
from services.mv.model import Days, Floats, Record
from services.mv.uncertainty.band import LEVEL, student_t
from services.mv.uncertainty.classical import guideline_14_half_width, prediction_interval_half_width
from services.mv.uncertainty.error_model import ErrorModel, sensitivity
from services.mv.uncertainty.noise import Rows, cumulated

_WH = 3
_WINDOWS_A_LENGTH = 8
_LEAST_WINDOWS = 5
_LARGEST_PART = 4
_LEAST_LEFT = 1e-4


@dataclass(frozen=True, slots=True)
class Comparison:
    """Half-widths at 90 % [kWh] of one total: `chosen_kwh` is the product's, the rest is for comparison.

    `out_of_sample_kwh` is Student's t times the spread of held-out windows of the reporting length, None
    where the baseline has too few of them, as over a year. `windows` of `window_rows` rows were held out;
    the shares say how many of their sums each band held. `slow_swings` is the variance of residual sums over
    a quarter of the baseline per that of its lag-1 noise.
    """

    chosen_kwh: float
    guideline_14_kwh: float
    prediction_interval_kwh: float
    out_of_sample_kwh: float | None
    windows: int
    window_rows: int
    chosen_held: float | None
    guideline_14_held: float | None
    slow_swings: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Sums [kWh] of held-out windows less their predictions, and the band's half-width of each."""

    rows: int
    sums_kwh: Floats
    half_widths_kwh: Floats


def held_out(model: ErrorModel, rows: int) -> HeldOut:
    """Hold out windows of `rows` baseline rows, eight starts a length, where the rest can still be fitted."""
    baseline = model.baseline
    n, design = baseline.fit.n, sensitivity(baseline, baseline.days)
    length = baseline.days.lengths
    root = np.sqrt(length / model.row_d)[:, None]
    weighted = design * root
    start = np.arange(0, n - rows + 1, max(1, rows // _WINDOWS_A_LENGTH), dtype=np.intp)
    end = start + rows
    size = np.sqrt((weighted**2).sum(axis=0))
    weighted = weighted / np.where(size > 0, size, 1.0)
    outer = weighted[:, :, None] * weighted[:, None, :]
    within = _of_windows(outer.reshape(n, -1), start, end).reshape(len(start), *outer.shape[1:])
    rest = weighted.T @ weighted - within
    kept = np.linalg.eigvalsh(rest)[:, 0] > _LEAST_LEFT
    if not kept.any():
        return HeldOut(rows, np.zeros(0), np.zeros(0))
    start, end, rest = start[kept], end[kept], rest[kept]
    moved = _of_windows(weighted * baseline.residuals_kwh[:, None] * root, start, end)
    reach = _of_windows(weighted / root * length[:, None], start, end)
    learnt = np.linalg.solve(rest, moved[:, :, None])[:, :, 0]
    sums = _of_windows(baseline.residuals_kwh * length, start, end) + (reach * learnt).sum(axis=1)
    of_rest = (reach * np.linalg.solve(rest, reach[:, :, None])[:, :, 0]).sum(axis=1)
    of_all = (reach * np.linalg.solve(weighted.T @ weighted, reach.T).T).sum(axis=1)
    return HeldOut(rows, sums, _half_widths(model, start, end, of_rest / of_all))


def _of_windows(values: Floats, start: Rows, end: Rows) -> Floats:
    sums = cumulated(values)
    found: Floats = sums[end] - sums[start]
    return found


def _half_widths(model: ErrorModel, start: Rows, end: Rows, fewer: Floats) -> Floats:
    """The product's half-width of each baseline window, as if it were reported.

    `fewer` is by how much the variance of the coefficients grows for that window without its own rows.
    """
    design = model.design_to[end] - model.design_to[start]
    of_model: Floats = fewer * ((design @ model.covariance) * design).sum(axis=1)
    variance = model.inflated(of_model, model.noise.of_windows(start, end), int(end[0] - start[0]))
    half_widths: Floats = student_t(LEVEL, model.freedom) * np.sqrt(variance)
    return half_widths


def comparison(model: ErrorModel, days: Days) -> Comparison:
    """Every method's half-width of the sum over reporting `days`, and how each does on this building."""
    baseline = model.baseline
    reported_d = round(float(days.lengths.sum()))
    rows = round(reported_d / model.row_d)
    longest = max(baseline.fit.n // _LARGEST_PART, 1)
    tried = held_out(model, max(min(rows, longest), 1))
    enough = len(tried.sums_kwh) >= _LEAST_WINDOWS
    errors = np.abs(tried.sums_kwh)
    spread = student_t(LEVEL, model.freedom) * float(np.sqrt(np.mean(errors**2))) if enough else None
    window_d = round(tried.rows * model.row_d)
    classical = guideline_14_half_width(baseline, window_d)
    return Comparison(
        chosen_kwh=round(model.of_total(days).half_width(), _WH),
        guideline_14_kwh=round(guideline_14_half_width(baseline, reported_d), _WH),
        prediction_interval_kwh=round(prediction_interval_half_width(baseline, days), _WH),
        out_of_sample_kwh=None if spread is None or rows > longest else round(spread, _WH),
        windows=len(errors),
        window_rows=tried.rows,
        chosen_held=_share(errors <= tried.half_widths_kwh) if enough else None,
        guideline_14_held=_share(errors <= classical) if enough else None,
        slow_swings=round(model.inflation(longest), 6),
    )


def _share(held: npt.NDArray[np.bool_]) -> float:
    return round(float(held.mean()), 6)


def records(found: Comparison) -> tuple[Record, ...]:
    """Whether the bands hold on the building's own held-out windows, and whether a year may drift."""
    least, swings = limit("uncertainty", "least_held"), limit("uncertainty", "slow_swings")
    shares = (
        ("band_windows_held", found.chosen_held),
        ("guideline_14_windows_held", found.guideline_14_held),
    )
    of_bands = [
        Record(what, share, least.figure, least.source, share >= least.figure)
        for what, share in shares
        if share is not None
    ]
    drift = Record(
        "slow_swings", found.slow_swings, swings.figure, swings.source, found.slow_swings <= swings.figure
    )
    return (*of_bands, drift)
