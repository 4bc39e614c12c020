import pytest

from services.timeseries import influxql
from services.timeseries.batch import LIMIT_MS
from services.timeseries.schema import POSITIONS, READINGS


def test_a_range_of_some_fields_of_one_meter() -> None:
    statement = influxql.select(
        READINGS, ["energy_kwh", "quality"], {"institution": "gov", "meter": "m1"}, start_ms=-5, end_ms=10
    )
    assert statement == (
        'SELECT "energy_kwh", "quality" FROM "readings" '
        "WHERE \"institution\" = 'gov' AND \"meter\" = 'm1' AND time >= -5ms AND time < 10ms "
        'GROUP BY "institution", "meter"'
    )


def test_everything_has_no_condition() -> None:
    assert influxql.select(POSITIONS, ["lat"]) == (
        'SELECT "lat" FROM "positions" GROUP BY "institution", "vehicle"'
    )


def test_ends_of_each_series() -> None:
    statement = influxql.select(POSITIONS, ["lat"])
    assert influxql.newest(statement) == f"{statement} ORDER BY time DESC LIMIT 1"
    assert influxql.oldest(statement) == f"{statement} ORDER BY time ASC LIMIT 1"


def test_aggregates_keep_the_fields_names() -> None:
    assert influxql.aggregate("last", POSITIONS, ["lat", "lon"], {"vehicle": "v1"}) == (
        'SELECT last("lat") AS "lat", last("lon") AS "lon" FROM "positions" '
        'WHERE "vehicle" = \'v1\' GROUP BY "institution", "vehicle"'
    )


def test_a_count_is_over_all_series() -> None:
    statement = influxql.count(POSITIONS)
    assert statement.startswith('SELECT count("lat") AS "lat", count("lon") AS "lon"')
    assert statement.endswith('FROM "positions"')


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("it's", r"'it\'s'"),
        ("a\\b", r"'a\\b'"),
        ("\\' OR 1=1", r"'\\\' OR 1=1'"),
        ('"', "'\"'"),
        ("楼", "'楼'"),
    ],
)
def test_text_cannot_end_its_quotes(value: str, quoted: str) -> None:
    assert influxql.text(value) == quoted


def test_a_name_cannot_end_its_quotes() -> None:
    assert influxql.name('a"; DROP DATABASE b') == r'"a\"; DROP DATABASE b"'
    assert influxql.name("a\\") == r'"a\\"'


def test_bounds_beyond_the_servers_clock_are_brought_to_it() -> None:
    statement = influxql.select(POSITIONS, ["lat"], start_ms=-(2**80), end_ms=2**80)
    assert f"time >= -{LIMIT_MS}ms AND time < {LIMIT_MS}ms" in statement


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="positions has no tag 'meter'"):
        influxql.select(POSITIONS, ["lat"], {"meter": "m1"})
