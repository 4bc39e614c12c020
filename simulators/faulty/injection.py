"""How each kind of fault is done to a site, and undone."""

from collections.abc import Callable
from dataclasses import dataclass

from simulators.faulty.link import Link
from simulators.faulty.moods import Mood
from simulators.faulty.plan import Fault, Kind
from simulators.faulty.programs import Collector
from simulators.faulty.site import Site

STOP_WITHIN_S = 5.0


_MOODS = {
    Kind.ANSWER_LOST: Mood(passed_on=1.0, lost=True),
    Kind.HALF_WRITTEN: Mood(500, passed_on=0.5),
    Kind.ANSWERS_400: Mood(400, times=3),
    Kind.ANSWERS_401: Mood(401),
    Kind.ANSWERS_413: Mood(413, over=8_192),
    Kind.ANSWERS_422: Mood(422, times=3, passed_on=0.3),
    Kind.ANSWERS_429: Mood(429, retry_after_s=1),
    Kind.ANSWERS_500: Mood(500, passed_on=1.0),
    Kind.ANSWERS_503: Mood(503, retry_after_s=1),
}


def _nothing() -> None:
    """Some faults are over by themselves."""


def _at_once() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that was done: how it is undone, and whether it has met anybody yet."""

    undo: Callable[[], None] = _nothing
    struck: Callable[[], bool] = _at_once
    trouble: str = ""
    """What the victim did wrong already."""


def inject(site: Site, fault: Fault) -> Injected:
    """Do it."""
    if fault.kind in _MOODS:
        before = site.store.struck
        site.store.take(_MOODS[fault.kind])
        return Injected(lambda: site.store.take(None), lambda: site.store.struck > before)
    return _DONE_BY[fault.kind](site, hit(site, fault), fault)


def hit(site: Site, fault: Fault) -> Collector:
    """The collector that a fault is for."""
    return site.collectors[int(fault.chance * len(site.collectors))]


def end_within(site: Site, fault: Fault) -> tuple[Kind, Injected]:
    """End the collector while another fault lasts, one way or the other."""
    collector = hit(site, fault)
    if fault.chance * 4 % 2 < 1:
        return Kind.KILLED_WITHIN, _kill_collector(site, collector, fault)
    return Kind.STOPPED_WITHIN, _stop_collector(site, collector, fault)


def stop(collector: Collector) -> str:
    """End a collector in order; what it did wrong, or nothing."""
    collector.wait_until_it_can_stop()
    code, seconds = collector.terminate(2 * STOP_WITHIN_S)
    if code == 0 and seconds <= STOP_WITHIN_S:
        return ""
    return f"{collector.name} ended with {code} {seconds:.1f} s after SIGTERM"


def _kill_collector(_site: Site, collector: Collector, _fault: Fault) -> Injected:
    collector.kill()
    return Injected(collector.start)


def _stop_collector(_site: Site, collector: Collector, _fault: Fault) -> Injected:
    trouble = stop(collector)
    return Injected(collector.start, trouble=trouble)


def _kill_broker(site: Site, _collector: Collector, _fault: Fault) -> Injected:
    site.broker.kill()
    return Injected(site.broker.start)


def _kill_database(site: Site, _collector: Collector, _fault: Fault) -> Injected:
    site.database.kill()
    return Injected(site.database.start)


def _freeze_database(site: Site, _collector: Collector, _fault: Fault) -> Injected:
    site.database.freeze()
    return Injected(site.database.resume)


def _reset_broker(site: Site, _collector: Collector, _fault: Fault) -> Injected:
    site.broker_link.refuse()
    return Injected(site.broker_link.restore)


def _silence_broker(site: Site, _collector: Collector, fault: Fault) -> Injected:
    return _silence(site.broker_link, fault)


def _silence_database(site: Site, _collector: Collector, fault: Fault) -> Injected:
    return _silence(site.database_link, fault)


def _silence(link: Link, fault: Fault) -> Injected:
    link.silence()

    def undo() -> None:
        if fault.chance < 0.5:  # as when a firewall has forgotten the connection
            link.reset()
        link.restore()

    return Injected(undo)


def _break_broker(site: Site, _collector: Collector, fault: Fault) -> Injected:
    before = site.broker_link.broken
    site.broker_link.break_after(round(20_000 * fault.chance))
    return Injected(site.broker_link.restore, lambda: site.broker_link.broken > before)


def _reset_gateway(site: Site, _collector: Collector, _fault: Fault) -> Injected:
    site.gateway_link.refuse()
    return Injected(site.gateway_link.restore)


def _reset_database(site: Site, _collector: Collector, _fault: Fault) -> Injected:
    site.database_link.refuse()
    return Injected(site.database_link.restore)


def _fill_disk(site: Site, _collector: Collector, _fault: Fault) -> Injected:
    for collector in site.collectors:
        collector.fill_disk()

    def undo() -> None:
        for collector in site.collectors:
            collector.free_disk()

    return Injected(undo)


_DONE_BY: dict[Kind, Callable[[Site, Collector, Fault], Injected]] = {
    Kind.COLLECTOR_KILLED: _kill_collector,
    Kind.COLLECTOR_STOPPED: _stop_collector,
    Kind.BROKER_KILLED: _kill_broker,
    Kind.DATABASE_KILLED: _kill_database,
    Kind.DATABASE_FROZEN: _freeze_database,
    Kind.BROKER_RESET: _reset_broker,
    Kind.BROKER_SILENT: _silence_broker,
    Kind.BROKER_BROKEN: _break_broker,
    Kind.GATEWAY_RESET: _reset_gateway,
    Kind.DATABASE_RESET: _reset_database,
    Kind.DATABASE_SILENT: _silence_database,
    Kind.DISK_FULL: _fill_disk,
}
