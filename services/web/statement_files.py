"""A statement as files: the PDF that is signed, the workbook that is recomputed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from services.savings.service import SavingsService
from services.web.frame import Frame, PageProblem, Visit
from services.web.statement_sources import Found, find_statement

_UNPRINTABLE = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its media type, and what makes it."""

    media_type: str
    make: Callable[[Found, Visit], bytes]


def _pdf(found: Found, visit: Visit) -> bytes:
    from services.web.paper.pdf import pdf  # takes half a second, with its fonts

    return pdf(found.paper(visit.f), base_url=str(visit.request.base_url).rstrip("/"))


def _workbook(found: Found, visit: Visit) -> bytes:
    from services.web.workbook.statement import workbook

    return workbook(found, visit.f)


KINDS = {
    "pdf": Kind("application/pdf", _pdf),
    "xlsx": Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
}


def router(frame: Frame, savings: SavingsService) -> APIRouter:
    """The routes of the files; they must come before those of the pages, whose months match any name."""
    routes = APIRouter(include_in_schema=False)

    def answer(visit: Visit, contract: str, month: str, kind: str, version: int | None) -> Response:
        found = find_statement(savings, contract, month, version)
        if found is None:
            raise PageProblem(HTTPStatus.NOT_FOUND, "no_statement")
        name = f"{contract}-{month}-v{found.settlement.version}-{visit.t.language}.{kind}"
        safe = _UNPRINTABLE.sub("_", name)
        disposition = f"inline; filename=\"{safe}\"; filename*=UTF-8''{quote(name)}"
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return Response(KINDS[kind].make(found, visit), media_type=KINDS[kind].media_type, headers=headers)

    @routes.get("/statements/{contract}/{month}.pdf")
    def as_pdf(request: Request, contract: str, month: str, version: int | None = None) -> Response:
        return frame(request, lambda visit: answer(visit, contract, month, "pdf", version))

    @routes.get("/statements/{contract}/{month}.xlsx")
    def as_workbook(request: Request, contract: str, month: str, version: int | None = None) -> Response:
        return frame(request, lambda visit: answer(visit, contract, month, "xlsx", version))

    return routes
