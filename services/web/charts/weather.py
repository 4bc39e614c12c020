"""The statement's scatter: daily energy against outdoor temperature, with the baseline's model as lines."""

from typing import TYPE_CHECKING

from services.mv.forms import EVERY_DAY
from services.web.charts.axes import frame
from services.web.charts.canvas import AMBER, BLUE, GREY, INK, MUTED, TEAL, VIOLET, Chart, Size, draw
from services.web.formats import Formats, number
from services.web.statement_model import Scatter
from services.web.statement_names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = Size(760, 290)
NARROW = Size(350, 330, narrow=True)
_ALL = {EVERY_DAY: GREY}
_LINES = (INK, TEAL, VIOLET, BLUE)
"""Lines and baseline days by day type, in their printed order; more types begin anew."""


def scatter(series: Scatter, names: Names, formats: Formats) -> Chart:
    """Baseline days as rings in their type's colour, days of the period filled, the model as lines."""
    t = formats.texts
    types = [line.day_type for line in series.lines]
    colours = {of: _LINES[i % len(_LINES)] for i, of in enumerate(types)}
    description = t("chart.weather.desc", baseline=len(series.baseline), reporting=len(series.reporting))
    legend = [(colours[of], t("chart.weather.line", day=names.day_type(of))) for of in types]
    legend += [(GREY, t("chart.weather.baseline")), (AMBER, t("chart.weather.reporting"))]

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        for of, colour in (_ALL if types == [EVERY_DAY] else colours).items():
            dots = [(x, y) for x, y, name in series.baseline if of in {name, EVERY_DAY}]
            axes.plot(*_columns(dots), "o", color=colour, alpha=0.5, markersize=3, mew=0, zorder=2)
        dots = [(x, y) for x, y, _ in series.reporting]
        axes.plot(*_columns(dots), "D", color=AMBER, markersize=4.4, mew=0, zorder=4)
        for line in series.lines:
            axes.plot(line.outdoor_c, line.energy_kwh, color=colours[line.day_type], linewidth=1.8, zorder=3)
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]) if _below_zero(series) else 0.0)
        frame(figure, axes, size, unit="kWh/d", legend=legend)
        figure.subplots_adjust(bottom=44 / size.height)
        axes.xaxis.set_major_formatter(lambda value, _position: number(value))
        axes.tick_params(axis="x", colors=MUTED)
        axes.set_xlabel(t("chart.weather.axis"), fontsize=11.5)

    key = (t.language, series, tuple(names.day_type(of) for of in types))
    return draw(t("chart.weather.title"), description, paint, key=key, wide=WIDE, narrow=NARROW)


def _columns(dots: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in dots], [y for _, y in dots]


def _below_zero(series: Scatter) -> bool:
    return any(value < 0 for line in series.lines for value in line.energy_kwh)
