"""Repairs: kept promises, response times and what is overdue, by day and by institution.

A point of `repairs_day` speaks of the orders reported on that day, so that sums over a range are exact. The
on-time rate counts overdue open orders as broken promises.
"""

from dashboards.board import Board, Row, Variable
from dashboards.influxql import DAY, Column, Query, select
from dashboards.panels import ALARM_STEPS, Panel, figure, rows, series
from services.timeseries.schema import REPAIRS_DAY

CHOSEN = ("institution",)
COUNT, SHARE, MINUTES = "none", "percentunit", "m"
RATE_STEPS = ((None, "red"), (0.9, "orange"), (0.95, "green"))

reported = Column("报修 Reported", "sum({reported})", COUNT, high=1e6)
completed = Column("办结 Completed", "sum({completed})", COUNT, high=1e6)
open_orders = Column("在办 Open", "sum({open})", COUNT, high=1e6)
overdue = Column("逾期未结 Overdue open", "sum({overdue_open})", COUNT, high=1e6)
unknown = Column("期限未定 Due unknown", "sum({due_unknown})", COUNT, high=1e6)
on_time = Column(
    "及时率 On time",
    "sum({completed_on_time}) / (sum({completed}) + sum({overdue_open}))",
    SHARE,
    high=1.0,
)
answered_on_time = Column(
    "响应及时率 Answered on time", "sum({response_on_time}) / sum({responded})", SHARE, high=1
)
satisfied = Column("满意率 Satisfied", "sum({satisfied}) / sum({rated})", SHARE, high=1.0)
median_response = Column("中位 Median", "median({response_minutes_p50})", MINUTES, high=60 * 24 * 60)
slow_response = Column("九成以内 90th percentile", "max({response_minutes_p90})", MINUTES, high=60 * 24 * 60)


def _total(column: Column) -> Query:
    return select(REPAIRS_DAY, column, where=CHOSEN)


def _figures() -> tuple[Panel, ...]:
    return (
        figure(
            "及时率 On-time rate",
            _total(on_time),
            about="按时办结 ÷(办结 + 逾期未结)。Completed on time over completed and overdue open.",
            steps=RATE_STEPS,
        ),
        figure(
            "逾期未结 Overdue open",
            _total(overdue),
            about="所选时段内报修、已过期限、仍未办结。Reported in the range, past due and not completed.",
            steps=ALARM_STEPS,
        ),
        figure("在办 Open", _total(open_orders), about="尚未办结。Not yet completed."),
        figure("报修 Reported", _total(reported), about="所选时段内。In the chosen range."),
        figure(
            "响应及时率 Answered on time",
            _total(answered_on_time),
            about="按时响应 ÷ 已响应,24 小时计时。Of those answered; the clock runs day and night.",
            steps=RATE_STEPS,
        ),
        figure(
            "满意率 Satisfied",
            _total(satisfied),
            about="满意 ÷ 已评价。Satisfied over rated.",
            steps=RATE_STEPS,
        ),
    )


def _by_day() -> tuple[Panel, ...]:
    return (
        series(
            "每日报修与办结 Reported and completed by day",
            select(REPAIRS_DAY, reported, completed, overdue, every=DAY, where=CHOSEN, at_least=2),
            about="按报修日归属。By the day of the report.",
            bars=True,
        ),
        series(
            "响应时间 Response time",
            select(REPAIRS_DAY, median_response, slow_response, every=DAY, where=CHOSEN, at_least=2),
            about="各单位中位数的中位、九成值的最大。Median of medians, largest 90th percentile.",
        ),
    )


def _institutions() -> Panel:
    return rows(
        "各单位 Institutions",
        select(
            REPAIRS_DAY,
            reported, completed, on_time, overdue, unknown, answered_on_time, satisfied,
            by=("institution",),
            where=CHOSEN,
        ),
        about="期限未定:工作日历尚未公布。Due unknown: the working calendar of that year is not out.",
        names={"institution": "单位 Institution"},
    )  # fmt: skip


def board() -> Board:
    """The repairs dashboard."""
    return Board(
        uid="kilowitness-repairs",
        title="维修服务 Repairs",
        about="日常维修的响应与办结。Response to and completion of routine repairs.",
        since="now-30d",
        variables=(Variable("institution", "单位 Institution", REPAIRS_DAY),),
        rows=(
            Row("概况 At a glance", _figures()),
            Row("每日 By day", _by_day()),
            Row("明细 Details", (_institutions(),)),
        ),
    )
