"""Official vehicles: distance, days in use, fuel and flagged trips. No positions are shown."""

from dashboards.board import Board, Row, Variable
from dashboards.influxql import DAY, Column, Query, select
from dashboards.panels import ALARM_STEPS, Panel, figure, ranking, rows, series
from services.timeseries.schema import FLEET_DAY, FLEET_FUEL, Measurement

CHOSEN = ("institution",)
KM, COUNT, SHARE, CONSUMPTION = "lengthkm", "none", "percentunit", "suffix: L/100 km"

distance = Column("里程 Distance", "sum({distance_km})", KM, high=1e7)
trips = Column("出行 Trips", "sum({trips})", COUNT, high=1e6)
days_in_use = Column("使用天数 Days in use", "sum({in_use})", COUNT, high=1e6)
attendance = Column("出勤率 Attendance", "sum({in_use}) / sum({available})", SHARE, high=1.0)
flagged = Column("待核出行 Flagged trips", "sum({flagged_trips})", COUNT, high=1e6)
litres = Column("加油 Fuel", "sum({litres})", "litre", high=1e6)
consumption = Column(
    "百公里油耗 L/100 km", "100 * sum({litres}) / sum({distance_km})", CONSUMPTION, low=2.0, high=40.0
)


def _total(measurement: Measurement, column: Column) -> Query:
    return select(measurement, column, where=CHOSEN)


def _figures() -> tuple[Panel, ...]:
    return (
        figure("里程 Distance", _total(FLEET_DAY, distance), about="所选时段内。In the chosen range."),
        figure("出行 Trips", _total(FLEET_DAY, trips), about="由轨迹切分。Cut from the tracks."),
        figure(
            "使用天数 Vehicle days in use",
            _total(FLEET_DAY, days_in_use),
            about="有出行的车日。Vehicle days with a trip.",
        ),
        figure(
            "出勤率 Attendance",
            select(FLEET_DAY, attendance, where=CHOSEN, only="{available} = 1"),
            about="工作日出车 ÷ 工作日。Working days in use over working days.",
        ),
        figure(
            "百公里油耗 L/100 km",
            _total(FLEET_FUEL, consumption),
            about="按加满间隔。Between full refuels.",
        ),
        figure(
            "待核出行 Flagged trips",
            _total(FLEET_DAY, flagged),
            about="非工作时间或节假日且无批准。Outside hours or on holidays without approval.",
            steps=ALARM_STEPS,
        ),
    )


def _by_day() -> tuple[Panel, ...]:
    return (
        series(
            "每日里程 Distance by day",
            select(FLEET_DAY, distance, by=("kind",), every=DAY, where=CHOSEN, at_least=2),
            about="按车辆类别。By kind of vehicle.",
            bars=True,
            stacked=True,
        ),
        series(
            "每日用车与待核出行 Vehicles in use and flagged trips by day",
            select(FLEET_DAY, days_in_use, flagged, every=DAY, where=CHOSEN, at_least=2),
            about="待核不等于违规。A flag asks a question; it is no finding.",
            bars=True,
        ),
    )


def _vehicles() -> tuple[Panel, ...]:
    tags = ("institution", "vehicle", "kind")
    return (
        rows(
            "各车 Vehicles",
            select(FLEET_DAY, distance, trips, days_in_use, flagged, by=tags, where=CHOSEN),
            select(FLEET_FUEL, litres, consumption, by=tags, where=CHOSEN),
            about="油耗只计两次加满之间。Fuel counts only between two full refuels.",
            names={"institution": "单位 Institution", "vehicle": "车辆 Vehicle", "kind": "类别 Kind"},
            width=16,
        ),
        ranking(
            "油耗排名 L/100 km by vehicle",
            select(FLEET_FUEL, consumption, by=("vehicle",), where=CHOSEN),
            about="前 20 位。The first 20.",
            width=8,
        ),
    )


def board() -> Board:
    """The fleet dashboard."""
    return Board(
        uid="kilowitness-fleet",
        title="公务用车 Official vehicles",
        about="公务用车运行指标,不显示位置。Use of official vehicles, without positions.",
        since="now-30d",
        variables=(Variable("institution", "单位 Institution", FLEET_DAY),),
        rows=(
            Row("概况 At a glance", _figures()),
            Row("每日 By day", _by_day()),
            Row("明细 Details", _vehicles()),
        ),
    )
