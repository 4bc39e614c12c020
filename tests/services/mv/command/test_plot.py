"""The picture of `kilowitness mv`, for days, hours and bills."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from services.mv.command.main import main
from tests.services.mv.command.buildings import (
    AFTER,
    Write,
    bills,
    cooled,
    files,
    hour_rows,
    rows_of,
    stepped,
)
from tests.services.mv.hourly import office_hours

NAME = "{http://www.w3.org/2000/svg}"


def svg_of(arguments: list[str], tmp_path: Path, *more: str) -> str:
    file = tmp_path / "out.svg"
    assert main([*arguments, "--plot", str(file), "--json", *more]) == 0
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "label"), [("en", "Reporting period"), ("zh", "统计报告期")])
def test_the_picture_shows_both_periods_fit_and_band(
    daily: list[str], tmp_path: Path, language: str, label: str
) -> None:
    svg = svg_of(daily, tmp_path, "--language", language)
    root = ET.fromstring(svg)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert label in texts
    assert {"en": "kWh/d", "zh": "kWh/天"}[language] in texts
    assert svg.count("<use") > 4 * 365
    assert svg == svg_of(daily, tmp_path, "--language", language)


def test_the_picture_of_a_flat_load_has_days_only(write: Write, tmp_path: Path) -> None:
    flat = [(day, "", 10.0) for day, _, _ in rows_of(cooled())]
    after = [(day, "", 0.0) for day, _, _ in rows_of(cooled(AFTER))]
    svg = svg_of(files(write, flat, after), tmp_path)
    assert "°C" not in svg.split("</metadata>")[1]


def test_the_picture_of_hours_and_of_many_drivers_can_be_drawn(write: Write, tmp_path: Path) -> None:
    hours = files(write, hour_rows(office_hours(90)), hour_rows(office_hours(30, start=AFTER)))
    assert svg_of(hours, tmp_path, "--method", "towt").count("<use") > 2 * 90


def texts_of(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{NAME}text")]


def test_the_saving_is_the_headline(daily: list[str], tmp_path: Path) -> None:
    (headline,) = (text for text in texts_of(svg_of(daily, tmp_path)) if text.startswith("Saved"))
    assert re.fullmatch(r"Saved [0-9,.]+ ± [0-9,.]+ kWh at 90 % · 3PC by day type", headline)


def test_day_types_are_named_apart_even_where_their_lines_meet(write: Write, tmp_path: Path) -> None:
    close = replace(cooled(), energy_kwh=cooled().energy_kwh.copy())
    off = np.array([flag is not True for flag in close.working])
    close.energy_kwh[off] += 57
    after = replace(cooled(AFTER), energy_kwh=0.8 * cooled(AFTER).energy_kwh)
    arguments = [*files(write, rows_of(close), rows_of(after)), "--method", "3pc-types"]
    heights = {
        "".join(node.itertext()): float(re.findall(r"[-0-9.]+", node.get("transform", "0"))[-1])
        for node in ET.fromstring(svg_of(arguments, tmp_path)).iter(f"{NAME}text")
        if "".join(node.itertext()) in {"working days", "days off"}
    }
    assert len(heights) == 2
    assert abs(heights["working days"] - heights["days off"]) >= 11


@pytest.mark.parametrize(("language", "label"), [("en", "step +"), ("zh", "阶跃 +")])
def test_a_step_is_marked_with_its_size(write: Write, tmp_path: Path, language: str, label: str) -> None:
    after = stepped(cooled(AFTER, seed=8), by_kwh=30, at=200)
    arguments = files(write, rows_of(cooled()), rows_of(after))
    svg = svg_of(arguments, tmp_path, "--language", language)
    assert [text for text in texts_of(svg) if text.startswith(label)]
    assert svg.count("stroke-dasharray") == 1
    plain = files(write, rows_of(cooled()), rows_of(cooled(AFTER, seed=8)))
    assert "stroke-dasharray" not in svg_of(plain, tmp_path, "--language", language)


def test_a_bill_is_as_wide_as_it_is_long(write: Write, tmp_path: Path) -> None:
    arguments = files(write, bills(cooled(), 1), bills(cooled(AFTER.replace(day=1), seed=8), 0.7))
    svg = svg_of(arguments, tmp_path)
    assert "90 % band of one bill" in texts_of(svg)
    assert "365 baseline days" in svg
    collections = re.findall(r'<g id="LineCollection_[0-9]+">(.*?)</g>', svg, re.DOTALL)
    assert len(collections) == 4
    starts, ends = np.array(re.findall(r"M ([0-9.]+) [0-9.]+ \nL ([0-9.]+)", collections[0]), float).T
    assert len(starts) == 12
    np.testing.assert_allclose(starts[1:], ends[:-1], atol=0.01)
    days = np.array([31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 30])
    widths = (ends - starts) / (ends - starts).min()
    np.testing.assert_allclose(widths, days / 28, rtol=1e-3)


def test_a_band_that_is_far_above_the_data_does_not_flatten_them(write: Write, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    wild = replace(cooled(), energy_kwh=100 * rng.lognormal(0, 1.2, 365))
    after = replace(cooled(AFTER), energy_kwh=np.full(365, 20.0))
    svg = svg_of(files(write, rows_of(wild), rows_of(after)), tmp_path)
    ticks = [float(text.replace(",", "")) for text in texts_of(svg) if re.fullmatch(r"[0-9,]+", text)]
    assert max(tick for tick in ticks if tick not in (2024, 2025, 2026)) <= 1.5 * wild.energy_kwh.max()
