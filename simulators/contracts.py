"""The lighting contracts of the city: who retrofits what, when, on which terms, and what it truly saves."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulators.loads import lamps_kw
from simulators.places import PLACES, Place
from simulators.plan import CityPlan, generator, months_after
from simulators.weather import Array

INSTALLATION_DAYS = 14
PRICE_YUAN_PER_KWH = "0.735686"
PRICE_SOURCE = "国网湖北电力代理购电价格表 2026-01,单一制不满1千伏,平段(鄂发改价管〔2024〕77号)"

_FULL_LOAD_HOURS = 2_200
"""What the parties assumed when they wrote the terms; the meters know nothing of it."""

_ESCOS = (
    ("澄光节能服务有限公司", "Chengguang Energy Services"),
    ("望舒照明科技有限公司", "Wangshu Lighting Technology"),
    ("青梧能源管理有限公司", "Qingwu Energy Management"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A retrofit of all lighting circuits of one place.

    New lamps go in during the `INSTALLATION_DAYS` before `accepted_on` (that day included); what is saved
    counts from the day after it. `saving_rate` (0–1) is the truth that only the ledger knows.
    """

    code: str
    place: Place
    kind: str
    esco_zh: str
    esco_en: str
    meters: tuple[str, ...]
    accepted_on: date
    baseline_months: int
    saving_rate: float
    installed_kw: float

    @property
    def installation_start(self) -> date:
        """The first day on which lamps are changed."""
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
        first = months_after(plan.start, plan.baseline_months) + timedelta(days=1 + 6 * number)
        accepted_on = first + timedelta(days=INSTALLATION_DAYS - 1)
        if accepted_on + timedelta(days=7) > plan.until:
            continue
        rate = float(generator(plan.seed, "saving rate", place.code).uniform(0.45, 0.65))
        zh, en = _ESCOS[number % len(_ESCOS)]
        signed.append(
            Contract(
                code=f"emc-{number + 1:03}", place=place, kind=place.contract, esco_zh=zh, esco_en=en,
                meters=tuple(f"{place.code}-l{n + 1}" for n in range(place.meters.count("L"))),
                accepted_on=accepted_on, baseline_months=plan.baseline_months, saving_rate=round(rate, 4),
                installed_kw=lamps_kw(plan, place),
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
    yearly_kwh = contract.installed_kw * _FULL_LOAD_HOURS
    if contract.kind == "shared":
        return {"esco_share_by_year": ["0.80", "0.80", "0.70", "0.60"]}
    if contract.kind == "guaranteed":
        return {
            "guaranteed_kwh_per_year": str(round(0.5 * yearly_kwh, -3)),
            "service_fee_yuan_per_year": f"{round(0.4 * yearly_kwh * 0.5, -2):.2f}",
            "esco_share_of_excess": "0.50",
        }
    cost = yearly_kwh * float(PRICE_YUAN_PER_KWH)
    return {
        "custody_fee_yuan_per_year": f"{round(0.88 * cost, -2):.2f}",
        "baseline_cost_yuan_per_year": f"{round(cost, -2):.2f}",
    }
