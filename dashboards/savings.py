"""Savings of one contract: baseline against actual with its band, cumulated, by month and in money."""

from dashboards.board import Board, Row, Variable
from dashboards.influxql import DAY, Column, Query, select
from dashboards.panels import COVERAGE_STEPS, Panel, figure, months, rows, series, style
from services.timeseries.schema import SAVINGS_DAY, SAVINGS_MONTH, Measurement

CHOSEN = ("contract",)
KWH, YUAN = "kwatth", "suffix: 元"

baseline = Column("基准 Baseline", "sum({baseline_kwh})", KWH, high=1e7)
actual = Column("实际 Actual", "sum({actual_kwh})", KWH, high=1e7)
savings = Column("节能量 Savings", "sum({savings_kwh})", KWH, low=-1e7, high=1e7)
rate = Column(
    "节能率 Saving rate", "sum({savings_kwh}) / sum({baseline_kwh})", "percentunit", low=-1.0, high=1.0
)
lower = Column("下限 Lower", "sum({baseline_kwh}) - sum({uncertainty_kwh})", KWH, low=-1e7, high=1e7)
upper = Column("上限 Upper", "sum({baseline_kwh}) + sum({uncertainty_kwh})", KWH, high=1e7)
cumulated = Column("累计 Cumulated", "cumulative_sum(sum({savings_kwh}))", KWH, low=-1e7, high=1e8)
coverage = Column("完整率 Coverage", "mean({coverage})", "percentunit", high=1.0)
worth = Column("节能效益 Worth", "sum({savings_yuan})", YUAN, low=-1e8, high=1e8)
fee = Column("服务费 ESCO fee", "sum({esco_fee_yuan})", YUAN, low=-1e8, high=1e8)


def _total(measurement: Measurement, column: Column) -> Query:
    return select(measurement, column, where=CHOSEN)


def _figures() -> tuple[Panel, ...]:
    return (
        figure(
            "节能量 Savings",
            _total(SAVINGS_DAY, savings),
            about="调整后基准减实际,只计完整的日。Adjusted baseline less actual, complete days only.",
            width=5,
        ),
        figure(
            "节能率 Saving rate",
            _total(SAVINGS_DAY, rate),
            about="节能量除以基准。Savings over baseline.",
            width=5,
        ),
        figure(
            "节能效益 Worth of savings",
            _total(SAVINGS_MONTH, worth),
            about="按合同电价。At the contract's price.",
            width=5,
        ),
        figure(
            "节能服务费 ESCO fee",
            _total(SAVINGS_MONTH, fee),
            about="按合同条款;以结算单为准。By the contract's terms; the statement decides.",
            width=5,
        ),
        figure(
            "数据完整率 Coverage",
            _total(SAVINGS_DAY, coverage),
            about="实测时间占比。Share of time that is measured.",
            steps=COVERAGE_STEPS,
        ),
    )


def _by_day() -> Panel:
    panel = series(
        "基准与实际 Baseline and actual",
        select(SAVINGS_DAY, lower, upper, baseline, actual, every=DAY, where=CHOSEN, at_least=2),
        about="带为基准 90 % 置信区间。The band is the baseline's 90 % confidence interval.",
        width=24,
    )
    unseen: dict[str, object] = {"custom__lineWidth": 0, "custom__showPoints": "never"}
    hidden = {"legend": True, "tooltip": False, "viz": False}
    panel = style(panel, lower.label, custom__hideFrom=hidden, **unseen)
    band = {"custom__fillBelowTo": lower.label, "custom__fillOpacity": 15}
    return style(panel, upper.label, custom__hideFrom=hidden, **unseen, **band)


def _months() -> tuple[Panel, ...]:
    return (
        months(
            "每月节能量 Savings by month",
            select(
                SAVINGS_MONTH,
                Column("节能量 Savings", "{savings_kwh}", KWH, low=-1e7, high=1e7),
                where=CHOSEN,
            ),
            about="负值为多用。A negative month used more than its baseline.",
        ),
        months(
            "每月效益与服务费 Worth and fee by month",
            select(
                SAVINGS_MONTH,
                Column("节能效益 Worth", "{savings_yuan}", YUAN, low=-1e8, high=1e8),
                Column("服务费 ESCO fee", "{esco_fee_yuan}", YUAN, low=-1e8, high=1e8),
                where=CHOSEN,
            ),
            about="负的服务费由节能公司补偿(保证型)。A negative fee is owed by the ESCO (guaranteed kind).",
        ),
    )


def _contracts() -> Panel:
    return rows(
        "各合同 Contracts",
        select(SAVINGS_DAY, baseline, actual, savings, rate, coverage, by=("contract", "institution")),
        select(SAVINGS_MONTH, worth, fee, by=("contract", "institution")),
        about="所选时段内全部合同。Every contract in the chosen range.",
        names={"contract": "合同 Contract", "institution": "单位 Institution"},
    )


def board() -> Board:
    """The savings dashboard."""
    return Board(
        uid="kilowitness-savings",
        title="合同节能量 Contract savings",
        about="合同能源管理项目节能量。Savings of energy performance contracts.",
        since="now-1y",
        variables=(Variable("contract", "合同 Contract", SAVINGS_DAY, multi=False),),
        rows=(
            Row("概况 At a glance", _figures()),
            Row("每日 By day", (_by_day(),)),
            Row(
                "累计 Cumulated",
                (
                    series(
                        "累计节能量 Cumulated savings",
                        select(SAVINGS_DAY, cumulated, every=DAY, where=CHOSEN, at_least=2),
                        about="从所选时段起点累计。From the start of the chosen range.",
                        width=24,
                    ),
                ),
            ),
            Row("每月 By month", _months()),
            Row("全部合同 All contracts", (_contracts(),)),
        ),
    )
