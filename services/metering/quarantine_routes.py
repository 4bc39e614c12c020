"""HTTP of the quarantine: what register arithmetic set aside, and what people decide about it."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.clock import from_ms
from services.http import Page, Problem, decode_cursor, encode_cursor
from services.metering.cases import Case, DecisionRefused, Key, State, Wish, read_id
from services.metering.channels import CHANNELS
from services.metering.doubts import sentence
from services.metering.quarantine import Quarantine
from services.metering.rulings import Verdict

Limit = Annotated[int, Query(ge=1, le=500)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Accepting = Literal["count", "reset", "rollover", "restore"]


class DecisionOut(BaseModel):
    """A decision on record; `in_force` is False of one that was superseded, or made on other figures."""

    decision: Literal["accept", "reject"]
    counts_as: Verdict
    amount: float | None
    by: str
    reason: str
    decided_at: datetime
    in_force: bool


class CaseOut(BaseModel):
    """Something set aside. `before`, `after` and `difference` are registers as displayed.

    `choices` says what accepting can mean and what each would count [`unit`], the first being the one meant
    when nothing is said; null where readings around it would be judged anew. `reading` is the value of a
    single reading set aside, which stands at `at`.
    """

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    id: str
    meter: str
    channel: str
    unit: str
    state: State
    at: datetime
    begin: datetime = Field(alias="from")
    to: datetime
    before: float
    after: float
    difference: float
    reading: float | None
    reason: str
    figures: dict[str, float]
    choices: dict[str, float | None]
    version: str
    found_at: datetime
    decisions: list[DecisionOut]


class DecisionIn(BaseModel):
    """What a person decides; `version` guards against figures that changed since they were shown."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["accept", "reject"]
    counts_as: Accepting | None = None
    by: Said
    reason: Said
    version: str | None = None


def router(*, quarantine: Quarantine, zone: ZoneInfo, guard: Callable[..., None]) -> APIRouter:
    """Routes under /api/v1; `guard` lets writers pass."""
    routes = APIRouter(tags=["quarantine"])

    @routes.get("/quarantine")
    def list_cases(
        meter: str | None = None, state: State | None = None, cursor: str | None = None, limit: Limit = 100
    ) -> Page[CaseOut]:
        states = () if state is None else (state,)
        found = quarantine.cases(meter=meter, states=states, after=_place(cursor), limit=limit + 1)
        after = encode_cursor(found[limit - 1].id) if len(found) > limit else None
        return Page(items=[_shown(case, zone) for case in found[:limit]], next_cursor=after)

    @routes.get("/quarantine/{case}")
    def show_case(case: str) -> CaseOut:
        key = read_id(case)
        found = None if key is None else quarantine.case(key)
        if found is None:
            raise _unknown(case)
        return _shown(found, zone)

    @routes.post("/quarantine/{case}/decision", dependencies=[Depends(guard)])
    def decide(case: str, decision: DecisionIn) -> CaseOut:
        key = read_id(case)
        try:
            found = None if key is None else quarantine.decide(key, _wish(decision))
        except DecisionRefused as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from error
        if found is None:
            raise _unknown(case)
        return _shown(found, zone)

    return routes


def _wish(told: DecisionIn) -> Wish:
    verdict = None if told.counts_as is None else Verdict(told.counts_as)
    return Wish(told.decision == "accept", told.by, told.reason, verdict, told.version)


def _unknown(case: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"quarantine: there is no case {case!r}")


def _place(cursor: str | None) -> Key | None:
    if cursor is None:
        return None
    key = read_id(decode_cursor(cursor) or "")
    if key is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "cursor: not one that this service gave out")
    return key


def _shown(case: Case, zone: ZoneInfo) -> CaseOut:
    doubt = case.doubt
    at, begin, end = (from_ms(time).astimezone(zone) for time in (doubt.at_ms, doubt.from_ms, doubt.until_ms))
    return CaseOut(
        id=case.id, meter=case.meter, channel=case.channel, unit=CHANNELS[case.channel].unit,
        state=case.state, at=at, begin=begin, to=end, before=doubt.before, after=doubt.after,
        difference=doubt.after - doubt.before, reading=doubt.reading,
        reason=sentence(doubt.code, doubt.figures), figures=dict(doubt.figures),
        choices={str(one): amount for one, amount in doubt.choices.items()}, version=case.version,
        found_at=case.found_at.astimezone(zone),
        decisions=[
            DecisionOut(
                decision="reject" if one.verdict is Verdict.DISCARD else "accept", counts_as=one.verdict,
                amount=one.amount, by=one.by, reason=one.reason,
                decided_at=one.decided_at.astimezone(zone), in_force=one.stands,
            )
            for one in case.decisions
        ],
    )  # fmt: skip
