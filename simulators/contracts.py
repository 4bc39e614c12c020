"""The contracts of the city: who retrofits what, when, on which terms, and what it truly saves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from simulators.lamps import OUTDOOR_HOURS, fixtures, outdoor_lamps, outdoor_saving_rate
from simulators.loads import lamps_kw
from simulators.places import BUREAU, PLACES, Place
from simulators.plan import CityPlan, generator, months_after
from simulators.weather import Array

INSTALLATION_DAYS = 14
PRICE_YUAN_PER_KWH = "0.735686"
PRICE_SOURCE = "国网湖北电力代理购电价格表 2026-01，单一制不满1千伏，平段（鄂发改价管〔2024〕77号）"

LARGEST_UNCERTAINTY_SHARE = "0.50"
"""Of the saving at 90 %, above which a month that follows the weather waits for a person: a mild one saves
little beside what no model knows of it."""

_FULL_LOAD_HOURS, _DAY_AND_NIGHT_HOURS = 2_200, 4_400
"""What the parties assumed when they wrote the terms, more of a hospital; the meters know nothing of it."""

_HVAC_KWH_M2 = 24
_DAYS_BETWEEN, _FIRST_WAVE = 6, 7

_ESCOS = (
    ("澄光节能服务有限公司", "Chengguang Energy Services"),
    ("望舒照明科技有限公司", "Wangshu Lighting Technology"),
    ("青梧能源管理有限公司", "Qingwu Energy Management"),
)


class Method(StrEnum):
    """How a contract's saving is measured."""

    DAYS = "regression of days"
    WEATHER = "regression with weather"
    LAMPS = "lamp inventory"
    RATE = "saving rate of fixture tests"


_METHODS = {"primary-2": Method.RATE, "sports": Method.LAMPS, "museum": Method.WEATHER}
_LEAST_DAYS = {Method.WEATHER: 90}
"""Days that have to count by the end of the history; air conditioning is judged by more than a mild month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A retrofit of what `method` measures at one place: its lighting circuits, outdoor lamps or air
    conditioning.

    The new goes in during the `INSTALLATION_DAYS` before `accepted_on` (that day included); what is saved
    counts from the day after it. `saving_rate` (0–1) is the truth that only the ledger knows; `assumed_kwh`
    is what the parties took a year's use to be when they wrote the terms. Lamps by inventory have no meters.
    """

    code: str
    place: Place
    kind: str
    method: Method
    esco_zh: str
    esco_en: str
    meters: tuple[str, ...]
    accepted_on: date
    baseline_months: int
    saving_rate: float
    assumed_kwh: float

    @property
    def weather(self) -> str | None:
        """The meter whose temperature its baseline follows, if it does."""
        return f"{BUREAU}-x1" if self.method is Method.WEATHER else None

    @property
    def term_years(self) -> int:
        """Years from acceptance on."""
        return 8 if self.kind == "shared" else 5

    @property
    def installation_start(self) -> date:
        """The first day on which anything is changed."""
        return self.accepted_on - timedelta(days=INSTALLATION_DAYS - 1)

    @property
    def baseline_end(self) -> date:
        """The last day of the baseline period."""
        return self.installation_start - timedelta(days=1)

    @property
    def baseline_start(self) -> date:
        """The first day of the baseline period."""
        return months_after(self.installation_start, -self.baseline_months)

    @property
    def reporting_start(self) -> date:
        """The first day that counts: the day after acceptance."""
        return self.accepted_on + timedelta(days=1)


def sign_contracts(plan: CityPlan) -> tuple[Contract, ...]:
    """The contracts of the plan's institutions whose acceptance lies within the history."""
    signed: list[Contract] = []
    for place in (place for place in PLACES[: plan.institutions] if place.contract):
        number = len(signed)
        method = _METHODS.get(place.code, Method.DAYS)
        accepted_on = _first_day(plan, number) + timedelta(days=INSTALLATION_DAYS - 1)
        if accepted_on + timedelta(days=_LEAST_DAYS.get(method, 7)) > plan.until:
            continue
        zh, en = _ESCOS[number % len(_ESCOS)]
        signed.append(
            Contract(
                code=f"emc-{number + 1:03}", place=place, kind=place.contract, method=method,
                esco_zh=zh, esco_en=en, meters=_meters(place, method), accepted_on=accepted_on,
                baseline_months=plan.baseline_months, saving_rate=_RATES[method](plan, place),
                assumed_kwh=_assumed_kwh(plan, place, method),
            )
        )  # fmt: skip
    return tuple(signed)


def remaining_share(plan: CityPlan, contract: Contract) -> Array:
    """Which share of the old consumption is left in each hour, shape (hours,): 1, a ramp, then 1 − rate."""
    first_hour = 24 * (contract.installation_start - plan.start).days
    done = (np.arange(plan.hours) - first_hour) / (24 * INSTALLATION_DAYS)
    return 1 - contract.saving_rate * np.clip(done, 0, 1)


def terms(contract: Contract) -> dict[str, object]:
    """The terms of the contract's kind, as the contract document spells them."""
    if contract.kind == "shared":
        return {"esco_share_by_year": ["0.80", "0.80", "0.70", "0.60"]}
    if contract.kind == "guaranteed":
        return {
            "guaranteed_kwh_per_year": str(round(0.5 * contract.assumed_kwh, -3)),
            "service_fee_yuan_per_year": f"{round(0.4 * contract.assumed_kwh * 0.5, -2):.2f}",
            "esco_share_of_excess": "0.50",
        }
    cost = contract.assumed_kwh * float(PRICE_YUAN_PER_KWH)
    return {
        "custody_fee_yuan_per_year": f"{round(0.88 * cost, -2):.2f}",
        "baseline_cost_yuan_per_year": f"{round(cost, -2):.2f}",
    }


def _first_day(plan: CityPlan, number: int) -> date:
    """When installation begins: one after the other, then more of them in between."""
    wave, place = divmod(number, _FIRST_WAVE)
    days = 1 + _DAYS_BETWEEN * place + _DAYS_BETWEEN // 2 * wave
    return months_after(plan.start, plan.baseline_months) + timedelta(days=days)


def _meters(place: Place, method: Method) -> tuple[str, ...]:
    if method is Method.LAMPS:
        return ()
    letter = "H" if method is Method.WEATHER else "L"
    return tuple(f"{place.code}-{letter.lower()}{n + 1}" for n in range(place.meters.count(letter)))


def _assumed_kwh(plan: CityPlan, place: Place, method: Method) -> float:
    if method is Method.WEATHER:
        return _HVAC_KWH_M2 * place.floor_area_m2
    if method is Method.LAMPS:
        watts = sum(float(group.watts_before.sum()) for group in outdoor_lamps(plan, place))
        return watts / 1000 * OUTDOOR_HOURS * 365
    hours = _DAY_AND_NIGHT_HOURS if place.kind == "health" else _FULL_LOAD_HOURS
    return lamps_kw(plan, place) * hours


def _drawn(low: float, high: float) -> Callable[[CityPlan, Place], float]:
    def rate(plan: CityPlan, place: Place) -> float:
        return round(float(generator(plan.seed, "saving rate", place.code).uniform(low, high)), 4)

    return rate


_RATES: dict[Method, Callable[[CityPlan, Place], float]] = {
    Method.DAYS: _drawn(0.45, 0.65),
    Method.WEATHER: _drawn(0.25, 0.35),
    Method.LAMPS: outdoor_saving_rate,
    Method.RATE: lambda plan, place: fixtures(plan, place).saving_rate,
}
