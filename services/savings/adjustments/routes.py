"""Adjustments over HTTP: words put by anyone, approvals by both sides, steps that the data put forward.

An approval is taken from who speaks for its side, and from the writers where nobody does.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.http import Page, Problem, decode_cursor, encode_cursor
from services.metering.schemas import Code
from services.mv.baseline import NoBaseline
from services.savings.adjustments.answers import AdjustmentOut, StepsAnswer
from services.savings.adjustments.documents import AdjustmentBody, ApprovalBody, OutsideTheContract
from services.savings.adjustments.repository import NotTheLatest
from services.savings.adjustments.wording import Wording, in_force
from services.savings.parties.door import Door
from services.savings.parties.speakers import Voice
from services.savings.service import NoReport, SavingsService
from services.savings.settlement.routes import contract


def add(routes: APIRouter, savings: SavingsService, door: Door) -> None:
    """Add the routes of adjustments."""
    _add_writers(routes, savings, door)
    _add_readers(routes, savings)


def _add_writers(routes: APIRouter, savings: SavingsService, door: Door) -> None:
    speaking = Depends(door.voice)

    @routes.put("/contracts/{code}/adjustments/{adjustment}")
    def word(
        code: str, adjustment: Code, body: AdjustmentBody, response: Response, voice: Voice = speaking
    ) -> AdjustmentOut:
        """Put an adjustment into words. 201 for a further wording, which counts once both sides approved it;
        200 when the latest says the same. What was approved before stays in force until then."""
        document = contract(savings, code)
        door.may_word(voice, body.role, code)
        try:
            worded = body.adjustment(document.contract(), adjustment)
        except OutsideTheContract as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"body/{error}") from error
        found, new = savings.adjustments.put(
            worded, by=body.by, role=body.role, at=savings.clock(), spoken_as=voice.name
        )
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _answer(savings, found)

    @routes.post("/contracts/{code}/adjustments/{adjustment}/approve")
    def approve(code: str, adjustment: Code, body: ApprovalBody, voice: Voice = speaking) -> AdjustmentOut:
        """Approve the latest wording for a side. Sent twice, it is one; 409 when the hash is of another
        wording, which says what the latest is."""
        contract(savings, code)
        door.may_say(voice, body.side, code)
        try:
            found = savings.adjustments.approve(
                code, adjustment, **body.model_dump(), at=savings.clock(), spoken_as=voice.name
            )
        except NotTheLatest as error:
            raise Problem(HTTPStatus.CONFLICT, f"{adjustment}: {error}") from error
        if found is None:
            raise _unworded(code, adjustment)
        return _answer(savings, found)


def _add_readers(routes: APIRouter, savings: SavingsService) -> None:
    @routes.get("/contracts/{code}/adjustments")
    def latest(
        code: str, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Page[AdjustmentOut]:
        """The latest wording of every adjustment, by code, with the number of the one in force."""
        contract(savings, code)
        wordings, after = savings.adjustments.wordings(code), decode_cursor(cursor) or ""
        newest = {one.adjustment.code: one for one in wordings if one.adjustment.code > after}
        shown, counts = list(newest.values())[:limit], in_force(wordings)
        more = encode_cursor(shown[-1].adjustment.code) if len(newest) > limit else None
        return Page(
            items=[AdjustmentOut.of(one, counts, savings.zone) for one in shown], next_cursor=more
        )  # fmt: skip

    @routes.get("/contracts/{code}/adjustments/{adjustment}")
    def wordings(code: str, adjustment: Code) -> Page[AdjustmentOut]:
        """Every wording of an adjustment, oldest first."""
        contract(savings, code)
        found = savings.adjustments.wordings(code, adjustment)
        if not found:
            raise _unworded(code, adjustment)
        counts = in_force(found)
        return Page(items=[AdjustmentOut.of(one, counts, savings.zone) for one in found])

    @routes.get("/contracts/{code}/steps")
    def steps(code: str) -> StepsAnswer:
        """Steps in the reporting days so far, beside what is in force: put forward, never applied."""
        document = contract(savings, code)
        try:
            return StepsAnswer.of(savings.steps(savings.history(document)))
        except (NoBaseline, NoReport) as error:
            return StepsAnswer(proposals=[], records=[], reason=str(error))


def _answer(savings: SavingsService, found: Wording) -> AdjustmentOut:
    one = found.adjustment
    return AdjustmentOut.of(
        found, in_force(savings.adjustments.wordings(one.contract, one.code)), savings.zone
    )


def _unworded(code: str, adjustment: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"no adjustment {adjustment!r} of {code!r}")
