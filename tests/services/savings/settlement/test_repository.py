from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from services.savings.contract.model import SettlementState
from services.savings.settlement.document import data_sha256, settle
from services.savings.settlement.events import MAY, REASONED, Amount, Event, Kind, Role
from services.savings.settlement.repository import Contracts, Settlements
from services.savings.settlement.standing import Stage
from services.savings.settlement.states import StepRefused
from services.savings.settlement.waiting import WaitingList, Waits, waits_for
from services.savings.tables import SettlementRow
from tests.services.savings.conftest import Town
from tests.services.savings.examples import document, frozen

AT = datetime(2025, 7, 3, tzinfo=UTC)
LATER = datetime(2025, 7, 9, tzinfo=UTC)


@pytest.fixture
def settlements(town: Town) -> Settlements:
    Contracts(town.sessions).put(document(), AT)
    return Settlements(town.sessions)


def test_contracts_come_back_as_they_were_put(town: Town) -> None:
    contracts = Contracts(town.sessions)
    assert contracts.get("emc-001") is None
    contracts.put(document(), AT)
    assert contracts.get("emc-001") == document()
    contracts.put(document("custody"), LATER)
    assert contracts.all() == [document("custody")]
    assert contracts.on_file(after="emc-001") == []


def test_a_settlement_is_kept_as_its_document(settlements: Settlements) -> None:
    made = settle(frozen())
    kept, new = settlements.add(made, AT)
    assert (kept.version, kept.state, new) == (1, SettlementState.DRAFT, True)
    again = settlements.get("emc-001", "2025-06")
    assert again is not None
    assert again.document == made
    assert again.institution == "hall"
    assert again.settled_at == AT
    assert again.esco_fee_yuan == Decimal(made["results"]["esco_fee_yuan"])
    assert settlements.get("emc-001", "2025-07") is None


def test_the_same_inputs_add_no_version(settlements: Settlements) -> None:
    settlements.add(settle(frozen()), AT)
    kept, new = settlements.add(settle(frozen()), LATER)
    assert (kept.version, kept.settled_at, new) == (1, AT, False)


def test_other_inputs_are_a_new_version_with_the_difference(settlements: Settlements) -> None:
    first, _ = settlements.add(settle(frozen()), AT)
    second, new = settlements.add(settle(frozen(remaining=0.5)), LATER)
    assert (second.version, new) == (2, True)
    assert first.esco_fee_yuan is not None
    assert second.esco_fee_yuan is not None
    assert second.difference_yuan == second.esco_fee_yuan - first.esco_fee_yuan < 0
    states = [(row.version, row.state.value) for row in settlements.of_contract("emc-001")]
    assert states == [(1, "superseded"), (2, "draft")]
    old = settlements.get("emc-001", "2025-06", version=1)
    assert old is not None
    assert old.document == first.document


def test_a_held_month_has_no_fee_and_no_difference(settlements: Settlements) -> None:
    held, _ = settlements.add(settle(frozen(lost_days=3)), AT)
    assert (held.state, held.esco_fee_yuan) == (SettlementState.HELD, None)
    draft, _ = settlements.add(settle(frozen()), LATER)
    assert (draft.version, draft.state, draft.difference_yuan) == (2, SettlementState.DRAFT, None)


def test_the_newest_state_of_each_month(settlements: Settlements) -> None:
    settlements.add(settle(frozen()), AT)
    second, _ = settlements.add(settle(frozen(remaining=0.5)), LATER)
    settlements.add(settle(frozen("2025-07", lost_days=9)), LATER)
    states = settlements.latest_states("emc-001")
    assert states["2025-06"] == (SettlementState.DRAFT, second.input_sha256)
    assert states["2025-07"][0] is SettlementState.HELD
    assert settlements.latest_states("emc-002") == {}


def test_two_writers_at_once_do_not_overwrite(settlements: Settlements, town: Town) -> None:
    kept, _ = settlements.add(settle(frozen()), AT)
    twin = SettlementRow(
        contract="emc-001", month="2025-06", version=1, state="draft", settled_at=LATER, input_sha256="0",
        document="{}",
    )  # fmt: skip
    with pytest.raises(IntegrityError), town.sessions.begin() as session:
        session.add(twin)
    found = settlements.get("emc-001", "2025-06")
    assert found == kept


def say(kind: Kind, role: Role, version: int = 1, by: str = "Li") -> Event:
    return Event(version, kind, by, role, LATER, "so" if kind in REASONED else None)


def row(town: Town, version: int = 1) -> SettlementRow:
    with town.sessions() as session:
        found = session.get(SettlementRow, ("emc-001", "2025-06", version))
        assert found is not None
        return found


