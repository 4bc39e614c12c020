"""Settlements over HTTP: versions, history, the steps that persons take, and what waits for whom."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.exc import IntegrityError

from services.http import Page, Problem, decode_cursor, encode_cursor
from services.mv.baseline import NoBaseline
from services.mv.canonical import canonical
from services.savings.answers import MONTH, SettlementRequest
from services.savings.contract.documents import ContractDocument
from services.savings.contract.on_file import ContractUnreadable
from services.savings.parties.door import Door
from services.savings.parties.speakers import Voice
from services.savings.service import NoReport, SavingsService
from services.savings.settlement.answers import (
    EventOut,
    HistoryOut,
    SettlementAnswer,
    StepIn,
    VersionOut,
    WaitingOut,
)
from services.savings.settlement.document import NothingToSettle, Settlement
from services.savings.settlement.events import MAY, REASONED, Kind
from services.savings.settlement.paid import ContractPaid, PaymentOut
from services.savings.settlement.states import StepRefused
from services.savings.settlement.waiting import Waits

Month = Annotated[str, Path(pattern=MONTH)]
Limit = Annotated[int, Query(ge=1, le=500)]

STEPS = {
    Kind.RELEASE: "Settle a held month as it is, for a reason: the next version has its amounts.",
    Kind.CONFIRM: "One party confirms what nobody disputes; it is confirmed once both have.",
    Kind.DISPUTE: "One party disputes `lines`, or all that is not confirmed yet; the rest goes on by itself.",
    Kind.RESOLVE: "A dispute is taken back, or decided for what was measured; its amounts wait for both.",
    Kind.ISSUE: "What both parties confirmed is put on notice or invoice.",
    Kind.PAY: "What was issued has been paid; after a correction what is still due, back to the client too.",
    Kind.CORRECT: "The next version, made of what is stored now, for a reason; it has to be confirmed anew, "
    "and what was paid counts towards it.",
}


def contract(savings: SavingsService, code: str) -> ContractDocument:
    """The contract, or `Problem`: 404, and 409 for one that the rules have come to refuse."""
    try:
        found = savings.contracts.get(code)
    except ContractUnreadable as error:
        raise Problem(HTTPStatus.CONFLICT, str(error)) from error
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"no contract {code!r}")
    return found


def add(routes: APIRouter, savings: SavingsService, door: Door) -> None:
    """Add the routes of settlements."""
    _add_readers(routes, savings)
    _add_settling(routes, savings, door)
    for kind in MAY:
        _add_step(routes, savings, door, kind)


def _add_settling(routes: APIRouter, savings: SavingsService, door: Door) -> None:
    @routes.post(
        "/contracts/{code}/settlements", status_code=HTTPStatus.CREATED, dependencies=[Depends(door.writer)]
    )
    def settle(code: str, request: SettlementRequest, response: Response) -> SettlementAnswer:
        """Settle a final month from what is stored now. 200 when this made no version: nothing has changed
        since last time, or a party holds the version, and the change waits as its restatement."""
        document = contract(savings, code)
        try:
            found, new = savings.settle(document, request.month)
        except NothingToSettle as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body/month: {error}") from error
        except (NoBaseline, NoReport) as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from error
        except IntegrityError as error:
            raise Problem(HTTPStatus.CONFLICT, f"{request.month} is being settled elsewhere") from error
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _answer(savings, found)


def _add_step(routes: APIRouter, savings: SavingsService, door: Door, kind: Kind) -> None:
    @routes.post(
        f"/contracts/{{code}}/settlements/{{month}}/{kind}",
        name=f"{kind}_settlement",
        description=f"{STEPS[kind]} By: {', '.join(sorted(MAY[kind]))}. Sent twice, it is one step. "
        "403 when another speaks for the role, 409 when it cannot be taken, which says what can.",
    )
    def take(
        code: str, month: Month, body: StepIn, voice: Annotated[Voice, Depends(door.voice)]
    ) -> SettlementAnswer:
        document = contract(savings, code)
        door.may_say(voice, body.role, code)
        if kind in REASONED and body.reason is None:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "body/reason: say why")
        if kind not in {Kind.DISPUTE, Kind.RESOLVE} and body.lines:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body/lines: {kind} names none")
        try:
            found = savings.step(document, month, body.event(kind, savings.clock(), voice.name))
        except (StepRefused, NoBaseline, NoReport, NothingToSettle) as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from error
        except IntegrityError as error:
            raise Problem(HTTPStatus.CONFLICT, f"{month} is being changed elsewhere") from error
        if found is None:
            raise _unsettled(code, month)
        return _answer(savings, found)


def _add_readers(routes: APIRouter, savings: SavingsService) -> None:
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

    @routes.get("/contracts/{code}/settlements/{month}/history")
    def history(code: str, month: Month) -> HistoryOut:
        """Every version of a month, everything that happened to it and what was paid, oldest first."""
        found = savings.settlements.versions(code, month)
        if not found:
            raise _unsettled(code, month)
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

    @routes.get("/contracts/{code}/settlements/{month}/export", response_class=Response)
    def export(code: str, month: Month, version: int | None = None) -> Response:
        """The document that `kilowitness verify` recomputes offline; the newest version unless named."""
        found = savings.settlements.get(code, month, version)
        if found is None:
            raise _unsettled(code, month)
        name = f"settlement-{code}-{month}-v{found.version}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(canonical(found.document), media_type="application/json", headers=headers)


def _answer(savings: SavingsService, found: Settlement) -> SettlementAnswer:
    standings = savings.settlements.standings(found.contract, found.month)[found.month]
    return SettlementAnswer.of(found, standings[found.version - 1], savings.zone)


def _unsettled(code: str, month: str) -> Problem:
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
