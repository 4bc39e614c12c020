"""Non-routine adjustments: dated, signed records and reporting days in, an adjusted baseline out.

Amounts are added to the adjusted baseline: above zero it grows, and the saving with it (lamps hung for a need
the baseline did not know); below zero it shrinks (lamps removed, an after-meter that lost energy).
Only what both sides approved, as it now reads, counts; the rest is listed.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import combinations

from services.mv.adjustments.terms import Term, Total
from services.mv.canonical import plain, sha256_of
from services.mv.lighting.sampling import added, to_wh
from services.mv.model import Record
from services.mv.operating_days import On, ReportingDay


class Kind(StrEnum):
    """Why energy changed that neither the retrofit nor the baseline's drivers explain."""

    LAMPS = "lamps"
    HOURS = "hours"
    HEAD_COUNT = "head_count"
    FLOOR_AREA = "floor_area"
    FAILED_LAMPS = "failed_lamps"
    FORCE_MAJEURE = "force_majeure"
    METER_FAULT = "meter_fault"
    OTHER = "other"


class Side(StrEnum):
    """The parties of a contract."""

    CLIENT = "client"
    ESCO = "esco"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved which wording when: `content_sha256` is that of the adjustment they saw, `at` is aware."""

    side: Side
    by: str
    role: str
    at: datetime
    content_sha256: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None or not self.by:
            raise ValueError("an approval names who gave it, and when with a zone")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One adjustment of a contract, by `code`: the local days from `first_day` to `last_day`, both counted.

    `evidence` refers to documents; `half_width_share`: the half-width at 90 % that the parties grant it, as a
    share of its amount. Raises `ValueError` for days in the wrong order, and for a total on some days only.
    """

    code: str
    contract: str
    kind: Kind
    first_day: date
    last_day: date
    term: Term
    reason: str
    evidence: tuple[str, ...] = ()
    on: On = On.EVERY_DAY
    half_width_share: float = 0.0
    approvals: tuple[Approval, ...] = ()

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(f"{self.code}: the last day is not before the first")
        if not 0 <= self.half_width_share < math.inf:
            raise ValueError(f"{self.code}: a half-width is a share from 0 on")
        if isinstance(self.term, Total) and self.on is not On.EVERY_DAY:
            raise ValueError(f"{self.code}: a total is spread over every day")
        # A number has one spelling, so that a wording keeps its hash through JSON.
        object.__setattr__(self, "half_width_share", float(self.half_width_share))

    @property
    def content_sha256(self) -> str:
        """What an approval is of: everything but the approvals."""
        document = plain(self)
        del document["approvals"]
        return sha256_of(document)

    def approved_by(self) -> set[Side]:
        """The sides that approved it as it now reads."""
        return {a.side for a in self.approvals if a.content_sha256 == self.content_sha256}

    def applies(self, day: date, working: bool | None) -> bool:
        """Whether the day is one of its days."""
        return self.first_day <= day <= self.last_day and self.on.includes(working)

    def day_amount_kwh(self, day: ReportingDay) -> float:
        """Its worth on one of its days [kWh]. A total is spread over calendar days from first to last."""
        of = (self.last_day - self.first_day).days + 1
        return self.term.kwh(day.baseline_kwh, (day.day - self.first_day).days, of)


@dataclass(frozen=True, slots=True)
class AdjustmentLine:
    """What an approved adjustment comes to in the period [kWh]; `uncertainty_kwh`: half-width at 90 %."""

    code: str
    kind: Kind
    formula: str
    days: int
    adjustment_kwh: float
    uncertainty_kwh: float


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The days with their adjusted baseline, a line per adjustment that counts, and the sum [kWh]."""

    days: tuple[ReportingDay, ...]
    lines: tuple[AdjustmentLine, ...]
    adjustment_kwh: float
    uncertainty_kwh: float
    records: tuple[Record, ...]


def adjusted(days: tuple[ReportingDay, ...], adjustments: tuple[Adjustment, ...]) -> Adjusted:
    """Add what both sides approved to the baseline of the measured `days`.

    Each formula sees the unadjusted baseline, so that their order does not matter; a day that is not among
    `days` takes its part with it. Half-widths of different adjustments are independent: √Σu². `ValueError`
    when codes repeat or contracts mix.
    """
    if len({a.code for a in adjustments}) < len(adjustments) or len({a.contract for a in adjustments}) > 1:
        raise ValueError("adjustments are of one contract, and no two of one code")
    ordered = sorted(adjustments, key=lambda a: (a.first_day, a.code))
    counting = [a for a in ordered if len(a.approved_by()) == len(Side)]
    amounts = {
        a.code: [a.day_amount_kwh(day) if a.applies(day.day, day.working) else None for day in days]
        for a in counting
    }
    lines = tuple(line for a in counting if (line := _line(a, amounts[a.code])).days)
    sums = [added(of[i] or 0.0 for of in amounts.values()) for i in range(len(days))]
    return Adjusted(
        days=tuple(
            replace(day, baseline_kwh=added([day.baseline_kwh, amount]))
            for day, amount in zip(days, sums, strict=True)
        ),
        lines=lines,
        adjustment_kwh=added(line.adjustment_kwh for line in lines),
        uncertainty_kwh=to_wh(math.hypot(*(line.uncertainty_kwh for line in lines))),
        records=tuple(_records(days, ordered)),
    )


def _line(adjustment: Adjustment, amounts: list[float | None]) -> AdjustmentLine:
    found = [amount for amount in amounts if amount is not None]
    total = added(found)
    return AdjustmentLine(
        code=adjustment.code,
        kind=adjustment.kind,
        formula=adjustment.term.text,
        days=len(found),
        adjustment_kwh=total,
        uncertainty_kwh=to_wh(abs(total) * adjustment.half_width_share),
    )


def _records(days: tuple[ReportingDay, ...], ordered: list[Adjustment]) -> Iterator[Record]:
    """Those of the period that lack an approval or evidence, and those that share days."""
    dates = {a.code: {d.day for d in days if a.applies(d.day, d.working)} for a in ordered}
    present = [a for a in ordered if dates[a.code]]
    for a in present:
        sides = len(a.approved_by())
        yield Record(f"adjustment_approved:{a.code}", sides, 2, f"contract {a.contract}", sides == 2)
        of_other_words = sum(given.content_sha256 != a.content_sha256 for given in a.approvals)
        if of_other_words:
            yield Record(f"adjustment_reworded:{a.code}", of_other_words, 0, "approvals", False)
        if not a.evidence:
            yield Record(f"adjustment_evidence:{a.code}", 0, 1, f"contract {a.contract}", False)
    for a, b in combinations(present, 2):
        both = len(dates[a.code] & dates[b.code])
        if both:
            yield Record(f"adjustments_overlap:{a.code}:{b.code}", both, None, "allowed, listed", True)


def approved(adjustment: Adjustment, *, side: Side, by: str, role: str, at: datetime) -> Adjustment:
    """The adjustment with one more approval, of what it now says."""
    given = Approval(side, by, role, at, adjustment.content_sha256)
    return replace(adjustment, approvals=(*adjustment.approvals, given))
