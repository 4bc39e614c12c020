"""The picture of a measured saving: ErrorModel, reporting Days and Savings in, one SVG out.

Above, energy over outdoor temperature, where it is known: baseline days, fit, reporting days. Below,
the same days in order with the adjusted baseline and its band. Text stays text, its width estimated, so the
bytes are the same on every machine. matplotlib is imported here only, when a picture is asked for.
"""

import io
import unicodedata
from dataclasses import replace
from datetime import date
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from services.mv.accounting import Savings
from services.mv.baseline import Baseline
from services.mv.command.words import words
from services.mv.forms import COOLING, EVERY_DAY, HEATING, TEMPERATURE
from services.mv.model import Days, Floats
from services.mv.uncertainty.error_model import ErrorModel

_INK, _MUTED, _GRID = "#1d2b33", "#566770", "#dfe5e8"
_BASELINE, _FIT, _REPORTING, _BAND = "#9aa7ad", "#2a6f97", "#d98e04", "#c9dce8"
_WEATHER = {HEATING, COOLING, TEMPERATURE}
_EPOCH = date(1970, 1, 1).toordinal()
_DPI, _WIDTH, _PANEL = 72, 880, 330
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "kilowitness mv",
    "font.family": ["DejaVu Sans"],
    "font.size": 12.0,
    "text.color": _INK,
    "axes.edgecolor": _MUTED,
    "axes.labelcolor": _MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": _GRID,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "legend.frameon": False,
}
_FONTS = "'Noto Sans', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


class _Renderer(RendererSVG):
    """Writes SVG and estimates the size of text instead of asking a font of this machine."""

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        size = prop.get_size_in_points()
        em = sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.56 for sign in s)
        return em * size, 0.95 * size, 0.21 * size


