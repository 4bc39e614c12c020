"""Frozen inputs of one June for every way a contract may be measured, and adjustments that both approved."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from services.mv.adjustments.adjustment import Adjustment, Kind, Side, approved
from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Term, Total
from services.mv.canonical import plain
from services.mv.daylight import daylight_hours
from services.mv.model import Floats
from services.mv.operating_days import On
from services.savings.contract.documents import ContractDocument
from services.savings.meter_days import MeterDays, gather
from services.savings.settlement.document import Json, Place, freeze, settled_period
from services.workdays import Workdays
from tests.services.mv.circuits import LATITUDE, LONGITUDE, calendar, noise
from tests.services.savings.examples import document, frozen

WORKDAYS = Workdays()
AGREED_AT = datetime(2025, 6, 20, 1, tzinfo=UTC)
HOLIDAY = {"kind": "summer_holiday", "source": "校历 2024/25"}
CLOSURES = [
    HOLIDAY | {"first_day": "2024-07-10", "last_day": "2024-08-25"},
    HOLIDAY | {"first_day": "2025-06-23", "last_day": "2025-06-30"},
]
HEADS = {"name": "head_count", "unit": "persons", "steps": [
    {"effective_from": "2024-05-01", "value": 300, "source": "人事科 2024-05"},
    {"effective_from": "2024-11-01", "value": 420, "source": "人事科 2024-11"},
    {"effective_from": "2025-06-16", "value": 380, "source": "人事科 2025-06"},
]}  # fmt: skip


def outdoor_c(days: Sequence[date]) -> Floats:
    """A made-up climate [°C]: warm in July, near zero in January, with weather on top."""
    year = np.array([math.cos(2 * math.pi * (day.timetuple().tm_yday - 200) / 365) for day in days])
    drawn = noise(np.random.default_rng(3), (1, 900), 0.7)[0]
    offset = np.array([(day - date(2024, 1, 1)).days for day in days])
    mild: Floats = 16 + 12 * year + 3 * drawn[offset]
    return mild


def table(deal: ContractDocument, start: date, end: date, *, remaining: float = 1.0) -> MeterDays:
    """A building's days in [start, end): cooling, heating and head count, less on days off."""
    days = calendar(start, (end - start).days)
    working = tuple(WORKDAYS.is_working_day(day) for day in days)
    outdoor = outdoor_c(days)
    energy = np.where([flag is True for flag in working], 300.0, 190.0)
    measured = deal.measurement.measurement() if deal.measurement else None
    for closure in getattr(measured, "closures", ()):
        energy[[closure.first_day <= day <= closure.last_day for day in days]] = 60.0
    energy += 14 * np.maximum(outdoor - 22, 0) + 9 * np.maximum(10 - outdoor, 0)
    for one in getattr(measured, "drivers", ()):
        energy += 0.5 * np.nan_to_num(one.on(days))
    drawn = noise(np.random.default_rng(5), (1, 900), 0.4)[0]
    swing = 1 + 0.04 * drawn[[(day - date(2024, 1, 1)).days for day in days]]
    zero, whole = np.zeros(len(days)), np.ones(len(days))
    return gather(
        dict.fromkeys(deal.meters, (energy * swing * remaining, zero, whole)),
        days=days, working=working, daylight_h=daylight_hours(days, LATITUDE, LONGITUDE),
        outdoor_c=outdoor if getattr(measured, "weather", None) else None,
    )  # fmt: skip


def measured(measurement: Json, month: str = "2025-06", *, remaining: float = 0.7, **fields: Any) -> Json:
    """Frozen inputs of a contract with this measurement; an inventory of lamps has no meters."""
    own: Json = {"meters": []} if measurement["by"] == "lamps" else {}
    deal = document(**{"measurement": measurement, **own, **fields})
    start, end = settled_period(deal.contract(), month)
    return freeze(
        deal, month=month, place=Place(LATITUDE, LONGITUDE), calendar="国办发明电〔2024〕12号",
        baseline=table(deal, deal.baseline_start, deal.baseline_end + timedelta(days=1)),
        reporting=table(deal, start, end, remaining=remaining),
    )  # fmt: skip


def weather(form: str = "auto", *, closures: bool = True, drivers: bool = True, **fields: Any) -> Json:
    """A regression with outdoor temperature, a closure and a driver."""
    said: Json = {"by": "regression", "form": form, "weather": "hall-weather"}
    if closures:
        said["closures"] = CLOSURES
    if drivers:
        said["drivers"] = [HEADS]
    return measured(said, **fields)


