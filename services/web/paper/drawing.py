"""A chart of the pages drawn onto a PDF's page by the same painter, as vectors and with text."""

from typing import Any

from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.path import Path
from matplotlib.transforms import Transform
from reportlab.pdfbase.pdfmetrics import getAscentDescent, stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from services.web.charts.canvas import Chart, Size, drawn_by
from services.web.paper.fonts import REGULAR, register, runs

_ROUND = {"butt": 0, "round": 1, "projecting": 2}


class ChartFlowable(Flowable):
    """A chart as wide as it is given room for."""

    def __init__(self, chart: Chart, width: float) -> None:
        super().__init__()
        self._chart = chart
        self._scale = width / chart.size.width
        self.width = width
        self.height = chart.size.height * self._scale

    def draw(self) -> None:
        """Onto the page that reportlab has chosen, from its lower left corner."""
        canvas = self.canv
        canvas.saveState()
        canvas.scale(self._scale, self._scale)
        drawn_by(PageRenderer(canvas, self._chart.size), self._chart.paint, self._chart.size)
        canvas.restoreState()


class PageRenderer(RendererBase):
    """matplotlib's drawing primitives on a reportlab canvas; a point is a CSS pixel."""

    def __init__(self, canvas: Canvas, size: Size) -> None:
        super().__init__()
        register()
        self._canvas = canvas
        self._size = size

    def flipy(self) -> bool:
        """Zero is at the bottom, as in PDF."""
        return False

    def get_canvas_width_height(self) -> tuple[float, float]:
        """The size of the drawing."""
        return self._size.width, self._size.height

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Fill, then stroke."""
        canvas = self._canvas
        stroke = gc.get_linewidth() > 0 and gc.get_rgb()[3] > 0
        fill = rgbFace is not None and (len(rgbFace) < 4 or rgbFace[3] > 0)
        if not (stroke or fill):
            return
        canvas.saveState()
        self._clip(gc)
        if stroke:
            self._pen(gc)
        if fill:
            red, green, blue = rgbFace[:3]
            alpha = rgbFace[3] if len(rgbFace) > 3 else gc.get_alpha()
            canvas.setFillColorRGB(red, green, blue, alpha=alpha)
        canvas.drawPath(self._outline(path, transform), stroke=int(stroke), fill=int(fill))
        canvas.restoreState()

    def _pen(self, gc: GraphicsContextBase) -> None:
        canvas, (red, green, blue, alpha) = self._canvas, gc.get_rgb()
        dashes: Any
        canvas.setStrokeColorRGB(red, green, blue, alpha=alpha)
        canvas.setLineWidth(gc.get_linewidth())
        canvas.setLineCap(_ROUND[gc.get_capstyle()])
        offset, dashes = gc.get_dashes()
        if dashes is not None:
            canvas.setDash(list(dashes), offset)

    def _clip(self, gc: GraphicsContextBase) -> None:
        box = gc.get_clip_rectangle()
        if box is not None:
            frame = self._canvas.beginPath()
            frame.rect(*box.bounds)
            self._canvas.clipPath(frame, stroke=0, fill=0)

    def _outline(self, path: Path, transform: Transform) -> Any:
        drawn = self._canvas.beginPath()
        last = (0.0, 0.0)
        for points, code in path.iter_segments(transform, simplify=False):
            match code:
                case Path.MOVETO:
                    drawn.moveTo(*points)
                case Path.LINETO:
                    drawn.lineTo(*points)
                case Path.CURVE3:
                    drawn.curveTo(*_cubic(last, points))
                case Path.CURVE4:
                    drawn.curveTo(*points)
                case Path.CLOSEPOLY:
                    drawn.close()
            if code != Path.CLOSEPOLY:
                last = (float(points[-2]), float(points[-1]))
        return drawn

    def draw_text(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: Any, angle: float,
        ismath: Any = False, mtext: Any = None,
    ) -> None:  # fmt: skip
        """Text as text, in the fonts of the paper."""
        canvas, size = self._canvas, prop.get_size_in_points()
        canvas.saveState()
        canvas.translate(x, y)
        canvas.rotate(angle)
        canvas.setFillColorRGB(*gc.get_rgb()[:3])
        at = 0.0
        for font, piece in runs(s):
            canvas.setFont(font, size)
            canvas.drawString(at, 0, piece)
            at += stringWidth(piece, font, size)
        canvas.restoreState()

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        """The size of a line of text by its fonts."""
        size = prop.get_size_in_points()
        ascent, descent = getAscentDescent(REGULAR, size)
        width = sum(stringWidth(piece, font, size) for font, piece in runs(s))
        return width, 0.82 * (ascent - descent), -0.82 * descent


def _cubic(start: tuple[float, float], points: Any) -> tuple[float, ...]:
    """A quadratic curve as a cubic one."""
    (x0, y0), (x1, y1, x2, y2) = start, points
    first = x0 + (x1 - x0) * 2 / 3, y0 + (y1 - y0) * 2 / 3
    second = x2 + (x1 - x2) * 2 / 3, y2 + (y1 - y2) * 2 / 3
    return (*first, *second, x2, y2)
