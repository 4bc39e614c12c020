"""Savings for the overview: months over all contracts, and each contract's total so far."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import from_ms
from services.savings.contract.model import Contract
from services.savings.service import SavingsService
from services.timeseries.schema import SAVINGS_MONTH, SAVINGS_TOTAL
from services.timeseries.store import TimeSeriesStore
from services.web.i18n import Texts


@dataclass(frozen=True, slots=True)
class MonthSavings:
    """One month over all contracts [kWh]; the contracts' uncertainties (half-widths at 90 %) add as √ΣU²."""

    month: date
    baseline_kwh: float
    actual_kwh: float
    savings_kwh: float
    uncertainty_kwh: float


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract with what it has saved since its reporting period began."""

    code: str
    name: str
    institution: str
    kind: str
    start: date
    baseline_kwh: float | None
    savings_kwh: float | None
    uncertainty_kwh: float | None
    coverage: float | None
    latest_month: date | None

    @property
    def rate(self) -> float | None:
        """Savings / adjusted baseline."""
        return _rate(self.savings_kwh, self.baseline_kwh)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All contracts together: ΣS ± √ΣU² [kWh] over `contracts` contracts with a result."""

    contracts: int
    baseline_kwh: float | None
    savings_kwh: float | None
    uncertainty_kwh: float | None

    @property
    def rate(self) -> float | None:
        """Savings / adjusted baseline."""
        return _rate(self.savings_kwh, self.baseline_kwh)


def _rate(savings_kwh: float | None, baseline_kwh: float | None) -> float | None:
    return None if savings_kwh is None or not baseline_kwh else savings_kwh / baseline_kwh


def rows(savings: SavingsService, names: Mapping[str, str], t: Texts) -> tuple[ContractRow, ...]:
    """Every contract with its total as the savings job last told it, by code; `names` are the institutions'.

    A total is None before the first whole reporting day, and where no baseline can be learnt.
    """
    totals = _totals(savings.store)
    return tuple(
        _row(savings, document.contract(), totals.get(document.code, {}), names, t)
        for document in savings.contracts.all()
    )


def _totals(store: TimeSeriesStore) -> dict[str, dict[str, float]]:
    """The figures of each contract that has a day measured: what was taken back says that it has none."""
    return {
        series.tags["contract"]: {name: column[row].item() for name, column in series.fields.items()}
        for series in store.read(SAVINGS_TOTAL)
        for row in np.flatnonzero(series.fields["days_measured"] > 0).tolist()
    }


def _row(
    savings: SavingsService, contract: Contract, total: Mapping[str, float], names: Mapping[str, str],
    t: Texts,
) -> ContractRow:  # fmt: skip
    months = savings.settlements.latest_states(contract.code)
    return ContractRow(
        code=contract.code,
        name=t.name(contract),
        institution=names.get(contract.institution, contract.institution),
        kind=contract.kind,
        start=contract.reporting_start,
        baseline_kwh=total.get("baseline_kwh"),
        savings_kwh=total.get("savings_kwh"),
        uncertainty_kwh=total.get("uncertainty_kwh"),
        coverage=total.get("coverage"),
        latest_month=date.fromisoformat(f"{max(months)}-01") if months else None,
    )


def portfolio(rows: Iterable[ContractRow]) -> Portfolio:
    """The sum of the contracts that have a result."""
    known = [row for row in rows if row.savings_kwh is not None]
    if not known:
        return Portfolio(0, None, None, None)
    return Portfolio(
        len(known),
        sum(row.baseline_kwh or 0.0 for row in known),
        sum(row.savings_kwh or 0.0 for row in known),
        sqrt(sum((row.uncertainty_kwh or 0.0) ** 2 for row in known)),
    )


def months(store: TimeSeriesStore, zone: ZoneInfo) -> tuple[MonthSavings, ...]:
    """Every month with a result, oldest first."""
    found: dict[date, list[tuple[float, float, float, float]]] = defaultdict(list)
    names = ("baseline_kwh", "actual_kwh", "savings_kwh", "uncertainty_kwh")
    for series in store.read(SAVINGS_MONTH, fields=names):
        columns = [series.fields.get(name, np.full(len(series.times_ms), np.nan)) for name in names]
        for time_ms, *values in zip(series.times_ms.tolist(), *(c.tolist() for c in columns), strict=True):
            if not np.isnan(values[2]):
                month = from_ms(time_ms).astimezone(zone).date().replace(day=1)
                found[month].append((values[0], values[1], values[2], values[3]))
    return tuple(_month(month, found[month]) for month in sorted(found))


def _month(month: date, rows: list[tuple[float, float, float, float]]) -> MonthSavings:
    baseline, actual, savings, uncertainty = np.nan_to_num(np.array(rows)).T
    return MonthSavings(
        month, float(baseline.sum()), float(actual.sum()), float(savings.sum()),
        float(np.sqrt((uncertainty**2).sum())),
    )  # fmt: skip
