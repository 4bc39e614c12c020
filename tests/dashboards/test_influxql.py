"""The query builder: texts as InfluxDB reads them, and names that only the schema can give."""

import json

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.influxql import (
    DAY,
    Column,
    InfluxTarget,
    TargetBuilder,
    UnknownName,
    select,
    select_from,
    tag_values,
)
from services.timeseries.schema import FLEET_DAY, INSTITUTION_DAY, SAVINGS_DAY

kwh = Column("kWh", "sum({electricity_kwh})", "kwatth")


def test_a_total_over_the_range() -> None:
    query = select(INSTITUTION_DAY, kwh)
    assert query.text == 'SELECT sum("electricity_kwh") AS "kWh" FROM "institution_day" WHERE $timeFilter'
    assert query.promise.columns == (kwh,)
    assert query.promise.at_least == 1


def test_local_days_by_tag_for_the_chosen_values() -> None:
    query = select(INSTITUTION_DAY, kwh, by=("county",), every=DAY, where=("institution",), at_least=7)
    assert query.text == (
        'SELECT sum("electricity_kwh") AS "kWh" FROM "institution_day" '
        'WHERE "institution" =~ /^${institution:regex}$/ AND $timeFilter '
        "GROUP BY time(1d), \"county\" fill(none) tz('Asia/Shanghai')"
    )
    assert query.promise.tags == ("county",)
    assert query.promise.at_least == 7


def test_several_columns_and_arithmetic() -> None:
    rate = Column("rate", "sum({savings_kwh}) / sum({baseline_kwh})")
    text = select(SAVINGS_DAY, rate, Column("days", "count({savings_kwh})")).text
    assert text.startswith(
        'SELECT sum("savings_kwh") / sum("baseline_kwh") AS "rate", count("savings_kwh") AS "days" FROM'
    )


def test_a_condition_on_fields_names_them_too() -> None:
    text = select(FLEET_DAY, Column("days", "sum({in_use})"), only="{available} = 1").text
    assert text.endswith('WHERE "available" = 1 AND $timeFilter')
    with pytest.raises(UnknownName, match="no field 'sold'"):
        select(FLEET_DAY, Column("days", "sum({in_use})"), only="{sold} = 1")


def test_all_time_has_no_condition() -> None:
    assert "WHERE" not in select(INSTITUTION_DAY, kwh, all_time=True).text


def test_a_query_of_a_query() -> None:
    inner = select(INSTITUTION_DAY, kwh, by=("institution",))
    outer = select_from(inner, Column("mean", "mean({kWh})"))
    assert outer.text == f'SELECT mean("kWh") AS "mean" FROM ({inner.text})'
    daily = select_from(inner, Column("mean", "mean({kWh})"), every=DAY)
    assert daily.text.endswith("WHERE $timeFilter GROUP BY time(1d) fill(none) tz('Asia/Shanghai')")


@pytest.mark.parametrize(
    ("column", "by", "where"),
    [
        (Column("x", "sum({electricity})"), (), ()),
        (kwh, ("meter",), ()),
        (kwh, (), ("vehicle",)),
    ],
)
def test_names_outside_the_schema_are_refused(
    column: Column, by: tuple[str, ...], where: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownName, match="institution_day has no"):
        select(INSTITUTION_DAY, column, by=by, where=where)


def test_a_query_of_a_query_knows_its_columns() -> None:
    with pytest.raises(UnknownName, match="no field 'other'"):
        select_from(select(INSTITUTION_DAY, kwh), Column("x", "sum({other})"))


def test_tag_values() -> None:
    assert tag_values(FLEET_DAY, "vehicle") == 'SHOW TAG VALUES FROM "fleet_day" WITH KEY = "vehicle"'
    with pytest.raises(UnknownName, match="fleet_day has no tag 'driver'"):
        tag_values(FLEET_DAY, "driver")


def test_target_renders_as_the_data_source_reads_it() -> None:
    target = TargetBuilder(InfluxTarget("A", "SELECT 1", "table", "$col", "uid-1")).build()
    assert json.loads(json.dumps(target, cls=JSONEncoder)) == {
        "refId": "A",
        "datasource": {"type": "influxdb", "uid": "uid-1"},
        "rawQuery": True,
        "query": "SELECT 1",
        "resultFormat": "table",
        "alias": "$col",
    }