def picture(model: ErrorModel, days: Days, savings: Savings, *, language: str = "en") -> str:
    """The picture as a whole SVG document, with words in `en` or `zh`."""
    t = {key.removeprefix("plot."): text for key, text in words(language).items()}
    over_weather = model.baseline.days.outdoor_c is not None and days.outdoor_c is not None
    panels = 2 if over_weather else 1
    height = _PANEL * panels + 40
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI)
        axes = list(figure.subplots(panels, 1, squeeze=False)[:, 0])
        figure.subplots_adjust(left=0.085, right=0.985, top=1 - 56 / height, bottom=44 / height, hspace=0.3)
        if over_weather:
            _over_weather(axes[0], model, days, t)
        _over_time(axes[-1], model, days, savings, t)
        handles, labels = axes[-1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper left", ncols=len(labels), bbox_to_anchor=(0.0, 1.0))
        return _svg(figure, height, t["title"], _description(model, days, savings, t))


def _over_weather(axes: Axes, model: ErrorModel, days: Days, t: dict[str, str]) -> None:
    """Energy over temperature: the fit is a line a day type, or a dash a day where more drives it."""
    baseline = model.baseline
    learned = baseline.days
    if learned.outdoor_c is None or days.outdoor_c is None:
        return
    axes.plot(learned.outdoor_c, learned.energy_kwh, "o", color=_BASELINE, markersize=3.4, markeredgewidth=0)
    axes.plot(days.outdoor_c, days.energy_kwh, "o", color=_REPORTING, markersize=3.4, markeredgewidth=0)
    if {term.by for term in baseline.terms} - _WEATHER - {None}:
        fitted = baseline.predict(learned)
        axes.plot(learned.outdoor_c, fitted, "_", color=_FIT, markersize=5, markeredgewidth=1.4)
    else:
        _lines(axes, model, t)
    _frame(axes, learned.energy_kwh, days.energy_kwh)
    axes.set_xlabel(t["outdoor"])


def _lines(axes: Axes, model: ErrorModel, t: dict[str, str]) -> None:
    baseline = model.baseline
    names = list(dict.fromkeys(term.of for term in baseline.terms if term.by is None))
    for name in names:
        at = _span_of(baseline, name)
        expected, half = baseline.predict(at), model.of_days(at)
        outdoor = at.outdoor_c
        if outdoor is None:
            continue
        axes.fill_between(outdoor, expected - half, expected + half, color=_BAND, alpha=0.4, linewidth=0)
        axes.plot(outdoor, expected, color=_FIT, linewidth=1.8)
        if len(names) > 1:
            axes.annotate(
                t.get(name, name.replace("_", " ")),
                (float(outdoor[-1]), float(expected[-1])),
                xytext=(-4, 5 if name == names[0] else -13),
                textcoords="offset points",
                ha="right",
                fontsize=11,
                color=_FIT,
            )


def _span_of(baseline: Baseline, name: str) -> Days:
    """Days of one type from the coldest to the hottest baseline day of that type."""
    learned = baseline.days
    outdoor: Floats = learned.outdoor_c if learned.outdoor_c is not None else np.zeros(1)
    of = [i for i, found in enumerate(learned.day_types) if name in (EVERY_DAY, found)]
    at = np.linspace(outdoor[of].min(), outdoor[of].max(), 120)
    one = learned.take([of[0]] * len(at))
    return replace(one, outdoor_c=at, length_d=None, inside_c=None)


def _over_time(axes: Axes, model: ErrorModel, days: Days, savings: Savings, t: dict[str, str]) -> None:
    learned = model.baseline.days
    expected, half = model.baseline.predict(days), model.of_days(days) / days.lengths
    at, after = (_numbers(rows.days) for rows in (learned, days))
    axes.plot(
        at, learned.energy_kwh, "o",
        color=_BASELINE, markersize=3, markeredgewidth=0, label=t["baseline_days"],
    )  # fmt: skip
    axes.plot(at, model.baseline.predict(learned), "_", color=_FIT, markersize=4, label=t["fit"])
    axes.plot(after, expected, "_", color=_FIT, markersize=4)
    axes.bar(after, 2 * half, days.lengths, expected - half, color=_BAND, alpha=0.7, label=t["one_day_band"])
    counted = np.array([row.left_out is None for row in savings.days])
    axes.plot(
        after[counted], days.energy_kwh[counted], "o",
        color=_REPORTING, markersize=3, markeredgewidth=0, label=t["reporting_days"],
    )  # fmt: skip
    _frame(axes, learned.energy_kwh, days.energy_kwh)
    locator: Any = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formats = ["%Y", "%Y-%m", "%m-%d", "", "", ""]
    formatter: Any = ConciseDateFormatter(locator, formats=formats)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)


def _numbers(days: tuple[date, ...]) -> Floats:
    return np.array([day.toordinal() - _EPOCH for day in days], dtype=np.float64)


def _frame(axes: Axes, *energies: Floats) -> None:
    top = max(float(np.nanmax(energy)) for energy in energies)
    axes.set_ylim(0, 1.06 * top if top > 0 else 1)
    axes.grid(visible=True, axis="y")
    axes.yaxis.set_major_formatter(lambda value, _position: f"{value:,.6g}")
    axes.set_ylabel("kWh/d")


def _description(model: ErrorModel, days: Days, savings: Savings, t: dict[str, str]) -> str:
    weather = _WEATHER & {term.by for term in model.baseline.terms}
    return t["desc"].format(
        axis=t["outdoor"] if weather else t["days"],
        before=len(model.baseline.days.days),
        after=len(days.days),
        form=model.baseline.form,
        saved=f"{savings.total.savings_kwh:,.1f}",
        band=f"{savings.total.uncertainty_kwh:,.1f}",
    )


def _svg(figure: Figure, height: int, title: str, description: str) -> str:
    sink = io.StringIO()
    metadata = {"Title": title, "Description": description, "Date": None}
    renderer: Any = _Renderer(_WIDTH, height, sink, metadata=metadata)  # type: ignore[no-untyped-call]
    figure.draw(renderer)
    renderer.finalize()
    drawn = sink.getvalue().replace("'DejaVu Sans'", _FONTS)
    return drawn.replace(f'width="{_WIDTH}pt" height="{height}pt"', f'width="{_WIDTH}" height="{height}"')
