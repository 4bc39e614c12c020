"""Charts on a PDF's page: what matplotlib asks for arrives as vectors in the page's content, in its place."""

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from services.web.charts.canvas import Chart, Painter, Size, draw
from services.web.paper.drawing import ChartFlowable, PageRenderer
from services.web.paper.fonts import register

SIZE = Size(400, 200)


def chart_of(paint: Painter) -> Chart:
    return draw("title", "description", paint, key=object(), wide=SIZE)


def page_of(paint: Painter, width: float = 400.0) -> Any:
    register()
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=(500, 300))
    flowable = ChartFlowable(chart_of(paint), width)
    flowable.drawOn(canvas, 10, 20)
    canvas.save()
    return PdfReader(io.BytesIO(sink.getvalue())).pages[0]


def content_of(paint: Painter, width: float = 400.0) -> str:
    data: bytes = page_of(paint, width).get_contents().get_data()
    return data.decode("latin-1")


def plotted(*arguments: Any, **settings: Any) -> Painter:
    def paint(_figure: Any, axes: Any, _size: Size) -> None:
        axes.set_axis_off()
        axes.plot(*arguments, **settings)

    return paint


def count(operator: str, content: str) -> int:
    return len(re.findall(rf"(?<=\s){operator}(?=\s)", content))


def test_a_line_is_a_path_in_its_colour_and_width() -> None:
    content = content_of(plotted([0, 1, 2], [0, 1, 0], color="#ff0000", linewidth=2.5))
    assert "1 0 0 RG" in content
    assert "2.5 w" in content
    assert count("m", content) >= 1
    assert count("l", content) >= 2


def test_dashes_stay_dashes() -> None:
    plain = content_of(plotted([0, 1], [0, 1]))
    dashed = content_of(plotted([0, 1], [0, 1], linestyle=(0, (4, 2)), linewidth=1))
    assert re.search(r"\[4 2\] 0(\.0)? d", dashed)
    assert " d" not in plain


def test_markers_are_round_and_filled() -> None:
    content = content_of(plotted([0, 1], [0, 1], "o", color="#00ff00", markeredgewidth=0))
    assert "0 1 0 rg" in content
    assert count("c", content) >= 16


def test_a_band_is_filled_with_its_alpha() -> None:
    def paint(_figure: Any, axes: Any, _size: Size) -> None:
        axes.fill_between([0, 1], [0, 0], [1, 1], color="#0000ff", alpha=0.25)

    page = page_of(paint)
    states = [state.get_object() for state in page["/Resources"]["/ExtGState"].values()]
    assert 0.25 in {round(float(state["/ca"]), 2) for state in states if "/ca" in state}
    assert "0 0 1 rg" in page.get_contents().get_data().decode("latin-1")


def test_what_leaves_the_axes_is_clipped() -> None:
    content = content_of(plotted([0, 1], [0, 1]))
    assert "re W* n" in content


def test_text_is_text_in_the_fonts_of_the_paper() -> None:
    def paint(figure: Any, _axes: Any, _size: Size) -> None:
        figure.text(0.1, 0.5, "校准基准 12.5 喆\U00020bb7", rotation=90)

    assert "校准基准 12.5 喆[U+20BB7]" in page_of(paint).extract_text().replace("\n", "")


@pytest.mark.parametrize("width", [200.0, 400.0])
def test_the_drawing_is_as_wide_as_there_is_room(width: float) -> None:
    flowable = ChartFlowable(chart_of(plotted([0, 1], [0, 1])), width)
    assert flowable.wrap(1000, 1000) == (width, width / 2)
    scale = width / SIZE.width
    assert f"{scale:g} 0 0 {scale:g} 0 0 cm".replace("0.5", ".5") in content_of(
        plotted([0, 1], [0, 1]), width
    )


def test_a_quadratic_curve_keeps_its_ends() -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    def paint(_figure: Any, axes: Any, _size: Size) -> None:
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        path = Path([(0, 0), (0.5, 1), (1, 0)], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
        axes.add_patch(PathPatch(path, fill=False))

    assert count("c", content_of(paint)) == 1


def measured(text: str, size: float = 10.0) -> tuple[float, float, float]:
    from matplotlib.font_manager import FontProperties

    renderer = PageRenderer(Canvas(io.BytesIO()), SIZE)
    assert not renderer.flipy()
    assert renderer.get_canvas_width_height() == (400, 200)
    return renderer.get_text_width_height_descent(text, FontProperties(size=size), ismath=False)


def test_text_is_measured_by_its_font() -> None:
    chinese, latin, both = (measured(text)[0] for text in ("校准", "kWh", "校准kWh"))
    assert chinese == pytest.approx(20.0)
    assert both == pytest.approx(chinese + latin)
    assert measured("校准", 20.0)[0] == pytest.approx(40.0)
    _, height, descent = measured("g")
    assert 0 < descent < height


def test_a_chart_is_the_same_chart_whatever_paints_it() -> None:
    paints: list[Callable[..., None]] = [plotted([0, 1], [0, 1]) for _ in range(2)]
    first, second = (draw("t", "d", paint, key=1, wide=SIZE) for paint in paints)
    assert first == second
    assert first.paint is not second.paint


def test_many_days_stay_small() -> None:
    x = np.arange(365)
    content = content_of(plotted(x, np.sin(x / 58.0), "o", markersize=2.6))
    assert len(content) < 400_000
