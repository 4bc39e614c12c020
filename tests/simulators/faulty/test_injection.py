"""Each kind of fault is done to the part it is for, undone, and knows when it was met."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulators.faulty import injection
from simulators.faulty.injection import Injected, end_within, hit, inject, stop
from simulators.faulty.link import Link
from simulators.faulty.moods import MoodyStore
from simulators.faulty.plan import SINGLE, Fault, Kind
from tests.simulators.faulty.test_programs import WriterWithDisk, until


class LittleSite:
    """Two collectors that write notes instead, and real proxies before nothing."""

    def __init__(self, folder: Path) -> None:
        self.collectors = [WriterWithDisk(folder / name) for name in "ab"]
        self.store = MoodyStore(1)
        self.broker_link, self.gateway_link, self.database_link = Link(1), Link(1), Link(1)


@pytest.fixture(name="site")
def little_site(tmp_path: Path) -> Iterator[LittleSite]:
    with ExitStack() as stack:
        site = LittleSite(tmp_path)
        for part in (site.store, site.broker_link, site.gateway_link, site.database_link):
            stack.enter_context(part)
        for collector in site.collectors:
            stack.push(collector)
        yield site


@pytest.fixture(name="running")
def running_site(site: LittleSite) -> LittleSite:
    for collector in site.collectors:
        collector.start()
    return site


def do(site: LittleSite, kind: Kind, chance: float = 0.0) -> Injected:
    """One fault of a kind."""
    return inject(site, Fault(kind, 0, 1.0, chance, settled=False))  # type: ignore[arg-type]


def test_there_is_a_way_to_do_every_kind() -> None:
    assert sorted([*injection._MOODS, *injection._DONE_BY]) == sorted(SINGLE)


def test_chance_settles_whom_it_hits(site: LittleSite) -> None:
    for chance, number in ((0.0, 0), (0.49, 0), (0.5, 1), (0.99, 1)):
        fault = Fault(Kind.COLLECTOR_KILLED, 0, 1.0, chance, settled=False)
        assert hit(site, fault) is site.collectors[number]  # type: ignore[arg-type]


def test_a_killed_collector_comes_back_by_undoing(running: LittleSite) -> None:
    first, second = (one.pid for one in running.collectors)
    injected = do(running, Kind.COLLECTOR_KILLED, 0.9)
    assert injected.struck()
    injected.undo()
    assert running.collectors[0].pid == first
    assert running.collectors[1].pid != second


def test_a_collector_that_stops_in_order_is_no_trouble(running: LittleSite) -> None:
    assert stop(running.collectors[0]) == ""


def test_one_that_does_not_stop_in_time_is_told_of(
    running: LittleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(injection, "STOP_WITHIN_S", 0.1)
    running.collectors[0].wait_until_it_can_stop()
    running.collectors[0].freeze()
    injected = do(running, Kind.COLLECTOR_STOPPED)
    assert "ended with None" in injected.trouble
    injected.undo()
    assert injection.stop(running.collectors[1]) == ""


def test_collectors_end_within_other_faults_in_both_ways(running: LittleSite) -> None:
    ends = set()
    for chance in (0.0, 0.3, 0.6, 0.9):
        fault = Fault(Kind.DISK_FULL, 0, 1.0, chance, settled=False, deadly=True)
        kind, injected = end_within(running, fault)  # type: ignore[arg-type]
        assert injected.trouble == ""
        injected.undo()
        ends.add(kind)
    assert ends == {Kind.KILLED_WITHIN, Kind.STOPPED_WITHIN}


def test_a_full_disk_is_that_of_every_collector_and_is_freed(running: LittleSite) -> None:
    until(lambda: all(one.size() > 100 for one in running.collectors))
    injected = do(running, Kind.DISK_FULL)
    sizes = [one.size() for one in running.collectors]
    injected.undo()
    until(lambda: all(one.size() > size for one, size in zip(running.collectors, sizes, strict=True)))


def test_a_mood_lasts_until_it_is_undone_and_knows_whether_it_was_met(site: LittleSite) -> None:
    injected = do(site, Kind.ANSWERS_503)
    assert not injected.struck()
    mood = site.store.mood_for(b"a\nb\n")
    assert mood is not None
    assert (mood.status, mood.retry_after_s) == (503, 1)
    assert injected.struck()
    injected.undo()
    assert site.store.mood_for(b"a\nb\n") is None


@pytest.mark.parametrize(
    ("kind", "link"),
    [(Kind.BROKER_RESET, "broker_link"), (Kind.GATEWAY_RESET, "gateway_link"),
     (Kind.DATABASE_RESET, "database_link"), (Kind.BROKER_SILENT, "broker_link"),
     (Kind.DATABASE_SILENT, "database_link")],
)  # fmt: skip
def test_a_link_is_cut_off_until_it_is_undone(site: LittleSite, kind: Kind, link: str) -> None:
    cut: Link = getattr(site, link)
    for chance in (0.1, 0.9):
        injected = do(site, kind, chance)
        assert cut._refusing or not cut.wait_for_flow()
        injected.undo()
        assert not cut._refusing
        assert cut.wait_for_flow()


def test_a_break_waits_for_bytes_to_break_off_in(site: LittleSite) -> None:
    injected = do(site, Kind.BROKER_BROKEN, 0.5)
    assert site.broker_link.may_carry(9_000) == 9_000
    assert not injected.struck()
    assert site.broker_link.may_carry(9_000) == 1_000
    assert injected.struck()
