"""The pages' routes: each reads its view model, draws its charts and fills a template."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse

from services.clock import Clock
from services.database import Sessions
from services.deadletters.box import LetterBox
from services.metering.quarantine import Quarantine
from services.metering.repository import Registry
from services.repairs.promises import Promises, load_promises
from services.repairs.service import Repairs
from services.savings.parties.speakers import Voices
from services.savings.service import SavingsService
from services.timeseries.store import TimeSeriesStore
from services.web import (
    adjustments_page,
    dead_letters_pages,
    quarantine_pages,
    readings_pages,
    repairs_routes,
    settlement_pages,
    statement_files,
)
from services.web.access import Desk
from services.web.adjustments_page import AdjustmentPages
from services.web.charts import overview as overview_charts
from services.web.charts.canvas import warm_up
from services.web.charts.uses import daily_uses, monthly_uses
from services.web.dead_letters_pages import DeadLetterPages
from services.web.frame import Frame, PageProblem, Visit
from services.web.i18n import Language
from services.web.institution_page import build_institution
from services.web.overview import Overview, Sources, build_overview
from services.web.quarantine_pages import QuarantinePages
from services.web.readings_pages import ReadingsPages
from services.web.repairs_routes import RepairPages
from services.web.settlement_pages import SettlementPages
from services.web.templating import STATIC
from services.workdays import Workdays

_ASSETS = {file.name: file for file in STATIC.iterdir()}
_A_YEAR = "public, max-age=31536000, immutable"


@asynccontextmanager
async def _warmed_up(_app: FastAPI) -> AsyncIterator[None]:
    """At the service's start, import what charts need beside it, so that the first visitor need not wait."""
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    yield


def router(
    *,
    sessions: Sessions,
    store: TimeSeriesStore,
    registry: Registry,
    workdays: Workdays,
    clock: Clock,
    zone: ZoneInfo,
    savings: SavingsService,
    letters: LetterBox,
    voices: Voices,
    language: Language = "zh",
    promises: Promises | None = None,
) -> APIRouter:
    """Every page, at its path from the root.

    What the `voices` guard asks for a token once; reporting and rating a repair stay open to all.
    """
    promises = promises or load_promises()
    repairs = Repairs(
        sessions=sessions,
        institutions=lambda: {one.code for one in registry.institutions()},
        workdays=workdays, promises=promises, clock=clock, zone=zone,
    )  # fmt: skip
    sources = Sources(store, registry, repairs, savings, clock, zone)
    frame = Frame(zone, language)
    desk = Desk(voices)
    routes = APIRouter(include_in_schema=False, lifespan=_warmed_up)
    routes.include_router(repairs_routes.router(frame, RepairPages(sources, promises, desk)))
    quarantine = Quarantine(sessions, clock)
    routes.include_router(quarantine_pages.router(frame, QuarantinePages(sources, quarantine, desk)))
    routes.include_router(readings_pages.router(frame, ReadingsPages(sources, quarantine)))
    routes.include_router(dead_letters_pages.router(frame, DeadLetterPages(letters, clock, desk)))
    routes.include_router(statement_files.router(frame, savings))
    routes.include_router(settlement_pages.router(frame, SettlementPages(savings, desk)))
    routes.include_router(adjustments_page.router(frame, AdjustmentPages(savings, desk)))
    routes.include_router(_papers(frame, sources))

    @routes.get("/")
    def show_overview(request: Request) -> Response:
        return frame(request, lambda visit: overview_page(visit, build_overview(sources, visit.t)))

    @routes.get("/static/{name}")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            return Response(status_code=404)
        return FileResponse(_ASSETS[name], headers={"Cache-Control": _A_YEAR})

    return routes


def _papers(frame: Frame, sources: Sources) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/institutions/{code}")
    def show_institution(request: Request, code: str) -> Response:
        def answer(visit: Visit) -> Response:
            view = build_institution(sources, code)
            if view is None:
                raise PageProblem(HTTPStatus.NOT_FOUND, "not_found")
            chart = monthly_uses(view.months, visit.f)
            return visit.page("institution.html", view=view, year_chart=chart)

        return frame(request, answer)

    return routes


def overview_page(visit: Visit, view: Overview) -> Response:
    """The first page with its charts."""
    return visit.page(
        "overview.html",
        view=view,
        days_chart=daily_uses(view.days, visit.f),
        months_chart=overview_charts.monthly_savings(view.months, visit.f),
        hours_chart=overview_charts.hours_of_today(view.today, visit.f),
    )
