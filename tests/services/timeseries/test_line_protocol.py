"""The encoder against a parser written from the specification alone, and against a real influxd."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import httpx2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.timeseries.line_protocol import encode, key_values, series_key
from services.timeseries.schema import POSITIONS, READINGS, Measurement
from services.timeseries.store import Point

T0 = 1_780_000_000_000
numbers = count()


def line(point: Point) -> str:
    (encoded,) = encode([point])
    return encoded.decode()


def split_unescaped(text: str, separator: str, limit: int = -1) -> list[str]:
    """Split where `separator` stands without a backslash before it."""
    parts: list[str] = []
    start = position = 0
    while position < len(text) and limit != len(parts):
        if text[position] == "\\" and position + 1 < len(text) and text[position + 1] in ", =":
            position += 2
            continue
        if text[position] == separator:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def unescape(text: str) -> str:
    return re.sub(r"\\([, =])", r"\1", text)


def parse(text: str) -> tuple[str, dict[str, str], dict[str, float], int]:
    assert "\n" not in text
    key, fields, time = split_unescaped(text, " ")
    measurement, *tags = split_unescaped(key, ",")
    pairs = [split_unescaped(part, "=", 1) for part in tags]
    values = [split_unescaped(part, "=", 1) for part in split_unescaped(fields, ",")]
    return (
        unescape(measurement),
        {unescape(name): unescape(value) for name, value in pairs},
        {unescape(name): float(value) for name, value in values},
        int(time),
    )


def test_a_line_is_measurement_tags_fields_and_milliseconds() -> None:
    point = Point(READINGS, ("gov", "m1"), T0, {"energy_kwh": 12345.678, "power_kw": 3.21})
    assert line(point) == f"readings,institution=gov,meter=m1 energy_kwh=12345.678,power_kw=3.21 {T0}"


def test_each_point_has_its_own_line() -> None:
    points = [
        Point(READINGS, ("gov", "m1"), T0, {"energy_kwh": 1.0}),
        Point(POSITIONS, ("gov", "v1"), T0 + 1, {"lat": 30.25, "lon": 120.125}),
    ]
    assert encode(points) == [
        b"readings,institution=gov,meter=m1 energy_kwh=1.0 1780000000000",
        b"positions,institution=gov,vehicle=v1 lat=30.25,lon=120.125 1780000000001",
    ]
    assert encode([]) == []


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("a b", r"a\ b"),
        ("a,b", r"a\,b"),
        ("a=b", r"a\=b"),
        ("a\\b", "a\\b"),
        ("a\\,b", "a\\\\,b"),
        ('"', '"'),
        ("楼", "楼"),
    ],
)
def test_what_is_escaped_in_a_tag_value(value: str, escaped: str) -> None:
    point = Point(READINGS, ("gov", value), T0, {"energy_kwh": 1.0})
    assert line(point) == f"readings,institution=gov,meter={escaped} energy_kwh=1.0 {T0}"


def test_names_are_escaped_too() -> None:
    odd = Measurement("a b,c=d", ("t g", "u,w"), ("f=1", "g h"))
    encoded = line(Point(odd, ("x", "y"), T0, {"f=1": 1.0, "g h": 2.0}))
    assert encoded == rf"a\ b\,c=d,t\ g=x,u\,w=y f\=1=1.0,g\ h=2.0 {T0}"


def test_an_empty_tag_is_left_out() -> None:
    point = Point(READINGS, ("", "m1"), T0, {"energy_kwh": 1.0})
    assert line(point) == f"readings,meter=m1 energy_kwh=1.0 {T0}"
    none = Point(READINGS, ("", ""), T0, {"energy_kwh": 1.0})
    assert line(none) == f"readings energy_kwh=1.0 {T0}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1.0"), (True, "1.0"), (0.1, "0.1"), (1e22, "1e+22"), (-0.0, "-0.0"), (5e-324, "5e-324")],
)
def test_numbers_are_written_as_floats(value: float, text: str) -> None:
    assert f"power_kw={text} " in line(Point(READINGS, ("gov", "m1"), T0, {"power_kw": value}))


tag_values = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=20
).filter(lambda value: not value.endswith("\\"))
tricky_values = st.text(st.sampled_from("ab\\,= \"'\t楼"), min_size=1, max_size=12).filter(
    lambda value: not value.endswith("\\")
)
points = st.builds(
    Point,
    st.just(READINGS),
    st.tuples(tag_values | tricky_values, tag_values | tricky_values),
    st.integers(-9_000_000_000_000, 9_000_000_000_000),
    st.dictionaries(
        st.sampled_from(READINGS.fields), st.floats(allow_nan=False, allow_infinity=False), min_size=1
    ),
)


@given(points)
def test_any_point_parses_back_to_itself(point: Point) -> None:
    name, tags, fields, time = parse(line(point))
    assert name == "readings"
    assert tags == {"institution": point.tags[0], "meter": point.tags[1]}
    assert fields == point.fields
    assert time == point.time_ms


@pytest.fixture(scope="module")
def influx(influxd_port: int) -> Iterator[httpx2.Client]:
    """A client of the real influxd with an empty database called lines."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{influxd_port}") as client:
        client.post("/query", params={"q": "CREATE DATABASE lines"}).raise_for_status()
        yield client


@pytest.mark.influxd
@settings(max_examples=60, deadline=None)
@given(point=points)
def test_a_real_influxd_reads_any_point_as_meant(influx: httpx2.Client, point: Point) -> None:
    measurement = replace(READINGS, name=f"readings{next(numbers)}")
    (encoded,) = encode([msgspec.structs.replace(point, measurement=measurement)])
    written = influx.post("/write", params={"db": "lines", "precision": "ms"}, content=encoded)
    assert written.status_code == 204, written.text
    statement = f"SELECT * FROM {measurement.name} GROUP BY *"
    answer = influx.get("/query", params={"db": "lines", "epoch": "ms", "q": statement})
    (series,) = answer.json()["results"][0]["series"]
    assert series["tags"] == {"institution": point.tags[0], "meter": point.tags[1]}
    time, *values = series["values"][0]
    assert time == point.time_ms
    assert dict(zip(series["columns"][1:], map(float, values), strict=True)) == point.fields


@given(st.tuples(*[st.just("") | tag_values | tricky_values] * 2))
def test_a_series_key_gives_its_tags_back(values: tuple[str, str]) -> None:
    key = series_key("some, name", ("institution", "me ter"), values)
    assert key_values(key, ("institution", "me ter")) == values
    assert key_values(key, ("me ter", "absent")) == (values[1], "")
