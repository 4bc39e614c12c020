"""A figure as SVG: the same bytes on every machine, text as text, its width estimated, not asked of a font.

matplotlib is imported here, in `plot` and in `panels` only, when a picture is asked for.
"""

import io
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure

INK, MUTED, GRID = "#1d2b33", "#566770", "#dfe5e8"
DPI = 72
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "kilowitness mv",
    "font.family": ["DejaVu Sans"],
    "font.size": 12.0,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "legend.frameon": False,
}
_FONTS = "'Noto Sans', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


class _Renderer(RendererSVG):
    """Writes SVG and estimates the size of text instead of asking a font of this machine."""

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        size = prop.get_size_in_points()
        em = sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.56 for sign in s)
        return em * size, 0.95 * size, 0.21 * size


@contextmanager
def style() -> Iterator[None]:
    """The look of everything that is drawn inside."""
    with matplotlib.rc_context(_STYLE):
        yield


def svg_of(figure: Figure, *, title: str, description: str) -> str:
    """The whole SVG document of a figure whose resolution is `DPI`; to be called within `style`."""
    width, height = (round(side * DPI) for side in figure.get_size_inches())
    sink = io.StringIO()
    metadata = {"Title": title, "Description": description, "Date": None}
    renderer: Any = _Renderer(width, height, sink, metadata=metadata)  # type: ignore[no-untyped-call]
    figure.draw(renderer)
    renderer.finalize()
    drawn = sink.getvalue().replace("'DejaVu Sans'", _FONTS)
    return drawn.replace(f'width="{width}pt" height="{height}pt"', f'width="{width}" height="{height}"')
