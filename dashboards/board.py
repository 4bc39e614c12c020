"""A dashboard as a value, and its rendering to the JSON that Grafana reads."""

import json
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from dashboards.influxql import ZONE, tag_values
from dashboards.panels import DATASOURCE, Panel
from services.timeseries.schema import Measurement

TAG = "kilowitness"


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice above the dashboard: the values of a tag, whose name is the variable's; many or one."""

    tag: str
    label: str
    measurement: Measurement
    multi: bool = True

    @property
    def query(self) -> str:
        """The query that offers the values."""
        return tag_values(self.measurement, self.tag)


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading; their widths fill lines of 24."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard: `uid` is its file name and address, `since` the start of the range shown at first."""

    uid: str
    title: str
    about: str
    since: str
    variables: tuple[Variable, ...] = ()
    rows: tuple[Row, ...]

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Every panel, in reading order."""
        return tuple(panel for row in self.rows for panel in row.panels)


def render(board: Board) -> str:
    """The dashboard's JSON, the same text for the same board."""
    dashboard = (
        build.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags([TAG])
        .timezone(ZONE)
        .time(board.since, "now")
        .refresh("30s")
        .week_start("monday")
        .readonly()
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(_siblings())
    )
    for variable in board.variables:
        dashboard.with_variable(_variable(variable))
    number = 0
    for row in board.rows:
        number += 1
        dashboard.with_row(build.Row(row.title).id(number))
        for panel in row.panels:
            number += 1
            dashboard.with_panel(panel.drawing.id(number))
    return json.dumps(dashboard.build(), cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"


def _variable(variable: Variable) -> build.QueryVariable:
    built = (
        build.QueryVariable(variable.tag)
        .label(variable.label)
        .query(variable.query)
        .datasource(DATASOURCE)
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(variable.multi)
        .include_all(variable.multi)
    )
    if variable.multi:
        built.all_value(".*").current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    return built


def _siblings() -> build.DashboardLink:
    link = build.DashboardLink("看板 Dashboards").type(model.DashboardLinkType.DASHBOARDS).tags([TAG])
    return (
        link.as_dropdown(True).keep_time(True).icon("external link").url("").tooltip("").target_blank(False)
    )
