"""The factory: opens what the settings name, and wires rooms that do not know each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Engine

import services.fleet.jobs
import services.fleet.routes
import services.indicators.jobs
import services.indicators.routes
import services.metering.routes
import services.repairs.jobs
import services.repairs.routes
import services.savings.jobs
import services.savings.routes
import services.timeseries.jobs
import services.timeseries.routes
from services import health
from services.clock import Clock, system_clock
from services.database import Sessions, open_database, session_factory
from services.http import install_problem_details, problem_response, writer_guard
from services.metering.repository import Registry
from services.scheduling import Job
from services.settings import Settings
from services.timeseries.connect import open_store
from services.timeseries.store import StoreUnavailable, TimeSeriesStore
from services.web import pages
from services.workdays import Workdays, load_workdays

RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Parts:
    """What every room is built from."""

    settings: Settings
    clock: Clock
    zone: ZoneInfo
    engine: Engine
    sessions: Sessions
    store: TimeSeriesStore
    registry: Registry
    workdays: Workdays

    def close(self) -> None:
        """Release connections and files."""
        self.store.close()
        self.engine.dispose()


def build_parts(settings: Settings, clock: Clock = system_clock) -> Parts:
    """Open the database, the store and the calendar that the settings name."""
    engine = open_database(settings.database_url)
    sessions = session_factory(engine)
    return Parts(
        settings=settings,
        clock=clock,
        zone=settings.zone,
        engine=engine,
        sessions=sessions,
        store=open_store(settings.store_url),
        registry=Registry(sessions),
        workdays=load_workdays(settings.calendar_dir),
    )


def create_app(parts: Parts) -> FastAPI:
    """The HTTP service: JSON under /api/v1, pages under /, health beside them."""
    app = FastAPI(title="Kilowitness", version="1", docs_url="/docs", redoc_url=None)
    install_problem_details(app)

    @app.exception_handler(StoreUnavailable)
    def _store_unavailable(_request: Request, error: StoreUnavailable) -> JSONResponse:
        detail = f"the time-series store: {error}"
        headers = {"Retry-After": str(round(error.retry_after_s or RETRY_AFTER_S))}
        return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=headers)

    for routes in _api_routes(parts):
        app.include_router(routes, prefix="/api/v1")
    app.include_router(health.router(sessions=parts.sessions, store=parts.store))
    app.include_router(_pages(parts))
    return app


def _api_routes(parts: Parts) -> list[APIRouter]:
    guard = writer_guard(parts.settings.api_token)
    sessions, store, registry, clock = parts.sessions, parts.store, parts.registry, parts.clock
    workdays, zone, region = parts.workdays, parts.zone, parts.settings.grid_region
    return [
        services.metering.routes.router(registry=registry, guard=guard),
        services.timeseries.routes.router(store=store, registry=registry, zone=zone, clock=clock),
        services.indicators.routes.router(
            store=store, registry=registry, clock=clock, zone=zone, region=region
        ),
        services.savings.routes.router(
            sessions=sessions, store=store, registry=registry, workdays=workdays, clock=clock, zone=zone,
            guard=guard,
        ),
        services.repairs.routes.router(
            sessions=sessions, registry=registry, workdays=workdays, clock=clock, zone=zone, guard=guard
        ),
        services.fleet.routes.router(
            sessions=sessions, registry=registry, workdays=workdays, clock=clock, zone=zone, guard=guard
        ),
    ]  # fmt: skip


def _pages(parts: Parts) -> APIRouter:
    return pages.router(
        sessions=parts.sessions,
        store=parts.store,
        registry=parts.registry,
        workdays=parts.workdays,
        clock=parts.clock,
        zone=parts.zone,
        language=parts.settings.language,
        token=parts.settings.api_token,
    )


def build_jobs(parts: Parts) -> Sequence[Job]:
    """One cycle: intervals first, then what follows from them. Tells savings and indicators what changed."""
    sessions, store, registry, clock = parts.sessions, parts.store, parts.registry, parts.clock
    workdays, zone = parts.workdays, parts.zone
    changed = services.indicators.jobs.ChangedDays()
    return [
        services.timeseries.jobs.job(store=store, registry=registry, zone=zone, on_changed=changed.note),
        services.savings.jobs.job(
            sessions=sessions, store=store, registry=registry, workdays=workdays, clock=clock, zone=zone
        ),
        services.indicators.jobs.job(
            store=store, registry=registry, clock=clock, zone=zone,
            region=parts.settings.grid_region, earliest_change=changed.take,
        ),
        services.fleet.jobs.job(
            sessions=sessions, store=store, workdays=workdays, clock=clock, zone=zone
        ),
        services.repairs.jobs.job(
            sessions=sessions, store=store, workdays=workdays, clock=clock, zone=zone
        ),
    ]  # fmt: skip
