"""The statement's pictures: the baseline with its fit, the month's days against the adjusted one."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from services.mv.accounting import DaySavings
from services.web.charts.axes import day_ticks, frame
from services.web.charts.canvas import BLUE, GREY, INK, MUTED, RED, Chart, Size, draw
from services.web.formats import Formats, number, signed
from services.web.statement_model import BaselineSeries

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = Size(760, 260)
LOW = Size(760, 220)
NARROW = Size(350, 260, narrow=True)
_BAND = "#c9dce8"


def _column(values: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values])


def baseline(series: BaselineSeries, formats: Formats) -> Chart:
    """Measured days as dots, the fitted model as a line."""
    t = formats.texts
    measured, fitted = _column(series.measured_kwh), _column(series.fitted_kwh)
    description = t(
        "chart.baseline.desc", start=formats.day(series.days[0]), end=formats.day(series.days[-1]),
        fitted=int(np.isfinite(fitted).sum()), days=len(series.days),
    )  # fmt: skip

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        places = np.arange(len(series.days))
        used = np.isfinite(fitted)
        axes.plot(places[used], fitted[used], "_", color=BLUE, markersize=3, markeredgewidth=1.2, zorder=3)
        axes.plot(places[used], measured[used], "o", color=GREY, markersize=2.6, markeredgewidth=0, zorder=2)
        axes.plot(places[~used], measured[~used], "x", color=RED, markersize=4, zorder=3)
        axes.set_ylim(bottom=0)
        legend = [
            (GREY, t("chart.baseline.measured")),
            (BLUE, t("chart.baseline.fitted")),
            (RED, t("chart.baseline.left_out")),
        ]
        frame(figure, axes, size, unit="kWh/d", legend=legend)
        _month_ticks(axes, series.days, size)

    key = (t.language, series)
    return draw(t("chart.baseline.title"), description, paint, key=key, wide=LOW, narrow=NARROW)


def _month_ticks(axes: "Axes", days: Sequence[date], size: Size) -> None:
    firsts = [i for i, day in enumerate(days) if day.day == 1]
    step = max(1, -(-len(firsts) // (4 if size.narrow else 8)))
    places = firsts[::step]
    axes.set_xticks(places, [f"{days[i]:%Y-%m}" for i in places])
    axes.set_xlim(-2, len(days) + 1)


def reporting_days(days: Sequence[DaySavings], formats: Formats, *, metered: bool = True) -> Chart:
    """Actual energy as bars under the adjusted baseline with its band at 90 %; days left out are hollow.

    Energy that no meter measured is called computed.
    """
    t = formats.texts
    actual_words = t("chart.month.actual" if metered else "chart.month.computed")
    counted = [day for day in days if day.left_out is None]
    description = t(
        "chart.month.desc", days=len(counted), left_out=len(days) - len(counted),
        baseline=number(sum(day.baseline_kwh or 0.0 for day in counted)),
        actual=number(sum(day.actual_kwh or 0.0 for day in counted)),
        savings=signed(sum(day.savings_kwh or 0.0 for day in counted)),
    )  # fmt: skip

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        places = np.arange(len(days))
        expected = _column([day.baseline_kwh for day in days])
        half = np.nan_to_num(_column([day.uncertainty_kwh for day in days]))
        actual = np.nan_to_num(_column([day.actual_kwh for day in days]))
        bars = axes.bar(places, actual, width=0.66, color=BLUE, linewidth=0.9, edgecolor=BLUE, zorder=2)
        for bar, day in zip(bars, days, strict=True):
            if day.left_out is not None:
                bar.set_facecolor("none")
                bar.set_edgecolor(GREY)
        edges = np.arange(len(days) + 1) - 0.5
        axes.stairs(expected + half, edges, baseline=expected - half, fill=True, color=_BAND, zorder=1)
        axes.stairs(expected, edges, baseline=None, color=INK, linewidth=1.5, zorder=3)
        axes.set_ylim(bottom=0)
        axes.tick_params(axis="x", colors=MUTED)
        legend = [
            (INK, t("chart.month.baseline")),
            (_BAND, t("chart.month.band")),
            (BLUE, actual_words),
        ]
        frame(figure, axes, size, unit="kWh/d", legend=legend)
        day_ticks(axes, [day.day for day in days], size)

    key = (t.language, tuple(days), metered)
    return draw(t("chart.month.title"), description, paint, key=key, wide=WIDE, narrow=NARROW)
