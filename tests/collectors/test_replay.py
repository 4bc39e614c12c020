"""Replays: what was not understood once is stored later, and nothing is lost on the way."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import replay as replay_module
from collectors.decoders import Decoder, Reject, Report
from collectors.replay import LINE, Replay, Tally, replay_requested
from collectors.routing import Router
from services.deadletters.letters import EVERY, DeadLetters, DeadLetterUnavailable, Letter
from services.deadletters.selection import Selection
from services.timeseries.schema import READINGS
from services.timeseries.store import PointsRejected, StoreUnavailable
from tests.collectors.parts import ARRIVAL_MS, TOPIC, Moody

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Words:
    """A device family of this test: `name=value` pairs; it may learn more names later. `@ms` is the time."""

    name = "words"
    filters = ("words/+",)
    stateful = False

    def __init__(self, *known: str) -> None:
        self.known = set(known)

    def decode(self, topic: str, payload: bytes) -> list[Report | Reject]:
        said: list[Report | Reject] = []
        for item, line in enumerate(payload.decode().split()):
            pair, _, at = line.partition("@")
            name, _, value = pair.partition("=")
            if name in self.known:
                device = ("hall", topic.partition("/")[2])
                said.append(Report(READINGS, device, int(at) if at else None, {name: value}, item))
            else:
                said.append(Reject(f"unknown-word: {name}", item))
        return said


class Bench:
    """A file of letters and a real store, with a decoder that can be taught."""

    def __init__(self, folder: Path, *known: str) -> None:
        self.words = Words(*known)
        self.letters = DeadLetters(folder / "dead.db", collector="c1")
        self.store = Moody(folder / "readings.db")
        self.store.prepare()
        decoders: Sequence[Decoder] = (self.words,)
        self.router = Router(decoders, ZONE)

    def keep(
        self, payload: str, *, topic: str = "words/m1", at_ms: int = ARRIVAL_MS, retained: bool = False
    ) -> None:
        """Keep a message as the pipeline would."""
        understood = self.router.understand(topic, payload.encode(), at_ms)
        rejects = tuple(understood.rejects) or (Reject("unknown-topic: x"),)
        self.letters.add(
            [Letter(at_ms, topic, payload.encode(), understood.decoder, rejects, retained=retained)]
        )

    def replay(self, selection: Selection = EVERY, *, dry: bool = False) -> Tally:
        replay = Replay(
            letters=self.letters, router=self.router, store=self.store, dry=dry, clock=lambda: NOW
        )
        for _ in replay.run(self.letters.sizes(selection)):
            pass
        return replay.tally

    def stored(self) -> dict[tuple[str, int, str], float]:
        """Every value but the quality, by meter, time and channel."""
        return {
            (series.tags["meter"], int(at), name): float(value)
            for series in self.store.read(READINGS)
            for name, column in series.fields.items()
            for at, value in zip(series.times_ms, column, strict=True)
            if name != "quality" and not isnan(value)
        }


def test_what_is_understood_now_is_stored_as_of_its_arrival_and_its_letter_goes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("energy_kwh=5")
    bench.words.known.add("energy_kwh")
    tally = bench.replay()
    assert (tally.stored, tally.removed, tally.kept) == (1, 1, 0)
    assert bench.stored() == {("m1", ARRIVAL_MS, "energy_kwh"): 5.0}
    assert bench.letters.count() == 0


def test_what_is_still_rejected_keeps_its_letter_with_the_new_reasons(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("energy_kwh=5 power_kw=2 wind=3")
    bench.words.known |= {"energy_kwh", "power_kw"}
    tally = bench.replay()
    assert (tally.stored, tally.removed, tally.kept) == (2, 0, 1)
    assert tally.left == {"unknown-word": 1}
    (left,) = bench.letters.newest(9)
    assert left.rejects == (Reject("unknown-word: wind", 2),)
    assert (left.rejected, left.replayed_ms) == (1, round(NOW.timestamp() * 1000))
    assert left.payload == b"energy_kwh=5 power_kw=2 wind=3"


def test_a_replay_can_be_repeated(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "energy_kwh")
    bench.keep(f"energy_kwh=5@{ARRIVAL_MS - 7} wind=3")
    bench.replay()
    once = bench.stored()
    bench.replay()
    assert bench.stored() == once == {("m1", ARRIVAL_MS - 7, "energy_kwh"): 5.0}
    assert bench.letters.count() == 1


def test_each_arrival_of_a_payload_without_a_time_is_a_reading_of_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for minute in range(4):
        bench.keep("power_kw=2", at_ms=ARRIVAL_MS + 60_000 * minute)
    assert bench.letters.count() == 1
    bench.words.known.add("power_kw")
    assert bench.replay().stored == 4
    assert sorted(at for _, at, _ in bench.stored()) == [ARRIVAL_MS + 60_000 * n for n in range(4)]
    assert bench.letters.count() == 0


def test_a_payload_with_its_own_time_is_decoded_no_more_often_than_needed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for second in range(50):
        bench.keep(f"power_kw=2@{ARRIVAL_MS}", at_ms=ARRIVAL_MS + 1000 * second)
    bench.words.known.add("power_kw")
    assert bench.replay().stored == 1
    assert bench.stored() == {("m1", ARRIVAL_MS, "power_kw"): 2.0}


def test_a_time_that_was_ahead_at_the_first_arrival_is_taken_as_of_the_last(tmp_path: Path) -> None:
    day_ms = 86_400_000
    bench = Bench(tmp_path, "power_kw")
    ahead = ARRIVAL_MS + 3 * day_ms
    bench.keep(f"power_kw=2@{ahead}")
    assert bench.replay().left == {"time-in-future": 1}
    bench.keep(f"power_kw=2@{ahead}", at_ms=ahead + 1)
    assert bench.replay().removed == 1
    assert bench.stored() == {("m1", ahead, "power_kw"): 2.0}


def test_what_a_broker_had_kept_is_not_taken_for_a_reading_of_its_arrival(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("power_kw=2", retained=True)
    bench.words.known.add("power_kw")
    assert bench.replay().left == {"retained-without-time": 1}
    assert bench.stored() == {}
    bench.keep("power_kw=2", at_ms=ARRIVAL_MS + 5)
    assert bench.replay().removed == 1
    assert bench.stored() == {("m1", ARRIVAL_MS + 5, "power_kw"): 2.0}


def test_a_dry_run_counts_and_changes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("energy_kwh=5")
    bench.keep("wind=5")
    before = bench.letters.newest(9)
    bench.words.known.add("energy_kwh")
    tally = bench.replay(dry=True)
    assert (tally.stored, tally.removed, tally.kept) == (1, 1, 1)
    assert bench.store.writes == []
    assert bench.letters.newest(9) == before


def test_a_store_that_is_away_leaves_every_letter(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("energy_kwh=5")
    bench.words.known.add("energy_kwh")

    def away(_: object) -> None:
        raise StoreUnavailable("down")

    bench.store.mood = away
    with pytest.raises(StoreUnavailable):
        bench.replay()
    assert bench.letters.newest(9)[0].replayed_ms is None
    bench.store.mood = lambda _: None
    assert bench.replay().removed == 1


def test_a_replay_that_dies_after_the_write_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path)
    bench.keep("energy_kwh=5")
    bench.words.known.add("energy_kwh")

    def die(*_: object, **__: object) -> int:
        raise DeadLetterUnavailable("killed")

    monkeypatch.setattr(bench.letters, "settle", die)
    with pytest.raises(DeadLetterUnavailable):
        bench.replay()
    monkeypatch.undo()
    assert bench.letters.count() == 1
    assert bench.replay().removed == 1
    assert bench.stored() == {("m1", ARRIVAL_MS, "energy_kwh"): 5.0}


def test_points_the_store_never_takes_stay_rejected(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("energy_kwh=5 power_kw=1")
    bench.words.known |= {"energy_kwh", "power_kw"}

    def refuse(points: Sequence[object]) -> None:
        raise PointsRejected([(1, "too odd")])

    bench.store.mood = refuse
    assert bench.replay().stored == 1
    assert bench.letters.newest(1)[0].rejects == (Reject("store-rejected: too odd", 1),)


def test_a_message_that_arrives_again_meanwhile_keeps_its_letter(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("power_kw=2")
    bench.words.known.add("power_kw")

    def again(_: object) -> None:
        bench.store.mood = lambda _: None
        bench.keep("power_kw=2", at_ms=ARRIVAL_MS + 9)

    bench.store.mood = again
    tally = bench.replay()
    assert (tally.removed, tally.kept) == (0, 1)
    assert bench.replay().removed == 1
    assert sorted(at for _, at, _ in bench.stored()) == [ARRIVAL_MS, ARRIVAL_MS + 9]


def test_a_letter_dropped_meanwhile_stays_dropped(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("energy_kwh=1 wind=2")
    bench.words.known.add("energy_kwh")

    def drop(_: object) -> None:
        bench.letters.drop_all()

    bench.store.mood = drop
    bench.replay()
    assert bench.letters.count() == 0


def test_a_line_of_a_file_is_left_with_its_reasons(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    line = Letter(ARRIVAL_MS, "csv:a.csv:7", b"hall,main,x,1", "csv", (Reject("unreadable-time: 'x'"),))
    bench.letters.add([line])
    assert bench.replay().left == {LINE: 1}
    assert bench.letters.newest(1)[0].rejects == line.rejects


def test_a_topic_without_a_decoder_is_still_unknown(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("x", topic=TOPIC)
    assert bench.replay().left == {"unknown-topic": 1}


def test_many_letters_are_settled_in_portions_that_bound_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_module, "MOST_ARRIVALS", 3)
    monkeypatch.setattr(replay_module, "MOST_BYTES", 40)
    monkeypatch.setattr(replay_module, "_MOST_POINTS", 2)
    bench = Bench(tmp_path)
    for n in range(8):
        bench.keep(f"energy_kwh={n}", topic=f"words/m{n}")
    bench.keep("power_kw=1 " * 9)
    bench.words.known |= {"energy_kwh", "power_kw"}
    replay = Replay(letters=bench.letters, router=bench.router, store=bench.store)
    assert list(replay.run(bench.letters.sizes())) == [3, 6, 8, 9]
    assert max(len(points) for points in bench.store.writes) == 9
    assert bench.letters.count() == 0
    assert len(bench.stored()) == 9


def test_only_requested_letters_are_replayed_and_a_little_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_module, "MOST_ARRIVALS", 2)
    bench = Bench(tmp_path)
    for n in range(5):
        bench.keep(f"energy_kwh={n}", topic=f"words/m{n}")
    bench.words.known.add("energy_kwh")
    assert bench.letters.request(Selection(ids=[1, 2, 4]), at_ms=7) == 3
    removed = [
        replay_requested(letters=bench.letters, router=bench.router, store=bench.store).removed
        for _ in range(3)
    ]
    assert removed == [2, 1, 0]
    assert [letter.topic for letter in bench.letters.select(EVERY)] == ["words/m2", "words/m4"]


def test_a_requested_letter_that_stays_is_no_longer_requested(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep("wind=1")
    bench.letters.request(EVERY, at_ms=7)
    assert bench.letters.newest(1)[0].requested_ms == 7
    tally = replay_requested(letters=bench.letters, router=bench.router, store=bench.store)
    assert tally.kept == 1
    assert bench.letters.count(Selection(requested=True)) == 0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["energy_kwh", "power_kw", "wind"]), min_size=1, max_size=4),
            st.integers(0, 3),
        ),
        max_size=8,
    )
)
def test_whatever_was_kept_is_stored_or_still_kept(
    tmp_path_factory: pytest.TempPathFactory, messages: list[tuple[list[str], int]]
) -> None:
    """The ledger: every pair of every message is in the store once it is known, else its letter is there."""
    bench = Bench(tmp_path_factory.mktemp("ledger"))
    expected = set()
    for names, minute in messages:
        at_ms = ARRIVAL_MS + 60_000 * minute
        bench.keep(" ".join(f"{name}=1" for name in names), at_ms=at_ms)
        expected |= {("m1", at_ms, name) for name in names if name != "wind"}
    bench.words.known |= {"energy_kwh", "power_kw"}
    bench.replay()
    assert set(bench.stored()) == expected
    left = {letter.payload.decode() for letter in bench.letters.select(EVERY)}
    assert left == {" ".join(f"{n}=1" for n in names) for names, _ in messages if "wind" in names}
    bench.letters.close()
    bench.store.close()
