"""The overview's pictures of savings by month and of today's hours."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from services.web.charts.axes import frame, month_ticks, nothing_known, zero_line
from services.web.charts.canvas import BLUE, GREY, INK, MUTED, TEAL, Chart, Size, draw
from services.web.energy_view import Today
from services.web.formats import Formats, number, signed
from services.web.savings_view import MonthSavings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = Size(620, 300)
NARROW = Size(350, 270, narrow=True)


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
        month_ticks(axes, [month.month for month in shown], size)
        if not shown:
            nothing_known(axes, t("chart.nothing"))
        frame(figure, axes, size, unit=t("chart.months.unit"))

    key = (t.language, tuple(months))
    return draw(t("chart.months.title"), description, paint, key=key, wide=WIDE, narrow=NARROW)


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
