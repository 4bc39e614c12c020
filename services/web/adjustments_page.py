"""The page of a contract's adjustments: steps put forward, wordings, and the forms to word and to approve."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from services.mv.adjustments.adjustment import Kind
from services.mv.operating_days import On
from services.savings.adjustments.repository import NotTheLatest
from services.savings.contract.documents import ContractDocument
from services.savings.parties.speakers import NotHeard, Voice
from services.savings.service import SavingsService
from services.web.access import Desk
from services.web.adjustments_form import FORMULAS, WORDS, Invalid, read_approval, read_wording
from services.web.adjustments_view import build_adjustments, first_values, last_day
from services.web.charts.steps import steps_chart
from services.web.forms import Form, refuse_foreign
from services.web.frame import Frame, PageProblem, Visit, see
from services.web.hearing import not_heard


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was not taken: that of `what` (empty: of the wording), its faults and what was typed."""

    what: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] | None = None
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY


_TAKEN = Refused()


@dataclass(frozen=True, slots=True)
class AdjustmentPages:
    """Answers the page of a contract's adjustments."""

    savings: SavingsService
    desk: Desk

    def show(self, visit: Visit, code: str, refused: Refused = _TAKEN) -> Response:
        """The page; its form begins with the step named by `?step=` or the adjustment named by `?again=`."""
        view = build_adjustments(self.savings, self._contract(code), visit.t)
        asked = visit.request.query_params
        begun = first_values(view, step=asked.get("step", ""), again=asked.get("again", ""))
        wording = refused.typed is not None and not refused.what
        return visit.page(
            "adjustments.html",
            status=refused.status if refused.errors else HTTPStatus.OK,
            view=view,
            chart=steps_chart(view.search.days, view.search.proposals, visit.f),
            values=refused.typed if wording else begun,
            errors=refused.errors if wording else {},
            refused=refused,
            last_day=last_day(view.contract),
            offers={"kind": tuple(Kind), "on": tuple(On), "formulas": FORMULAS, "words": WORDS},
        )

    def word(self, visit: Visit, code: str, form: Mapping[str, str]) -> Response:
        """Keep a wording, or show the page again with what is missing."""
        voice = self._writing(visit, code)
        if isinstance(voice, Response):
            return voice
        try:
            adjustment, body = read_wording(form, self._contract(code).contract(), visit.t)
            self.desk.voices.may_word(voice, body.role, code)
        except Invalid as invalid:
            return self.show(visit, code, Refused("", invalid.errors, form))
        except NotHeard as refusal:
            why = {"role": not_heard(refusal, voice, form["role"], visit.t)}
            return self.show(visit, code, Refused("", why, form, HTTPStatus.FORBIDDEN))
        self.savings.adjustments.put(
            adjustment, by=body.by, role=body.role, at=self.savings.clock(), spoken_as=voice.name
        )
        return see(f"{_path(code)}#of-{adjustment.code}")

    def approve(self, visit: Visit, code: str, adjustment: str, form: Mapping[str, str]) -> Response:
        """Keep an approval, or show the page again with why it was not taken."""
        voice = self._writing(visit, code)
        if isinstance(voice, Response):
            return voice
        what = f"{adjustment}:{form.get('side', '')}"
        try:
            wish = read_approval(form, visit.t)
            self.desk.voices.may_say(voice, wish.side, code)
            found = self.savings.adjustments.approve(
                code, adjustment, **wish.model_dump(), at=self.savings.clock(), spoken_as=voice.name
            )
        except Invalid as invalid:
            return self.show(visit, code, Refused(what, invalid.errors, form))
        except NotHeard as refusal:
            why = {"side": not_heard(refusal, voice, form["side"], visit.t)}
            return self.show(visit, code, Refused(what, why, form, HTTPStatus.FORBIDDEN))
        except NotTheLatest:
            changed = {"content_sha256": visit.t("adjustments.changed")}
            return self.show(visit, code, Refused(what, changed, form, HTTPStatus.CONFLICT))
        if found is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "not_found")
        return see(f"{_path(code)}#of-{adjustment}")

    def _writing(self, visit: Visit, code: str) -> Voice | Response:
        """Who writes to the contract, or where to sign in first."""
        refuse_foreign(visit)
        voice = self.desk.voice(visit.request)
        if voice is None:
            return see(f"/desk?{urlencode({'next': _path(code)})}")
        self._contract(code)
        return voice

    def _contract(self, code: str) -> ContractDocument:
        found = self.savings.contracts.get(code)
        if found is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "not_found")
        return found


def _path(code: str) -> str:
    return f"/contracts/{quote(code, safe='')}/adjustments"


def router(frame: Frame, pages: AdjustmentPages) -> APIRouter:
    """The routes of the adjustments' page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/contracts/{code}/adjustments")
    def show(request: Request, code: str) -> Response:
        return frame(request, lambda visit: pages.show(visit, code))

    @routes.post("/contracts/{code}/adjustments")
    def word(request: Request, code: str, form: Form) -> Response:
        return frame(request, lambda visit: pages.word(visit, code, form))

    @routes.post("/contracts/{code}/adjustments/{adjustment}/approve")
    def approve(request: Request, code: str, adjustment: str, form: Form) -> Response:
        return frame(request, lambda visit: pages.approve(visit, code, adjustment, form))

    return routes
