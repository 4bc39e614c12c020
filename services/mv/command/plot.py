"""The picture of a measured saving: Measured in, one SVG out.

Above, energy over outdoor temperature, where it is known: baseline rows, fit with its band, reporting rows.
Below, the same rows in order of time with the adjusted baseline and its band, and steps where some were seen.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from services.mv.baseline import Baseline
from services.mv.command.measure import Measured
from services.mv.command.naming import coefficient_name, form_name
from services.mv.command.svg import DPI, INK, MUTED, style, svg_of
from services.mv.command.words import words
from services.mv.forms import COOLING, EVERY_DAY, HEATING, TEMPERATURE
from services.mv.model import Days, Floats

_BASELINE, _FIT, _REPORTING, _BAND = "#9aa7ad", "#2a6f97", "#d98e04", "#c9dce8"
_WEATHER = {HEATING, COOLING, TEMPERATURE}
_EPOCH = date(1970, 1, 1).toordinal()
_WIDTH, _PANEL, _HEAD, _FOOT = 880, 330, 76, 44
_HEADROOM, _LABEL_GAP, _LABEL_ROOM = 1.06, 0.06, 0.16
_TALLEST_BAND = 1.35
"""A band may take so much more than the data before it is cut: the data are to stay readable."""


def picture(found: Measured, *, language: str = "en") -> str:
    """The picture as a whole SVG document, with words in `en` or `zh`."""
    t, model = words(language), found.model
    over_weather = model.baseline.days.outdoor_c is not None and found.days.outdoor_c is not None
    panels = 2 if over_weather else 1
    height = _PANEL * panels + _HEAD
    with style():
        figure = Figure(figsize=(_WIDTH / DPI, height / DPI), dpi=DPI)
        axes = list(figure.subplots(panels, 1, squeeze=False)[:, 0])
        figure.subplots_adjust(
            left=0.085, right=0.985, top=1 - _HEAD / height, bottom=_FOOT / height, hspace=0.3
        )
        if over_weather:
            _over_weather(axes[0], found, t)
        _over_time(axes[-1], found, t)
        figure.text(10 / _WIDTH, 1 - 22 / height, _headline(found, t), color=INK, fontsize=14)
        handles, labels = axes[-1].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="upper left", ncols=len(labels), markerscale=1.8,
            bbox_to_anchor=(0.0, 1 - 26 / height),
        )  # fmt: skip
        return svg_of(figure, title=t["plot.title"], description=_description(found, t))


def _over_weather(axes: Axes, found: Measured, t: dict[str, str]) -> None:
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
    if {term.by for term in baseline.terms} - _WEATHER - {None}:
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


def _over_time(axes: Axes, found: Measured, t: dict[str, str]) -> None:
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


def _headline(found: Measured, t: dict[str, str]) -> str:
    saved = t["plot.saved"].format(**_saved(found))
    return f"{saved} · {form_name(found.model.baseline.form, t)}"


def _saved(found: Measured) -> dict[str, str]:
    total = found.savings.total
    return {"saved": f"{total.savings_kwh:,.1f}", "band": f"{total.uncertainty_kwh:,.1f}"}


def _description(found: Measured, t: dict[str, str]) -> str:
    baseline = found.model.baseline
    weather = _WEATHER & {term.by for term in baseline.terms}
    return t["plot.desc"].format(
        axis=t["plot.outdoor"] if weather else t["plot.days"],
        before=round(float(baseline.days.lengths.sum())),
        after=round(float(found.days.lengths.sum())),
        form=baseline.form,
        **_saved(found),
    )
