"""What there is in a dead letter file: a page of letters without their payloads, and counts of all."""

from dataclasses import dataclass

from services.deadletters.letters import EVERY, DeadLetters
from services.deadletters.selection import Selection
from services.deadletters.tables import CODE

EXCERPT_BYTES = 240

_ENTRIES = """
SELECT id, received_ms, last_received_ms, seen, topic, decoder, collector, rejected,
    coalesce((SELECT reason FROM reject WHERE reject.letter = letter.id ORDER BY rowid LIMIT 1), ''),
    length(payload), coalesce(substr(payload, 1, ?), x''), requested_ms, replayed_ms
FROM letter WHERE id < ? AND"""
_TOTALS = """
SELECT count(*), coalesce(sum(seen), 0), min(received_ms), max(last_received_ms), count(requested_ms),
    coalesce(max(id), 0)
FROM letter"""
_BY_REASON = f"""
SELECT code, count(*), sum(seen)
FROM (SELECT DISTINCT {CODE} AS code, letter FROM reject) JOIN letter ON letter.id = letter
GROUP BY code ORDER BY 2 DESC, 1"""  # noqa: S608
_BY = "SELECT {0}, count(*), sum(seen) FROM letter GROUP BY {0} ORDER BY 2 DESC, 1"
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A letter as a list shows it: its first reason, the size of its payload [bytes] and how that begins."""

    id: int
    received_ms: int
    last_received_ms: int
    seen: int
    topic: str
    decoder: str
    collector: str
    rejected: int
    reason: str
    size: int
    excerpt: bytes
    requested_ms: int | None
    replayed_ms: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many letters share a key, and how many messages they stand for."""

    key: str
    letters: int
    messages: int


@dataclass(frozen=True, slots=True)
class Summary:
    """All letters counted, up to the number `newest`. One rejected for several reasons counts under each."""

    letters: int
    messages: int
    first_ms: int | None
    last_ms: int | None
    requested: int
    newest: int
    used_bytes: int
    by_reason: tuple[Count, ...]
    by_decoder: tuple[Count, ...]
    by_collector: tuple[Count, ...]


def entries(
    letters: DeadLetters, selection: Selection = EVERY, *, most: int, before: int = _NEWEST
) -> list[Entry]:
    """The newest letters of a selection with a number under `before`, the newest first."""
    where, values = selection.where()
    query = f"{_ENTRIES} {where} ORDER BY id DESC LIMIT ?"
    with letters.reading() as db:
        return [Entry(*row) for row in db.execute(query, [EXCERPT_BYTES, before, *values, most])]


def summarize(letters: DeadLetters) -> Summary:
    """Count the letters."""
    used_bytes = letters.used_bytes()
    with letters.reading() as db:
        ((kept, messages, first_ms, last_ms, requested, newest),) = db.execute(_TOTALS).fetchall()
        reasons, decoders, collectors = (
            tuple(Count(*row) for row in db.execute(query))
            for query in (_BY_REASON, _BY.format("decoder"), _BY.format("collector"))
        )
    return Summary(
        kept, messages, first_ms, last_ms, requested, newest, used_bytes, reasons, decoders, collectors
    )
