"""What a circuit uses of its adjusted baseline, day by day, with the steps that stand out in it."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from services.mv.adjustments.steps import StepProposal
from services.mv.operating_days import ReportingDay
from services.web.charts.axes import frame
from services.web.charts.canvas import BLUE, GREY, RED, Chart, Size, draw
from services.web.formats import Formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = Size(1160, 250)
NARROW = Size(350, 230, narrow=True)
_LEAST_SHARE = 0.05
"""A day whose baseline is under this share of the mean says nothing of shares."""
_ABOVE = 1.25


def steps_chart(
    days: Sequence[ReportingDay], steps: Sequence[StepProposal], formats: Formats
) -> Chart | None:
    """Each day's share as a dot, the share between changes as a line, each change as a dashed one.

    None where no day has a baseline to have a share of.
    """
    t = formats.texts
    shown = _telling(days)
    if not shown:
        return None
    description = t(
        "adjustments.picture_desc", days=len(shown), start=formats.day(shown[0].day),
        end=formats.day(shown[-1].day), steps="; ".join(formats.day(one.first_day) for one in steps) or "—",
    )  # fmt: skip

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        places = np.array([day.day.toordinal() for day in shown])
        share = np.array([100 * day.actual_kwh / day.baseline_kwh for day in shown])
        top = max(_ABOVE * float(np.percentile(share, 98)), 1.0)
        edges = _edges(shown, steps)
        axes.plot(
            places, np.minimum(share, top), "o", color=GREY, markersize=2.8, markeredgewidth=0, zorder=2
        )
        for start, end in pairwise(edges):
            level = _share(shown[start:end])
            axes.hlines(level, places[start] - 0.5, places[end - 1] + 0.5, color=BLUE, linewidth=2, zorder=4)
        for edge in edges[1:-1]:
            axes.axvline(places[edge] - 0.5, color=RED, linestyle="--", linewidth=1.3, zorder=3)
        axes.set_ylim(0, top)
        legend = [
            (GREY, t("adjustments.picture_day")),
            (BLUE, t("adjustments.picture_mean")),
            *([(RED, t("adjustments.picture_step"))] if len(edges) > 2 else []),
        ]
        frame(figure, axes, size, unit="%", legend=legend)
        _month_ticks(axes, shown[0].day, shown[-1].day, size)

    key = (t.language, tuple(shown), tuple(steps))
    return draw(t("adjustments.picture"), description, paint, key=key, wide=WIDE, narrow=NARROW)


def _telling(days: Sequence[ReportingDay]) -> list[ReportingDay]:
    mean = sum(day.baseline_kwh for day in days) / max(len(days), 1)
    return [day for day in days if day.baseline_kwh > max(_LEAST_SHARE * mean, 0.0)]


def _edges(days: Sequence[ReportingDay], steps: Sequence[StepProposal]) -> list[int]:
    """The rows before which something changes, with the first and the last."""
    dates = [day.day for day in days]
    changes = [one.first_day for one in steps]
    changes += [one.last_day + timedelta(days=1) for one in steps if one.last_day is not None]
    return sorted({0, len(dates), *(bisect_left(dates, day) for day in changes)})


def _share(days: Sequence[ReportingDay]) -> float:
    return 100 * sum(day.actual_kwh for day in days) / sum(day.baseline_kwh for day in days)


def _month_ticks(axes: "Axes", first: date, last: date, size: Size) -> None:
    """The first of every so many months."""
    months = range(12 * first.year + first.month, 12 * last.year + last.month)
    step = max(1, -(-len(months) // (4 if size.narrow else 12)))
    firsts = [date(month // 12, month % 12 + 1, 1) for month in months[::step]]
    axes.set_xticks([day.toordinal() for day in firsts], [f"{day:%Y-%m}" for day in firsts])
    axes.set_xlim(first.toordinal() - 3, last.toordinal() + 3)
