"""The printed object of `kilowitness mv` by a baseline: Measured in, plain values out."""

from datetime import date, timedelta
from typing import Any

from services.mv.canonical import plain
from services.mv.command.measure import Measured
from services.mv.model import ENGINE, Days
from services.mv.selection import CRITERION


def document(found: Measured) -> dict[str, Any]:
    """The object that is printed, with the same keys for hours, days and bills."""
    baseline, total = found.model.baseline, found.savings.total
    figures = baseline.fit
    answer: dict[str, Any] = plain(
        {
            "form": baseline.form,
            "coefficients": baseline.coefficients,
            "cvrmse": figures.cvrmse,
            "nmbe": figures.nmbe,
            "r2": figures.r2,
            "n_effective": figures.n_effective,
            "fit": figures,
            "hourly": found.hourly,
            "gates": found.gates,
            "baseline_kwh": round(float(baseline.days.energy_kwh @ baseline.days.lengths), 3),
            "reporting_kwh": total.actual_kwh,
            "adjusted_baseline_kwh": total.baseline_kwh,
            "savings_kwh": total.savings_kwh,
            "uncertainty_kwh": total.uncertainty_kwh,
            "periods": {
                "baseline": _span(baseline.days),
                "reporting": [total.start, total.end],
                "reporting_days_measured": total.days_measured,
                "reporting_days_left_out": total.days_left_out,
            },
            "months": found.savings.months,
            "comparison": found.comparison,
            "steps": found.steps,
            "records": found.records,
            "criterion": CRITERION if baseline.candidates else None,
            "candidates": baseline.candidates,
            "engine": ENGINE,
            "input_sha256": found.input_sha256,
        }
    )
    return answer


def _span(days: Days) -> list[date]:
    """The first day, and the day after the last one."""
    return [days.days[0], days.days[-1] + timedelta(days=int(days.lengths[-1]))]
