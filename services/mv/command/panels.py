"""The two panels of the picture: axes and Measured in, rows, fit, bands and steps drawn on them."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from services.mv.baseline import Baseline
from services.mv.command.measure import Measured
from services.mv.command.naming import coefficient_name
from services.mv.command.svg import INK, MUTED
from services.mv.forms import COOLING, EVERY_DAY, HEATING, TEMPERATURE
from services.mv.model import Days, Floats

WEATHER = frozenset({HEATING, COOLING, TEMPERATURE})
_BASELINE, _FIT, _REPORTING, _BAND = "#9aa7ad", "#2a6f97", "#d98e04", "#c9dce8"
_EPOCH = date(1970, 1, 1).toordinal()
_HEADROOM, _LABEL_GAP, _LABEL_ROOM = 1.06, 0.06, 0.16
_TALLEST_BAND = 1.35
"""A band may take so much more than the data before it is cut: the data are to stay readable."""


def over_weather(axes: Axes, found: Measured, t: dict[str, str]) -> None:
    """Energy over temperature: the fit is a line a day type, or a dash a row where more drives it."""
    baseline, days = found.model.baseline, found.days
    learned = baseline.days
    if learned.outdoor_c is None or days.outdoor_c is None:
        return
    size = 3.4 if learned.length_d is None else 6.0
    for outdoor, energy, colour in (
        (learned.outdoor_c, learned.energy_kwh, _BASELINE),
        (days.outdoor_c, days.energy_kwh, _REPORTING),
    ):
        axes.plot(outdoor, energy, "o", color=colour, markersize=size, markeredgewidth=0)
    if {term.by for term in baseline.terms} - WEATHER - {None}:
        fitted = baseline.predict(learned)
        axes.plot(learned.outdoor_c, fitted, "_", color=_FIT, markersize=5, markeredgewidth=1.4)
        _frame(axes, found, t, fitted)
    else:
        _frame(axes, found, t, *_lines(axes, found, t))
    axes.set_xlabel(t["plot.outdoor"])


def _lines(axes: Axes, found: Measured, t: dict[str, str]) -> list[Floats]:
    """A line with its band for each day type, named at its end; returns the bands' upper edges."""
    baseline = found.model.baseline
    names = list(dict.fromkeys(term.of for term in baseline.terms if term.by is None))
    tops, ends = [], []
    for name in names:
        at = _span_of(baseline, name)
        expected, half = baseline.predict(at), found.model.of_days(at) / at.lengths
        outdoor = np.zeros(1) if at.outdoor_c is None else at.outdoor_c
        axes.fill_between(outdoor, expected - half, expected + half, color=_BAND, alpha=0.4, linewidth=0)
        axes.plot(outdoor, expected, color=_FIT, linewidth=1.8)
        tops.append(expected + half)
        ends.append((float(expected[-1]), name))
    if len(names) > 1:
        _named_at_the_end(axes, sorted(ends), float(np.concatenate(tops).max()), t)
    return tops


def _named_at_the_end(axes: Axes, ends: list[tuple[float, str]], top: float, t: dict[str, str]) -> None:
    """Labels right of all lines, each at least a line of text above the one below."""
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + _LABEL_ROOM * (right - left))
    at = -np.inf
    for value, name in ends:
        at = max(value, at + _LABEL_GAP * top)
        axes.text(right, at, coefficient_name(name, t), color=_FIT, fontsize=11, va="center")


def _span_of(baseline: Baseline, name: str) -> Days:
    """Rows of one type from the coldest to the hottest baseline row of that type."""
    learned = baseline.days
    outdoor: Floats = learned.outdoor_c if learned.outdoor_c is not None else np.zeros(1)
    of = [i for i, found in enumerate(learned.day_types) if name in (EVERY_DAY, found)]
    at = np.linspace(outdoor[of].min(), outdoor[of].max(), 120)
    one = learned.take([of[0]] * len(at))
    length = None if learned.length_d is None else np.full(len(at), np.median(learned.length_d))
    return replace(one, outdoor_c=at, length_d=length, inside_c=None)


def over_time(axes: Axes, found: Measured, t: dict[str, str]) -> None:
    """Rows in the middle of their days; a bill is as wide as it is long."""
    learned, days, model = found.model.baseline.days, found.days, found.model
    expected, half = model.baseline.predict(days), model.of_days(days) / days.lengths
    one = t["plot.one_day_band" if days.length_d is None else "plot.one_bill_band"]
    axes.bar(_middle(days), 2 * half, days.lengths, expected - half, color=_BAND, alpha=0.7, label=one)
    _rows(axes, learned, learned.energy_kwh, _BASELINE, t["plot.baseline_days"])
    for rows, fitted, label in (
        (learned, model.baseline.predict(learned), t["plot.fit"]),
        (days, expected, ""),
    ):
        _rows(axes, rows, fitted, _FIT, label, marker="_")
    counted = [i for i, row in enumerate(found.savings.days) if row.left_out is None]
    _rows(axes, days.take(counted), days.energy_kwh[counted], _REPORTING, t["plot.reporting_days"])
    _frame(axes, found, t, expected + half)
    _steps(axes, found, t)
    locator: Any = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formats = ["%Y", "%Y-%m", "%m-%d", "", "", ""]
    formatter: Any = ConciseDateFormatter(locator, formats=formats)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)


def _rows(axes: Axes, days: Days, values: Floats, colour: str, label: str, *, marker: str = "o") -> None:
    """Days as marks, bills as bars of their length."""
    if days.length_d is None:
        size, edge = (3.0, 0.0) if marker == "o" else (4.5, 1.2)
        axes.plot(
            _middle(days), values, marker, color=colour, markersize=size, markeredgewidth=edge, label=label
        )
        return
    half, width = days.lengths / 2, 3.0 if marker == "o" else 1.6
    axes.hlines(
        values, _middle(days) - half, _middle(days) + half, colors=colour, linewidth=width, label=label
    )


def _steps(axes: Axes, found: Measured, t: dict[str, str]) -> None:
    """A line where a step begins, and one where it ends."""
    top = axes.get_ylim()[1]
    for step in found.steps:
        for day in filter(None, (step.first_day, step.last_day)):
            axes.axvline(day.toordinal() - _EPOCH, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
        label = t["plot.step"].format(size=f"{step.size_kwh_per_day:+,.4g}")
        at = step.first_day.toordinal() - _EPOCH
        axes.annotate(
            label, (at, top), xytext=(-4, -4), textcoords="offset points",
            ha="right", va="top", fontsize=11, color=INK,
        )  # fmt: skip


def _middle(days: Days) -> Floats:
    start = np.array([day.toordinal() - _EPOCH for day in days.days], dtype=np.float64)
    middle: Floats = start + days.lengths / 2
    return middle


def _frame(axes: Axes, found: Measured, t: dict[str, str], *bands: Floats) -> None:
    """From zero to the tallest row, and to the top of the bands while they leave the rows readable."""
    rows = (found.model.baseline.days.energy_kwh, found.days.energy_kwh)
    tallest = max(float(np.nanmax(energy)) for energy in rows)
    banded = max((float(np.nanmax(band)) for band in bands), default=tallest)
    top = max(tallest, min(banded, _TALLEST_BAND * tallest))
    axes.set_ylim(0, _HEADROOM * top if top > 0 else 1)
    axes.grid(visible=True, axis="y")
    axes.yaxis.set_major_formatter(lambda value, _position: f"{value:,.6g}")
    axes.set_ylabel(t["plot.energy"])
