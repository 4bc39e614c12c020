"""The dead letter pages' view models: counts by reason, the newest letters, one letter with its payload."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from services.clock import from_ms
from services.deadletters.catalogue import Count, Entry, Summary, entries, summarize
from services.deadletters.letters import DeadLetters, Letter
from services.deadletters.payload import Reading, read_line, read_payload
from services.deadletters.selection import Selection
from services.web.i18n import Texts

ROWS = 25
MOST_REASONS = 50
MOST_PLACES = 12
MOST_ARRIVALS = 20
MOST_SHOWN_BYTES = 64 * 1024
_EXCERPT_LENGTH = 160
_MIB = 1024 * 1024
_NEARLY_FULL = 0.8


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason in the page's language: what its code means, the detail as the collector wrote it.

    `items` are the places in an array at which it holds, `times` how often it does.
    """

    code: str
    words: str
    detail: str
    items: tuple[int, ...] = ()
    times: int = 1

    @property
    def places(self) -> str:
        """The first of the places, counted from 0 as in the API."""
        shown = ", ".join(str(item) for item in self.items[:MOST_PLACES])
        return f"{shown}, …" if len(self.items) > MOST_PLACES else shown


@dataclass(frozen=True, slots=True)
class Bar:
    """A count as a bar; `share` (0–1) is of the longest."""

    key: str
    label: str
    letters: int
    messages: int
    share: float


@dataclass(frozen=True, slots=True)
class Row:
    """A letter in the list."""

    id: int
    topic: str
    received_at: datetime
    last_received_at: datetime
    seen: int
    reason: Reason
    more_rejected: int
    excerpt: str
    requested: bool
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the visitor asked to see; a form also says up to which letter it was seen."""

    reason: str | None = None
    topic: str | None = None
    collector: str | None = None
    before: int | None = None
    until: int | None = None

    @property
    def selection(self) -> Selection:
        """The letters meant."""
        return Selection(reason=self.reason, topic=self.topic, collector=self.collector, until=self.until)

    def path(self, **changes: object) -> str:
        """The page's address with these conditions."""
        given = {"reason": self.reason, "topic": self.topic, "collector": self.collector, **changes}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/dead-letters?{query}" if query else "/dead-letters"


@dataclass(frozen=True, slots=True)
class DeadLetterList:
    """The first page: all letters in figures, those asked for as rows, `meant` of them in all."""

    wish: Wish
    letters: int
    messages: int
    first_at: datetime | None
    last_at: datetime | None
    requested: int
    newest: int
    used_mb: float
    most_mb: int
    reasons: tuple[Bar, ...]
    decoders: tuple[Bar, ...]
    collectors: tuple[str, ...]
    rows: tuple[Row, ...]
    meant: int
    older: str | None

    @property
    def nearly_full(self) -> bool:
        """Whether collectors will soon have to leave messages at the broker."""
        return self.used_mb >= _NEARLY_FULL * self.most_mb


@dataclass(frozen=True, slots=True)
class DeadLetterView:
    """One letter: what came, when, why it was not taken."""

    id: int
    topic: str
    decoder: str
    collector: str
    seen: int
    arrivals: tuple[datetime, ...]
    last_received_at: datetime
    reasons: tuple[Reason, ...]
    rejected: int
    explained: int
    payload: Reading
    payload_bytes: int
    requested_at: datetime | None
    replayed_at: datetime | None


def build_list(letters: DeadLetters, wish: Wish, t: Texts, *, most_mb: int) -> DeadLetterList:
    """The list as asked for, the newest first."""
    summary = summarize(letters)
    before = {} if wish.before is None else {"before": wish.before}
    found = entries(letters, wish.selection, most=ROWS + 1, **before)
    more = len(found) > ROWS
    return DeadLetterList(
        wish=wish,
        letters=summary.letters,
        messages=summary.messages,
        first_at=_instant(summary.first_ms),
        last_at=_instant(summary.last_ms),
        requested=summary.requested,
        newest=summary.newest,
        used_mb=summary.used_bytes / _MIB,
        most_mb=most_mb,
        reasons=_bars(summary.by_reason, lambda key: t.code("dead_letters.reason", key)),
        decoders=_bars(summary.by_decoder, lambda key: key or t("dead_letters.no_decoder")),
        collectors=_collectors(summary),
        rows=tuple(_row(entry, t) for entry in found[:ROWS]),
        meant=letters.count(wish.selection),
        older=wish.path(before=found[ROWS - 1].id) if more else None,
    )


def build_letter(letters: DeadLetters, number: int, t: Texts) -> DeadLetterView | None:
    """One letter, or None when it is not there."""
    letter = letters.get(number)
    if letter is None:
        return None
    arrivals = letters.arrivals(number)
    return DeadLetterView(
        id=letter.id,
        topic=letter.topic,
        decoder=letter.decoder or t("dead_letters.no_decoder"),
        collector=letter.collector,
        seen=letter.seen,
        arrivals=tuple(from_ms(one.received_ms) for one in arrivals[-MOST_ARRIVALS:]),
        last_received_at=from_ms(letter.last_received_ms),
        reasons=_reasons(letter, t),
        rejected=letter.rejected,
        explained=len(letter.rejects),
        payload=read_payload(letter.payload, most=MOST_SHOWN_BYTES),
        payload_bytes=len(letter.payload),
        requested_at=_instant(letter.requested_ms),
        replayed_at=_instant(letter.replayed_ms),
    )


def _row(entry: Entry, t: Texts) -> Row:
    return Row(
        id=entry.id,
        topic=entry.topic,
        received_at=from_ms(entry.received_ms),
        last_received_at=from_ms(entry.last_received_ms),
        seen=entry.seen,
        reason=_reason(entry.reason, t),
        more_rejected=max(0, entry.rejected - 1),
        excerpt=read_line(entry.excerpt, cut=entry.size > len(entry.excerpt), most=_EXCERPT_LENGTH),
        requested=entry.requested_ms is not None,
        replayed_at=_instant(entry.replayed_ms),
    )


def _reasons(letter: Letter, t: Texts) -> tuple[Reason, ...]:
    """Each reason once, with the places it holds at; those that are frequent first."""
    places: dict[str, list[int | None]] = {}
    for reject in letter.rejects:
        places.setdefault(reject.reason, []).append(reject.item)
    frequent = sorted(places.items(), key=lambda one: -len(one[1]))[:MOST_REASONS]
    return tuple(_reason(reason, t, items) for reason, items in frequent)


def _reason(reason: str, t: Texts, items: Sequence[int | None] = (None,)) -> Reason:
    code, _, detail = reason.partition(":")
    known = tuple(item for item in items if item is not None)
    return Reason(code, t.code("dead_letters.reason", code), detail.strip(), known, len(items))


def _bars(counts: Sequence[Count], label: Callable[[str], str]) -> tuple[Bar, ...]:
    longest = counts[0].letters if counts else 1
    return tuple(
        Bar(one.key, label(one.key), one.letters, one.messages, one.letters / longest) for one in counts
    )


def _collectors(summary: Summary) -> tuple[str, ...]:
    return tuple(sorted(one.key for one in summary.by_collector if one.key))


def _instant(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else from_ms(at_ms)
