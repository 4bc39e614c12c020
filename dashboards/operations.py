"""Operations: whether readings arrive, what was refused, and how complete the data is."""

from dashboards.board import Board, Row
from dashboards.influxql import Column, Query, select, select_from
from dashboards.panels import ALARM_STEPS, COVERAGE_STEPS, Panel, figure, ranking, series
from services.timeseries.schema import COLLECTOR_HEALTH, DEVICE_CLOCK, DEVICE_STATUS, INSTITUTION_DAY

COUNT, PER_MINUTE, SHARE, SECONDS = "none", "suffix: /min", "percentunit", "s"
PENDING_STEPS = ((None, "green"), (10_000, "orange"), (60_000, "red"))
DAY, WEEK = "24h", "7d"


def _per_minute(label: str, field: str) -> Column:
    return Column(label, f"sum({{{field}}}) * 60000 / $__interval_ms", PER_MINUTE, high=1e7)


messages = _per_minute("消息 Messages", "messages")
readings = _per_minute("读数 Readings", "readings")
rejected = Column("拒收 Rejected", "sum({rejected})", COUNT, high=1e9)
retried = Column("重试 Retried", "sum({retried})", COUNT, high=1e9)
pending = Column("待写 Pending", "max({pending})", COUNT, high=1e6)
coverage = Column("完整率 Coverage", "mean({coverage})", SHARE, high=1.0)


def _devices() -> Query:
    latest = select(
        DEVICE_STATUS, Column("online", "last({online})"), by=("institution", "device"), all_time=True
    )
    return select_from(latest, Column("在线 Online", "sum({online})"), Column("共 Of", "count({online})"))


def _figures() -> tuple[Panel, ...]:
    return (
        figure(
            "消息 Messages",
            select(COLLECTOR_HEALTH, Column("消息 Messages", "sum({messages})", COUNT, high=1e10)),
            about="所选时段内收到的消息。Messages received in the chosen range.",
        ),
        figure(
            "读数 Readings",
            select(COLLECTOR_HEALTH, Column("读数 Readings", "sum({readings})", COUNT, high=1e10)),
            about="所选时段内入库的读数。Readings stored in the chosen range.",
        ),
        figure(
            "拒收 Dead letters",
            select(COLLECTOR_HEALTH, rejected),
            about="无法理解、已留存待查。Not understood, kept with the reason: kilowitness deadletter.",
            steps=ALARM_STEPS,
        ),
        figure(
            "待写 Pending now",
            select(COLLECTOR_HEALTH, Column("待写 Pending", "last({pending})", COUNT, high=1e6)),
            about="已收到、未入库。Received and not yet stored.",
            steps=PENDING_STEPS,
        ),
        figure(
            "设备在线 Devices online",
            _devices(),
            about="网关与采集器最近一次状态。The latest status of each gateway and collector.",
        ),
        figure(
            "近七日完整率 Coverage, 7 days",
            select(INSTITUTION_DAY, coverage),
            about="实测时间占比,各单位平均。Share of time that is measured, mean of institutions.",
            time_from=WEEK,
            steps=COVERAGE_STEPS,
        ),
    )


def _ingest() -> tuple[Panel, ...]:
    return (
        series(
            "接收速率 Ingest rate",
            select(COLLECTOR_HEALTH, messages, readings, every="$__interval", at_least=2),
            about="每分钟。Per minute.",
            interval="1m",
        ),
        series(
            "拒收、重试与待写 Rejected, retried, pending",
            select(COLLECTOR_HEALTH, rejected, retried, pending, every="$__interval", at_least=2),
            about="重试说明存储或网络中断。Retries tell of a store or network that was away.",
            interval="1m",
        ),
    )


def _completeness() -> tuple[Panel, ...]:
    return (
        ranking(
            "完整率最低 Least complete institutions",
            select(INSTITUTION_DAY, coverage, by=("institution",)),
            about="近七日,最低 20 家。Seven days, the 20 lowest.",
            largest_first=False,
            time_from=WEEK,
        ),
        series(
            "各采集器消息 Messages by collector",
            select(COLLECTOR_HEALTH, messages, by=("collector",), every="$__interval", at_least=2),
            about="每分钟。Per minute.",
            interval="1m",
        ),
    )


def _clocks() -> tuple[Panel, ...]:
    offset = Column("偏差 Offset", "last({offset_s})", SECONDS, low=-1e7, high=1e7)
    return (
        ranking(
            "走快最多的时钟 Clocks furthest ahead",
            select(DEVICE_CLOCK, offset, by=("device",), at_least=0),
            about="近一日的估算,最快 20 台。One day's estimates, the 20 furthest ahead.",
            time_from=DAY,
        ),
        ranking(
            "走慢最多的时钟 Clocks furthest behind",
            select(DEVICE_CLOCK, offset, by=("device",), at_least=0),
            about="近一日的估算,最慢 20 台。One day's estimates, the 20 furthest behind.",
            largest_first=False,
            time_from=DAY,
        ),
    )


def board() -> Board:
    """The operations dashboard."""
    return Board(
        uid="kilowitness-operations",
        title="系统运行 Operations",
        about="采集、拒收与数据完整率。Ingest, dead letters and completeness.",
        since="now-6h",
        rows=(
            Row("概况 At a glance", _figures()),
            Row("采集 Ingest", _ingest()),
            Row("完整率 Completeness", _completeness()),
            Row("时钟 Clocks", _clocks()),
        ),
    )
