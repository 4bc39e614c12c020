"""One figure in, one inline SVG out, drawn with matplotlib's object interface and kept by its content.

Text stays text in the page's own fonts, so its width is estimated (a Latin letter 0.56 em, a Chinese one
1 em) and not taken from the fonts of the server: the bytes are the same on every machine.
"""

import hashlib
import io
import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1d2b33"
MUTED = "#566770"
GRID = "#dfe5e8"
BLUE = "#2a6f97"
AMBER = "#d98e04"
TEAL = "#3d9a8b"
VIOLET = "#8a6fa8"
GREY = "#9aa7ad"
RED = "#b3261e"

_DPI = 72
_LOCK = threading.Lock()
_STYLE = {
    "svg.fonttype": "none",
    "font.size": 12.0,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 11.5,
    "ytick.labelsize": 11.5,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "hatch.linewidth": 0.9,
}


@dataclass(frozen=True, slots=True)
class Size:
    """The canvas in CSS pixels; `narrow` tells a painter to label sparsely."""

    width: int
    height: int
    narrow: bool = False


Painter = Callable[["Figure", "Axes", Size], None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing in one width or two, and what it says in words for those who do not see it.

    `paint` draws it anew at `size`, for what is not a page: see `drawn_by`.
    """

    title: str
    description: str
    wide: str
    narrow: str
    size: Size
    paint: Painter = field(compare=False)


_MOST_KEPT = 128
_DRAWN: OrderedDict[tuple[str, Size], str] = OrderedDict()


def text_width_em(text: str) -> float:
    """The estimated width of a line of text, in em."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.56 for c in text)


def draw(
    title: str, description: str, paint: Painter, *, key: object, wide: Size, narrow: Size | None = None
) -> Chart:
    """Draw for wide and narrow screens.

    `key` is what the picture depends on besides its words: the same ones find the drawing that was kept.
    """
    digest = hashlib.sha256(repr((title, description, key)).encode()).hexdigest()
    drawn = [_kept(digest, size, title, description, paint) for size in (wide, narrow) if size]
    return Chart(title, description, drawn[0], drawn[1] if narrow else "", wide, paint)


def _kept(digest: str, size: Size, title: str, description: str, paint: Painter) -> str:
    with _LOCK:  # matplotlib's style is shared by all threads
        if (digest, size) not in _DRAWN:
            raw = _render(paint, size, salt=f"{digest}{size.width}")
            name = f"c{digest[:8]}{size.width}"
            _DRAWN[digest, size] = _inline(raw, name=name, title=title, description=description)
            if len(_DRAWN) > _MOST_KEPT:
                _DRAWN.popitem(last=False)
        _DRAWN.move_to_end((digest, size))
        return _DRAWN[digest, size]


def drawn_by(renderer: Any, paint: Painter, size: Size, *, salt: str = "") -> None:
    """Let a matplotlib renderer draw; one chart at a time, for all threads share matplotlib's style."""
    with _LOCK:
        _draw(renderer, paint, size, salt=salt)


def _draw(renderer: Any, paint: Painter, size: Size, *, salt: str) -> None:
    matplotlib, figure_type, _ = _parts()
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": salt}):
        figure = figure_type(figsize=(size.width / _DPI, size.height / _DPI), dpi=_DPI)
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        paint(figure, axes, size)
        figure.draw(renderer)


def _render(paint: Painter, size: Size, *, salt: str) -> str:
    sink = io.StringIO()
    renderer = _parts()[2](size.width, size.height, sink, metadata={"Date": None, "Creator": None})
    _draw(renderer, paint, size, salt=salt)
    renderer.finalize()
    return sink.getvalue()


@cache
def _parts() -> tuple[Any, Any, Any]:
    """matplotlib, imported when the first chart is drawn: it takes most of a second."""
    import matplotlib
    from matplotlib.backends.backend_svg import RendererSVG
    from matplotlib.figure import Figure

    class Renderer(RendererSVG):
        """Writes SVG and estimates the size of text instead of asking a font of this machine."""

        def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
            size = prop.get_size_in_points()
            return text_width_em(s) * size, 0.95 * size, 0.21 * size

    return matplotlib, Figure, Renderer


def warm_up() -> None:
    """Import what the first chart needs; for a service's start, so that no visitor waits for it."""
    _parts()


_UNUSED_ID = re.compile(r' id="(?!c?[phm][0-9a-f]{10}")[^"]*"')
_FONT = re.compile(r" ?font-family: [^;\"]*;?")
_BLANKS = re.compile(r"\s*\n\s*")


def _inline(raw: str, *, name: str, title: str, description: str) -> str:
    """The drawing as a part of a page: no prologue, no fixed size, no ids but those it refers to itself."""
    body = raw[raw.index("<svg") :]
    opening, _, content = body.partition(">")
    view_box = opening.partition('viewBox="')[2].partition('"')[0]
    content = re.sub(r"<metadata>.*?</metadata>", "", content, flags=re.DOTALL)
    content = _BLANKS.sub(" ", _FONT.sub("", _UNUSED_ID.sub("", content)))
    head = (
        f'<svg viewBox="{view_box}" role="img" aria-labelledby="{name}t {name}d" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{name}t">{escape(title)}</title><desc id="{name}d">{escape(description)}</desc>'
    )
    return head + content.strip()
