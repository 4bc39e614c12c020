"""The job that keeps savings current: points by day, month and in total, and a settlement of each finished
month.
"""

import hashlib
import logging
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import local_day_start, to_ms
from services.mv.accounting import PeriodSavings, Savings
from services.mv.baseline import NoBaseline
from services.savings.adjustments.wording import of_days
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import SettlementState
from services.savings.contract.on_file import Unreadable
from services.savings.meter_days import MeterDays
from services.savings.money.charge import printed
from services.savings.money.inputs import spelled
from services.savings.service import History, NoReport, SavingsService
from services.savings.settlement.document import Version, settled_period
from services.scheduling import Job
from services.timeseries.schema import SAVINGS_DAY, SAVINGS_MONTH, SAVINGS_TOTAL, Measurement
from services.timeseries.store import Point, StoreUnavailable, TimeSeriesStore
from services.timeseries.withdrawal import withdrawn

log = logging.getLogger(__name__)

Hash = Any
"""One of hashlib's objects, whose type has no public name."""


class ContractsFailed(Exception):
    """Some contracts could not be computed; the message names them, and says why or the log does."""


def job(service: SavingsService) -> Job:
    """The job "savings". A contract whose day values are the same as last time is not computed again."""
    seen = _Seen({}, {}, {})

    def run(cursor: str | None) -> str | None:
        on_file = service.contracts.on_file()
        documents = [one for one in on_file if isinstance(one, ContractDocument)]
        stored = service.stored(documents) if documents else None
        failed = [one.told for one in on_file if isinstance(one, Unreadable)]
        points: list[Point] = []
        marks: dict[str, str] = {}
        for document in documents:
            try:
                history = service.history(document, stored)
                known = _digest(history.document, history.baseline)
                versions = service.settlements.versions(document.code)
                beside = (_states(versions), history.adjustments)
                mark = _mark(known, history.reporting, beside)
                if seen.contracts.get(document.code) != mark:
                    held = {one.month for one in versions if one.state is SettlementState.HELD}
                    at_rest = _settle_months(service, history, seen, known, held)
                    versions = service.settlements.versions(document.code)
                    points += _points(service, history, versions)
                    beside = (_states(versions), history.adjustments)
                    if at_rest:
                        marks[document.code] = _mark(known, history.reporting, beside)
            except NoBaseline:
                points += _withdrawn(service.store, document.code, SAVINGS_TOTAL, [])
            except StoreUnavailable:
                raise
            except Exception:  # one contract's trouble must not keep the others from being computed
                log.exception("savings of %s failed", document.code)
                failed.append(document.code)
        if points:
            service.store.write(points)
        seen.contracts.update(marks)
        if failed:
            raise ContractsFailed("; ".join(failed))
        return cursor

    return Job("savings", run)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Fingerprints of what was computed last: of each contract, of each settled month's inputs, and of months
    that stay held while their data still come."""

    contracts: dict[str, str]
    moving: dict[tuple[str, str], str]
    months: dict[tuple[str, str], str]


def _digest(document: ContractDocument, baseline: MeterDays) -> Hash:
    digest = hashlib.sha256(document.model_dump_json().encode())
    _add(digest, baseline)
    return digest


def _add(digest: Hash, days: MeterDays) -> None:
    digest.update(repr((days.days[-1:], days.working)).encode())
    for column in (days.measured_kwh, days.estimated_kwh, days.coverage, days.outdoor_c, days.daylight_h):
        if column is not None:
            digest.update(np.ascontiguousarray(column).tobytes())


def _mark(known: Hash, reporting: MeterDays, beside: object) -> str:
    """The fingerprint of a contract and its baseline, `known`, its reporting days and what is beside them."""
    digest = known.copy()
    _add(digest, reporting)
    digest.update(repr(beside).encode())
    return str(digest.hexdigest())


def _states(versions: Sequence[Version]) -> list[tuple[str, int, str]]:
    return [(one.month, one.version, one.state.value) for one in versions]


def _settle_months(
    service: SavingsService, history: History, seen: _Seen, known: Hash, held: Container[str]
) -> bool:
    """Settle every month that is final, unless it was with the same days; False while one has to rest first.

    What a party holds is not replaced: the change waits beside it. A month that is `held` and would be held
    again is settled anew once its data have stood still between two runs: a history that is being imported
    makes no version each time.
    """
    contract, at_rest = history.document.contract(), True
    for month in _months(history):
        start, end = settled_period(contract, month)
        money = service.money(contract, month)
        reporting = history.reporting.between(start, end)
        agreed = of_days(history.adjustments, reporting.days, reporting.working)
        key, mark = (contract.code, month), _mark(known, reporting, (spelled(money), agreed))
        if seen.months.get(key) == mark:
            continue
        try:
            document = service.settled(history, month, money)
        except NoReport:
            continue
        again = month in held and document["results"]["state"] == SettlementState.HELD
        if again and seen.moving.get(key) != mark:
            seen.moving[key], at_rest = mark, False
            continue
        found, new = service.settlements.add(document, service.clock())
        if new:
            log.info("%s %s settled: version %d, %s", contract.code, month, found.version, found.state)
        seen.months[key] = mark
    return at_rest


def _months(history: History) -> list[str]:
    """The calendar months that the reporting days touch."""
    return sorted({f"{day:%Y-%m}" for day in history.reporting.days})


def _points(service: SavingsService, history: History, versions: Sequence[Version]) -> list[Point]:
    """Every day, every month and the total told anew, and zeros for what was told and no longer is."""
    document, zone = history.document, service.zone
    told: dict[Measurement, list[Point]] = {SAVINGS_DAY: [], SAVINGS_MONTH: [], SAVINGS_TOTAL: []}
    if history.reporting.days:
        savings = service.savings(history)
        told[SAVINGS_DAY] += _day_points(document, savings, zone)
        told[SAVINGS_MONTH] += _month_points(document, savings, zone, versions)
        told[SAVINGS_TOTAL] += _total_points(document, savings.total, zone)
    points = [point for rows in told.values() for point in rows]
    for measurement, rows in told.items():
        points += _withdrawn(service.store, document.code, measurement, rows)
    return points


def _withdrawn(
    store: TimeSeriesStore, contract: str, measurement: Measurement, told: Sequence[Point]
) -> list[Point]:
    return withdrawn(store.read(measurement, {"contract": contract}), told, measurement)


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
    document: ContractDocument, savings: Savings, zone: ZoneInfo, versions: Sequence[Version]
) -> Iterator[Point]:
    """A month's point lies at the month's own start, also where the contract begins within it.

    A month that both parties have held tells the newest version they held, whatever came later; another
    tells today's days, with the money of its latest version.
    """
    tags = (document.code, document.institution)
    latest = {one.month: one for one in versions}
    agreed = {one.month: one for one in versions if one.agreed_at is not None}
    for today in savings.months:
        month = f"{today.start:%Y-%m}"
        row = agreed[month].period if month in agreed else today
        if not row.days_measured:
            continue
        fields = {"coverage": row.coverage}
        fields |= _figures(row.baseline_kwh, row.actual_kwh, row.savings_kwh, row.uncertainty_kwh)
        money = agreed.get(month) or latest.get(month)
        value = None if money is None else money.savings_yuan
        if value is None and document.valuation is None and document.demand is None:
            value = printed(Decimal(str(row.savings_kwh)) * document.price_yuan_per_kwh)
        if value is not None:
            fields["savings_yuan"] = float(value)
        if money is not None and money.esco_fee_yuan is not None:
            fields["esco_fee_yuan"] = float(money.esco_fee_yuan)
        yield Point(SAVINGS_MONTH, tags, to_ms(local_day_start(row.start.replace(day=1), zone)), fields)


def _total_points(document: ContractDocument, total: PeriodSavings, zone: ZoneInfo) -> Iterator[Point]:
    if total.days_measured:
        fields = {"coverage": total.coverage, "days_measured": float(total.days_measured)}
        fields |= _figures(total.baseline_kwh, total.actual_kwh, total.savings_kwh, total.uncertainty_kwh)
        tags = (document.code, document.institution)
        yield Point(SAVINGS_TOTAL, tags, to_ms(local_day_start(total.start, zone)), fields)


def _figures(
    baseline: float | None, actual: float | None, savings: float | None, uncertainty: float | None
) -> dict[str, float]:
    names = ("baseline_kwh", "actual_kwh", "savings_kwh", "uncertainty_kwh")
    values = (baseline, actual, savings, uncertainty)
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}
