"""The dead letter pages' routes: the list, one letter, and the forms that replay and drop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.clock import Clock, to_ms
from services.deadletters.box import LetterBox, LettersElsewhere
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable
from services.deadletters.selection import Selection
from services.web.access import Desk
from services.web.dead_letters_view import Wish, build_letter, build_list
from services.web.forms import Form, refuse_foreign
from services.web.frame import Frame, PageProblem, Visit, see

LIST = "/dead-letters"
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class DeadLetterPages:
    """Answers the dead letter pages."""

    box: LetterBox
    clock: Clock
    desk: Desk

    def show(self, visit: Visit) -> Response:
        """The list, narrowed by what the address asks for; where no collector runs, a word about that."""
        wish = _wish(visit.request.query_params)

        def answer(letters: DeadLetters) -> Response:
            view = build_list(letters, wish, visit.t, most_mb=self.box.most_mb)
            return visit.page("dead_letters.html", view=view)

        try:
            return self._with_letters(answer)
        except LettersElsewhere:
            return visit.page("dead_letters_elsewhere.html")

    def one(self, visit: Visit, number: str) -> Response:
        """One letter's page."""

        def answer(letters: DeadLetters) -> Response:
            view = build_letter(letters, _number(number), visit.t)
            if view is None:
                raise PageProblem(HTTPStatus.NOT_FOUND, "no_letter")
            return visit.page("dead_letter.html", view=view)

        return self._found(answer)

    def act_on_list(self, visit: Visit, form: Mapping[str, str]) -> Response:
        """Replay or drop every letter that the shown list meant; what has come since is not touched."""
        wish = _wish(form)
        if wish.until is None:
            raise PageProblem(HTTPStatus.UNPROCESSABLE_ENTITY, "no_action")
        return self._act(visit, form, wish.selection, back=wish.path())

    def act_on_one(self, visit: Visit, number: str, form: Mapping[str, str]) -> Response:
        """Replay or drop one letter."""
        back = LIST if form.get("action") == "drop" else f"{LIST}/{_number(number)}"
        return self._act(visit, form, Selection(ids=[_number(number)]), back=back)

    def _act(self, visit: Visit, form: Mapping[str, str], selection: Selection, *, back: str) -> Response:
        refuse_foreign(visit)
        if not self.desk.admits(visit.request):
            return see(f"/desk?{urlencode({'next': back})}")

        def answer(letters: DeadLetters) -> Response:
            match form.get("action"):
                case "replay":
                    letters.request(selection, at_ms=to_ms(self.clock()))
                case "drop":
                    letters.drop(selection)
                case _:
                    raise PageProblem(HTTPStatus.UNPROCESSABLE_ENTITY, "no_action")
            return see(back)

        return self._found(answer)

    def _found(self, answer: Callable[[DeadLetters], Response]) -> Response:
        try:
            return self._with_letters(answer)
        except LettersElsewhere as error:
            raise PageProblem(HTTPStatus.NOT_FOUND, "no_letter") from error

    def _with_letters(self, answer: Callable[[DeadLetters], Response]) -> Response:
        try:
            with self.box.opened() as letters:
                return answer(letters)
        except DeadLetterUnavailable as error:
            raise PageProblem(HTTPStatus.SERVICE_UNAVAILABLE, "letters_away") from error


def _wish(asked: Mapping[str, str]) -> Wish:
    before, until = asked.get("before", ""), asked.get("until", "")
    return Wish(
        reason=asked.get("reason") or None,
        topic=asked.get("topic", "").strip() or None,
        collector=asked.get("collector") or None,
        before=int(before) if _is_number(before) else None,
        until=int(until) if _is_number(until) else None,
    )


def _number(text: str) -> int:
    if not _is_number(text):
        raise PageProblem(HTTPStatus.NOT_FOUND, "no_letter")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def router(frame: Frame, pages: DeadLetterPages) -> APIRouter:
    """The routes of the dead letter pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(LIST)
    def show(request: Request) -> Response:
        return frame(request, pages.show)

    @routes.post(LIST)
    def act_on_list(request: Request, form: Form) -> Response:
        return frame(request, lambda visit: pages.act_on_list(visit, form))

    @routes.get(LIST + "/{number}")
    def one(request: Request, number: str) -> Response:
        return frame(request, lambda visit: pages.one(visit, number))

    @routes.post(LIST + "/{number}")
    def act_on_one(request: Request, number: str, form: Form) -> Response:
        return frame(request, lambda visit: pages.act_on_one(visit, number, form))

    return routes
