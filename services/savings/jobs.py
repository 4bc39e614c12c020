"""The job that keeps savings current: points by day and month, and a settlement of each finished month."""

import hashlib
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import Clock, local_day_start, to_ms
from services.database import Sessions
from services.metering.repository import Registry
from services.mv.accounting import Savings
from services.mv.baseline import NoBaseline
from services.savings.contract_years import term_end
from services.savings.contracts import printed
from services.savings.model import Contract, SettlementState
from services.savings.schemas import ContractDocument
from services.savings.service import History, NoReport, SavingsService
from services.savings.settlement import settled_period
from services.scheduling import Job
from services.timeseries.schema import SAVINGS_DAY, SAVINGS_MONTH
from services.timeseries.store import Point, StoreUnavailable, TimeSeriesStore
from services.timeseries.withdrawal import withdrawn
from services.workdays import Workdays

log = logging.getLogger(__name__)

PATIENCE = timedelta(days=10)
"""How long the last month of a term waits for late data, since no later day can show that it has come."""

OPEN = frozenset({SettlementState.DRAFT, SettlementState.HELD})
"""States whose figures still follow late data; a later one is only ever restated by a person."""


class ContractsFailed(Exception):
    """Some contracts could not be computed; the message names them and the log says why."""


def job(
    *,
    sessions: Sessions,
    store: TimeSeriesStore,
    registry: Registry,
    workdays: Workdays,
    clock: Clock,
    zone: ZoneInfo,
) -> Job:
    """The job "savings". A contract whose day values are the same as last time is not computed again."""
    service = SavingsService(sessions, store, registry, workdays, clock, zone)
    seen: dict[str, str] = {}

    def follow(document: ContractDocument) -> None:
        try:
            history = service.history(document)
        except NoBaseline:
            return
        mark = _fingerprint(history)
        if seen.get(document.code) != mark:
            _follow(service, history)
            seen[document.code] = mark

    def run(cursor: str | None) -> str | None:
        failed: list[str] = []
        for document in service.contracts.all():
            try:
                follow(document)
            except StoreUnavailable:
                raise
            except Exception:  # one contract's trouble must not keep the others from being computed
                log.exception("savings of %s failed", document.code)
                failed.append(document.code)
        if failed:
            raise ContractsFailed(", ".join(failed))
        return cursor

    return Job("savings", run)


def _fingerprint(history: History) -> str:
    digest = hashlib.sha256(history.document.model_dump_json().encode())
    for days in (history.baseline, history.reporting):
        digest.update(repr((days.days[-1:], days.working)).encode())
        for column in (days.measured_kwh, days.estimated_kwh, days.coverage):
            digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _follow(service: SavingsService, history: History) -> None:
    days: list[Point] = []
    months: list[Point] = []
    try:
        savings = service.savings(history)
    except NoReport:
        pass
    else:
        _settle_months(service, history, savings)
        fees = {
            found.month: found.esco_fee_yuan
            for found in service.settlements.of_contract(history.document.code)
            if found.state is not SettlementState.SUPERSEDED
        }
        days += _day_points(history.document, savings, service.zone)
        months += _month_points(history.document, savings, service.zone, fees)
    points = [*days, *months]
    for measurement, told in ((SAVINGS_DAY, days), (SAVINGS_MONTH, months)):
        stored = service.store.read(measurement, {"contract": history.document.code})
        points += withdrawn(stored, told, measurement)
    if points:
        service.store.write(points)


def _settle_months(service: SavingsService, history: History, savings: Savings) -> None:
    """Settle every month that is over and whose data have come, unless the parties hold it by now."""
    contract = history.document.contract()
    states = service.settlements.latest_states(contract.code)
    today = service.clock().astimezone(service.zone).date()
    for period in savings.months:
        month = f"{period.start:%Y-%m}"
        if month in states and states[month][0] not in OPEN:
            continue
        if not period.days_measured or not _has_come(contract, savings, month, today):
            continue
        found, new = service.settlements.add(service.settled(history, month), service.clock())
        if new:
            log.info("%s %s settled: version %d, %s", contract.code, month, found.version, found.state)


def _has_come(contract: Contract, savings: Savings, month: str, today: date) -> bool:
    """Whether the month is over and a later day has reported (or, at the term's end, patience has)."""
    _, end = settled_period(contract, month)
    if end == term_end(contract):
        return today >= end + PATIENCE
    return any(row.day >= end and row.coverage > 0 for row in savings.days)


def _day_points(document: ContractDocument, savings: Savings, zone: ZoneInfo) -> Iterator[Point]:
    tags = (document.code, document.institution)
    for row in savings.days:
        if row.coverage <= 0:
            continue
        fields = {"coverage": row.coverage}
        if row.left_out is None:
            fields |= _figures(row.baseline_kwh, row.actual_kwh, row.savings_kwh, row.uncertainty_kwh)
        yield Point(SAVINGS_DAY, tags, to_ms(local_day_start(row.day, zone)), fields)


def _month_points(
    document: ContractDocument, savings: Savings, zone: ZoneInfo, fees: dict[str, Decimal | None]
) -> Iterator[Point]:
    """A month's point lies at the month's own start, also where the contract begins within it."""
    tags = (document.code, document.institution)
    for row in savings.months:
        if not row.days_measured:
            continue
        fields = {"coverage": row.coverage}
        fields |= _figures(row.baseline_kwh, row.actual_kwh, row.savings_kwh, row.uncertainty_kwh)
        value = printed(Decimal(str(row.savings_kwh)) * document.price_yuan_per_kwh)
        fields["savings_yuan"] = float(value)
        if (fee := fees.get(f"{row.start:%Y-%m}")) is not None:
            fields["esco_fee_yuan"] = float(fee)
        yield Point(SAVINGS_MONTH, tags, to_ms(local_day_start(row.start.replace(day=1), zone)), fields)


def _figures(
    baseline: float | None, actual: float | None, savings: float | None, uncertainty: float | None
) -> dict[str, float]:
    names = ("baseline_kwh", "actual_kwh", "savings_kwh", "uncertainty_kwh")
    values = (baseline, actual, savings, uncertainty)
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}
