"""Settlements changed over HTTP: a month is settled, and persons take steps."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlalchemy.exc import IntegrityError

from services.http import Problem
from services.mv.baseline import NoBaseline
from services.savings.answers import SettlementRequest
from services.savings.contract.documents import ContractDocument
from services.savings.contract.on_file import ContractUnreadable
from services.savings.parties.door import Door
from services.savings.parties.speakers import Voice
from services.savings.service import NoReport, SavingsService
from services.savings.settlement.answers import (
    SettlementAnswer,
    StepIn,
)
from services.savings.settlement.document import NothingToSettle, Settlement
from services.savings.settlement.events import MAY, REASONED, Kind
from services.savings.settlement.reading_routes import Month, add_readers, unsettled
from services.savings.settlement.states import StepRefused

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
    add_readers(routes, savings)
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
            raise unsettled(code, month)
        return _answer(savings, found)


def _answer(savings: SavingsService, found: Settlement) -> SettlementAnswer:
    standings = savings.settlements.standings(found.contract, found.month)[found.month]
    return SettlementAnswer.of(found, standings[found.version - 1], savings.zone)
