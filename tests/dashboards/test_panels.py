"""The panel functions: what they hand to Grafana."""

import json
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.influxql import DAY, Column, select
from dashboards.panels import (
    COVERAGE_STEPS,
    DATASOURCE_UID,
    NO_DATA,
    TODAY,
    Panel,
    figure,
    months,
    ranking,
    rows,
    series,
    style,
)
from services.timeseries.schema import INSTITUTION_DAY

kwh = Column("kWh", "sum({electricity_kwh})", "kwatth")
share = Column("coverage", "mean({coverage})", "percentunit", high=1.0)


def drawn(panel: Panel) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(panel.drawing.build(), cls=JSONEncoder))
    return document


def test_figure() -> None:
    panel = figure(
        "覆盖 Coverage", select(INSTITUTION_DAY, share), about="why", time_from=TODAY, steps=COVERAGE_STEPS
    )
    document = drawn(panel)
    assert document["type"] == "stat"
    assert document["title"] == "覆盖 Coverage"
    assert document["description"] == "why"
    assert document["timeFrom"] == "now/d" == panel.time_from
    assert document["datasource"] == {"type": "influxdb", "uid": DATASOURCE_UID}
    defaults = document["fieldConfig"]["defaults"]
    assert defaults["unit"] == "percentunit"
    assert defaults["noValue"] == NO_DATA
    assert [step["value"] for step in defaults["thresholds"]["steps"]] == [None, 0.9, 0.95]


def test_several_figures_show_their_names() -> None:
    one = figure("覆盖 Coverage", select(INSTITUTION_DAY, share), about="x")
    two = figure("覆盖 Coverage", select(INSTITUTION_DAY, share, kwh), about="x")
    assert drawn(one)["options"]["textMode"] == "value"
    assert drawn(two)["options"]["textMode"] == "value_and_name"


def test_series_takes_one_reference_a_query_and_keeps_gaps() -> None:
    query = select(INSTITUTION_DAY, kwh, every=DAY)
    tagged = select(INSTITUTION_DAY, kwh, by=("county", "institution"), every=DAY)
    document = drawn(series("用电 Electricity", query, tagged, about="x", bars=True, stacked=True))
    assert [target["refId"] for target in document["targets"]] == ["A", "B"]
    assert [target["alias"] for target in document["targets"]] == ["$col", "$tag_county $tag_institution"]
    assert {target["resultFormat"] for target in document["targets"]} == {"time_series"}
    custom = document["fieldConfig"]["defaults"]["custom"]
    assert custom["drawStyle"] == "bars"
    assert custom["stacking"]["mode"] == "normal"
    assert custom["spanNulls"] is False


def test_columns_of_another_unit_say_so() -> None:
    document = drawn(
        rows("x 表", select(INSTITUTION_DAY, kwh, share, by=("institution",)), about="x", names={})
    )
    (override,) = document["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byName", "options": "coverage"}
    assert override["properties"] == [{"id": "unit", "value": "percentunit"}]


def test_ranking_is_ordered_by_its_column() -> None:
    query = select(INSTITUTION_DAY, kwh, by=("institution",))
    document = drawn(ranking("排名 Ranking", query, about="x", largest_first=False, time_from="7d"))
    assert document["options"]["xField"] == "institution"
    assert document["timeFrom"] == "7d"
    steps = {step["id"]: step["options"] for step in document["transformations"]}
    assert steps["sortBy"] == {"sort": [{"field": "kWh", "desc": False}]}
    assert document["targets"][0]["resultFormat"] == "table"


def test_months_are_local_and_added_up() -> None:
    document = drawn(months("每月 By month", select(INSTITUTION_DAY, kwh, every=DAY), about="x"))
    first, second, third = document["transformations"]
    assert first["options"] == {"timeField": "Time", "outputFormat": "YYYY-MM", "timezone": "Asia/Shanghai"}
    assert second["options"]["fields"]["kWh"] == {"operation": "aggregate", "aggregations": ["sum"]}
    assert third["options"]["renameByName"] == {"kWh (sum)": "kWh"}


def test_rows_hide_the_time_unless_it_is_named() -> None:
    query = select(INSTITUTION_DAY, kwh, by=("institution",))
    plain = drawn(rows("x 表", query, about="x", names={"institution": "单位"}))
    assert plain["transformations"][-1]["options"]["excludeByName"] == {"Time": True}
    dated = drawn(rows("x 表", query, about="x", names={"Time": "月"}))
    assert [step["id"] for step in dated["transformations"]] == ["merge", "formatTime", "organize"]
    assert dated["transformations"][-1]["options"]["excludeByName"] == {}


def test_style_names_one_column() -> None:
    panel = style(
        series("用电 x", select(INSTITUTION_DAY, kwh, every=DAY), about="x"), "kWh", custom__lineWidth=0
    )
    (override,) = drawn(panel)["fieldConfig"]["overrides"]
    assert override["properties"] == [{"id": "custom.lineWidth", "value": 0}]
