"""What all charts share: the grid, the unit above the axis, the legend, ticks that fit the width."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from services.web.charts.canvas import GRID, INK, MUTED, Size, text_width_em
from services.web.formats import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FONT = 12.0
_LEGEND_LINE = 20.0


def frame(
    figure: "Figure", axes: "Axes", size: Size, *, unit: str, legend: Sequence[tuple[str, str]] = ()
) -> None:
    """Lay out margins, a light horizontal grid, the unit at the top left and a legend of (colour, label)."""
    lines = _legend_lines(legend, size)
    top = 26 + _LEGEND_LINE * len(lines)
    figure.subplots_adjust(
        left=48 / size.width, right=1 - 16 / size.width, bottom=26 / size.height, top=1 - top / size.height
    )
    axes.grid(visible=True, axis="y")
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(lambda value, _position: number(value, _digits(axes)))
    axes.locator_params(axis="y", nbins=5)
    figure.text(
        4 / size.width, 1 - (top - 10) / size.height, unit, fontsize=11.5, color=MUTED, va="bottom", ha="left"
    )
    for row, line in enumerate(lines):
        _legend_row(figure, size, line, y=size.height - 4 - _LEGEND_LINE * row)


def _digits(axes: "Axes") -> int:
    low, high = axes.get_ylim()
    span = high - low
    return 0 if span >= 5 else 1 if span >= 0.5 else 2


def _legend_lines(legend: Sequence[tuple[str, str]], size: Size) -> list[list[tuple[str, str]]]:
    lines: list[list[tuple[str, str]]] = []
    room = 0.0
    for colour, label in legend:
        need = _entry_width(label)
        if not lines or need > room:
            lines.append([])
            room = size.width - 8.0
        lines[-1].append((colour, label))
        room -= need
    return lines


def _entry_width(label: str) -> float:
    return 15 + text_width_em(label) * _FONT + 14


def _legend_row(figure: "Figure", size: Size, entries: Sequence[tuple[str, str]], *, y: float) -> None:
    from matplotlib.patches import Rectangle

    x = 4.0
    for colour, label in entries:
        figure.add_artist(
            Rectangle(
                (x / size.width, (y - 10) / size.height), 10 / size.width, 10 / size.height,
                transform=figure.transFigure, facecolor=colour, linewidth=0,
            )
        )  # fmt: skip
        figure.text((x + 15) / size.width, (y - 9) / size.height, label, fontsize=_FONT, color=INK)
        x += _entry_width(label)


def day_ticks(axes: "Axes", days: Sequence[date], size: Size) -> None:
    """Month-day labels under every so many days, the last one kept clear of its neighbour."""
    most = 5 if size.narrow else 9
    step = max(1, -(-len(days) // most))
    places = list(range(0, len(days), step))
    axes.set_xticks(places, [f"{days[i]:%m-%d}" for i in places])
    axes.set_xlim(-0.8, len(days) - 0.2)


def month_ticks(axes: "Axes", months: Sequence[date], size: Size) -> None:
    """Year-month labels, with room for at least three bars."""
    step = max(1, -(-len(months) // (6 if size.narrow else 12)))
    places = list(range(0, len(months), step))
    pattern = "%y-%m" if size.narrow else "%Y-%m"
    axes.set_xticks(places, [f"{months[i]:{pattern}}" for i in places])
    axes.set_xlim(-0.7, max(3, len(months)) - 0.3)


def zero_line(axes: "Axes") -> None:
    """A line at zero, for charts that go below it."""
    axes.axhline(0, color=MUTED, linewidth=0.9, zorder=1.5)


def nothing_known(axes: "Axes", text: str) -> None:
    """An empty chart says so."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.axhline(0.5, color=GRID, linewidth=0.8)
    axes.text(0.5, 0.55, text, transform=axes.transAxes, ha="center", color=MUTED)
