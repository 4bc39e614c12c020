"""Everything a printed statement says, in no language yet: a settlement's document in, one frozen value out.

Texts are keys for the page's own words; `*_zh` and `*_en` are names as the parties gave them. GB/T 28750-2012
writes `E_s = E_r − E_a`, with the other sign; the statement carries both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.metering.model import Institution
from services.mv.accounting import DaySavings, PeriodSavings
from services.mv.baseline import Coefficient, Fit
from services.mv.lighting.option_a import LampLine
from services.mv.lighting.saving_rate import SavingRate
from services.mv.limits import limit
from services.mv.model import Record
from services.mv.selection import Candidate
from services.mv.uncertainty.comparison import Comparison
from services.savings.contract.measurement import LampInventory, weather_of
from services.savings.contract.model import Contract, SettlementState
from services.savings.contract.on_file import as_it_was
from services.savings.money.charge import Line
from services.savings.settlement.document import Settlement

METHODS = {
    "workday+daylight": "method.workday_daylight",
    "day-type mean": "method.day_type_mean",
    "option_a": "method.option_a",
    "saving_rate": "method.saving_rate",
}
"""The words of methods whose form is known beforehand; a regression with weather may take any form."""
SIGN_CONVENTION = "sign.savings_positive_gbt28750_negative"
SIGNATORIES = ("client", "esco", "witness")
_LEAST_DAYS = ("sufficiency", "days_of_each_type")


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One settled month of the table: the newest version's figures, amounts None while it is held."""

    month: str
    version: int
    state: SettlementState
    period: PeriodSavings
    savings_yuan: Decimal | None
    esco_fee_yuan: Decimal | None
    client_keeps_yuan: Decimal | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A month's statement; energies in kWh, ± are half-widths at 90 %, money in yuan.

    `days` is the series for the chart: baseline, actual, and `uncertainty_kwh` of the day as its band.
    `gbt_28750_savings_kwh` is the period's saving in that standard's sign. `candidates` are the forms that a
    regression was chosen among by `criterion`, `comparison` its band beside others; `lamps` is the table of
    an inventory, `rate` that of fixture tests (its findings are among `records`). `demands` is all that the
    contract asks of the month, met or not; those not met are `holds`.
    """

    contract: Contract
    institution: Institution | None
    month: str
    version: int
    state: SettlementState
    holds: tuple[Record, ...]
    settled_at: datetime
    difference_yuan: Decimal | None
    method: str
    form: str
    coefficients: tuple[Coefficient, ...]
    fit: Fit | None
    criterion: str | None
    candidates: tuple[Candidate, ...]
    comparison: Comparison | None
    lamps: tuple[LampLine, ...]
    rate: SavingRate | None
    demands: tuple[Record, ...]
    records: tuple[Record, ...]
    gates: tuple[Record, ...]
    period: PeriodSavings
    months: tuple[MonthRow, ...]
    days: tuple[DaySavings, ...]
    lines: tuple[Line, ...]
    savings_yuan: Decimal | None
    esco_fee_yuan: Decimal | None
    client_keeps_yuan: Decimal | None
    rounding: str
    sign_convention: str
    gbt_28750_savings_kwh: float
    engine: str
    calendar: str
    input_sha256: str
    signatories: tuple[str, ...]

    @property
    def savings_rate(self) -> float | None:
        """Saving / adjusted baseline of the period (节能率), None where there is no baseline."""
        return self.period.savings_kwh / self.period.baseline_kwh if self.period.baseline_kwh else None


def statement(
    settlement: Settlement, months: Sequence[Settlement], *, institution: Institution | None
) -> Statement:
    """Lay out a settlement, with the newest versions of the contract's `months` up to it for the table."""
    inputs, results = settlement.document["inputs"], settlement.document["results"]
    model, period = results["model"], _period(results["period"])
    contract = as_it_was(inputs["contract"]).contract()
    laid_out = _model(model, results)
    return Statement(
        contract=contract,
        institution=institution,
        month=settlement.month,
        version=settlement.version,
        state=settlement.state,
        holds=_records(results["holds"]),
        settled_at=settlement.settled_at,
        difference_yuan=settlement.difference_yuan,
        method=_method(contract, model["form"]),
        form=model["form"],
        **laid_out,
        demands=_demands(contract, laid_out["fit"], results),
        records=_records(results["records"]),
        gates=_records(results["gates"]),
        period=period,
        months=tuple(_month(row) for row in months),
        days=tuple(DaySavings(**row | {"day": date.fromisoformat(row["day"])}) for row in results["days"]),
        lines=tuple(Line(**row | {"value": Decimal(row["value"])}) for row in results["lines"]),
        **_amounts(results),
        rounding=results["rounding"],
        sign_convention=SIGN_CONVENTION,
        gbt_28750_savings_kwh=-period.savings_kwh + 0.0,
        engine=inputs["engine"],
        calendar=inputs["calendar"],
        input_sha256=settlement.input_sha256,
        signatories=SIGNATORIES,
    )


