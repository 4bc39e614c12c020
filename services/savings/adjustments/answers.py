"""What is said of adjustments, and of steps in the data, over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from services.mv.adjustments.adjustment import Approval, Kind, Side
from services.mv.adjustments.steps import StepProposal, Steps
from services.mv.canonical import plain
from services.mv.model import Record
from services.mv.operating_days import On
from services.savings.adjustments.wording import Wording


class ApprovalOut(BaseModel):
    """Who approved the wording for a side; `spoken_as` names the speaker whose token it was given with."""

    side: Side
    by: str
    role: str
    at: datetime
    spoken_as: str | None

    @classmethod
    def of(cls, given: Approval, spoken_as: str | None, zone: ZoneInfo) -> Self:
        """With its instant as the zone's clocks show it."""
        at = given.at.astimezone(zone)
        return cls(side=given.side, by=given.by, role=given.role, at=at, spoken_as=spoken_as)


class AdjustmentOut(BaseModel):
    """A wording; `text` is its formula written out, `in_force` the number of the wording that counts."""

    contract: str
    code: str
    wording: int
    kind: Kind
    first_day: date
    last_day: date
    term: Mapping[str, Any]
    text: str
    reason: str
    evidence: Sequence[str]
    on: On
    half_width_share: float
    by: str
    role: str
    at: datetime
    spoken_as: str | None
    content_sha256: str
    approvals: Sequence[ApprovalOut]
    in_force: int | None

    @classmethod
    def of(cls, wording: Wording, in_force: Mapping[str, Wording], zone: ZoneInfo) -> Self:
        """One wording beside those `in_force` of its contract, by code."""
        one = wording.adjustment
        counts = in_force.get(one.code)
        return cls(
            contract=one.contract,
            code=one.code,
            wording=wording.number,
            kind=one.kind,
            first_day=one.first_day,
            last_day=one.last_day,
            term=plain(one.term),
            text=one.term.text,
            reason=one.reason,
            evidence=one.evidence,
            on=one.on,
            half_width_share=one.half_width_share,
            by=wording.by,
            role=wording.role,
            at=wording.at.astimezone(zone),
            spoken_as=wording.spoken_as,
            content_sha256=one.content_sha256,
            approvals=[
                ApprovalOut.of(given, wording.verified.get(given.side), zone) for given in one.approvals
            ],
            in_force=None if counts is None else counts.number,
        )


class StepsAnswer(BaseModel):
    """Steps found in the reporting days, for people to ask about; `reason` says why none could be looked for.

    `last_day` is null where a step lasts; sizes [kWh/d] are above zero where more is used.
    """

    proposals: Sequence[StepProposal]
    records: Sequence[Record]
    reason: str | None = None

    @classmethod
    def of(cls, found: Steps) -> Self:
        """What was found."""
        return cls(proposals=found.proposals, records=found.records)
