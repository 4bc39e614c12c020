"""A run with a real broker and a collector of a few lines: what is sound, and each thing that is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.faulty.link import Link
from simulators.faulty.moods import MoodyStore
from simulators.faulty.plan import Fault, Kind, Plan
from simulators.faulty.programs import Broker
from simulators.faulty.run import Outcome, Run
from simulators.processes import ProgramFailed
from tests.simulators.faulty.little_collector import LittleCollector

pytestmark = pytest.mark.mosquitto
MESSAGES = 700


class LittleSite:
    """A real broker behind real links; the collector is also what the database has."""

    def __init__(self, folder: Path, broker: Broker, **habits: int | bool) -> None:
        self.deadletters = folder / "letters.db"
        self.broker = broker
        self.gateway_link, self.broker_link = Link(broker.port), Link(broker.port)
        self.store = MoodyStore(1)
        collector = LittleCollector(self.broker_link.port, self.deadletters, **habits)  # type: ignore[arg-type]
        self.contents = collector
        self.collectors = [collector]
        self.measured = 0
        self.failure: ProgramFailed | None = None

    def check(self) -> None:
        """Raise what a test wants to have happened."""
        if self.failure is not None:
            raise self.failure

    def measure(self) -> None:
        """Count how often it was asked."""
        self.measured += 1

    def close(self) -> None:
        """End everything."""
        self.contents.terminate(1)
        for part in (self.gateway_link, self.broker_link, self.store):
            part.__exit__(None, None, None)


@pytest.fixture(name="broker")
def real_broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as broker:
        yield broker


def carry_out(site: LittleSite, *faults: Fault, patience_s: float = 20) -> Outcome:
    """Run the faults in equal shares."""
    limits = tuple(MESSAGES * (number + 1) // len(faults) for number in range(len(faults)))
    plan = Plan(1, MESSAGES, faults, limits)
    try:
        return Run(site, plan, patience_s=patience_s).carry_out()  # type: ignore[arg-type]
    finally:
        site.close()


def test_an_honest_collector_is_sound_through_cuts(tmp_path: Path, broker: Broker) -> None:
    site = LittleSite(tmp_path, broker)
    broker.save()
    outcome = carry_out(
        site,
        Fault(Kind.BROKER_RESET, 50, 0.2, 0.1, settled=True),
        Fault(Kind.GATEWAY_RESET, 300, 0.2, 0.1, settled=False),
        Fault(Kind.BROKER_KILLED, 500, 0.1, 0.1, settled=True),
    )
    assert outcome.trouble == []
    assert outcome.sound
    assert outcome.faults == {Kind.BROKER_RESET: 1, Kind.GATEWAY_RESET: 1, Kind.BROKER_KILLED: 1}
    assert outcome.verdict.published == outcome.verdict.stored > 2_000
    assert outcome.verdict.letters == outcome.verdict.letters_due == 7
    assert len(outcome.outages_s) == 3
    assert min(outcome.outages_s) >= 0.1
    assert len(outcome.recoveries_s) == 3  # two settled ones, and the end
    assert outcome.peak_mib == 12.5
    assert outcome.duration_s > 0.5
    assert site.measured > 0


def test_a_collector_that_forgets_is_found_out(tmp_path: Path, broker: Broker) -> None:
    outcome = carry_out(LittleSite(tmp_path, broker, forgets=100), patience_s=0.5)
    assert not outcome.sound
    assert outcome.verdict.lost + outcome.verdict.letters_lost > 0
    assert "not all was stored 0.5 s after the last fault" in outcome.trouble


def test_messages_that_are_never_acknowledged_are_found(tmp_path: Path, broker: Broker) -> None:
    outcome = carry_out(LittleSite(tmp_path, broker, acknowledges=False))
    assert outcome.verdict.sound
    assert not outcome.sound
    assert outcome.left == MESSAGES
    assert outcome.trouble == [f"{MESSAGES} messages were stored and never acknowledged"]


def test_a_fault_that_nobody_met_is_told(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.faulty.run._STRIKES_WITHIN_S", 0.2)
    fault = Fault(Kind.ANSWERS_503, 50, 0.1, 0.1, settled=False)
    outcome = carry_out(LittleSite(tmp_path, broker), fault)
    assert outcome.verdict.sound
    assert outcome.trouble == [f"nobody met the fault at {fault}"]


def test_a_program_that_ends_by_itself_ends_the_run(tmp_path: Path, broker: Broker) -> None:
    site = LittleSite(tmp_path, broker)
    site.failure = ProgramFailed("influxd-1 ended with exit code 3")
    with pytest.raises(ProgramFailed, match="influxd-1"):
        carry_out(site, Fault(Kind.GATEWAY_RESET, 50, 0.2, 0.1, settled=False))


class Forgetful(Broker):
    """A broker that loses its disk with its life."""

    def kill(self) -> None:
        """SIGKILL, and the file is gone."""
        super().kill()
        (self.folder / "mosquitto.db").unlink(missing_ok=True)


def test_a_broker_that_forgot_its_only_collector_is_told(tmp_path: Path) -> None:
    with Forgetful(tmp_path / "broker") as broker:
        outcome = carry_out(
            LittleSite(tmp_path, broker), Fault(Kind.BROKER_KILLED, 0, 0.0, 0.1, settled=False)
        )
    assert outcome.verdict.lost == 0
    assert outcome.unheard > 0
    assert outcome.trouble == [f"{outcome.unheard} messages came when the broker knew of no collector"]
