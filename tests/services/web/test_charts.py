"""Charts: the same figures give the same bytes, text stays text, and the words say what the picture shows."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from services.web.charts import canvas
from services.web.charts.axes import frame
from services.web.charts.canvas import Chart, Size, draw, text_width_em
from services.web.charts.overview import hours_of_today, monthly_savings
from services.web.charts.register import Surroundings, register_chart
from services.web.charts.uses import daily_uses, monthly_uses
from services.web.energy_view import Today, Use
from services.web.formats import Formats
from services.web.i18n import texts
from services.web.savings_view import MonthSavings

SVG = "{http://www.w3.org/2000/svg}"
ZH, EN = (Formats(texts(language), ZoneInfo("Asia/Shanghai")) for language in ("zh", "en"))
START = date(2026, 10, 1)


def days(count: int = 60) -> tuple[Use, ...]:
    return tuple(
        Use(START + timedelta(days=i), 20.0, 30.0 + i, None, 100.0 + i, 0.5 if i == 3 else 1.0)
        for i in range(count)
    )


def months() -> tuple[MonthSavings, ...]:
    return tuple(MonthSavings(date(2026, month, 1), 900.0, 500.0, 400.0, 60.0) for month in range(3, 11))


def today() -> Today:
    return Today((5.0,) * 9 + (None,) * 15, (6.0,) * 24, 9, 45.0, 45.0, 54.0)


HOUR_MS = 3_600_000


def fall() -> Surroundings:
    values = (498.0, 499.0, 500.0, 0.2, 1.2)
    return Surroundings(
        tuple(HOUR_MS * n for n in range(5)), values, ((2 * HOUR_MS, 500.0), (3 * HOUR_MS, 0.2)), "kWh"
    )


def spike() -> Surroundings:
    times = tuple(HOUR_MS * n * 24 * 40 for n in range(3))
    return Surroundings(times, (1.0, 90.0, 2.0), ((times[1], 90.0),), "m³")


CHARTS: dict[str, Callable[[Formats], Chart]] = {
    "days": lambda f: daily_uses(days(), f),
    "months": lambda f: monthly_savings(months(), f),
    "year": lambda f: monthly_uses(days(12), f),
    "hours": lambda f: hours_of_today(today(), f),
    "register": lambda f: register_chart(fall(), f.texts("quarantine.picture"), "500 → 0.2", f),
    "reading": lambda f: register_chart(spike(), f.texts("quarantine.picture"), "a spike", f),
    "no readings": lambda f: register_chart(Surroundings((), (), ((1, 2.0),), "m³"), "none", "none", f),
}


def svgs(chart: Chart) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in (chart.wide, chart.narrow) if svg]


def words(svg: ET.Element) -> list[str]:
    return ["".join(text.itertext()) for text in svg.iter(f"{SVG}text")]


@pytest.fixture(params=CHARTS, name="chart")
def chart_of_each(request: pytest.FixtureRequest) -> Chart:
    return CHARTS[request.param](ZH)


def test_a_chart_is_well_formed_and_named_for_those_who_do_not_see_it(chart: Chart) -> None:
    for svg in svgs(chart):
        assert svg.get("role") == "img"
        title, description = (svg.find(f"{SVG}{tag}") for tag in ("title", "desc"))
        assert title is not None
        assert description is not None
        assert title.text == chart.title
        assert description.text == chart.description
        assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_text_stays_text_in_the_fonts_of_the_page(chart: Chart) -> None:
    for svg in svgs(chart):
        assert words(svg)
    assert "font-family" not in chart.wide
    assert "<style" not in chart.wide.split("<path")[0] or "font" not in chart.wide.split("<path")[0]


def test_a_chart_has_no_size_of_its_own_but_its_proportions(chart: Chart) -> None:
    wide, narrow = svgs(chart)
    assert wide.get("width") is None
    assert narrow.get("viewBox") in {"0 0 350 270", "0 0 350 200"}


def test_a_chart_loads_nothing_and_tells_no_date(chart: Chart) -> None:
    drawn = chart.wide + chart.narrow
    assert "metadata" not in drawn
    assert set(re.findall(r'(?:href|src)="([^"#])', drawn)) == set()
    assert set(re.findall(r"url\(([^#])", drawn)) == set()


def test_ids_are_unique_over_all_charts_of_a_page_and_all_resolve() -> None:
    drawn = "".join(chart.wide + chart.narrow for chart in (make(ZH) for make in CHARTS.values()))
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', drawn)) <= {
        pair for name in ids for pair in ((name, ""), ("", name))
    }


@pytest.mark.parametrize("name", CHARTS)
def test_the_same_figures_give_the_same_bytes(name: str) -> None:
    first = CHARTS[name](EN)
    canvas._DRAWN.clear()
    assert CHARTS[name](EN) == first


def test_a_drawing_is_kept_and_given_again() -> None:
    painted: list[Size] = []

    def paint(_figure: object, _axes: object, size: Size) -> None:
        painted.append(size)

    for _ in range(3):
        draw("kept", "d", paint, key=1, wide=Size(100, 80))
    draw("kept", "d", paint, key=2, wide=Size(100, 80))
    assert len(painted) == 2


def test_old_drawings_make_room() -> None:
    canvas._DRAWN.clear()
    for key in range(canvas._MOST_KEPT):
        canvas._DRAWN[str(key), Size(1, 1)] = ""
    for key in range(2):
        draw("newest", "d", lambda *_: None, key=key, wide=Size(50, 40))
    assert len(canvas._DRAWN) == canvas._MOST_KEPT
    assert ("0", Size(1, 1)) not in canvas._DRAWN
    canvas._DRAWN.clear()


def test_threads_draw_one_after_another_and_alike() -> None:
    found: list[Chart] = []
    canvas._DRAWN.clear()
    threads = [threading.Thread(target=lambda: found.append(CHARTS["days"](EN))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 4


def test_days_of_little_coverage_are_pale_and_counted() -> None:
    whole = tuple(replace(day, coverage=1.0) for day in days())
    assert "opacity: 0.35" in daily_uses(days(), ZH).wide
    assert "opacity: 0.35" not in daily_uses(whole, ZH).wide
    assert "有 1 天数据完整率低于 95 %" in daily_uses(days(), ZH).description
    assert "highest 159 kWh on 29 Nov 2026" in daily_uses(days(), EN).description


def test_labels_are_in_the_language_of_the_page() -> None:
    assert {"照明", "空调", "插座", "其他用电"} <= set(words(svgs(daily_uses(days(), ZH))[0]))
    assert {"Lighting", "Sockets"} <= set(words(svgs(daily_uses(days(), EN))[0]))


def test_months_have_whiskers_and_a_narrow_screen_shows_the_last_six() -> None:
    chart = monthly_savings(months(), EN)
    wide, narrow = svgs(chart)
    assert "2026-03" in words(wide)
    assert "26-03" not in words(narrow)
    assert "26-10" in words(narrow)
    assert "+3,200 kWh" in chart.description


def test_empty_charts_say_so() -> None:
    nothing = (Use(START, None, None, None, None, 0.0),)
    assert "No data yet" in words(svgs(daily_uses(nothing, EN))[0])
    assert "No data yet" in words(svgs(monthly_savings((), EN))[0])
    assert hours_of_today(Today((None,) * 24, (None,) * 24, 0, None, None, None), EN).wide


def test_a_title_cannot_break_out_of_the_drawing() -> None:
    chart = draw("<script>", "a & b", lambda *_: None, key=0, wide=Size(50, 40))
    assert "<script>" not in chart.wide
    assert svgs(chart)


def test_a_legend_too_long_for_the_screen_takes_another_line() -> None:
    legend = [("#123456", f"a rather long label {i}") for i in range(4)]
    chart = draw(
        "legend", "d", lambda figure, axes, size: frame(figure, axes, size, unit="kWh", legend=legend),
        key=legend, wide=Size(900, 200), narrow=Size(350, 200, narrow=True),
    )  # fmt: skip
    heights = [
        {text.get("y") for text in svg.iter(f"{SVG}text") if "label" in "".join(text.itertext())}
        for svg in svgs(chart)
    ]
    assert len(heights[0]) == 1
    assert len(heights[1]) > 1


def test_a_chinese_letter_is_wider_than_a_latin_one() -> None:
    assert text_width_em("节能") == 2.0
    assert text_width_em("ab") == pytest.approx(1.12)


def test_a_register_shows_what_is_in_doubt_in_red_and_joins_nothing_across_it() -> None:
    for around, lines in ((fall(), 2), (spike(), 1)):
        drawn = register_chart(around, "t", "d", EN).wide
        assert drawn.count(f"stroke: {canvas.RED}; stroke-width: 1.4") + drawn.count("stroke-dasharray") >= 1
        assert len(re.findall(rf"<path d=[^>]*stroke: {canvas.BLUE}; stroke-width: 1.2", drawn)) == lines
    assert {"Readings", "In doubt", "01-01 10:00"} <= set(
        words(svgs(register_chart(fall(), "t", "d", EN))[0])
    )
    assert "1970-02-10" in words(svgs(register_chart(spike(), "t", "d", EN))[0])
