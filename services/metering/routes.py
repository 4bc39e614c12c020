"""HTTP of the registry: replace entries of it by code, and list it page by page."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query

from services.http import Page, Problem, decode_cursor, encode_cursor
from services.metering.coherence import RegistryRefused
from services.metering.model import Institution, Meter, MeterUse
from services.metering.repository import Registry
from services.metering.schemas import Applied, InstitutionEntry, MeterEntry, RegistryDocument

Row = TypeVar("Row", Institution, Meter)
Limit = Annotated[int, Query(ge=1, le=1000)]


def router(*, registry: Registry, guard: Callable[..., None]) -> APIRouter:
    """Routes under /api/v1; `guard` lets writers pass."""
    routes = APIRouter(tags=["registry"])

    @routes.put("/registry", dependencies=[Depends(guard)])
    def put_registry(document: RegistryDocument) -> Applied:
        try:
            return registry.apply(document)
        except RegistryRefused as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error

    @routes.get("/institutions")
    def list_institutions(cursor: str | None = None, limit: Limit = 500) -> Page[InstitutionEntry]:
        found = registry.institutions(after=decode_cursor(cursor) or "", limit=limit + 1)
        rows, after = _page(found, limit)
        return Page(items=[InstitutionEntry.model_validate(row) for row in rows], next_cursor=after)

    @routes.get("/meters")
    def list_meters(
        institution: str | None = None,
        use: MeterUse | None = None,
        cursor: str | None = None,
        limit: Limit = 500,
    ) -> Page[MeterEntry]:
        after_code = decode_cursor(cursor) or ""
        found = registry.meters(institution=institution, use=use, after=after_code, limit=limit + 1)
        rows, after = _page(found, limit)
        return Page(items=[MeterEntry.model_validate(row) for row in rows], next_cursor=after)

    return routes


def _page(found: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    return found[:limit], encode_cursor(found[limit - 1].code) if len(found) > limit else None
