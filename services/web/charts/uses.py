"""Electricity by use as stacked bars, of days or of months; what was hardly measured is pale."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from services.web.charts.axes import day_ticks, frame, month_ticks, nothing_known
from services.web.charts.canvas import AMBER, BLUE, TEAL, VIOLET, Chart, Size, draw
from services.web.energy_view import ENOUGH_COVERAGE, Use
from services.web.formats import Formats, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FULL = Size(1240, 300)
NARROW = Size(350, 270, narrow=True)
_PARTS = (("lighting", AMBER), ("hvac", TEAL), ("sockets", VIOLET), ("other", BLUE))
_PALE = 0.35

Ticks = Callable[["Axes", Sequence[date], Size], None]


def daily_uses(days: Sequence[Use], formats: Formats) -> Chart:
    """One bar a day."""
    return _chart("days", days, formats, said=formats.day, ticks=day_ticks)


def monthly_uses(months: Sequence[Use], formats: Formats) -> Chart:
    """One bar a month."""
    return _chart("year", months, formats, said=formats.month, ticks=month_ticks)


def _chart(
    name: str, uses: Sequence[Use], formats: Formats, *, said: Callable[[date], str], ticks: Ticks
) -> Chart:
    t = formats.texts
    description = _described(name, uses, formats, said)

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        _stack(axes, uses)
        if all(use.total is None for use in uses):
            nothing_known(axes, t("chart.nothing"))
        legend = [(colour, t(f"use.{part}")) for part, colour in _PARTS]
        frame(figure, axes, size, unit="kWh", legend=legend)
        ticks(axes, [use.start for use in uses], size)

    key = (t.language, tuple(uses))
    return draw(t(f"chart.{name}.title"), description, paint, key=key, wide=FULL, narrow=NARROW)


def _described(name: str, uses: Sequence[Use], formats: Formats, said: Callable[[date], str]) -> str:
    t = formats.texts
    totals = {use.start: use.total for use in uses if use.total is not None}
    if not totals:
        return t(f"chart.{name}.empty")
    most = max(totals, key=totals.__getitem__)
    return t(
        f"chart.{name}.desc", start=said(uses[0].start), end=said(uses[-1].start),
        mean=number(sum(totals.values()) / len(totals)), most=number(totals[most]), most_at=said(most),
        pale=sum(use.coverage < ENOUGH_COVERAGE for use in uses),
    )  # fmt: skip


def _stack(axes: "Axes", uses: Sequence[Use]) -> None:
    foot = np.zeros(len(uses))
    for part, colour in _PARTS:
        height = np.array([getattr(use, part) or 0.0 for use in uses])
        bars = axes.bar(range(len(uses)), height, bottom=foot, color=colour, width=0.78, linewidth=0)
        for bar, use in zip(bars, uses, strict=True):
            bar.set_alpha(1.0 if use.coverage >= ENOUGH_COVERAGE else _PALE)
        foot += height
