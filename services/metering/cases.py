"""The quarantine's words: a case, how it stands, and what was decided about it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.metering.doubts import Doubt
from services.metering.rulings import Ruling, Verdict


class Kind(StrEnum):
    """What a case is about. Values are stored: never rename."""

    SPAN = "span"
    READING = "reading"


Place = tuple[int, Kind]
"""The instant [epoch ms] at which a case begins, and what it is about: one reading, or the span after it."""

Key = tuple[str, str, int, Kind]
"""Meter, channel, and place."""


class State(StrEnum):
    """How a case stands. `WITHDRAWN`: later readings or a corrected ledger explained it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DecisionRefused(Exception):
    """A decision does not fit its case; the message says why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom, when and why; `stands` says whether it is in force."""

    verdict: Verdict
    amount: float | None
    by: str
    reason: str
    decided_at: datetime
    stands: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Something set aside, with all decisions about it, the oldest first."""

    meter: str
    channel: str
    doubt: Doubt
    state: State
    found_at: datetime
    decisions: tuple[Decision, ...]

    @property
    def id(self) -> str:
        """The case in an address: `meter:channel:instant`, of a single reading `…:reading`."""
        at_ms, kind = place_of(self.doubt)
        single = ":reading" if kind is Kind.READING else ""
        return f"{self.meter}:{self.channel}:{at_ms}{single}"

    @property
    def version(self) -> str:
        """Changes with the figures a decision would be made on."""
        return _version(self.doubt)


@dataclass(frozen=True, slots=True)
class Wish:
    """A decision to be made. `verdict` None accepts with the first choice of the case; `version` is that of
    the figures the person saw, None where only the newest can be meant.
    """

    accept: bool
    by: str
    reason: str
    verdict: Verdict | None = None
    version: str | None = None


def read_id(text: str) -> Key | None:
    """The key inside a case's id, or None when it is none."""
    meter, _, rest = text.partition(":")
    channel, _, place = rest.partition(":")
    instant, colon, single = place.partition(":")
    valid = instant.isascii() and instant.lstrip("-").isdigit() and len(instant) <= 15
    if not valid or (colon and single != Kind.READING):
        return None
    return meter, channel, int(instant), Kind.READING if single else Kind.SPAN


def place_of(of: Doubt | Ruling) -> Place:
    """Where a case stands in its channel."""
    return of.at_ms, Kind.SPAN if of.reading is None else Kind.READING


def state_after(verdict: Verdict) -> State:
    """How a case stands once it is decided."""
    return State.REJECTED if verdict is Verdict.DISCARD else State.ACCEPTED


def basis(of: Doubt | Ruling) -> tuple[int, int, float, float, float | None]:
    """The figures that a decision is made on."""
    return of.at_ms, of.until_ms, of.before, of.after, of.reading


def _version(doubt: Doubt) -> str:
    return hashlib.sha256(repr(basis(doubt)).encode()).hexdigest()[:12]
