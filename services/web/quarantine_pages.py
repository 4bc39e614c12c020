"""The quarantine page's routes: what was set aside, and the form with which a person decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.metering.cases import DecisionRefused, Wish, read_id
from services.metering.quarantine import Quarantine
from services.metering.rulings import Verdict
from services.web.access import Desk
from services.web.charts.register import register_chart
from services.web.forms import Form, refuse_foreign
from services.web.frame import Frame, PageProblem, Visit, see
from services.web.overview import Sources
from services.web.quarantine_view import CaseView, build_quarantine

_LONGEST = {"by": 100, "reason": 500}


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was not taken: of which case, why, and what was typed."""

    case: str = ""
    why: str = ""
    typed: Mapping[str, str] | None = None


_TAKEN = Refused()


@dataclass(frozen=True, slots=True)
class QuarantinePages:
    """Answers the quarantine page."""

    sources: Sources
    quarantine: Quarantine
    desk: Desk

    def show(self, visit: Visit, refused: Refused = _TAKEN) -> Response:
        """The page, after the case named by `?after=`."""
        place = visit.request.query_params.get("after")
        view = build_quarantine(
            self.sources, self.quarantine, visit.t, after=None if place is None else read_id(place)
        )
        charts = {case.id: _chart(case, visit) for case in view.open}
        status = HTTPStatus.UNPROCESSABLE_ENTITY if refused.why else HTTPStatus.OK
        return visit.page("quarantine.html", status=status, view=view, charts=charts, refused=refused)

    def decide(self, visit: Visit, case: str, form: Mapping[str, str]) -> Response:
        """Put a decision on record, or show the page again with what is missing."""
        refuse_foreign(visit)
        if not self.desk.admits(visit.request):
            return see(f"/desk?{urlencode({'next': '/quarantine'})}")
        typed = {name: form.get(name, "").strip() for name in _LONGEST}
        for name, longest in _LONGEST.items():
            if not typed[name]:
                return self.show(visit, Refused(case, visit.t("form.error.required"), typed))
            if len(typed[name]) > longest:
                return self.show(visit, Refused(case, visit.t("form.error.too_long", most=longest), typed))
        wish = _wish(form, typed)
        key = read_id(case)
        try:
            found = None if key is None or wish is None else self.quarantine.decide(key, wish)
        except DecisionRefused:
            return self.show(visit, Refused(case, visit.t("quarantine.changed"), typed))
        if found is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "not_found")
        return see("/quarantine")


def _wish(form: Mapping[str, str], typed: Mapping[str, str]) -> Wish | None:
    decision, counts_as = form.get("decision"), form.get("counts_as", "")
    if decision not in {"accept", "reject"} or counts_as not in {"", *Verdict}:
        return None
    verdict = Verdict(counts_as) if counts_as and decision == "accept" else None
    return Wish(decision == "accept", typed["by"], typed["reason"], verdict, form.get("version") or None)


def _chart(case: CaseView, visit: Visit) -> Any:
    if case.around is None:
        return None
    f, t = visit.f, visit.t
    described = t("quarantine.picture_desc", begin=f.instant(case.begin), end=f.instant(case.end),
                  before=case.before, after=case.after)  # fmt: skip
    return register_chart(case.around, t("quarantine.picture"), described, f)


def router(frame: Frame, pages: QuarantinePages) -> APIRouter:
    """The routes of the quarantine page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/quarantine")
    def show(request: Request) -> Response:
        return frame(request, pages.show)

    @routes.post("/quarantine/{case}")
    def decide(request: Request, case: str, form: Form) -> Response:
        return frame(request, lambda visit: pages.decide(visit, case, form))

    return routes
