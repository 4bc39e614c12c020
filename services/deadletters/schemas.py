"""Dead letters over HTTP: rows, one letter, a selection to act on, and the summary."""

import base64
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.clock import from_ms
from services.deadletters.catalogue import Count, Entry, Summary
from services.deadletters.letters import Arrival, Letter
from services.deadletters.payload import as_text, excerpt
from services.deadletters.selection import Selection

LETTER_ID = Field(ge=1, lt=2**63)
MOST_IDS = 10_000
MOST_ARRIVALS = 1000
_Words = Annotated[str, Field(min_length=1, max_length=65_535)]


class SelectionIn(BaseModel):
    """Which letters are meant: `ids`, or every one that answers all conditions given.

    `topic` is an MQTT topic filter, `reason` a code such as `unknown-channel`. With no condition at all,
    `all` must be true, so that an empty body means nothing.
    """

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[int, LETTER_ID]] | None = Field(None, min_length=1, max_length=MOST_IDS)
    collector: _Words | None = None
    topic: _Words | None = None
    reason: _Words | None = None
    all: bool = False

    @model_validator(mode="after")
    def _mean_something(self) -> "SelectionIn":
        conditions = (self.collector, self.topic, self.reason)
        if self.ids is None and not self.all and conditions == (None, None, None):
            raise ValueError("name ids, a collector, a topic or a reason, or say all: true")
        if self.ids is not None and (self.all or conditions != (None, None, None)):
            raise ValueError("ids stand alone")
        return self

    def selection(self) -> Selection:
        """What the file is asked."""
        return Selection(ids=self.ids, collector=self.collector, topic=self.topic, reason=self.reason)


class Requested(BaseModel):
    """How many letters a collector will replay in its own time."""

    requested: int


class Dropped(BaseModel):
    """How many letters are gone."""

    dropped: int


class RejectOut(BaseModel):
    """Why an item was not taken: a stable code, a colon, the detail; `item` is its place in an array."""

    reason: str
    item: int | None


class EntryOut(BaseModel):
    """A letter in a list: `reason` is its first of `rejected`, `excerpt` the payload's beginning.

    The excerpt is hexadecimal when the payload is not UTF-8. `seen` counts identical messages.
    """

    id: int
    received_at: datetime
    last_received_at: datetime
    seen: int
    collector: str
    topic: str
    decoder: str
    rejected: int
    reason: str
    payload_bytes: int
    excerpt: str
    replay_requested_at: datetime | None
    replayed_at: datetime | None


class LetterOut(BaseModel):
    """One letter whole; `payload` is text, or hexadecimal when it is not UTF-8.

    `arrivals` are the instants of the first 1000 arrivals; `rejects` the first 1000 of `rejected` reasons.
    """

    id: int
    received_at: datetime
    last_received_at: datetime
    seen: int
    arrivals: list[datetime]
    collector: str
    topic: str
    decoder: str
    rejected: int
    rejects: list[RejectOut]
    payload: str
    payload_base64: str
    payload_bytes: int
    replay_requested_at: datetime | None
    replayed_at: datetime | None


class CountOut(BaseModel):
    """Letters that share a key, and the messages they stand for."""

    key: str
    letters: int
    messages: int


class SummaryOut(BaseModel):
    """All letters counted; one rejected for several reasons counts under each of them."""

    letters: int
    messages: int
    first_received_at: datetime | None
    last_received_at: datetime | None
    replay_requested: int
    used_bytes: int
    most_bytes: int
    by_reason: list[CountOut]
    by_decoder: list[CountOut]
    by_collector: list[CountOut]


def entry_out(entry: Entry, zone: ZoneInfo) -> EntryOut:
    """A row of the list."""
    return EntryOut(
        id=entry.id,
        received_at=local(entry.received_ms, zone),
        last_received_at=local(entry.last_received_ms, zone),
        seen=entry.seen,
        collector=entry.collector,
        topic=entry.topic,
        decoder=entry.decoder,
        rejected=entry.rejected,
        reason=entry.reason,
        payload_bytes=entry.size,
        excerpt=excerpt(entry.excerpt, cut=entry.size > len(entry.excerpt)),
        replay_requested_at=local_or_none(entry.requested_ms, zone),
        replayed_at=local_or_none(entry.replayed_ms, zone),
    )


def letter_out(letter: Letter, arrivals: Sequence[Arrival], zone: ZoneInfo) -> LetterOut:
    """One letter with everything that is known of it."""
    text = as_text(letter.payload)
    return LetterOut(
        id=letter.id,
        received_at=local(letter.received_ms, zone),
        last_received_at=local(letter.last_received_ms, zone),
        seen=letter.seen,
        arrivals=[local(arrival.received_ms, zone) for arrival in arrivals[:MOST_ARRIVALS]],
        collector=letter.collector,
        topic=letter.topic,
        decoder=letter.decoder,
        rejected=letter.rejected,
        rejects=[RejectOut(reason=one.reason, item=one.item) for one in letter.rejects],
        payload=letter.payload.hex() if text is None else text,
        payload_base64=base64.b64encode(letter.payload).decode(),
        payload_bytes=len(letter.payload),
        replay_requested_at=local_or_none(letter.requested_ms, zone),
        replayed_at=local_or_none(letter.replayed_ms, zone),
    )


def summary_out(summary: Summary, *, most_bytes: int, zone: ZoneInfo) -> SummaryOut:
    """The counts of all letters."""
    return SummaryOut(
        letters=summary.letters,
        messages=summary.messages,
        first_received_at=local_or_none(summary.first_ms, zone),
        last_received_at=local_or_none(summary.last_ms, zone),
        replay_requested=summary.requested,
        used_bytes=summary.used_bytes,
        most_bytes=most_bytes,
        by_reason=_counts(summary.by_reason),
        by_decoder=_counts(summary.by_decoder),
        by_collector=_counts(summary.by_collector),
    )


def local(at_ms: int, zone: ZoneInfo) -> datetime:
    """An instant with the offset of `zone`."""
    return from_ms(at_ms).astimezone(zone)


def local_or_none(at_ms: int | None, zone: ZoneInfo) -> datetime | None:
    """An instant that may not have come."""
    return None if at_ms is None else local(at_ms, zone)


def _counts(counts: Sequence[Count]) -> list[CountOut]:
    return [CountOut(**asdict(count)) for count in counts]
