"""Settlements read over HTTP: versions and their documents, history, payments, and what waits for whom."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.http import Page, Problem, decode_cursor, encode_cursor
from services.mv.canonical import canonical
from services.savings.answers import MONTH
from services.savings.service import SavingsService
from services.savings.settlement.answers import EventOut, HistoryOut, SettlementAnswer, VersionOut, WaitingOut
from services.savings.settlement.paid import ContractPaid, PaymentOut
from services.savings.settlement.waiting import Waits

Month = Annotated[str, Path(pattern=MONTH)]
Limit = Annotated[int, Query(ge=1, le=500)]


def add_readers(routes: APIRouter, savings: SavingsService) -> None:
    """Add the routes that change nothing."""
    _add_versions(routes, savings)
    _add_months(routes, savings)
    _add_waiting(routes, savings)


def _add_versions(routes: APIRouter, savings: SavingsService) -> None:
    @routes.get("/contracts/{code}/settlements")
    def versions(code: str, cursor: str | None = None, limit: Limit = 100) -> Page[SettlementAnswer]:
        """Every version of every month, oldest first."""
        if not savings.contracts.known(code):
            raise Problem(HTTPStatus.NOT_FOUND, f"no contract {code!r}")
        found = savings.settlements.of_contract(code, after=_version_place(cursor), limit=limit + 1)
        standings = savings.settlements.standings(code)
        last = found[limit - 1] if len(found) > limit else None
        return Page(
            items=[
                SettlementAnswer.of(row, standings[row.month][row.version - 1], savings.zone)
                for row in found[:limit]
            ],
            next_cursor=None if last is None else encode_cursor(f"{last.month}|{last.version}"),
        )


def _add_months(routes: APIRouter, savings: SavingsService) -> None:
    @routes.get("/contracts/{code}/settlements/{month}/history")
    def history(code: str, month: Month) -> HistoryOut:
        """Every version of a month, everything that happened to it and what was paid, oldest first."""
        found = savings.settlements.versions(code, month)
        if not found:
            raise unsettled(code, month)
        standings = savings.settlements.standings(code, month)[month]
        return HistoryOut(
            contract=code,
            month=month,
            versions=[VersionOut.of(one, savings.zone) for one in found],
            events=[EventOut.of(event, savings.zone) for one in standings for event in one.events],
            payments=[PaymentOut.of(payment, savings.zone) for one in standings for payment in one.payments],
        )

    @routes.get("/contracts/{code}/payments")
    def payments(code: str) -> ContractPaid:
        """What was paid under a contract so far and paid back, by month, and what is still due."""
        if not savings.contracts.known(code):
            raise Problem(HTTPStatus.NOT_FOUND, f"no contract {code!r}")
        return ContractPaid.of(code, savings.settlements.standings(code), savings.zone)

    @routes.get("/contracts/{code}/settlements/{month}/export", response_class=Response)
    def export(code: str, month: Month, version: int | None = None) -> Response:
        """The document that `kilowitness verify` recomputes offline; the newest version unless named."""
        found = savings.settlements.get(code, month, version)
        if found is None:
            raise unsettled(code, month)
        name = f"settlement-{code}-{month}-v{found.version}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(canonical(found.document), media_type="application/json", headers=headers)


def _add_waiting(routes: APIRouter, savings: SavingsService) -> None:
    @routes.get("/settlements")
    def waiting(
        state: Waits = Waits.OPEN,
        contract: str | None = None,
        cursor: str | None = None,
        limit: Limit = 100,
    ) -> Page[WaitingOut]:
        """The latest version of every month and what it waits for, by month and contract.

        `open` (unless asked otherwise) is all that is not paid, or disputed, or waits for a restatement.
        """
        after = _place(cursor)
        found = savings.waiting.page(state, contract=contract, after=after, limit=limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(
            items=[WaitingOut.of(one, savings.zone) for one in found[:limit]],
            next_cursor=None if last is None else encode_cursor(f"{last.month}|{last.contract}"),
        )


def unsettled(code: str, month: str) -> Problem:
    """No version of that month is on file."""
    return Problem(HTTPStatus.NOT_FOUND, f"no such settlement of {code!r} for {month}")


def _place(cursor: str | None) -> tuple[str, str] | None:
    key = decode_cursor(cursor)
    if key is None:
        return None
    first, _, rest = key.partition("|")
    return first, rest


def _version_place(cursor: str | None) -> tuple[str, int] | None:
    place = _place(cursor)
    if place is None:
        return None
    if not place[1].isascii() or not place[1].isdecimal() or len(place[1]) > 9:
        raise Problem(HTTPStatus.BAD_REQUEST, "cursor: not one that this service gave out")
    return place[0], int(place[1])
