"""The overview's pictures: days by use, savings by month, the hours of today."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from services.web.charts.axes import day_ticks, frame, nothing_known, zero_line
from services.web.charts.canvas import AMBER, BLUE, GREY, INK, MUTED, TEAL, VIOLET, Chart, Size, draw
from services.web.energy_view import ENOUGH_COVERAGE, DayUse, Today
from services.web.formats import Formats, number, signed
from services.web.savings_view import MonthSavings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = Size(620, 300)
FULL = Size(1240, 300)
NARROW = Size(350, 270, narrow=True)
_PARTS = (("lighting", AMBER), ("hvac", TEAL), ("sockets", VIOLET), ("other", BLUE))
_PALE = 0.35


def daily_uses(days: Sequence[DayUse], formats: Formats) -> Chart:
    """Stacked bars of a day's electricity by use; days with little coverage are pale."""
    t = formats.texts
    known = [day for day in days if day.total is not None]
    description = t("chart.days.empty")
    if known:
        most = max(known, key=lambda day: day.total or 0.0)
        pale = sum(day.coverage < ENOUGH_COVERAGE for day in days)
        description = t(
            "chart.days.desc", start=formats.day(days[0].day), end=formats.day(days[-1].day), pale=pale,
            mean=number(sum(day.total or 0.0 for day in known) / len(known)), most=number(most.total),
            most_day=formats.day(most.day),
        )  # fmt: skip

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        legend = [(colour, t(f"use.{name}")) for name, colour in _PARTS]
        foot = np.zeros(len(days))
        for name, colour in _PARTS:
            height = np.array([getattr(day, name) or 0.0 for day in days])
            bars = axes.bar(range(len(days)), height, bottom=foot, color=colour, width=0.78, linewidth=0)
            for bar, day in zip(bars, days, strict=True):
                bar.set_alpha(1.0 if day.coverage >= ENOUGH_COVERAGE else _PALE)
            foot += height
        if not known:
            nothing_known(axes, t("chart.nothing"))
        frame(figure, axes, size, unit="kWh", legend=legend)
        day_ticks(axes, [day.day for day in days], size)

    key = (t.language, tuple(days))
    return draw(t("chart.days.title"), description, paint, key=key, wide=FULL, narrow=NARROW)


def monthly_savings(months: Sequence[MonthSavings], formats: Formats) -> Chart:
    """Bars of a month's savings over all contracts with whiskers of ± at 90 %."""
    t = formats.texts
    description = t("chart.months.empty")
    if months:
        total = sum(month.savings_kwh for month in months)
        description = t(
            "chart.months.desc", months=len(months), start=formats.month(months[0].month),
            end=formats.month(months[-1].month), total=signed(total),
        )  # fmt: skip

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        shown = list(months[-6:] if size.narrow else months)
        heights = [month.savings_kwh for month in shown]
        axes.bar(range(len(shown)), heights, color=TEAL, width=0.62, linewidth=0)
        axes.errorbar(
            range(len(shown)), heights, yerr=[month.uncertainty_kwh for month in shown],
            fmt="none", ecolor=INK, elinewidth=1.1, capsize=3.5, capthick=1.1,
        )  # fmt: skip
        zero_line(axes)
        _month_ticks(axes, [month.month for month in shown], size)
        if not shown:
            nothing_known(axes, t("chart.nothing"))
        frame(figure, axes, size, unit=t("chart.months.unit"))

    key = (t.language, tuple(months))
    return draw(t("chart.months.title"), description, paint, key=key, wide=WIDE, narrow=NARROW)


def _month_ticks(axes: "Axes", months: Sequence[date], size: Size) -> None:
    step = max(1, -(-len(months) // (6 if size.narrow else 9)))
    places = list(range(0, len(months), step))
    pattern = "%y-%m" if size.narrow else "%Y-%m"
    axes.set_xticks(places, [f"{months[i]:{pattern}}" for i in places])
    axes.set_xlim(-0.7, max(3, len(months)) - 0.3)


def hours_of_today(today: Today, formats: Formats) -> Chart:
    """Today's hours as bars before the same weekday of last week as a line of steps."""
    t = formats.texts
    description = t(
        "chart.hours.desc", through=today.through, today=number(today.so_far), before=number(today.last_week)
    )

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        places = np.arange(24)
        so_far = np.array([value or 0.0 for value in today.hours])
        before = np.array([np.nan if value is None else value for value in today.hours_last_week])
        axes.bar(places + 0.5, so_far, width=0.82, color=BLUE, linewidth=0)
        axes.stairs(before, np.arange(25), baseline=None, color=GREY, linewidth=1.8)
        step = 6 if size.narrow else 3
        axes.set_xticks(range(0, 25, step), [f"{hour}:00" for hour in range(0, 25, step)])
        axes.set_xlim(-0.2, 24.2)
        axes.set_ylim(bottom=0)
        axes.tick_params(axis="x", colors=MUTED)
        frame(
            figure, axes, size, unit="kWh",
            legend=[(BLUE, t("chart.hours.today")), (GREY, t("chart.hours.before"))],
        )  # fmt: skip

    key = (t.language, today)
    return draw(t("chart.hours.title"), description, paint, key=key, wide=WIDE, narrow=NARROW)
