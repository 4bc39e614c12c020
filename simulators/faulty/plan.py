"""The plan of a run: which faults, at which reading, for how long. The same seed gives the same plan."""

import random
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

_DEADLY = 1 / 3


class Kind(StrEnum):
    """What can go wrong."""

    COLLECTOR_KILLED = "collector: SIGKILL"
    COLLECTOR_STOPPED = "collector: SIGTERM"
    BROKER_KILLED = "broker: SIGKILL"
    DATABASE_KILLED = "database: SIGKILL"
    DATABASE_FROZEN = "database: SIGSTOP"
    BROKER_RESET = "broker: connections reset"
    BROKER_SILENT = "broker: network silent"
    BROKER_BROKEN = "broker: cut in a message"
    GATEWAY_RESET = "gateway: connection reset"
    DATABASE_RESET = "database: connections reset"
    DATABASE_SILENT = "database: network silent"
    ANSWER_LOST = "database: written, answer cut"
    HALF_WRITTEN = "database: half written, then 500"
    ANSWERS_400 = "database: 400"
    ANSWERS_401 = "database: 401"
    ANSWERS_413 = "database: 413"
    ANSWERS_422 = "database: 422"
    ANSWERS_429 = "database: 429, Retry-After"
    ANSWERS_500 = "database: written, then 500"
    ANSWERS_503 = "database: 503, Retry-After"
    DISK_FULL = "dead letter: disk full"
    KILLED_WITHIN = "collector: SIGKILL while another lasts"
    STOPPED_WITHIN = "collector: SIGTERM while another lasts"


HOLDING = frozenset(Kind) - {
    Kind.COLLECTOR_KILLED, Kind.COLLECTOR_STOPPED, Kind.BROKER_KILLED, Kind.BROKER_RESET, Kind.BROKER_SILENT,
    Kind.BROKER_BROKEN, Kind.GATEWAY_RESET, Kind.KILLED_WITHIN, Kind.STOPPED_WITHIN,
}  # fmt: skip
"""Faults in which a collector holds messages that it cannot store or keep: the worst moment to be killed."""
SINGLE = tuple(kind for kind in Kind if kind not in {Kind.KILLED_WITHIN, Kind.STOPPED_WITHIN})
"""Faults that come by themselves."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: it comes once `at` messages were sent and lasts `hold_s` [s].

    `chance` (0 to 1) settles which of several it hits. In one that is `deadly` the collector is ended, too,
    and comes back before or after it is over. After it the harness waits until all is stored, or,
    unless `settled`, goes on at once, so that the next one meets a collector that is still catching up.
    """

    kind: Kind
    at: int
    hold_s: float
    chance: float
    settled: bool
    deadly: bool = False

    def __str__(self) -> str:
        marks = ", deadly" * self.deadly + ", settled" * self.settled
        return f"message {self.at}: {self.kind} for {self.hold_s:.2f} s{marks}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A run: messages sent in as many shares as there are faults, one fault in each share.

    `limits`: how many messages may be sent before each fault is over.
    """

    seed: int
    messages: int
    faults: tuple[Fault, ...]
    limits: tuple[int, ...]

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, {self.messages} messages", *map(str, self.faults)]
        return "\n  ".join(lines)


def make_plan(
    seed: int, *, messages: int, faults: int, longest_s: float, outage_s: float = 0.0, collectors: int = 1
) -> Plan:
    """Kinds in turn, each round in another order; faults of up to `longest_s`.

    `outage_s`: how long the database is gone the first time that it is killed, when that is longer; then a
    third of all messages come in that time.
    """
    chance = random.Random(f"{seed}/{faults}/{collectors}")  # noqa: S311
    kinds: list[Kind] = []
    while len(kinds) < faults:
        kinds += chance.sample(SINGLE, len(SINGLE))
    kinds = kinds[:faults]
    lasting = outage_s > longest_s and Kind.DATABASE_KILLED in kinds
    long = kinds.index(Kind.DATABASE_KILLED) if lasting else None
    limits = _limits(messages, faults, long)
    planned = []
    for number, (kind, first, end) in enumerate(zip(kinds, (0, *limits), limits, strict=False)):
        hold_s = outage_s if number == long else chance.uniform(longest_s / 8, longest_s)
        at = chance.randint(first, first + (end - first) * (1 if number == long else 6) // 8)
        settled = chance.random() < 0.5
        deadly = kind in HOLDING and (chance.random() < _DEADLY or kind is Kind.DISK_FULL)
        planned.append(Fault(kind, at, hold_s, chance.random(), settled, deadly))
    return Plan(seed, messages, tuple(planned), limits)


def _limits(messages: int, faults: int, long: int | None) -> tuple[int, ...]:
    """The ends of equal shares, but for a `long` one of half as many messages as all others have."""
    weights = [1.0] * faults
    if long is not None:
        weights[long] = max(1.0, (faults - 1) / 2)
    return tuple(round(messages * done / sum(weights)) for done in accumulate(weights))
