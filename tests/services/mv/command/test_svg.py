from xml.etree import ElementTree as ET

from matplotlib.figure import Figure

from services.mv.command.svg import DPI, style, svg_of


def drawn(text: str) -> str:
    with style():
        figure = Figure(figsize=(400 / DPI, 200 / DPI), dpi=DPI)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], label=text)
        axes.legend(loc="lower right")
        return svg_of(figure, title="a title", description="a description")


def test_text_stays_text_and_names_fonts_that_have_chinese() -> None:
    svg = drawn("节能量")
    root = ET.fromstring(svg)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "节能量" in texts
    assert "Noto Sans CJK SC" in svg
    assert "DejaVu" not in svg


def test_the_same_figure_is_the_same_bytes_and_tells_no_date() -> None:
    assert drawn("x") == drawn("x")
    assert "<dc:date>" not in drawn("x")


def test_the_size_is_in_pixels_and_title_and_description_are_there() -> None:
    svg = drawn("x")
    root = ET.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("400", "200")
    assert "a title" in svg
    assert "a description" in svg


def test_a_wide_letter_takes_more_room_than_a_narrow_one() -> None:
    """Beside the right edge, text begins further left the wider it is: one em a sign, or about half."""

    def begins(text: str) -> float:
        texts = ET.fromstring(drawn(text)).iter("{http://www.w3.org/2000/svg}text")
        return next(float(node.get("x", "")) for node in texts if "".join(node.itertext()) == text)

    assert begins("abc") - begins("节能量") > 12
