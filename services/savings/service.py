"""What one can ask of savings: contracts, their savings so far, settlements and statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.clock import Clock
from services.database import Sessions
from services.metering.repository import Registry
from services.mv.accounting import Savings
from services.mv.adjustments.adjustment import Adjustment
from services.mv.adjustments.applying import applied, beside
from services.mv.adjustments.steps import Steps, find_steps
from services.mv.daylight import daylight_hours
from services.mv.model import Days
from services.mv.operating_days import ReportingDay, measured_days
from services.savings import measuring
from services.savings.adjustments.repository import Adjustments
from services.savings.adjustments.wording import of_days
from services.savings.contract.documents import ContractDocument
from services.savings.contract.measurement import weather_of
from services.savings.contract.model import Contract, SettlementState
from services.savings.contract.years import term_end
from services.savings.measuring import Basis, RegressionBasis
from services.savings.meter_days import MeterDays, gather
from services.savings.money.inputs import MoneyInputs
from services.savings.money.sources import MoneySources
from services.savings.money.tariffs.files import load_tariffs
from services.savings.money.tariffs.plan import Tariffs
from services.savings.money.valuation import tariff_lacks
from services.savings.settlement.document import (
    Json,
    Place,
    Settlement,
    freeze,
    released,
    settle,
    settled_period,
    unreleased_sha256,
)
from services.savings.settlement.events import Event, Kind
from services.savings.settlement.finality import Patience, final_from, is_final, load_patience
from services.savings.settlement.repository import Contracts, Settlements
from services.savings.settlement.statement import Statement, statement
from services.savings.settlement.states import StepRefused, told
from services.savings.settlement.waiting import WaitingList
from services.savings.stored_days import StoredDays, read_days
from services.timeseries.store import TimeSeriesStore
from services.workdays import Workdays


class ContractRefused(ValueError):
    """The contract names an institution, a meter or a tariff that is not on file; the message names it."""


class NoReport(LookupError):
    """There is nothing yet to report on; the message says why."""


class NoSteps(NoReport):
    """No step could show in the contract's days; the message says why."""