def test_what_stands_beside_a_version_follows_from_its_events(settlements: Settlements, town: Town) -> None:
    settlements.add(settle(frozen()), AT)
    disputed = replace(say(Kind.DISPUTE, Role.CLIENT), lines=(Amount(1, Decimal("1.50")),))
    for wish in (disputed, say(Kind.CONFIRM, Role.CLIENT), say(Kind.CONFIRM, Role.ESCO)):
        assert settlements.step("emc-001", "2025-06", wish)
        standing = settlements.standings("emc-001")["2025-06"][-1]
        kept = row(town)
        assert kept.state == standing.state
        assert kept.disputed_yuan == Decimal("1.50") == standing.yuan_at(Stage.DISPUTED)
    assert kept.agreed_at == LATER
    settlements.add(settle(frozen(remaining=0.5)), LATER)
    assert row(town).restated_sha256 == data_sha256(frozen(remaining=0.5))
    settlements.add(settle(frozen()), LATER)
    assert row(town).restated_sha256 is None
    assert settlements.step("emc-001", "2025-06", say(Kind.CORRECT, Role.ESCO), settle(frozen(remaining=0.5)))
    assert (row(town).state, row(town).disputed_yuan) == ("superseded", None)
    assert row(town, 2).difference_kwh is not None


def test_a_refused_step_keeps_nothing(settlements: Settlements) -> None:
    settlements.add(settle(frozen()), AT)
    before = settlements.standings("emc-001")
    with pytest.raises(StepRefused):
        settlements.step("emc-001", "2025-06", say(Kind.PAY, Role.CLIENT))
    with pytest.raises(StepRefused, match="nothing is measured yet"):
        settlements.step("emc-001", "2025-07", say(Kind.CONFIRM, Role.CLIENT))
    with pytest.raises(StepRefused):
        settlements.step("emc-001", "2025-06", say(Kind.RELEASE, Role.CLIENT), settle(frozen()))
    assert settlements.standings("emc-001") == before


def test_steps_at_the_same_moment_are_taken_one_after_the_other(settlements: Settlements) -> None:
    settlements.add(settle(frozen()), AT)

    def confirm(number: int) -> bool:
        role = (Role.CLIENT, Role.ESCO)[number % 2]
        return settlements.step("emc-001", "2025-06", say(Kind.CONFIRM, role))

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(confirm, range(8)))
    assert taken.count(True) == 2
    standing = settlements.standings("emc-001")["2025-06"][-1]
    assert standing.state is SettlementState.CONFIRMED
    assert len(standing.events) == 3


def test_versions_tell_figures_without_documents_also_of_rows_that_kept_none(
    settlements: Settlements, town: Town
) -> None:
    settlements.add(settle(frozen()), AT)
    before = settlements.versions("emc-001")
    with town.sessions.begin() as session:
        session.execute(update(SettlementRow).values(figures=None))
    assert settlements.versions("emc-001") == before
    assert before[0].period.savings_kwh > 0
    assert settlements.versions("emc-001", "2025-07") == []


def test_what_waits_is_counted_and_told_by_month_and_contract(settlements: Settlements, town: Town) -> None:
    for code in ("emc-001", "emc-000"):
        Contracts(town.sessions).put(document().model_copy(update={"code": code}), AT)
        for month in ("2025-06", "2025-07"):
            inputs = frozen(month)
            inputs["contract"]["code"] = code
            settlements.add(settle(inputs), AT)
    settlements.add(settle(frozen("2025-08", lost_days=9)), AT)
    for kind, role in ((Kind.CONFIRM, Role.CLIENT), (Kind.CONFIRM, Role.ESCO), (Kind.ISSUE, Role.ESCO),
                       (Kind.PAY, Role.CLIENT)):  # fmt: skip
        settlements.step("emc-001", "2025-06", say(kind, role))
    waiting = WaitingList(town.sessions)
    assert [(one.month, one.contract) for one in waiting.page()] == [
        ("2025-06", "emc-000"), ("2025-07", "emc-000"), ("2025-07", "emc-001"), ("2025-08", "emc-001"),
    ]  # fmt: skip
    after = waiting.page(after=("2025-07", "emc-000"), limit=1)
    assert [(one.month, one.contract) for one in after] == [("2025-07", "emc-001")]
    counts = waiting.counts()
    assert (counts[Waits.OPEN], counts[Waits.PAID], counts[Waits.HELD], counts[Waits.DRAFT]) == (4, 1, 1, 3)
    assert waits_for(waiting.page(Waits.HELD)[0].standing) == {Kind.RELEASE: MAY[Kind.RELEASE]}
    assert waiting.page(Waits.PAID)[0].standing.state is SettlementState.PAID
    assert waits_for(waiting.page(Waits.PAID)[0].standing) == {}
