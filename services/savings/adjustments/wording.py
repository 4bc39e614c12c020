"""Which adjustments are in force: wordings with their approvals in, adjustments that count out.

A wording is approved, not an adjustment: what was worded anew is in force once both sides approved that, and
until then the wording before it stays so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.mv.adjustments.adjustment import Adjustment, Side
from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Term, Total


@dataclass(frozen=True, slots=True)
class Wording:
    """The `number`-th wording of an adjustment, from 1: who put it when, and who approved it.

    `spoken_as` is the speaker whose token it was put with, and `verified` those of its approvals, by side.
    """

    number: int
    adjustment: Adjustment
    by: str
    role: str
    at: datetime
    spoken_as: str | None = None
    verified: Mapping[Side, str] = field(default_factory=dict)

    @property
    def agreed(self) -> bool:
        """Whether both sides approved it as it reads."""
        return len(self.adjustment.approved_by()) == len(Side)


def in_force(wordings: Iterable[Wording]) -> dict[str, Wording]:
    """By code, of the wordings of one contract: the newest that both sides approved."""
    found: dict[str, Wording] = {}
    for one in sorted(wordings, key=lambda wording: (wording.adjustment.code, wording.number)):
        if one.agreed:
            found[one.adjustment.code] = one
    return found


def counting(wordings: Iterable[Wording]) -> tuple[Adjustment, ...]:
    """What is in force and worth something, by code: agreed to be worth nothing, it is as if it never was."""
    found = (one.adjustment for one in in_force(wordings).values())
    return tuple(one for one in found if not _nothing(one.term))


def of_days(
    adjustments: Sequence[Adjustment], days: Sequence[date], working: Sequence[bool | None]
) -> tuple[Adjustment, ...]:
    """Those that have one of the days, whose flags are `working`."""
    return tuple(one for one in adjustments if any(map(one.applies, days, working)))


def _nothing(term: Term) -> bool:
    match term:
        case PerDay():
            return term.kwh_per_day == 0
        case Total():
            return term.total_kwh == 0
        case Lamps():
            return 0 in {term.count, term.watts, term.hours}
        case Proportional():
            return term.share == 0 or term.before == term.after
