"""What happens to a month's settlement, as it is kept: one event a line, never changed, never removed.

Versions are measured by the service; everything else is said by a person for one of the three roles.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Role(StrEnum):
    """For whom someone speaks. `service` is this programme, which measures and never decides."""

    CLIENT = "client"
    ESCO = "esco"
    BUREAU = "bureau"
    SERVICE = "service"


class Kind(StrEnum):
    """What happened to a version.

    `measured` and `held` begin one; `release` and `correct` close it, and the next begins; `restatement` says
    that later data would change a version that the parties hold, `restored` that they no longer would.
    """

    MEASURED = "measured"
    HELD = "held"
    RELEASE = "release"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    RESOLVE = "resolve"
    ISSUE = "issue"
    PAY = "pay"
    CORRECT = "correct"
    RESTATEMENT = "restatement"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money of one contract year, or of the whole month where `year` is None; `kwh` where energy is meant."""

    year: int | None
    yuan: Decimal | None
    kwh: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `lines` are the fees measured, those disputed, or what a restatement would change.

    `spoken_as` is the speaker whose token it was said with, where one speaks for the role.
    """

    version: int
    kind: Kind
    by: str
    role: Role
    at: datetime
    reason: str | None = None
    lines: tuple[Amount, ...] = ()
    spoken_as: str | None = None


PARTIES = frozenset({Role.CLIENT, Role.ESCO})
MAY: dict[Kind, frozenset[Role]] = {
    Kind.RELEASE: frozenset({Role.CLIENT, Role.BUREAU}),
    Kind.CONFIRM: PARTIES,
    Kind.DISPUTE: PARTIES,
    Kind.RESOLVE: frozenset({Role.CLIENT, Role.ESCO, Role.BUREAU}),
    Kind.ISSUE: frozenset({Role.ESCO, Role.BUREAU}),
    Kind.PAY: frozenset({Role.CLIENT, Role.BUREAU}),
    Kind.CORRECT: frozenset({Role.CLIENT, Role.ESCO, Role.BUREAU}),
}
"""Who may take which step. A month without enough data is not released by the one whom it pays."""

REASONED = frozenset({Kind.RELEASE, Kind.DISPUTE, Kind.RESOLVE, Kind.CORRECT})
"""Steps that say why."""
