"""HTTP of dead letters: what collectors could not understand, to look at, to replay and to drop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Response

from services.clock import Clock, to_ms
from services.deadletters.box import LetterBox, LettersElsewhere
from services.deadletters.catalogue import entries, summarize
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable, Letter
from services.deadletters.schemas import (
    Dropped,
    EntryOut,
    LetterOut,
    Requested,
    SelectionIn,
    SummaryOut,
    entry_out,
    letter_out,
    summary_out,
)
from services.deadletters.selection import Selection
from services.http import Page, Problem, decode_cursor, encode_cursor

Number = Annotated[int, Path(ge=1, lt=2**63)]
Word = Annotated[str | None, Query(min_length=1, max_length=65_535)]

_RAW = {
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
}


def router(*, box: LetterBox, clock: Clock, zone: ZoneInfo, guard: Callable[..., None]) -> APIRouter:
    """The routes of dead letters. `guard` lets writers in."""
    routes = APIRouter(prefix="/dead-letters", tags=["dead letters"])
    _add_readers(routes, box, zone)
    _add_writers(routes, box, clock, writer=[Depends(guard)])
    return routes


def _add_readers(routes: APIRouter, box: LetterBox, zone: ZoneInfo) -> None:
    @routes.get("")
    def page(
        collector: Word = None,
        topic: Word = None,
        reason: Word = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Page[EntryOut]:
        """The newest letters first; `topic` is an MQTT topic filter, `reason` a code."""
        selection = Selection(collector=collector, topic=topic, reason=reason)
        before = _place(cursor)
        with _opened(box) as letters:
            found = entries(letters, selection, most=limit + 1, **before)
        items = [entry_out(entry, zone) for entry in found[:limit]]
        more = len(found) > limit
        return Page(items=items, next_cursor=encode_cursor(str(items[-1].id)) if more else None)

    @routes.get("/summary")
    def summary() -> SummaryOut:
        """All letters counted by reason code, by decoder and by collector."""
        with _opened(box) as letters:
            return summary_out(summarize(letters), most_bytes=box.most_bytes, zone=zone)

    @routes.get("/{number}")
    def one(number: Number) -> LetterOut:
        """One letter with all its reasons and its payload."""
        with _opened(box) as letters:
            return letter_out(_found(letters, number), letters.arrivals(number), zone)

    @routes.get("/{number}/payload", response_class=Response)
    def payload(number: Number) -> Response:
        """The payload byte for byte."""
        with _opened(box) as letters:
            content = _found(letters, number).payload
        return Response(content, media_type="application/octet-stream", headers=_RAW)


def _add_writers(routes: APIRouter, box: LetterBox, clock: Clock, *, writer: list[Any]) -> None:
    @routes.post("/replay", status_code=HTTPStatus.ACCEPTED, dependencies=writer)
    def replay(which: SelectionIn) -> Requested:
        """Ask for a replay: a collector that has the file decodes the letters again in its own time."""
        with _opened(box) as letters:
            return Requested(requested=letters.request(which.selection(), at_ms=to_ms(clock())))

    @routes.post("/drop", dependencies=writer)
    def drop(which: SelectionIn) -> Dropped:
        """Forget letters for good."""
        with _opened(box) as letters:
            return Dropped(dropped=letters.drop(which.selection()))

    @routes.delete("/{number}", status_code=HTTPStatus.NO_CONTENT, dependencies=writer)
    def drop_one(number: Number) -> None:
        """Forget one letter for good."""
        with _opened(box) as letters:
            if not letters.drop([number]):
                raise _absent(number)


@contextmanager
def _opened(box: LetterBox) -> Iterator[DeadLetters]:
    try:
        with box.opened() as letters:
            yield letters
    except LettersElsewhere as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error
    except DeadLetterUnavailable as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"the dead letter file {error}") from error


def _place(cursor: str | None) -> dict[str, int]:
    key = decode_cursor(cursor)
    if key is None:
        return {}
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise Problem(HTTPStatus.BAD_REQUEST, "cursor: not one that this service gave out")
    return {"before": int(key)}


def _found(letters: DeadLetters, number: int) -> Letter:
    letter = letters.get(number)
    if letter is None:
        raise _absent(number)
    return letter


def _absent(number: int) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"number: there is no dead letter {number}")
