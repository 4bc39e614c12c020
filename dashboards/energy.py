"""Energy of the institutions: electricity, standard coal, carbon and water, by use, day, month and rank."""

from dashboards.board import Board, Row, Variable
from dashboards.influxql import DAY, Column, Query, select, select_from
from dashboards.panels import (
    COVERAGE_STEPS,
    THIS_MONTH,
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

CHOSEN = ("institution",)
KWH, KGCE, PER_M2 = "kwatth", "suffix: kgce", "suffix: kgce/m²"
NOT_ANNUAL = "所选时段内的量,不折算全年。Over the chosen range, not annualised. "

electricity = Column("用电 Electricity", "sum({electricity_kwh})", KWH, high=1e7)
lighting = Column("照明 Lighting", "sum({lighting_kwh})", KWH, high=1e7)
hvac = Column("空调 HVAC", "sum({hvac_kwh})", KWH, high=1e7)
sockets = Column("插座 Sockets", "sum({sockets_kwh})", KWH, high=1e7)
water = Column("用水 Water", "sum({water_m3})", "m3", high=1e6)
gas = Column("燃气 Gas", "sum({gas_m3})", "m3", high=1e6)
energy = Column("综合能耗 Energy", "sum({energy_kgce})", KGCE, high=1e7)
carbon = Column("碳排放 CO₂", "sum({carbon_kg})", "masskg", high=1e8)
coverage = Column("完整率 Coverage", "mean({coverage})", "percentunit", high=1.0)
energy_per_m2 = Column("单位面积能耗 Energy per m²", "sum({energy_kgce_per_m2})", PER_M2, high=500)
energy_per_person = Column("人均能耗 Energy per person", "sum({energy_kgce_per_person})", KGCE, high=1e5)


def _total(column: Column) -> Query:
    return select(INSTITUTION_DAY, column, where=CHOSEN)


def _weighted_energy_per_m2() -> Query:
    by_institution = select(
        INSTITUTION_DAY,
        # only institutions with a floor area: the others have no energy per m2, and the product is null
        Column("kgce", "sum({energy_kgce}) * sum({energy_kgce_per_m2}) / sum({energy_kgce_per_m2})"),
        Column("m2", "sum({energy_kgce}) / sum({energy_kgce_per_m2})"),
        by=("institution",),
        where=CHOSEN,
    )
    return select_from(
        by_institution, Column("单位面积能耗 Energy per m²", "sum({kgce}) / sum({m2})", PER_M2, high=500)
    )


def _figures() -> tuple[Panel, ...]:
    return (
        figure(
            "今日用电 Electricity today",
            _total(electricity),
            about="总表之和,含估算。Main meters, estimates included.",
            time_from=TODAY,
        ),
        figure(
            "本月用电 Electricity this month",
            _total(electricity),
            about="总表之和,含估算。Main meters, estimates included.",
            time_from=THIS_MONTH,
        ),
        figure(
            "本月单位面积能耗 Energy per m² this month",
            _weighted_energy_per_m2(),
            about="能耗之和除以面积之和,不含车辆用油。Sum of energy over sum of floor area, no vehicle fuel.",
            time_from=THIS_MONTH,
        ),
        figure(
            "本月碳排放 CO₂ this month",
            _total(carbon),
            about="电网因子取已公布的最新年度。The latest grid factor that is published.",
            time_from=THIS_MONTH,
        ),
        figure(
            "本月用水 Water this month",
            _total(water),
            about="水不折标煤。Water is not converted to coal.",
            time_from=THIS_MONTH,
        ),
        figure(
            "数据完整率 Coverage",
            _total(coverage),
            about="实测时间占比,各表取最小。Share of time that is measured, the least of the meters.",
            steps=COVERAGE_STEPS,
        ),
    )


def _by_use() -> Panel:
    panel = series(
        "每日分项用电 Daily electricity by use",
        select(INSTITUTION_DAY, lighting, hvac, sockets, every=DAY, where=CHOSEN, at_least=2),
        select(INSTITUTION_DAY, electricity, every=DAY, where=CHOSEN, at_least=2),
        about="分表堆叠,总表为线。Sub-meters stacked, main meters as a line; never added together.",
        bars=True,
        stacked=True,
        width=16,
    )
    return style(
        panel,
        electricity.label,
        custom__drawStyle="line",
        custom__stacking={"mode": "none", "group": "B"},
        custom__fillOpacity=0,
    )


def _institutions() -> Panel:
    return rows(
        "各单位 Institutions",
        select(
            INSTITUTION_DAY,
            electricity, lighting, hvac, water, gas,
            energy, energy_per_m2, energy_per_person, carbon, coverage,
            by=("county", "institution"),
            where=CHOSEN,
        ),
        about=NOT_ANNUAL + "空格为无表或无数据。An empty cell: no meter, or no data.",
        names={"institution": "单位 Institution", "county": "县市区 County"},
    )  # fmt: skip


def board() -> Board:
    """The energy dashboard."""
    return Board(
        uid="kilowitness-energy",
        title="能源资源 Energy",
        about="公共机构能耗指标。Energy indicators of public institutions.",
        since="now-30d",
        variables=(Variable("institution", "单位 Institution", INSTITUTION_DAY),),
        rows=(
            Row("概况 At a glance", _figures()),
            Row(
                "用能构成 Where it goes",
                (
                    _by_use(),
                    months(
                        "每月用电 Electricity by month",
                        select(INSTITUTION_DAY, electricity, every=DAY, where=CHOSEN, at_least=2),
                        about="所选时段内。Within the chosen range.",
                        width=8,
                    ),
                ),
            ),
            Row(
                "排名 Ranking",
                (
                    ranking(
                        "单位面积能耗排名 Energy per m²",
                        select(INSTITUTION_DAY, energy_per_m2, by=("institution",), where=CHOSEN),
                        about=NOT_ANNUAL + "前 20 位。The first 20.",
                    ),
                    ranking(
                        "人均能耗排名 Energy per person",
                        select(INSTITUTION_DAY, energy_per_person, by=("institution",), where=CHOSEN),
                        about=NOT_ANNUAL + "前 20 位。The first 20.",
                    ),
                ),
            ),
            Row("明细 Details", (_institutions(),)),
        ),
    )
