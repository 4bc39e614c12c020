"""The repair pages' routes: the board, the form, one order, and the desk's sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.repairs.model import Event, EventKind, EventRefused
from services.repairs.promises import Promise, Promises
from services.repairs.service import Collision, OrderRefused
from services.web.access import Desk
from services.web.forms import Form, refuse_foreign
from services.web.frame import Frame, PageProblem, Visit, see
from services.web.overview import Sources
from services.web.repairs_form import Invalid, form_view, read_event, read_report
from services.web.repairs_page import board, order_view

_EMPTY = dict.fromkeys(
    ("institution", "location", "category", "description", "reporter", "contact"), ""
) | {"size": "small", "severity": "normal"}  # fmt: skip

_NO_ERRORS: Mapping[str, str] = {}

_GUARDED = ("/repairs", "/quarantine", "/dead-letters", "/statements", "/settlements", "/contracts")
"""Where a sign-in may lead: the pages whose actions ask for it."""


@dataclass(frozen=True, slots=True)
class RepairPages:
    """Answers the repair pages."""

    sources: Sources
    promises: Promises
    desk: Desk

    def board(self, visit: Visit) -> Response:
        """The board, of one institution or all."""
        wish = visit.request.query_params.get("institution") or None
        institutions = self.sources.registry.institutions()
        view = board(
            self.sources.repairs, institutions, visit.t, today=self.sources.today(), institution=wish
        )
        return visit.page("repairs_board.html", view=view)

    def new(
        self, visit: Visit, values: Mapping[str, str] = _EMPTY, errors: Mapping[str, str] = _NO_ERRORS
    ) -> Response:
        """The form, empty or as sent with what is wrong in it."""
        view = form_view(self.sources.registry.institutions(), visit.t, self._promise())
        status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
        values = {**_EMPTY, **values}
        return visit.page("repair_new.html", status=status, view=view, values=values, errors=errors)

    def report(self, visit: Visit, form: Mapping[str, str]) -> Response:
        """Take a report, or show the form again."""
        refuse_foreign(visit)
        try:
            request = read_report(form, visit.t, now=self.sources.clock())
            order = self.sources.repairs.report(request)
        except Invalid as invalid:
            return self.new(visit, form, invalid.errors)
        except OrderRefused as refused:
            return self.new(visit, form, {refused.member: visit.t("form.error.choose")})
        except Collision as collision:
            raise PageProblem(HTTPStatus.CONFLICT, "conflict") from collision
        return see(f"/repairs/{order.order.request.number}")

    def order(self, visit: Visit, number: str, *, refused: str = "") -> Response:
        """One order's page."""
        found = self.sources.repairs.order(number)
        if found is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "not_found")
        names = {one.code: visit.t.name(one) for one in self.sources.registry.institutions()}
        admitted = self.desk.admits(visit.request)
        view = order_view(found, names, self._promise(), show_contact=admitted)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
        return visit.page("repair.html", status=status, view=view, refused=refused)

    def append(self, visit: Visit, number: str, form: Mapping[str, str]) -> Response:
        """Record an event of an order; all but a rating is the desk's."""
        refuse_foreign(visit)
        if form.get("kind") != EventKind.RATE and not self.desk.admits(visit.request):
            return see(f"/desk?{urlencode({'next': f'/repairs/{number}'})}")
        try:
            event = read_event(form, visit.t)
            told = Event(event.kind, self.sources.clock(), event.by, event.reason, event.size, event.rating)
            found = self.sources.repairs.append(number, told)
        except Invalid as invalid:
            return self.order(visit, number, refused=next(iter(invalid.errors.values())))
        except EventRefused:
            return self.order(visit, number, refused=visit.t("repairs.refused"))
        except Collision as collision:
            raise PageProblem(HTTPStatus.CONFLICT, "conflict") from collision
        if found is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "not_found")
        return see(f"/repairs/{number}")

    def sign_in(self, visit: Visit, form: Mapping[str, str] | None = None) -> Response:
        """The desk's sign-in; a right token goes on to the page that asked for it."""
        following = visit.request.query_params.get("next", "/repairs")
        if form is None:
            return visit.page("desk.html", wrong=False, following=following)
        refuse_foreign(visit)
        voice = self.desk.voices.of(form.get("token", ""))
        if voice is None:
            return visit.page("desk.html", status=HTTPStatus.FORBIDDEN, wrong=True, following=following)
        response = see(following if following.startswith(_GUARDED) else "/repairs")
        self.desk.remember(response, voice, secure=visit.request.url.scheme == "https")
        return response

    def _promise(self) -> Promise:
        return self.promises.on(self.sources.today())


def router(frame: Frame, pages: RepairPages) -> APIRouter:
    """The routes of the repair pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/repairs")
    def show_board(request: Request) -> Response:
        return frame(request, pages.board)

    @routes.get("/repairs/new")
    def show_form(request: Request) -> Response:
        return frame(request, pages.new)

    @routes.post("/repairs/new")
    def take_form(request: Request, form: Form) -> Response:
        return frame(request, lambda visit: pages.report(visit, form))

    @routes.get("/repairs/{number}")
    def show_order(request: Request, number: str) -> Response:
        return frame(request, lambda visit: pages.order(visit, number))

    @routes.post("/repairs/{number}")
    def take_event(request: Request, number: str, form: Form) -> Response:
        return frame(request, lambda visit: pages.append(visit, number, form))

    @routes.get("/desk")
    def show_desk(request: Request) -> Response:
        return frame(request, pages.sign_in)

    @routes.post("/desk")
    def take_token(request: Request, form: Form) -> Response:
        return frame(request, lambda visit: pages.sign_in(visit, form))

    return routes
