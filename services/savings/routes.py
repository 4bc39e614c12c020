"""Savings over HTTP: /contracts, their savings and their settlements, relative to /api/v1."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.exc import IntegrityError

from services.clock import Clock
from services.database import Sessions
from services.http import Page, Problem, decode_cursor, encode_cursor
from services.metering.repository import Registry
from services.metering.schemas import Code
from services.mv.baseline import NoBaseline
from services.mv.canonical import canonical
from services.savings.answers import MONTH, SavingsAnswer, SettlementAnswer, SettlementRequest
from services.savings.schemas import ContractBody, ContractDocument
from services.savings.service import ContractRefused, NoReport, SavingsService
from services.savings.settlement import NothingToSettle
from services.timeseries.store import TimeSeriesStore
from services.workdays import Workdays

Month = Annotated[str, Path(pattern=MONTH)]


def router(
    *,
    sessions: Sessions,
    store: TimeSeriesStore,
    registry: Registry,
    workdays: Workdays,
    clock: Clock,
    zone: ZoneInfo,
    guard: Callable[..., None],
) -> APIRouter:
    """The routes of savings; `guard` lets writers pass."""
    savings = SavingsService(sessions, store, registry, workdays, clock, zone)
    routes = APIRouter(tags=["savings"])
    _add_contracts(routes, savings, guard)
    _add_settlements(routes, savings, guard)
    return routes


def _contract(savings: SavingsService, code: str) -> ContractDocument:
    found = savings.contracts.get(code)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"no contract {code!r}")
    return found


def _add_contracts(routes: APIRouter, savings: SavingsService, guard: Callable[..., None]) -> None:
    @routes.put("/contracts/{code}", dependencies=[Depends(guard)])
    def put(code: Code, body: ContractBody) -> ContractDocument:
        """Add or replace a contract. Months still in draft are settled anew, as further versions."""
        document = ContractDocument.model_validate({**body.model_dump(), "code": code})
        try:
            savings.put_contract(document)
        except ContractRefused as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body/{error}") from error
        return document

    @routes.get("/contracts")
    def page(
        cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Page[ContractDocument]:
        """Contracts by code."""
        found = savings.contracts.all(after=decode_cursor(cursor), limit=limit + 1)
        more = encode_cursor(found[limit - 1].code) if len(found) > limit else None
        return Page(items=found[:limit], next_cursor=more)

    @routes.get("/contracts/{code}")
    def one(code: str) -> ContractDocument:
        """One contract."""
        return _contract(savings, code)

    @routes.get("/contracts/{code}/savings")
    def saved(code: str, grain: Literal["day", "month"] = "month") -> SavingsAnswer:
        """Savings [kWh] since acceptance, ± half-widths at 90 %; incomplete days are shown, not counted."""
        document = _contract(savings, code)
        try:
            return SavingsAnswer.of(savings.savings(savings.history(document)), grain)
        except (NoBaseline, NoReport) as error:
            return SavingsAnswer(total=None, items=[], reason=str(error))


def _add_settlements(routes: APIRouter, savings: SavingsService, guard: Callable[..., None]) -> None:
    @routes.post(
        "/contracts/{code}/settlements", status_code=HTTPStatus.CREATED, dependencies=[Depends(guard)]
    )
    def settle(code: str, request: SettlementRequest, response: Response) -> SettlementAnswer:
        """Settle a month that is over, from what is stored now. 200 when nothing changed since last time."""
        document = _contract(savings, code)
        try:
            found, new = savings.settle(document, request.month)
        except NothingToSettle as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body/month: {error}") from error
        except (NoBaseline, NoReport) as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from error
        except IntegrityError as error:
            raise Problem(HTTPStatus.CONFLICT, f"{request.month} is being settled elsewhere") from error
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return SettlementAnswer.of(found, savings.zone)

    @routes.get("/contracts/{code}/settlements")
    def versions(code: str) -> Page[SettlementAnswer]:
        """Every version of every month, oldest first."""
        _contract(savings, code)
        found = savings.settlements.of_contract(code)
        return Page(items=[SettlementAnswer.of(row, savings.zone) for row in found])

    @routes.get("/contracts/{code}/settlements/{month}/export", response_class=Response)
    def export(code: str, month: Month, version: int | None = None) -> Response:
        """The document that `kilowitness verify` recomputes offline; the newest version unless named."""
        found = savings.settlements.get(code, month, version)
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"no such settlement of {code!r} for {month}")
        name = f"settlement-{code}-{month}-v{found.version}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(canonical(found.document), media_type="application/json", headers=headers)
