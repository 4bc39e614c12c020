"""`GET /energy`: what every institution used in a period, with its indicators and coverage."""

from dataclasses import asdict
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from services.clock import Clock
from services.http import Problem
from services.indicators.coefficients import Coefficients, CoefficientSet, load_coefficients
from services.indicators.indicators import known
from services.indicators.schemas import EnergyOut, GridFactorOut, InstitutionEnergyOut
from services.indicators.service import EnergyAccounts, InstitutionDays, indicators_of
from services.metering.repository import Registry
from services.timeseries.store import TimeSeriesStore

LONGEST = timedelta(days=3660)


def router(
    *,
    store: TimeSeriesStore,
    registry: Registry,
    clock: Clock,
    zone: ZoneInfo,
    region: str = "national",
    coefficients: Coefficients | None = None,
) -> APIRouter:
    """The routes; `region` names whose grid factor counts. Raises `CoefficientError` when there is none."""
    table = coefficients or load_coefficients()
    table.at(clock().date(), region=region)
    accounts = EnergyAccounts(store=store, registry=registry, zone=zone)
    routes = APIRouter(tags=["indicators"])

    @routes.get("/energy")
    def energy(
        start: Annotated[date, Query(description="first local day")],
        end: Annotated[date, Query(description="local day after the last")],
    ) -> EnergyOut:
        """Sums over local days; days that are not over yet count as far as they are known."""
        today = clock().astimezone(zone).date()
        _refuse_bad_period(start, end, today)
        last = min(end, today + timedelta(days=1))
        chosen = table.at(today, region=region)
        items = [_item(one, (last - start).days, chosen) for one in accounts.read(start, last)]
        grid = GridFactorOut(**asdict(chosen.grid)) if chosen.grid else None
        return EnergyOut(start=start, end=end, coefficient_set=chosen.id, grid_factor=grid, items=items)

    return routes


def _refuse_bad_period(start: date, end: date, today: date) -> None:
    if not timedelta(0) < end - start <= LONGEST:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"end: after start, and at most {LONGEST.days} days after it"
        )
    if start > today:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "start: lies in the future")


def _item(one: InstitutionDays, days: int, coefficients: CoefficientSet) -> InstitutionEnergyOut:
    energy = one.sum(0, days)
    return InstitutionEnergyOut(
        institution=one.institution.code,
        estimated_kwh=energy.estimated_kwh,
        coverage=energy.coverage,
        **{name: known(quantity) for name, quantity in energy.used.items()},
        **asdict(indicators_of(energy, one.institution, coefficients)),
    )
