"""Where a month's money inputs come from: tariffs on file, stored hours, the year's earlier settlements.

Only what the contract asks for is read, so that a contract at its own price freezes none of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.savings.contract.model import Contract
from services.savings.contract.terms import PeriodValuation
from services.savings.money.inputs import MoneyInputs
from services.savings.money.lines import Line
from services.savings.money.local_hours import clock_hours
from services.savings.money.tariffs.plan import Tariffs
from services.savings.money.valuation import tariffs_of
from services.savings.money.year_to_date import earlier_months, needed, so_far
from services.savings.settlement.repository import Settlements
from services.timeseries.intervals import hourly
from services.timeseries.store import TimeSeriesStore


@dataclass(frozen=True, slots=True)
class MoneySources:
    """Reads what a contract's money needs beside its energy, for the days [start, end) of one month."""

    store: TimeSeriesStore
    settlements: Settlements
    tariffs: Tariffs
    zone: ZoneInfo

    def of(self, contract: Contract, start: date, end: date) -> MoneyInputs:
        """The plans in force; hours where savings are valued by period; the year where terms ask for it."""
        plans = [plan for one in tariffs_of(contract) for plan in self.tariffs.between(one, start, end)]
        by_period = isinstance(contract.valued_by, PeriodValuation)
        earlier = self._earlier(contract, start) if needed(contract.terms) else {}
        return MoneyInputs(
            tariffs=Tariffs(tuple(plans)),
            hours=self._hours(contract.meters, start, end) if by_period else {},
            months=tuple(earlier),
            so_far=so_far(earlier.values()),
        )

    def _earlier(self, contract: Contract, start: date) -> dict[str, list[Line]]:
        """The lines of the contract year's earlier months that have amounts, of their latest versions."""
        asked = earlier_months(contract, start)
        found = [one for one in self.settlements.latest(contract.code) if one.month in asked]
        return {
            one.month: [
                Line(**line | {"value": Decimal(line["value"])}) for line in one.document["results"]["lines"]
            ]
            for one in found
            if one.esco_fee_yuan is not None
        }

    def _hours(self, meters: Sequence[str], start: date, end: date) -> dict[date, tuple[Decimal | None, ...]]:
        known = [hourly(self.store, code, start=start, end=end, zone=self.zone) for code in meters]
        days = [start + timedelta(days=i) for i in range((end - start).days)]
        columns = [(one.measured, one.estimated) for one in known]
        return clock_hours(known[0].starts_ms, columns, days=days, zone=self.zone)
