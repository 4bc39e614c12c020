"""What one can ask of savings: contracts, their savings so far, settlements and statements."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.clock import Clock
from services.database import Sessions
from services.metering.repository import Registry
from services.mv.accounting import Savings, account
from services.mv.baseline import fit
from services.mv.daylight import daylight_hours
from services.mv.uncertainty import ErrorModel, error_model
from services.savings.contract_years import term_end
from services.savings.meter_days import MeterDays, gather
from services.savings.repository import Contracts, Settlements
from services.savings.schemas import ContractDocument
from services.savings.settlement import Json, Place, Settlement, freeze, settle, settled_period
from services.savings.statement import Statement, statement
from services.timeseries.intervals import daily_many
from services.timeseries.store import TimeSeriesStore
from services.workdays import Workdays


class ContractRefused(ValueError):
    """The contract names an institution or a meter that the registry has not; the message names it."""


class NoReport(LookupError):
    """There is nothing yet to report on; the message says why."""


@dataclass(frozen=True, slots=True)
class History:
    """A contract's day values, from its baseline to yesterday, and the model learnt from them."""

    document: ContractDocument
    baseline: MeterDays
    reporting: MeterDays
    model: ErrorModel


@dataclass(frozen=True, slots=True)
class SavingsService:
    """The slice's one door for routes, jobs and pages."""

    sessions: Sessions
    store: TimeSeriesStore
    registry: Registry
    workdays: Workdays
    clock: Clock
    zone: ZoneInfo

    @property
    def contracts(self) -> Contracts:
        """The contracts on file."""
        return Contracts(self.sessions)

    @property
    def settlements(self) -> Settlements:
        """The settlements on file."""
        return Settlements(self.sessions)

    def put_contract(self, document: ContractDocument) -> None:
        """Add or replace a contract whose institution and meters are known, else `ContractRefused`."""
        if self.registry.institution(document.institution) is None:
            raise ContractRefused(f"institution: no institution {document.institution!r}")
        known = {meter.code for meter in self.registry.meters(institution=document.institution)}
        for code in document.meters:
            if code not in known:
                raise ContractRefused(f"meters: {document.institution!r} has no meter {code!r}")
        self.contracts.put(document, self.clock())

    def place(self, document: ContractDocument) -> Place | None:
        """Where the contract's daylight is computed: its own place, else its institution's."""
        if document.latitude is not None and document.longitude is not None:
            return Place(document.latitude, document.longitude)
        of = self.registry.institution(document.institution)
        if of is None or of.latitude is None or of.longitude is None:
            return None
        return Place(of.latitude, of.longitude)

    def history(self, document: ContractDocument) -> History:
        """Read and learn everything up to the local day that is not over yet. Raises `NoBaseline`."""
        contract = document.contract()
        today = self.clock().astimezone(self.zone).date()
        after_baseline = contract.baseline_end + timedelta(days=1)
        end = max(after_baseline, min(today, term_end(contract)))
        days = self._days(document, contract.baseline_start, end)
        baseline = days.between(contract.baseline_start, after_baseline)
        limit = float(contract.minimum_completeness)
        model = error_model(fit(baseline.total(), minimum_coverage=limit))
        return History(document, baseline, days.between(contract.reporting_start, end), model)

    def savings(self, history: History) -> Savings:
        """Savings of every day since acceptance. Raises `NoReport` before the first whole day."""
        contract = history.document.contract()
        if not history.reporting.days:
            raise NoReport(f"{contract.code}: savings count from {contract.reporting_start} on")
        limit = float(contract.minimum_completeness)
        return account(history.model, history.reporting.total(), minimum_coverage=limit)

    def settled(self, history: History, month: str) -> Json:
        """The settlement document of a month that is over. Raises `NothingToSettle` or `NoReport`."""
        start, end = settled_period(history.document.contract(), month)
        reporting = history.reporting.between(start, end)
        if len(reporting.days) < (end - start).days:
            raise NoReport(f"{month}: the month is not over")
        inputs = freeze(
            history.document,
            month=month,
            place=self.place(history.document),
            calendar=self.workdays.version,
            baseline=history.baseline,
            reporting=reporting,
        )
        return settle(inputs, history.model)

    def settle(self, document: ContractDocument, month: str) -> tuple[Settlement, bool]:
        """Settle a month from what is stored now; True when this made a new version."""
        return self.settlements.add(self.settled(self.history(document), month), self.clock())

    def statement(self, code: str, month: str, version: int | None = None) -> Statement | None:
        """All that a printed statement of a settled month says, or None when it is not settled."""
        found = self.settlements.get(code, month, version)
        if found is None:
            return None
        newest: dict[str, Settlement] = {}
        for other in self.settlements.of_contract(code):
            if other.month < month:
                newest[other.month] = other
        institution = self.registry.institution(found.institution)
        return statement(found, [*newest.values(), found], institution=institution)

    def _days(self, document: ContractDocument, start: date, end: date) -> MeterDays:
        energies = daily_many(self.store, document.meters, start=start, end=end, zone=self.zone)
        days = tuple(start + timedelta(days=i) for i in range((end - start).days))
        place = self.place(document)
        return gather(
            {m: (energies[m].measured, energies[m].estimated, energies[m].coverage) for m in document.meters},
            days=days,
            working=[self.workdays.is_working_day(day) for day in days],
            daylight_h=None if place is None else daylight_hours(days, place.latitude, place.longitude),
        )
