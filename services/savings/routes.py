"""Savings over HTTP: /contracts, their savings and their settlements, relative to /api/v1."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.http import Problem, decode_cursor
from services.metering.schemas import Code
from services.mv.baseline import NoBaseline
from services.savings.adjustments import routes as adjustment_routes
from services.savings.answers import ContractsPage, SavingsAnswer
from services.savings.contract.documents import ContractBody, ContractDocument
from services.savings.parties.door import Door
from services.savings.parties.speakers import Voices
from services.savings.service import ContractRefused, NoReport, SavingsService
from services.savings.settlement import routes as settlement_routes


def router(savings: SavingsService, voices: Voices) -> APIRouter:
    """The routes of savings; `voices` are those who may write, and for whom."""
    routes, door = APIRouter(tags=["savings"]), Door(voices)
    _add_contracts(routes, savings, door)
    settlement_routes.add(routes, savings, door)
    adjustment_routes.add(routes, savings, door)
    return routes


def _add_contracts(routes: APIRouter, savings: SavingsService, door: Door) -> None:
    @routes.put("/contracts/{code}", dependencies=[Depends(door.writer)])
    def put(code: Code, body: ContractBody) -> ContractDocument:
        """Add or replace a contract. Months still in draft are settled anew, as further versions."""
        document = ContractDocument.model_validate({**body.model_dump(), "code": code})
        try:
            savings.put_contract(document)
        except ContractRefused as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body/{error}") from error
        return document

    @routes.get("/contracts")
    def page(cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> ContractsPage:
        """Contracts by code. One that was put under older rules and cannot be computed with is `refused`."""
        found = savings.contracts.on_file(after=decode_cursor(cursor), limit=limit + 1)
        return ContractsPage.of(found, limit)

    @routes.get("/contracts/{code}")
    def one(code: str) -> ContractDocument:
        """One contract."""
        return settlement_routes.contract(savings, code)

    @routes.get("/contracts/{code}/savings")
    def saved(code: str, grain: Literal["day", "month"] = "month") -> SavingsAnswer:
        """Savings [kWh] since acceptance, ± half-widths at 90 %; incomplete days are shown, not counted."""
        document = settlement_routes.contract(savings, code)
        try:
            return SavingsAnswer.of(savings.savings(savings.history(document)), grain)
        except (NoBaseline, NoReport) as error:
            return SavingsAnswer(total=None, items=[], reason=str(error))
