"""The register around something that was set aside: readings as they came, and what is in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from services.clock import from_ms
from services.metering.spans import Booleans, Floats
from services.web.charts.axes import frame, nothing_known
from services.web.charts.canvas import BLUE, RED, Chart, Size, draw
from services.web.formats import Formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = Size(620, 210)
NARROW = Size(350, 200, narrow=True)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Readings in time order [epoch ms, as displayed]; `doubted`: those of the span, or the single one."""

    times_ms: tuple[int, ...]
    registers: tuple[float, ...]
    doubted: tuple[tuple[int, float], ...]
    unit: str


def register_chart(around: Surroundings, title: str, description: str, formats: Formats) -> Chart:
    """The readings as a line of dots, what is in doubt in red."""
    t = formats.texts

    def paint(figure: "Figure", axes: "Axes", size: Size) -> None:
        doubted = np.array(around.doubted, np.float64).reshape(-1, 2)
        times, registers = np.array(around.times_ms, np.float64), np.array(around.registers)
        for part in _undoubted(times, doubted[:, 0]):
            axes.plot(times[part], registers[part], color=BLUE, linewidth=1.2, marker="o", markersize=2.6)
        axes.plot(
            doubted[:, 0], doubted[:, 1], color=RED, linestyle="--", marker="o", markersize=5.5, linewidth=1.4
        )
        if not around.times_ms:
            nothing_known(axes, t("chart.nothing"))
        legend = [(BLUE, t("quarantine.readings")), (RED, t("quarantine.doubted"))]
        frame(figure, axes, size, unit=around.unit, legend=legend)
        _instant_ticks(axes, around.times_ms, formats, size)

    key = (t.language, str(formats.zone), around)
    return draw(title, description, paint, key=key, wide=WIDE, narrow=NARROW)


def _undoubted(times: Floats, doubted: Floats) -> list[Booleans]:
    """The readings to either side of a doubtful span; all but a single doubtful one."""
    if len(doubted) == 1:
        return [times != doubted[0]]
    return [times <= doubted[0], times >= doubted[1]]


def _instant_ticks(axes: "Axes", times_ms: Sequence[int], formats: Formats, size: Size) -> None:
    if not times_ms:
        return
    first, last = times_ms[0], max(times_ms[-1], times_ms[0] + 60_000)
    places = np.linspace(first, last, 3 if size.narrow else 5)[1:-1]
    local = [from_ms(int(place)).astimezone(formats.zone) for place in places]
    axes.set_xticks(places.tolist(), [_short(moment, last - first) for moment in local])
    room = (last - first) * 0.03
    axes.set_xlim(first - room, last + room)


def _short(moment: datetime, span_ms: int) -> str:
    return f"{moment:%Y-%m-%d}" if span_ms > 60 * 86_400_000 else f"{moment:%m-%d %H:%M}"
