"""What every page's route does the same way: the language, the template, errors as pages."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.savings.contract.on_file import ContractUnreadable
from services.timeseries.store import StoreUnavailable
from services.web.formats import Formats
from services.web.i18n import COOKIE, LANGUAGES, Language, Texts, choose_language, texts
from services.web.templating import page, render

_YEAR_SECONDS = 365 * 24 * 3600


class PageProblem(Exception):
    """A page cannot be shown; `key` names its heading and, with `_detail`, its explanation in the locales."""

    def __init__(self, status: HTTPStatus, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


@dataclass(frozen=True, slots=True)
class Visit:
    """One request with its language."""

    request: Request
    t: Texts
    zone: ZoneInfo

    @property
    def f(self) -> Formats:
        """Dates and figures in the visitor's language."""
        return Formats(self.t, self.zone)

    def page(self, template: str, *, status: int = 200, **values: object) -> Response:
        """A filled template."""
        content = render(
            template, language=self.t.language, zone=self.zone, here=self.request.url.path, **values
        )
        return page(content, status)

    def problem(self, problem: PageProblem, **said: str) -> Response:
        """A page that says what went wrong."""
        key = f"problem.{problem.key}"
        return self.page(
            "problem.html", status=problem.status, heading=self.t(key), detail=self.t(f"{key}_detail", **said)
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """Opens visits: the zone and the default language are the installation's."""

    zone: ZoneInfo
    language: Language

    def __call__(self, request: Request, answer: Callable[[Visit], Response]) -> Response:
        """Answer a request, keep a language asked for in a cookie, and tell problems on a page."""
        visit = Visit(request, texts(choose_language(request, self.language)), self.zone)
        try:
            response = answer(visit)
        except PageProblem as problem:
            response = visit.problem(problem)
        except StoreUnavailable:
            response = visit.problem(PageProblem(HTTPStatus.SERVICE_UNAVAILABLE, "store_down"))
        except ContractUnreadable as error:
            response = visit.problem(
                PageProblem(HTTPStatus.CONFLICT, "contract_refused"), rule=error.rule, code=error.code
            )
        wish = request.query_params.get("lang")
        if wish in LANGUAGES:
            response.set_cookie(COOKIE, wish, max_age=_YEAR_SECONDS, samesite="lax")
        return response


def see(path: str) -> Response:
    """After a form was taken: show `path`, so that a reload does not send it twice."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
