"""Dead letters once more: decode what was kept, store what is good now, and only then let go of the letter.

Every step can be repeated, so whatever interrupts a replay loses nothing: points are written again over
themselves, and a letter leaves the file only after all its points are stored. What is still rejected keeps
its letter, with the new reasons. Replies to devices are not sent: nobody waits for them any more.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from collectors.decoders import Reject
from collectors.routing import Router, Understood
from services.clock import Clock, system_clock, to_ms
from services.deadletters.letters import Arrival, DeadLetters, Letter, Replayed
from services.deadletters.selection import Selection
from services.timeseries.schema import READINGS
from services.timeseries.store import Point, PointsRejected, TimeSeriesStore

MOST_ARRIVALS = 2_000
"""Messages decoded before their letters are settled."""
MOST_BYTES = 8 * 1024 * 1024
LINE = "line-of-a-file"
"""The code under which lines of CSV files are left: they are taken by importing their file again."""
_MOST_POINTS = 10_000
"""Points held before they are written."""
_OF_A_FILE = "csv"
"""The decoder's name of lines from CSV files: without its header a line cannot be read again."""


@dataclass(slots=True)
class Tally:
    """What a replay came to: values stored, letters removed and kept, and how many are left for each code."""

    stored: int = 0
    removed: int = 0
    kept: int = 0
    left: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Work:
    """Letters whose points are on their way; `points` waits to be written, `owners` says whose each is."""

    rejects: dict[int, list[Reject]] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    owners: list[tuple[int, int | None]] = field(default_factory=list)


class Replay:
    """Replays letters through `router` into `store`; a `dry` one only counts. Not for several threads."""

    def __init__(
        self,
        *,
        letters: DeadLetters,
        router: Router,
        store: TimeSeriesStore,
        dry: bool = False,
        clock: Clock = system_clock,
    ) -> None:
        self.tally = Tally()
        self._letters = letters
        self._router = router
        self._store = store
        self._dry = dry
        self._clock = clock

    def run(self, sizes: Sequence[tuple[int, int, int]]) -> Iterator[int]:
        """Replay letters given by `DeadLetters.sizes`, yielding how many are done.

        Raises `StoreUnavailable` and `DeadLetterUnavailable`; then what is not settled yet is as it was.
        """
        done = 0
        for numbers in _portions(sizes):
            self._settle(self._letters.select(Selection(ids=numbers)))
            done += len(numbers)
            yield done

    def _settle(self, letters: Sequence[Letter]) -> None:
        """Replay the letters together; only when all their points are stored does any leave the file."""
        work = _Work()
        decoders = {letter.id: self._understand(letter, work) for letter in letters}
        self._write(work)
        outcomes = [
            Replayed(one.id, one.seen, decoders[one.id], tuple(work.rejects[one.id])) for one in letters
        ]
        for outcome in outcomes:
            codes = {reject.code for reject in outcome.rejects}
            self.tally.left.update({LINE} if outcome.decoder == _OF_A_FILE else codes)
        if self._dry:
            removed = sum(not outcome.rejects for outcome in outcomes)
        else:
            removed = self._letters.settle(outcomes, at_ms=to_ms(self._clock()))
        self.tally.removed += removed
        self.tally.kept += len(outcomes) - removed

    def _understand(self, letter: Letter, work: _Work) -> str:
        """Decode the letter as of its arrivals; returns the decoder's name. The newest reasons are kept.

        A payload with a time of its own says the same at each arrival, and screening is the more lenient the
        later it came: the last arrival says whether anything can be taken, the first whether all are alike.
        """
        work.rejects[letter.id] = []
        if letter.decoder == _OF_A_FILE:
            work.rejects[letter.id] += letter.rejects
            return letter.decoder
        *earlier, last = _telling(self._letters.arrivals(letter.id), letter)
        newest = self._decode(letter, last)
        work.rejects[letter.id] += newest.rejects
        self._take(letter, newest, work)
        if newest.points:
            for arrival in earlier:
                understood = self._decode(letter, arrival)
                if understood.points == newest.points:
                    break
                self._take(letter, understood, work)
        return newest.decoder

    def _decode(self, letter: Letter, arrival: Arrival) -> Understood:
        return self._router.understand(letter.topic, letter.payload, arrival.received_ms, arrival.retained)

    def _take(self, letter: Letter, understood: Understood, work: _Work) -> None:
        work.points += understood.points
        work.owners += [(letter.id, item) for item in understood.items]
        if len(work.points) >= _MOST_POINTS:
            self._write(work)

    def _write(self, work: _Work) -> None:
        """Store the points that wait; those the store refuses become rejects of their letters."""
        refused: dict[int, str] = {}
        if work.points and not self._dry:
            try:
                self._store.write(work.points)
            except PointsRejected as error:
                refused = dict(error.rejected)
        for index, (point, (number, item)) in enumerate(zip(work.points, work.owners, strict=True)):
            if index in refused:
                work.rejects[number].append(Reject(f"store-rejected: {refused[index]}", item))
            else:
                self.tally.stored += _values(point)
        work.points, work.owners = [], []


def replay_requested(
    *, letters: DeadLetters, router: Router, store: TimeSeriesStore, clock: Clock = system_clock
) -> Tally:
    """Replay the oldest letters whose replay was asked for: as many as are settled together.

    Raises `StoreUnavailable` and `DeadLetterUnavailable`; then what is not settled yet stays requested.
    """
    replay = Replay(letters=letters, router=router, store=store, clock=clock)
    next(replay.run(letters.sizes(Selection(requested=True), most=MOST_ARRIVALS)), None)
    return replay.tally


def _telling(arrivals: Sequence[Arrival], letter: Letter) -> Sequence[Arrival]:
    """The arrivals that say when the message held: what a broker had kept counts only if nothing else is."""
    live = [arrival for arrival in arrivals if not arrival.retained]
    return live or arrivals or [Arrival(letter.received_ms, retained=False)]


def _values(point: Point) -> int:
    return len(point.fields) - ("quality" in point.fields) if point.measurement is READINGS else 1


def _portions(sizes: Sequence[tuple[int, int, int]]) -> Iterator[list[int]]:
    """Numbers of letters that are settled together: bounded in arrivals and bytes, at least one."""
    portion: list[int] = []
    arrivals = taken = 0
    for number, seen, length in sizes:
        if portion and (arrivals + seen > MOST_ARRIVALS or taken + length > MOST_BYTES):
            yield portion
            portion, arrivals, taken = [], 0, 0
        portion.append(number)
        arrivals += seen
        taken += length
    if portion:
        yield portion
