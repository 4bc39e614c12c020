"""The nouns of dead letters: a message, why it was not taken, when it arrived, what its replay came to."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec


class Reject(msgspec.Struct, frozen=True):
    """Something that cannot be taken: a stable code, a colon, the detail; `item` is its place in an array."""

    reason: str
    item: int | None = None

    @property
    def code(self) -> str:
        """The reason without its detail."""
        return self.reason.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of which `rejected` items were not taken, received first at `received_ms` [epoch ms].

    `retained`: the broker had kept it, of any age. What follows `rejected` is known once it is kept.
    """

    received_ms: int
    topic: str
    payload: bytes
    decoder: str
    rejects: tuple[Reject, ...]
    rejected: int = 0
    id: int = 0
    collector: str = ""
    seen: int = 1
    last_received_ms: int = 0
    requested_ms: int | None = None
    replayed_ms: int | None = None
    retained: bool = False


class Arrival(msgspec.Struct, frozen=True):
    """One arrival of a letter's message."""

    received_ms: int
    retained: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a letter that had been `seen` so often: nothing left of it, or these rejects."""

    id: int
    seen: int
    decoder: str
    rejects: Sequence[Reject] = ()
