"""Panels as values: a title, the queries with their promises, and the Grafana builder that draws them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from grafana_foundation_sdk.builders import barchart, common, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as model

from dashboards.influxql import ZONE, Column, InfluxTarget, Query, TargetBuilder

DATASOURCE_UID = "kilowitness"
DATASOURCE = model.DataSourceRef("influxdb", DATASOURCE_UID)
NO_DATA = "无数据 No data"
TODAY, THIS_MONTH = "now/d", "now/M"

Step = tuple[float | None, str]
"""From this value (None: from the lowest) upwards, this colour."""

COVERAGE_STEPS: tuple[Step, ...] = ((None, "red"), (0.9, "orange"), (0.95, "green"))
ALARM_STEPS: tuple[Step, ...] = ((None, "green"), (1, "red"))

Drawing = stat.Panel | timeseries.Panel | barchart.Panel | table.Panel
AnyDrawing = TypeVar("AnyDrawing", stat.Panel, timeseries.Panel, barchart.Panel, table.Panel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: `title` in both languages, what it tells (`about`), its queries and its own time range."""

    title: str
    about: str
    queries: tuple[Query, ...]
    drawing: Drawing
    time_from: str | None = None


def figure(
    title: str,
    query: Query,
    *,
    about: str,
    time_from: str | None = None,
    steps: Sequence[Step] = ((None, "text"),),
    width: int = 4,
) -> Panel:
    """One big number, or a few with their names."""
    mode = shapes.BigValueTextMode
    drawing = (
        stat.Panel()
        .text_mode(mode.VALUE if len(query.promise.columns) == 1 else mode.VALUE_AND_NAME)
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .color_mode(shapes.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(_thresholds(steps))
    )
    if time_from:
        drawing.time_from(time_from)
    panel = Panel(title=title, about=about, queries=(query,), drawing=drawing, time_from=time_from)
    return _dress(panel, drawing, width=width, height=4)


def series(
    title: str,
    *queries: Query,
    about: str,
    bars: bool = False,
    stacked: bool = False,
    interval: str | None = None,
    width: int = 12,
) -> Panel:
    """Values over time, as lines or (stacked) bars; gaps stay gaps."""
    drawing = (
        timeseries.Panel()
        .draw_style(shapes.GraphDrawStyle.BARS if bars else shapes.GraphDrawStyle.LINE)
        .fill_opacity(60 if bars else 0)
        .show_points(shapes.VisibilityMode.NEVER if bars else shapes.VisibilityMode.AUTO)
        .span_nulls(False)
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI))
    )
    if bars:
        drawing.bar_alignment(shapes.BarAlignment.AFTER)
    if stacked:
        drawing.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
    if interval:
        drawing.interval(interval)
    return _dress(Panel(title=title, about=about, queries=queries, drawing=drawing), drawing, width=width)


def ranking(
    title: str,
    query: Query,
    *,
    about: str,
    largest_first: bool = True,
    time_from: str | None = None,
    width: int = 12,
) -> Panel:
    """One bar for each tag value, ordered, the first twenty."""
    (tag,), column = query.promise.tags, query.promise.columns[0]
    drawing = (
        barchart.Panel()
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .x_field(tag)
        .legend(_legend(visible=False))
        .transformations(
            [
                transformation("organize", {"excludeByName": {"Time": True}}),
                transformation("sortBy", {"sort": [{"field": column.label, "desc": largest_first}]}),
                transformation("limit", {"limitField": 20}),
            ]
        )
    )
    if time_from:
        drawing.time_from(time_from)
    panel = Panel(title=title, about=about, queries=(query,), drawing=drawing, time_from=time_from)
    return _dress(panel, drawing, width=width, height=10, tabular=True)


def months(title: str, query: Query, *, about: str, width: int = 12) -> Panel:
    """Daily or monthly values added up by calendar month, as bars."""
    labels = [column.label for column in query.promise.columns]
    by_month = {"Time": {"operation": "groupby", "aggregations": []}}
    sums = {label: {"operation": "aggregate", "aggregations": ["sum"]} for label in labels}
    drawing = (
        barchart.Panel()
        .x_field("Time")
        .legend(_legend())
        .transformations(
            [
                transformation(
                    "formatTime", {"timeField": "Time", "outputFormat": "YYYY-MM", "timezone": ZONE}
                ),
                transformation("groupBy", {"fields": by_month | sums}),
                transformation("organize", {"renameByName": {f"{label} (sum)": label for label in labels}}),
            ]
        )
    )
    panel = Panel(title=title, about=about, queries=(query,), drawing=drawing)
    return _dress(panel, drawing, width=width, tabular=True)


def rows(title: str, *queries: Query, about: str, names: dict[str, str], width: int = 24) -> Panel:
    """A table with one row for each combination of tags, the answers of several queries beside each other.

    `names` gives the tag columns their titles; with `Time` among them the rows are months.
    """
    dated = "Time" in names
    month: dict[str, object] = {"timeField": "Time", "outputFormat": "YYYY-MM", "timezone": ZONE}
    drawing = table.Panel().transformations(
        [
            transformation("merge", {}),
            *([transformation("formatTime", month)] if dated else []),
            transformation(
                "organize", {"excludeByName": {} if dated else {"Time": True}, "renameByName": names}
            ),
        ]
    )
    panel = Panel(title=title, about=about, queries=queries, drawing=drawing)
    return _dress(panel, drawing, width=width, height=10, tabular=True)


def transformation(kind: str, options: dict[str, object]) -> model.DataTransformerConfig:
    """A step of Grafana's own between the answer and the drawing."""
    return model.DataTransformerConfig(id_val=kind, options=options)


def style(panel: Panel, label: str, **properties: object) -> Panel:
    """The panel with display properties for one column; a double underscore stands for the dot in a name."""
    values = [
        model.DynamicConfigValue(id_val=name.replace("__", "."), value=value)
        for name, value in properties.items()
    ]
    return replace(panel, drawing=panel.drawing.override_by_name(label, values))


def _dress(panel: Panel, drawing: AnyDrawing, *, width: int, height: int = 8, tabular: bool = False) -> Panel:
    columns = [column for query in panel.queries for column in query.promise.columns]
    drawing.title(panel.title).description(panel.about).span(width).height(height)
    drawing.datasource(DATASOURCE).no_value(NO_DATA).unit(columns[0].unit)
    for ref_id, query in zip("ABCDEFGH", panel.queries, strict=False):
        alias = "$col" if not query.promise.tags else " ".join(f"$tag_{tag}" for tag in query.promise.tags)
        text_format = "table" if tabular else "time_series"
        drawing.with_target(
            TargetBuilder(InfluxTarget(ref_id, query.text, text_format, alias, DATASOURCE_UID))
        )
    _unit_overrides(drawing, columns)
    return panel


def _unit_overrides(drawing: AnyDrawing, columns: Sequence[Column]) -> None:
    for column in columns:
        if column.unit != columns[0].unit:
            drawing.override_by_name(column.label, [model.DynamicConfigValue("unit", column.unit)])


def _legend(*, visible: bool = True) -> common.VizLegendOptions:
    placement = shapes.LegendPlacement.BOTTOM
    legend = common.VizLegendOptions().display_mode(shapes.LegendDisplayMode.LIST).placement(placement)
    return legend.show_legend(visible).calcs([])


def _thresholds(steps: Sequence[Step]) -> build.ThresholdsConfig:
    lines = [model.Threshold(value=value, color=colour) for value, colour in steps]
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(lines)
