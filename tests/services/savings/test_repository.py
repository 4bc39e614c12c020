from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy.exc import IntegrityError

from services.savings.model import NEXT_STATES, SettlementState
from services.savings.repository import Contracts, Settlements
from services.savings.settlement import settle
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
    assert contracts.all(after="emc-001") == []


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


def test_states_lead_to_payment_and_every_one_can_be_superseded() -> None:
    path = [SettlementState.DRAFT, SettlementState.CONFIRMED, SettlementState.ISSUED, SettlementState.PAID]
    for state, following in pairwise(path):
        assert following in NEXT_STATES[state]
    ends = {state for state, following in NEXT_STATES.items() if not following}
    assert ends == {SettlementState.SUPERSEDED}
    assert all(
        SettlementState.SUPERSEDED in NEXT_STATES[state] for state in SettlementState if state not in ends
    )
    assert NEXT_STATES[SettlementState.HELD] == {SettlementState.SUPERSEDED}
