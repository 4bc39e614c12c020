"""The way down: from a day of a statement to its meters, from a meter's day to its hours and readings."""

from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from services.metering.model import Meter, MeterUse
from services.metering.quarantine import Quarantine
from services.web.frame import Frame, PageProblem, Visit
from services.web.overview import Sources
from services.web.paper.blocks import Section
from services.web.paper.readings import day_sections, readings_sections
from services.web.paper.temperatures import temperature_sections
from services.web.readings_view import MOST_DAYS, build_readings
from services.web.settled_day_view import build_settled_day
from services.web.statement_sources import find_statement
from services.web.temperatures_view import build_temperatures

_FIRST_YEAR = 1971


@dataclass(frozen=True, slots=True)
class ReadingsPages:
    """Answers the pages below a statement."""

    sources: Sources
    quarantine: Quarantine

    def day(self, visit: Visit, contract: str, month: str, day: str, version: int | None) -> Response:
        """A day of a version, meter by meter."""
        found, wish = find_statement(self.sources.savings, contract, month, version), read_day(day)
        view = build_settled_day(self.sources, found, wish) if found is not None and wish else None
        if view is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "no_statement")
        version = view.found.settlement.version
        back = f"/statements/{quote(contract, safe='')}/{month}?version={version}#days"
        return visit.page(
            "sections.html", heading=visit.f.day(view.day.day), kicker=visit.t("readings.of_day"),
            sections=day_sections(view, visit.f), back=back, following=None,
        )  # fmt: skip

    def readings(self, visit: Visit, code: str, first: str, last: str, after_ms: int | None) -> Response:
        """The readings of a meter, today's unless days are named, at most two months of them."""
        meter = self.sources.registry.meter(code)
        if meter is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "not_found")
        begin = read_day(first) or self.sources.today()
        end = min(max(read_day(last) or begin, begin), begin + timedelta(days=MOST_DAYS - 1))
        sections, following_ms = self._sections(visit, meter, begin, end, after_ms)
        following = None if following_ms is None else f"?from={begin}&to={end}&after={following_ms}#raw"
        return visit.page(
            "sections.html", heading=visit.t("readings.title"), kicker=f"{code} {visit.t.name(meter)}",
            sections=sections, back=None, following=following,
        )  # fmt: skip

    def _sections(
        self, visit: Visit, meter: Meter, first: date, last: date, after_ms: int | None
    ) -> tuple[tuple[Section, ...], int | None]:
        """The sections, and where the next page begins: temperatures of a weather meter, else a register."""
        if meter.use is MeterUse.WEATHER:
            outdoor = build_temperatures(self.sources, meter, first=first, last=last, after_ms=after_ms)
            return temperature_sections(outdoor, visit.f), outdoor.following_ms
        view = build_readings(self.sources, self.quarantine, meter, first=first, last=last, after_ms=after_ms)
        return readings_sections(view, visit.f), view.following_ms


def read_day(text: str) -> date | None:
    """A day as an address spells it; None for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year < date.max.year else None


def router(frame: Frame, pages: ReadingsPages) -> APIRouter:
    """The routes of these pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/statements/{contract}/{month}/days/{day}")
    def show_day(
        request: Request, contract: str, month: str, day: str, version: int | None = None
    ) -> Response:
        return frame(request, lambda visit: pages.day(visit, contract, month, day, version))

    @routes.get("/readings/{meter}")
    def show_readings(
        request: Request, meter: str, first: str = Query("", alias="from"), to: str = "",
        after: int | None = Query(None, ge=0, le=2**53),
    ) -> Response:  # fmt: skip
        return frame(request, lambda visit: pages.readings(visit, meter, first, to, after))

    return routes
