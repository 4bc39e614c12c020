"""The answers of a product that tells the exact truth, from a ledger: what a verification must accept."""

from datetime import date
from typing import Any

from simulators.truth import EnergyTruth, Truth
from tests.simulators.stub_service import Answer

_QUANTITIES = ("electricity_kwh", "lighting_kwh", "hvac_kwh", "sockets_kwh", "water_m3", "gas_m3")


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

    @staticmethod
    def _energy(row: EnergyTruth) -> dict[str, Any]:
        return {"institution": row.institution, **{name: getattr(row, name) for name in _QUANTITIES}}

    def __call__(self, _method: str, path: str) -> Answer:
        if path not in self.answers:
            return 404, {"detail": f"no {path}"}
        return 200, self.answers[path]
