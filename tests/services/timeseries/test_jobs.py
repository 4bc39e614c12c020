"""The roll-up job: follows readings by the store's cursor, and meters by their descriptions."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from services.clock import system_clock
from services.database import Sessions, Table, open_database, session_factory
from services.metering.quarantine import Quarantine
from services.metering.repository import Registry
from services.scheduling import Job, JobState, run_cycle
from services.timeseries.jobs import OnChanged, job
from services.timeseries.rollups import RolledUp
from services.timeseries.schema import INTERVAL_DAY
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import StoreUnavailable
from tests.services.metering.documents import document, institution, line, meter
from tests.services.timeseries.meters import SHANGHAI, reading, write_all


class House:
    """A store, a registry and the job between them."""

    def __init__(self, store: SqliteStore, sessions: Sessions) -> None:
        self.store, self.sessions, self.registry = store, sessions, Registry(sessions)
        self.heard: list[RolledUp] = []
        self.quarantine = Quarantine(sessions, system_clock)
        self.job = self.rollup(self.hear)

    def rollup(self, on_changed: OnChanged | None = None) -> Job:
        """The job, with another listener."""
        return job(
            store=self.store, registry=self.registry, zone=SHANGHAI, quarantine=self.quarantine,
            on_changed=on_changed,
        )  # fmt: skip

    def hear(self, changed: Sequence[RolledUp]) -> None:
        self.heard += changed

    def cycle(self, *jobs: Job) -> list[RolledUp]:
        """Run one cycle that must succeed; what it told."""
        self.heard = []
        assert run_cycle(jobs or [self.job], self.sessions, system_clock)
        return self.heard

    def register(self, *codes: str, **fields: object) -> None:
        self.registry.apply(
            document(
                institutions=[institution("bureau")], meters=[meter(c, "bureau", **fields) for c in codes]
            )
        )

    def measured(self) -> dict[str, list[float]]:
        rows = self.store.read(INTERVAL_DAY)
        return {row.tags["meter"]: row.fields["measured"].tolist() for row in rows}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    store = SqliteStore(tmp_path / "readings.db")
    store.prepare()
    yield House(store, session_factory(engine))
    store.close()
    engine.dispose()


def day_of(house: House, code: str = "main", day: int = 0) -> None:
    """A day of 1 kWh an hour, the first reading of the next included."""
    hours = range(24 * day, 24 * day + 25)
    write_all(house.store, [reading(60 * n, meter=code, energy_kwh=n) for n in hours])


def test_a_cycle_without_anything_is_quiet(house: House) -> None:
    assert house.job.name == "rollup"
    assert house.cycle() == []


def test_readings_before_registration_are_rolled_up_once_registered(house: House) -> None:
    day_of(house)
    assert house.cycle() == []
    assert house.measured() == {}
    house.register("main")
    assert house.cycle() == [RolledUp("main", date(2026, 1, 1), date(2026, 1, 2))]
    assert house.measured() == {"main": [24]}
    assert house.cycle() == []


def test_readings_after_registration_follow_the_cursor(house: House) -> None:
    house.register("main", "light")
    assert house.cycle() == []
    day_of(house)
    assert house.cycle() == [RolledUp("main", date(2026, 1, 1), date(2026, 1, 2))]
    day_of(house, day=1)
    day_of(house, "light")
    assert [changed.meter for changed in house.cycle()] == ["light", "main"]
    assert house.measured() == {"main": [24, 24], "light": [24]}


def test_a_changed_ledger_rolls_the_whole_history_up_anew(house: House) -> None:
    house.register("main")
    for day in range(30):
        day_of(house, day=day)
    house.cycle()
    house.register("main", ledger=[line(ct=40, already_primary=False)])
    assert house.cycle() == [RolledUp("main", date(2026, 1, 1), date(2026, 1, 31))]
    assert house.measured() == {"main": [960] * 30}
    house.register("main", ledger=[line(ct=40, already_primary=False)], use="power")
    assert house.cycle() == []


def test_a_meter_that_awaits_its_roll_up_and_got_readings_is_told_once(house: House) -> None:
    house.register("main")
    day_of(house)
    assert len(house.cycle()) == 1


def test_a_cycle_cut_short_is_made_up_by_the_next(house: House) -> None:
    house.register("main")
    house.cycle()
    day_of(house)

    def fail(_changed: Sequence[RolledUp]) -> None:
        raise StoreUnavailable("gone for a moment")

    broken = house.rollup(fail)
    assert not run_cycle([broken], house.sessions, system_clock)
    with house.sessions() as session:
        state = session.get(JobState, "rollup")
        assert state is not None
        assert state.error == "StoreUnavailable: gone for a moment"
    assert house.cycle() == [RolledUp("main", date(2026, 1, 1), date(2026, 1, 2))]


def test_a_meter_cut_short_keeps_waiting(house: House) -> None:
    day_of(house)
    house.register("main")

    def fail(_changed: Sequence[RolledUp]) -> None:
        raise RuntimeError("no")

    broken = house.rollup(fail)
    assert not run_cycle([broken], house.sessions, system_clock)
    assert len(house.registry.awaiting_rollup()) == 1
    assert len(house.cycle()) == 1


def test_nobody_needs_to_listen(house: House) -> None:
    house.register("main")
    day_of(house)
    house.cycle(house.rollup())
    assert house.measured() == {"main": [24]}


def test_a_store_that_was_replaced_is_followed_from_its_beginning(house: House, tmp_path: Path) -> None:
    house.register("main")
    day_of(house)
    house.cycle()
    fresh = SqliteStore(tmp_path / "fresh.db")
    fresh.prepare()
    moved = House(fresh, house.sessions)
    day_of(moved)
    assert len(moved.cycle()) == 1
    assert moved.measured() == {"main": [24]}
    fresh.close()
