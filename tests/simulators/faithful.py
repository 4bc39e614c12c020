"""The answers of a product that tells the exact truth, from a ledger: what a verification must accept."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from simulators.contract_truth import AdjustmentTruth, LampTruth, RateTruth
from simulators.truth import EnergyTruth, Truth
from tests.simulators.stub_service import Answer

_ONE = timedelta(days=1)
_QUANTITIES = ("electricity_kwh", "lighting_kwh", "hvac_kwh", "sockets_kwh", "water_m3", "gas_m3")


_DAILY_HALF_WIDTH_KWH = 5.0


def settlement(
    month: str, start: str, end: str, *, lamps: Sequence[Any] = (), rate: Any = None, adjustments: Any = ()
) -> dict[str, Any]:
    """A settlement's document, as far as a verification reads it."""
    model = {"lamps": list(lamps)} if lamps else {"rate": rate}
    frozen = {"adjustments": [{"code": line["code"]} for line in adjustments]} if adjustments else {}
    return {
        "inputs": {"month": month, **frozen},
        "results": {
            "period": {"start": start, "end": end}, "model": model, "adjustments": list(adjustments),
        },
    }  # fmt: skip


def lamp_line(truth: LampTruth, days: int) -> dict[str, Any]:
    """A group's line of a table over so many days, of its true watts."""
    lamp_hours = truth.count * truth.hours * days
    return {
        "group": truth.group, "count": truth.count, "hours_after": truth.hours, "days": float(days),
        "savings_kwh": lamp_hours * (truth.watts_before - truth.watts_after) / 1000,
        "uncertainty_kwh": _DAILY_HALF_WIDTH_KWH * days,
    }  # fmt: skip


def adjustment_line(code: str, kwh: float, half_width: float) -> dict[str, Any]:
    """What an adjustment came to in a month."""
    return {"code": code, "adjustment_kwh": kwh, "uncertainty_kwh": half_width}


class FaithfulProduct:
    """Answers by path; a test changes one figure of `answers` and sees its row fail."""

    def __init__(self, truth: Truth, today: date) -> None:
        repairs = truth.repairs
        overdue = sum(due < today for due in repairs.open_due)
        judged = repairs.completed_on_time + repairs.completed_late + overdue
        self.answers: dict[str, Any] = {
            "/ingest": {
                "readings_stored": sum(truth.values.values()), "positions_stored": truth.positions,
                "rejected": sum(truth.dead_letters.values()), "unregistered": truth.unregistered,
            },
            "/energy": {"items": [self._energy(row) for row in truth.energy]},
            "/fleet/summary": {
                "items": [
                    {"vehicle": row.vehicle, "trips": row.trips, "distance_km": row.distance_km,
                     "flagged_trips": row.flagged_trips, "litres_per_100km": row.litres_per_100km}
                    for row in truth.vehicles
                ],
            },
            "/repairs/summary": {
                "reported": repairs.reported, "responded": repairs.responded,
                "response_minutes_p50": repairs.response_minutes_p50, "completed": repairs.completed,
                "completed_on_time": repairs.completed_on_time, "overdue_open": overdue,
                "due_unknown": repairs.due_unknown, "open": repairs.open, "rated": repairs.rated,
                "on_time_rate": repairs.completed_on_time / judged,
                "satisfaction_rate": repairs.satisfied / repairs.rated,
            },
            **{
                f"/contracts/{row.contract}/savings": {
                    "total": {"savings_kwh": row.savings_kwh, "uncertainty_kwh": 0.03 * row.savings_kwh,
                              "actual_kwh": row.used_kwh},
                    "items": [],
                }
                for row in truth.savings
            },
        }  # fmt: skip
        for row in truth.savings:
            self._settle(truth, row.contract, row.reporting_start)
        for step in truth.steps:
            found = {"first_day": step.first_day.isoformat(), "last_day": None}
            self.answers[f"/contracts/{step.contract}/steps"] = {"proposals": [found]}
            self.answers[f"/contracts/{step.contract}/adjustments"] = {"items": []}

    def _settle(self, truth: Truth, contract: str, start: date) -> None:
        """Every month that is over since the contract's saving counts, with two versions of the first."""
        path, months = f"/contracts/{contract}/settlements", list[str]()
        while (end := start.replace(day=monthrange(start.year, start.month)[1]) + _ONE) <= truth.until:
            months.append(f"{start:%Y-%m}")
            agreed = [row for row in truth.adjustments if row.contract == contract]
            self.answers[f"{path}/{months[-1]}/export"] = settlement(
                months[-1], start.isoformat(), end.isoformat(),
                lamps=[lamp_line(row, (end - start).days) for row in truth.lamps if row.contract == contract],
                rate=next((self._rate(row) for row in truth.rates if row.contract == contract), None),
                adjustments=[line for row in agreed for line in self._agreed(row, months[-1])],
            )  # fmt: skip
            start = end
        versions = [{"month": month, "version": 1} for month in months]
        self.answers[path] = {"items": [*versions, *({**one, "version": 2} for one in versions[:1])]}

    @staticmethod
    def _rate(row: RateTruth) -> dict[str, Any]:
        return {"rate": row.rate, "uncertainty": 0.01, "population": row.population}

    @staticmethod
    def _agreed(row: AdjustmentTruth, month: str) -> list[dict[str, Any]]:
        kwh = row.kwh_by_month.get(month)
        return [] if kwh is None else [adjustment_line(row.adjustment, kwh, 0.05 * kwh)]

    @staticmethod
    def _energy(row: EnergyTruth) -> dict[str, Any]:
        return {"institution": row.institution, **{name: getattr(row, name) for name in _QUANTITIES}}

    def __call__(self, _method: str, path: str) -> Answer:
        if path not in self.answers:
            return 404, {"detail": f"no {path}"}
        return 200, self.answers[path]