def _method(contract: Contract, form: str) -> str:
    if weather_of(contract.measurement) is not None:
        return "method.weather"
    return METHODS.get(form, "method.regression")


def _model(model: dict[str, Any], results: dict[str, Any]) -> dict[str, Any]:
    """What the document says of how the baseline came about, by the statement's names."""
    compared, rate = results.get("comparison"), model.get("rate")
    return {
        "coefficients": tuple(Coefficient(**row) for row in model.get("coefficients", ())),
        "fit": Fit(**model["fit"]) if "fit" in model else None,
        "criterion": model.get("criterion"),
        "candidates": tuple(Candidate(**row) for row in model.get("candidates", ())),
        "comparison": Comparison(**compared) if compared else None,
        "lamps": tuple(LampLine(**row) for row in model.get("lamps", ())),
        "rate": SavingRate(**rate, records=()) if rate else None,
    }


def _demands(contract: Contract, fit: Fit | None, results: dict[str, Any]) -> tuple[Record, ...]:
    """Every demand of the contract with the frozen figure it is held against.

    A document keeps those that are not met; the others follow from its figures.
    """
    unmet = {one.what: one for one in _records(results["holds"])}
    period, limits, least = results["period"], contract.limits, float(contract.minimum_completeness)
    source, asked = f"contract {contract.code}", list[tuple[str, float, float | None, str]]()
    if fit is not None:
        agreed, days = (contract.baseline_end - contract.baseline_start).days + 1, limit(*_LEAST_DAYS)
        asked += [
            ("baseline_completeness", round(fit.n / agreed, 6), least, source),
            ("baseline_days_learnt", fit.n, days.figure, days.source),
            ("contract_cvrmse", fit.cvrmse, limits.cvrmse, source),
            ("contract_net_bias", abs(fit.nmbe), limits.net_bias, source),
            ("contract_r2", fit.r2, limits.r2, source),
        ]
    if isinstance(contract.measurement, LampInventory):
        known = [one for one in _records(results["records"]) if one.what == "days_without_calendar"]
        asked += [(one.what, one.figure, one.limit, one.source) for one in known]
    else:
        asked.append(("month_completeness", period["coverage"], least, source))
    if period["savings_kwh"]:
        share = round(period["uncertainty_kwh"] / abs(period["savings_kwh"]), 6)
        asked.append(("contract_uncertainty_share", share, limits.uncertainty_share, source))
    met = [
        Record(what, figure, bound, named, ok=True)
        for what, figure, bound, named in asked
        if bound is not None and what not in unmet
    ]
    return (*unmet.values(), *met)


def _month(settlement: Settlement) -> MonthRow:
    results = settlement.document["results"]
    return MonthRow(
        month=settlement.month,
        version=settlement.version,
        state=settlement.state,
        period=_period(results["period"]),
        **_amounts(results),
    )


def _period(row: dict[str, Any]) -> PeriodSavings:
    bounds = {name: date.fromisoformat(row[name]) for name in ("start", "end")}
    return PeriodSavings(**row | bounds)


def _records(rows: Sequence[dict[str, Any]]) -> tuple[Record, ...]:
    return tuple(Record(**row) for row in rows)


def _amounts(results: dict[str, Any]) -> dict[str, Any]:
    names = ("savings_yuan", "esco_fee_yuan", "client_keeps_yuan")
    return {name: None if results[name] is None else Decimal(results[name]) for name in names}
