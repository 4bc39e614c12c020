"""The pages of settlements: a month's statement with its next steps, and the list of what waits for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import IntegrityError

from services.mv.baseline import NoBaseline
from services.savings.parties.speakers import NotHeard
from services.savings.service import NoReport, SavingsService
from services.savings.settlement.events import MAY, Kind
from services.savings.settlement.states import StepRefused
from services.savings.settlement.waiting import Waits
from services.web.access import Desk
from services.web.forms import Form, refuse_foreign
from services.web.frame import Frame, PageProblem, Visit, see
from services.web.hearing import not_heard
from services.web.settlement_form import Invalid, read_step
from services.web.settlement_view import build_waiting
from services.web.statement_sources import find_statement


@dataclass(frozen=True, slots=True)
class Refused:
    """A step that was not taken: which, why, what was typed; forbidden where another token is asked for."""

    step: str = ""
    why: str = ""
    typed: Mapping[str, str] | None = None
    status: HTTPStatus = HTTPStatus.CONFLICT


_TAKEN = Refused()


@dataclass(frozen=True, slots=True)
class SettlementPages:
    """Answers the pages of settlements."""

    savings: SavingsService
    desk: Desk

    def statement(
        self, visit: Visit, contract: str, month: str, version: int | None = None, refused: Refused = _TAKEN
    ) -> Response:
        """A version's statement, the latest unless named."""
        found = find_statement(self.savings, contract, month, version)
        if found is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "no_statement")
        return visit.page(
            "statement.html",
            status=refused.status if refused.why else HTTPStatus.OK,
            s=found.view.statement,
            paper=found.paper(visit.f),
            settling=found.settling,
            refused=refused,
        )

    def take(self, visit: Visit, contract: str, month: str, step: str, form: Mapping[str, str]) -> Response:
        """Take a step, or show the statement again with why it was not taken."""
        refuse_foreign(visit)
        here = f"/statements/{quote(contract, safe='')}/{quote(month, safe='')}"
        voice = self.desk.voice(visit.request)
        if voice is None:
            return see(f"/desk?{urlencode({'next': here})}")
        document = self.savings.contracts.get(contract)
        if document is None or step not in set(MAY):
            raise PageProblem(HTTPStatus.NOT_FOUND, "no_statement")
        try:
            wish = read_step(Kind(step), form, visit.t, at=self.savings.clock(), spoken_as=voice.name)
            self.desk.voices.may_say(voice, wish.role, contract)
            found = self.savings.step(document, month, wish)
        except Invalid as invalid:
            return self.statement(visit, contract, month, refused=Refused(step, str(invalid), form))
        except NotHeard as refusal:
            why = not_heard(refusal, voice, form["role"], visit.t)
            return self.statement(
                visit, contract, month, refused=Refused(step, why, form, HTTPStatus.FORBIDDEN)
            )
        except (StepRefused, NoBaseline, NoReport):
            why = visit.t("settlement.refused")
            return self.statement(visit, contract, month, refused=Refused(step, why, form))
        except IntegrityError as collision:
            raise PageProblem(HTTPStatus.CONFLICT, "conflict") from collision
        if found is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "no_statement")
        return see(here)

    def waiting(self, visit: Visit) -> Response:
        """What waits, of the sort named by `?state=`, after the place named by `?after=`."""
        asked = visit.request.query_params
        wish = Waits(asked["state"]) if asked.get("state") in set(Waits) else Waits.OPEN
        month, found, code = asked.get("after", "").partition("|")
        view = build_waiting(self.savings, visit.t, wish=wish, after=(month, code) if found else None)
        return visit.page("settlements.html", view=view)


def router(frame: Frame, pages: SettlementPages) -> APIRouter:
    """The routes of the settlements' pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/statements/{contract}/{month}")
    def show_statement(request: Request, contract: str, month: str, version: int | None = None) -> Response:
        return frame(request, lambda visit: pages.statement(visit, contract, month, version))

    @routes.post("/statements/{contract}/{month}/{step}")
    def take_step(request: Request, contract: str, month: str, step: str, form: Form) -> Response:
        return frame(request, lambda visit: pages.take(visit, contract, month, step, form))

    @routes.get("/settlements")
    def show_waiting(request: Request) -> Response:
        return frame(request, pages.waiting)

    return routes
