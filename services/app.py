"""The factory: opens what the settings name, and wires rooms that do not know each other."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError

import services.deadletters.routes
import services.fleet.jobs
import services.fleet.routes
import services.indicators.jobs
import services.indicators.routes
import services.metering.quarantine_routes
import services.metering.routes
import services.repairs.jobs
import services.repairs.routes
import services.savings.bundle.jobs
import services.savings.bundle.routes
import services.savings.jobs
import services.savings.routes
import services.timeseries.jobs
import services.timeseries.routes
from services import health
from services.clock import Clock, system_clock
from services.database import (
    DatabaseUnusable,
    Sessions,
    open_database,
    reason_of,
    session_factory,
)
from services.deadletters.box import LetterBox
from services.http import install_problem_details, problem_response, writer_guard
from services.indicators.coefficients import CoefficientError, load_coefficients
from services.metering.quarantine import Quarantine
from services.metering.repository import Registry
from services.savings.bundle.issuer import Issuer, IssuerKeyError
from services.savings.bundle.service import Bundles
from services.savings.money.tariffs.files import TariffError, load_tariffs
from services.savings.money.tariffs.plan import Tariffs
from services.savings.parties.files import PartiesError, load_speakers
from services.savings.parties.speakers import Speaker, Voices
from services.savings.service import SavingsService
from services.savings.settlement.finality import Patience, PatienceError, load_patience
from services.scheduling import Job
from services.settings import Settings, SettingsError
from services.timeseries.connect import open_store
from services.timeseries.store import StoreUnavailable, TimeSeriesStore
from services.web import pages
from services.workdays import CalendarFileError, Workdays, load_workdays

RETRY_AFTER_S = 5

log = logging.getLogger(__name__)


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
    quarantine: Quarantine
    workdays: Workdays
    tariffs: Tariffs
    patience: tuple[Patience, ...]
    speakers: tuple[Speaker, ...]
    issuer: Issuer | None

    @property
    def savings(self) -> SavingsService:
        """Contracts, savings and settlements."""
        return SavingsService(
            self.sessions, self.store, self.registry, self.workdays, self.clock, self.zone,
            tariffs=self.tariffs, patience=self.patience,
        )  # fmt: skip

    @property
    def voices(self) -> Voices:
        """Who may write to contracts and their settlements, and for whom."""
        return Voices(self.settings.api_token, self.speakers, self.savings.today)

    @property
    def bundles(self) -> Bundles:
        """The bundles of statements."""
        return Bundles(self.sessions, self.store, self.registry, self.clock, self.zone, self.issuer)

    def close(self) -> None:
        """Release connections and files."""
        self.store.close()
        self.engine.dispose()


def build_parts(settings: Settings, clock: Clock = system_clock) -> Parts:
    """Open the database, the store and the dated tables that the settings name.

    Raises `SettingsError` that names the setting which does not hold.
    """
    workdays, issuer = _workdays(settings), _issuer(settings)
    tariffs, patience, speakers = _tariffs(settings), _patience(settings), _speakers(settings)
    _refuse_unknown_region(settings, clock)
    try:
        engine = open_database(settings.database_url)
    except DatabaseUnusable as error:
        raise SettingsError(f"KILOWITNESS_DATABASE_URL: {error}") from error
    try:
        store = open_store(settings.store_url)
    except ValueError as error:
        raise SettingsError(f"KILOWITNESS_STORE_URL: {error}") from error
    sessions = session_factory(engine)
    return Parts(
        settings=settings,
        clock=clock,
        zone=settings.zone,
        engine=engine,
        sessions=sessions,
        store=store,
        registry=Registry(sessions),
        quarantine=Quarantine(sessions, clock),
        workdays=workdays,
        tariffs=tariffs,
        patience=patience,
        speakers=speakers,
        issuer=issuer,
    )


def _issuer(settings: Settings) -> Issuer | None:
    try:
        return None if settings.issuer_key is None else Issuer.load(settings.issuer_key)
    except IssuerKeyError as error:
        raise SettingsError(f"KILOWITNESS_ISSUER_KEY: {error}") from error


def _workdays(settings: Settings) -> Workdays:
    folder = settings.calendar_dir
    if folder is not None and not folder.is_dir():
        raise SettingsError(f"KILOWITNESS_CALENDAR_DIR: there is no folder {folder}")
    try:
        return load_workdays(folder)
    except CalendarFileError as error:
        raise SettingsError(f"KILOWITNESS_CALENDAR_DIR: {error}") from error


def _tariffs(settings: Settings) -> Tariffs:
    folder = settings.tariff_dir
    if folder is not None and not folder.is_dir():
        raise SettingsError(f"KILOWITNESS_TARIFF_DIR: there is no folder {folder}")
    try:
        return load_tariffs(folder)
    except TariffError as error:
        raise SettingsError(f"KILOWITNESS_TARIFF_DIR: {error}") from error


def _patience(settings: Settings) -> tuple[Patience, ...]:
    try:
        return load_patience(settings.finality_file)
    except PatienceError as error:
        raise SettingsError(f"KILOWITNESS_FINALITY_FILE: {error}") from error


def _speakers(settings: Settings) -> tuple[Speaker, ...]:
    try:
        return load_speakers(settings.parties_file, settings.api_token)
    except PartiesError as error:
        raise SettingsError(f"KILOWITNESS_PARTIES_FILE: {error}") from error


def _refuse_unknown_region(settings: Settings, clock: Clock) -> None:
    try:
        load_coefficients().at(clock().date(), region=settings.grid_region)
    except CoefficientError as error:
        raise SettingsError(f"KILOWITNESS_GRID_REGION: {error}") from error


def create_app(parts: Parts) -> FastAPI:
    """The HTTP service: JSON under /api/v1, pages under /, health beside them."""
    app = FastAPI(title="Kilowitness", version="1", docs_url=None, redoc_url=None)
    install_problem_details(app)

    _tell_what_is_away(app)
    for routes in _api_routes(parts):
        app.include_router(routes, prefix="/api/v1")
    app.include_router(health.router(sessions=parts.sessions, store=parts.store))
    app.include_router(_pages(parts))
    return app


def _tell_what_is_away(app: FastAPI) -> None:
    @app.exception_handler(StoreUnavailable)
    def _store_unavailable(_request: Request, error: StoreUnavailable) -> JSONResponse:
        return _try_again(f"the time-series store: {error}", error.retry_after_s)

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    def _database_unavailable(_request: Request, error: DBAPIError) -> JSONResponse:
        log.error("the registry's database: %s", error)
        return _try_again(f"the registry's database: {type(error).__name__}")

    @app.exception_handler(IntegrityError)
    def _written_twice(_request: Request, error: IntegrityError) -> JSONResponse:
        log.warning("the registry's database: %s", reason_of(error))
        return problem_response(
            HTTPStatus.CONFLICT, "the same was written by another call at the same moment"
        )

    @app.exception_handler(DataError)
    def _unstorable(_request: Request, error: DataError) -> JSONResponse:
        detail = f"a value that the registry's database cannot hold: {reason_of(error)}"
        return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


def _try_again(detail: str, after_s: float | None = None) -> JSONResponse:
    headers = {"Retry-After": str(math.ceil(after_s or RETRY_AFTER_S))}
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=headers)


def _api_routes(parts: Parts) -> list[APIRouter]:
    guard = writer_guard(parts.settings.api_token)
    sessions, store, registry, clock = parts.sessions, parts.store, parts.registry, parts.clock
    workdays, zone, region = parts.workdays, parts.zone, parts.settings.grid_region
    return [
        services.metering.routes.router(registry=registry, guard=guard),
        services.metering.quarantine_routes.router(quarantine=parts.quarantine, zone=zone, guard=guard),
        services.timeseries.routes.router(store=store, registry=registry, zone=zone, clock=clock),
        services.indicators.routes.router(
            store=store, registry=registry, clock=clock, zone=zone, region=region
        ),
        services.savings.routes.router(parts.savings, parts.voices),
        services.savings.bundle.routes.router(parts.bundles),
        services.repairs.routes.router(
            sessions=sessions, registry=registry, workdays=workdays, clock=clock, zone=zone, guard=guard
        ),
        services.fleet.routes.router(
            sessions=sessions, registry=registry, workdays=workdays, clock=clock, zone=zone, guard=guard
        ),
        services.deadletters.routes.router(box=_letter_box(parts), clock=clock, zone=zone, guard=guard),
    ]  # fmt: skip


def _letter_box(parts: Parts) -> LetterBox:
    return LetterBox(parts.settings.deadletter_path, parts.settings.deadletter_most_mb)


def _pages(parts: Parts) -> APIRouter:
    return pages.router(
        sessions=parts.sessions,
        store=parts.store,
        registry=parts.registry,
        workdays=parts.workdays,
        clock=parts.clock,
        zone=parts.zone,
        savings=parts.savings,
        language=parts.settings.language,
        voices=parts.voices,
        letters=_letter_box(parts),
    )


def build_jobs(parts: Parts) -> Sequence[Job]:
    """One cycle: intervals first, then what follows from them. Tells savings and indicators what changed."""
    sessions, store, registry, clock = parts.sessions, parts.store, parts.registry, parts.clock
    workdays, zone = parts.workdays, parts.zone
    changed = services.indicators.jobs.ChangedDays()
    return [
        services.timeseries.jobs.job(
            store=store, registry=registry, zone=zone, quarantine=parts.quarantine, on_changed=changed.note
        ),
        services.savings.jobs.job(parts.savings),
        services.savings.bundle.jobs.job(parts.bundles),
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
