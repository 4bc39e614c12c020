"""Bundles over HTTP: the file that `kilowitness verify` checks, and the key to check it with."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.http import Problem
from services.savings.answers import MONTH
from services.savings.bundle.service import Bundles, MeterGone

Month = Annotated[str, Path(pattern=MONTH)]
Version = Annotated[int | None, Query(ge=1)]


def router(bundles: Bundles) -> APIRouter:
    """The routes of bundles, relative to /api/v1."""
    routes = APIRouter(tags=["savings"])

    @routes.get("/contracts/{code}/settlements/{month}/bundle", response_class=Response)
    def bundle(code: str, month: Month, version: Version = None) -> Response:
        """Everything a statement rests on, in one file; the newest version unless named."""
        try:
            found = bundles.get(code, month, version)
        except MeterGone as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from error
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"no such settlement of {code!r} for {month}")
        name, content = found
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="application/zip", headers=headers)

    @routes.get("/issuer-key", response_class=Response)
    def issuer_key() -> Response:
        """The public key that statements are signed with, as PEM."""
        if bundles.issuer is None:
            raise Problem(HTTPStatus.NOT_FOUND, "no key: statements are not signed here")
        return Response(bundles.issuer.public.pem, media_type="application/x-pem-file")

    return routes