@dataclass(frozen=True, slots=True)
class History:
    """A contract's day values, from its baseline to yesterday, what the reporting days compare with, and what
    both sides agreed to have changed besides.
    """

    document: ContractDocument
    baseline: MeterDays
    reporting: MeterDays
    basis: Basis
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class SavingsService:
    """The slice's one door for routes, jobs and pages, with the built-in tariffs and patience unless told."""

    sessions: Sessions
    store: TimeSeriesStore
    registry: Registry
    workdays: Workdays
    clock: Clock
    zone: ZoneInfo
    tariffs: Tariffs = field(default_factory=load_tariffs)
    patience: tuple[Patience, ...] = field(default_factory=load_patience)

    @property
    def contracts(self) -> Contracts:
        """The contracts on file."""
        return Contracts(self.sessions)

    @property
    def settlements(self) -> Settlements:
        """The settlements on file."""
        return Settlements(self.sessions)

    @property
    def waiting(self) -> WaitingList:
        """What waits for whom."""
        return WaitingList(self.sessions)

    @property
    def adjustments(self) -> Adjustments:
        """The adjustments on file."""
        return Adjustments(self.sessions)

    def put_contract(self, document: ContractDocument) -> None:
        """Add or replace a contract; `ContractRefused` unless institution, meters and tariff are known."""
        if self.registry.institution(document.institution) is None:
            raise ContractRefused(f"institution: no institution {document.institution!r}")
        contract = document.contract()
        known = {meter.code for meter in self.registry.meters(institution=document.institution)}
        for code in document.meters:
            if code not in known:
                raise ContractRefused(f"meters: {document.institution!r} has no meter {code!r}")
        weather = weather_of(contract.measurement)
        if weather is not None and self.registry.meter(weather) is None:
            raise ContractRefused(f"measurement/weather: no meter {weather!r}")
        if lacks := tariff_lacks(contract, self.tariffs):
            raise ContractRefused(lacks)
        self.contracts.put(document, self.clock())

    def place(self, document: ContractDocument) -> Place | None:
        """Where the contract's daylight is computed: its own place, else its institution's."""
        if document.latitude is not None and document.longitude is not None:
            return Place(document.latitude, document.longitude)
        of = self.registry.institution(document.institution)
        if of is None or of.latitude is None or of.longitude is None:
            return None
        return Place(of.latitude, of.longitude)

    def stored(self, documents: Sequence[ContractDocument]) -> StoredDays:
        """The days of all meters of at least one contract, over all of their periods, each read once."""
        periods = [self._period(document) for document in documents]
        weather = (weather_of(document.contract().measurement) for document in documents)
        return read_days(
            self.store,
            meters={code for document in documents for code in document.meters},
            weather={code for code in weather if code is not None},
            start=min(start for start, _, _ in periods),
            end=max(end for _, _, end in periods),
            zone=self.zone,
        )

    def history(self, document: ContractDocument, stored: StoredDays | None = None) -> History:
        """Learn everything up to the local day that is not over yet. Raises `NoBaseline`.

        `stored` saves reading it again: what `stored()` found for this contract among others.
        """
        start, after_baseline, end = self._period(document)
        days = self._days(document, stored or self.stored([document]), start, end)
        contract, baseline = document.contract(), days.between(start, after_baseline)
        reporting = days.between(contract.reporting_start, end)
        agreed = self.adjustments.counting(contract.code)
        return History(document, baseline, reporting, measuring.learn(contract, baseline), agreed)

    def savings(self, history: History) -> Savings:
        """Savings of every day since acceptance, with what both sides agreed to have changed.

        Raises `NoReport` before the first whole day.
        """
        days = _reported(history)
        return applied(history.basis.account(days), days, history.adjustments)[0]

    def measured(self, history: History) -> tuple[ReportingDay, ...]:
        """The reporting days that count, beside what both sides agreed to have changed. Raises `NoReport`."""
        days = _reported(history)
        return beside(measured_days(history.basis.account(days), days), history.adjustments)

    def steps(self, history: History) -> Steps:
        """Steps in the reporting days beside what is in force. Raises `NoSteps`, or `NoReport`."""
        if not isinstance(history.basis, RegressionBasis):
            raise NoSteps(f"{history.document.code}: without a baseline of its own a step cannot show")
        return find_steps(self.measured(history))

    def money(self, contract: Contract, month: str) -> MoneyInputs:
        """What a month's money needs beside its energy. Raises `NothingToSettle`."""
        sources = MoneySources(self.store, self.settlements, self.tariffs, self.zone)
        return sources.of(contract, *settled_period(contract, month))

    def settled(self, history: History, month: str, money: MoneyInputs | None = None) -> Json:
        """The settlement document of a month that is final. Raises `NothingToSettle` or `NoReport`.

        `money` saves reading it again.
        """
        contract = history.document.contract()
        start, end = settled_period(contract, month)
        reporting = history.reporting.between(start, end)
        if len(reporting.days) < (end - start).days:
            raise NoReport(f"{month}: the month is not over")
        if not is_final(reporting, end=end, today=self.today(), lines=self.patience):
            raise NoReport(
                f"{month}: data are missing, and waited for until {final_from(end, self.patience)}"
            )
        inputs = freeze(
            history.document,
            month=month,
            place=self.place(history.document),
            calendar=self.workdays.version,
            baseline=history.baseline,
            reporting=reporting,
            money=self.money(contract, month) if money is None else money,
            adjustments=of_days(history.adjustments, reporting.days, reporting.working),
        )
        return settle(inputs, history.basis)

    def settle(self, document: ContractDocument, month: str) -> tuple[Settlement, bool]:
        """Settle a month from what is stored now; True when this made a new version.

        What a party holds stays as it is, and the change waits beside it.
        """
        return self.settlements.add(self.settled(self.history(document), month), self.clock())

    def step(self, document: ContractDocument, month: str, wish: Event) -> Settlement | None:
        """Take a person's step and answer the latest version; None where the month was never settled.

        Raises `StepRefused`, and for a correction `NoBaseline` or `NoReport`.
        """
        found = self.settlements.get(document.code, month)
        if found is None:
            return None
        fresh = self._fresh(document, found, wish) if wish.version == found.version else None
        self.settlements.step(document.code, month, wish, fresh)
        return self.settlements.get(document.code, month)

    def _fresh(self, document: ContractDocument, found: Settlement, wish: Event) -> Json | None:
        """The document of the version that a step begins."""
        inputs = found.document["inputs"]
        if wish.kind is Kind.RELEASE and found.state is SettlementState.HELD:
            made = settle(released(inputs, by=wish.by, role=wish.role, reason=wish.reason or "", at=wish.at))
            if made["results"]["state"] == SettlementState.HELD:
                lacks = ", ".join(one["what"] for one in made["results"]["holds"])
                raise StepRefused(f"release: without amounts, for it lacks what no word replaces: {lacks}")
            return made
        if wish.kind is Kind.CORRECT:
            made = self.settled(self.history(document), found.month)
            if made["input_sha256"] == unreleased_sha256(inputs):
                standing = self.settlements.standings(found.contract, found.month)[found.month][-1]
                raise StepRefused(f"correct: what is stored now says the same; {told(standing)}")
            return made
        return None

    def statement(self, code: str, month: str, version: int | None = None) -> Statement | None:
        """All that a printed statement of a settled month says, or None when it is not settled."""
        found = self.settlements.get(code, month, version)
        if found is None:
            return None
        earlier = [one for one in self.settlements.latest(code) if one.month < month]
        institution = self.registry.institution(found.institution)
        return statement(found, [*earlier, found], institution=institution)

    def today(self) -> date:
        """The local day that is not over yet."""
        return self.clock().astimezone(self.zone).date()

    def _period(self, document: ContractDocument) -> tuple[date, date, date]:
        """The first baseline day, the day after the baseline, and the day after the last that is over."""
        contract = document.contract()
        after = contract.baseline_end + timedelta(days=1)
        return contract.baseline_start, after, max(after, min(self.today(), term_end(contract)))

    def _days(self, document: ContractDocument, stored: StoredDays, start: date, end: date) -> MeterDays:
        days = [start + timedelta(days=n) for n in range((end - start).days)]
        place, weather = self.place(document), weather_of(document.contract().measurement)
        return gather(
            stored.columns(document.meters, start, end),
            days=days,
            working=[self.workdays.is_working_day(day) for day in days],
            daylight_h=None if place is None else daylight_hours(days, place.latitude, place.longitude),
            outdoor_c=None if weather is None else stored.outdoor(weather, start, end),
        )


def _reported(history: History) -> Days:
    """All reporting days so far, all meters together. Raises `NoReport` before the first whole one."""
    if not history.reporting.days:
        contract = history.document.contract()
        raise NoReport(f"{contract.code}: savings count from {contract.reporting_start} on")
    return history.reporting.total()
