"""Cases and decisions in the database: found, decided, superseded, withdrawn, never overwritten."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.database import Sessions, Table, open_database, session_factory
from services.metering.cases import Case, DecisionRefused, Key, Kind, State, Wish, place_of, read_id
from services.metering.doubts import Doubt
from services.metering.quarantine import Quarantine
from services.metering.repository import Registry
from services.metering.rulings import Verdict
from tests.services.metering.documents import document, institution, meter

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
FALL = Doubt(
    1_000, 1_000, 2_000, 500.0, 0.2, None, "step-back", {"fell": 499.8, "top": 9e5}, {Verdict.RESET: 0.2}
)
RATED = {"rise": 98.0, "hours": 1.0, "rated_kw": 20.0, "most": 40.0}
RISE = Doubt(5_000, 5_000, 6_000, 1.0, 99.0, None, "beyond-rated", RATED, {Verdict.COUNT: 98.0})
SPIKE = Doubt(8_500, 8_000, 9_000, 3.0, 5.0, 700.0, "stray", {}, {Verdict.RESTORE: None})


class Desk:
    """A quarantine whose clock goes on by a minute at each look."""

    def __init__(self, sessions: Sessions) -> None:
        self.now = NOW
        self.quarantine = Quarantine(sessions, self.clock)

    def clock(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def settle(self, *found: Doubt, code: str = "m", channel: str = "energy_kwh", **span: int) -> None:
        self.quarantine.round().settle(code, channel, found, **span)

    def states(self) -> dict[int, str]:
        return {case.doubt.at_ms: str(case.state) for case in self.quarantine.cases()}

    def decide(self, doubt: Doubt, *, accept: bool = True, **wish: object) -> Case:
        told = {"by": "王敏", "reason": "现场核对", **wish}
        case = self.quarantine.decide(key(doubt), Wish(accept, **told))  # type: ignore[arg-type]
        assert case is not None
        return case


def key(doubt: Doubt, code: str = "m") -> Key:
    return code, "energy_kwh", *place_of(doubt)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    sessions = session_factory(engine)
    meters = [meter(code, "a") for code in ("m", "n")]
    Registry(sessions).apply(document(institutions=[institution("a")], meters=meters))
    yield Desk(sessions)
    engine.dispose()


def test_what_is_found_is_an_open_case_with_all_its_figures(desk: Desk) -> None:
    desk.settle(FALL, SPIKE)
    spike, fall = desk.quarantine.cases()
    assert (fall.doubt, fall.state, fall.decisions) == (FALL, State.OPEN, ())
    assert (spike.doubt, spike.id) == (SPIKE, "m:energy_kwh:8500:reading")
    assert fall.found_at == NOW + timedelta(minutes=1)
    assert desk.quarantine.case(key(FALL)) == fall
    assert desk.quarantine.case(key(RISE)) is None
    assert desk.quarantine.counts() == dict.fromkeys(State, 0) | {State.OPEN: 2}


def test_found_again_it_is_the_same_case(desk: Desk) -> None:
    desk.settle(FALL)
    before = desk.quarantine.cases()
    desk.settle(FALL)
    assert desk.quarantine.cases() == before


def test_what_late_readings_explain_is_withdrawn_within_the_range_told(desk: Desk) -> None:
    desk.settle(FALL, RISE)
    desk.settle(start_ms=2_000, end_ms=5_000)
    desk.settle(channel="water_m3")
    desk.settle(code="n")
    assert desk.states() == {1_000: "open", 5_000: "open"}
    desk.settle(start_ms=5_000, end_ms=5_001)
    assert desk.states() == {1_000: "open", 5_000: "withdrawn"}
    desk.settle(FALL, RISE)
    assert desk.states() == {1_000: "open", 5_000: "open"}


def test_cases_are_listed_the_latest_first_and_paged(desk: Desk) -> None:
    desk.settle(FALL, RISE)
    desk.settle(RISE, code="n")
    desk.settle(RISE, channel="water_m3")
    every = [case.id for case in desk.quarantine.cases()]
    assert every == ["m:energy_kwh:5000", "m:water_m3:5000", "n:energy_kwh:5000", "m:energy_kwh:1000"]
    seen: list[str] = []
    after = None
    while page := desk.quarantine.cases(after=after, limit=1):
        seen += [case.id for case in page]
        after = read_id(page[-1].id)
    assert seen == every
    assert [case.id for case in desk.quarantine.cases(meter="n")] == every[2:3]
    desk.decide(FALL)
    assert [case.id for case in desk.quarantine.cases(states=[State.ACCEPTED])] == every[3:]


@pytest.mark.parametrize(
    ("doubt", "wish", "verdict", "amount", "state"),
    [
        (FALL, {}, Verdict.RESET, 0.2, State.ACCEPTED),
        (RISE, {"verdict": Verdict.COUNT}, Verdict.COUNT, 98.0, State.ACCEPTED),
        (SPIKE, {}, Verdict.RESTORE, None, State.ACCEPTED),
        (FALL, {"accept": False}, Verdict.DISCARD, None, State.REJECTED),
    ],
)
def test_a_decision_is_on_record_with_who_when_and_why(
    desk: Desk, doubt: Doubt, wish: dict[str, object], verdict: Verdict, amount: float | None, state: State
) -> None:
    desk.settle(doubt)
    case = desk.decide(doubt, **wish)  # type: ignore[arg-type]
    (made,) = case.decisions
    assert (case.state, made.verdict, made.amount, made.stands) == (state, verdict, amount, True)
    assert (made.by, made.reason, made.decided_at) == ("王敏", "现场核对", desk.now)
    assert desk.quarantine.case(key(doubt)) == case


def test_a_later_decision_supersedes_and_overwrites_nothing(desk: Desk) -> None:
    desk.settle(FALL)
    desk.decide(FALL)
    case = desk.decide(FALL, accept=False, by="李强", reason="电表更换")
    assert [(one.verdict, one.by, one.stands) for one in case.decisions] == [
        (Verdict.RESET, "王敏", False), (Verdict.DISCARD, "李强", True),
    ]  # fmt: skip
    assert case.state is State.REJECTED
    (ruling,) = desk.quarantine.round().rulings("m", "energy_kwh")
    assert ruling.verdict is Verdict.DISCARD


def test_the_same_decision_again_changes_nothing(desk: Desk) -> None:
    desk.settle(FALL)
    once = desk.decide(FALL)
    assert desk.decide(FALL) == once
    assert len(desk.decide(FALL, reason="再次核对").decisions) == 2


def test_a_decision_holds_through_later_computations(desk: Desk) -> None:
    desk.settle(FALL)
    desk.decide(FALL)
    desk.settle(FALL)
    assert desk.states() == {1_000: "accepted"}


def test_on_other_figures_the_case_is_open_again_and_the_decision_stays_on_record(desk: Desk) -> None:
    desk.settle(FALL)
    desk.decide(FALL)
    desk.settle(replace(FALL, after=0.1))
    (case,) = desk.quarantine.cases()
    assert case.state is State.OPEN
    assert [one.stands for one in case.decisions] == [False]
    desk.settle()
    assert desk.states() == {1_000: "withdrawn"}
    desk.settle(FALL)
    assert desk.states() == {1_000: "accepted"}


def test_a_decision_that_does_not_fit_is_refused_and_leaves_no_trace(desk: Desk) -> None:
    only_ledger = replace(RISE, code="replacement-unknown", figures={}, choices={})
    desk.settle(FALL, only_ledger)
    for doubt, wish, said in (
        (FALL, {"verdict": Verdict.COUNT}, "counts_as: count is none of reset"),
        (FALL, {"version": "000000000000"}, "changed: "),
        (only_ledger, {}, "ledger: "),
    ):
        with pytest.raises(DecisionRefused, match=said):
            desk.decide(doubt, **wish)
    assert desk.decide(only_ledger, accept=False).state is State.REJECTED
    desk.settle(only_ledger)
    with pytest.raises(DecisionRefused, match="withdrawn: "):
        desk.decide(FALL)
    assert desk.quarantine.cases()[-1].decisions == ()
    assert desk.quarantine.decide(("m", "energy_kwh", 77, Kind.SPAN), Wish(True, "a", "b")) is None


def test_the_version_changes_with_the_figures_alone(desk: Desk) -> None:
    desk.settle(FALL)
    (case,) = desk.quarantine.cases()
    assert desk.decide(FALL, version=case.version).version == case.version
    desk.settle(replace(FALL, until_ms=2_500))
    assert desk.quarantine.cases()[0].version != case.version


def test_a_roll_up_hears_of_each_decision_until_it_followed(desk: Desk) -> None:
    desk.settle(FALL, RISE)
    desk.decide(FALL)
    first = desk.quarantine.round()
    assert first.waiting() == [("m", 1_000, 2_000)]
    desk.decide(RISE)
    first.followed()
    second = desk.quarantine.round()
    assert second.waiting() == [("m", 5_000, 6_000)]
    second.followed()
    assert desk.quarantine.round().waiting() == []


@pytest.mark.parametrize(
    "text", ["", "m", "m:energy_kwh", "m:energy_kwh:x", "m:energy_kwh:²", f"m:e:{10**20}"]
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert read_id(text) is None


def test_an_id_names_its_case() -> None:
    assert read_id("m.1:energy_kwh:-5") == ("m.1", "energy_kwh", -5, Kind.SPAN)
    assert read_id("m:water_m3:5:reading") == ("m", "water_m3", 5, Kind.READING)
    assert read_id("m:water_m3:5:else") is None