def sample(mean: float, deviation: float, size: int, population: int, shared: str = "") -> Json:
    """A figure measured on some lamps."""
    return {"mean": mean, "deviation": deviation, "size": size, "population": population, "shared": shared}


def agreed(value: float, source: str, error: float = 0.0) -> Json:
    """A figure both sides stipulate."""
    return {"value": value, "source": source, "standard_error": error}


HALL = {
    "name": "门厅", "type_before": "荧光灯盘 3×14 W", "type_after": "LED 面板 600×600", "count": 400,
    "watts_before": sample(46.2, 1.1, 12, 400), "watts_after": sample(18.04, 0.4, 12, 400),
    "hours": agreed(10.5, "合同附件二 第 3 条", 0.5), "on": "working_days",
    "in_service": agreed(0.98, "双方 2025-05 巡查记录"),
    "interactive": agreed(0.06, "合同附件二 第 7 条", 0.02),
}  # fmt: skip
STAIRS = {
    "name": "楼梯", "type_before": "节能灯 18 W", "type_after": "感应 LED 8 W", "count": 60,
    "watts_before": agreed(18.0, "铭牌"), "watts_after": sample(8.1, 0.2, 6, 60),
    "hours": sample(9.4, 1.2, 8, 60), "hours_before": agreed(14.0, "值班记录"),
    "days_a_month": agreed(30.0, "合同附件二 第 4 条"), "control_after": agreed(0.6, "感应控制实测报告"),
}  # fmt: skip


def lamps(groups: Sequence[Json] = (HALL, STAIRS), **fields: Any) -> Json:
    """An inventory of lamps."""
    return measured({"by": "lamps", "groups": list(groups)}, **fields)


TESTS = [
    {"fixture": f"3F-{i:02}", "before_kwh": 2.1 + 0.03 * i, "after_kwh": 0.83 + 0.02 * (i % 4),
     "before_on": f"2025-04-{8 + i:02}", "after_on": f"2025-05-{6 + i % 6:02}"}
    for i in range(1, 9)
]  # fmt: skip


def rate(**fields: Any) -> Json:
    """The saving rate of eight fixtures of 240."""
    return measured({"by": "saving_rate", "tests": TESTS, "population": 240}, remaining=0.4, **fields)


def adjustment(code: str, term: Term, **changes: Any) -> Adjustment:
    """An adjustment of June that both sides approved."""
    said = {
        "kind": Kind.HOURS, "first_day": date(2025, 6, 9), "last_day": date(2025, 6, 20),
        "reason": "夜校开班", "evidence": ("函〔2025〕7 号",), "half_width_share": 0.1, **changes,
    }  # fmt: skip
    found = Adjustment(code=code, contract="emc-001", term=term, **said)
    for side, by, role in ((Side.CLIENT, "王敏", "总务科"), (Side.ESCO, "李堃", "项目经理")):
        found = approved(found, side=side, by=by, role=role, at=AGREED_AT)
    return found


ADJUSTMENTS = (
    adjustment("evening-school", PerDay(18.5), on=On.WORKING_DAYS),
    adjustment("lamps-removed", Lamps(-40, 36.0, 10.0), kind=Kind.LAMPS, half_width_share=0.0, evidence=()),
    adjustment("meter-outage", Total(-120.5), kind=Kind.METER_FAULT, reason="互感器断线 2 天"),
    adjustment("staff", Proportional("head_count", "persons", 300, 330, 0.4), kind=Kind.HEAD_COUNT),
)


def with_adjustments(inputs: Json, adjustments: Sequence[Adjustment] = ADJUSTMENTS) -> Json:
    """The same inputs with adjustments of the month."""
    return {**inputs, "adjustments": plain(list(adjustments))}


def every_method() -> dict[str, Json]:
    """Inputs by a name: each way to measure, and its variants that print differently."""
    return {
        "days": frozen(),
        "weather": weather(),
        "weather split": weather("5p-split", closures=False, drivers=False),
        "weather line": weather("2p", closures=False, drivers=False),
        "change point": weather("4p-types"),
        "lamps": lamps(),
        "rate": rate(),
        "adjusted": with_adjustments(frozen()),
        "adjusted weather": with_adjustments(weather()),
        "adjusted lamps": with_adjustments(lamps()),
        "adjusted rate": with_adjustments(rate()),
    }
