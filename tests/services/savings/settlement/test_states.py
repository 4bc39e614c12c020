"""The state machine of settlements, as a pure function of events: what is legal, what is said of the rest."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.contract.model import SettlementState
from services.savings.settlement.events import MAY, PARTIES, Amount, Event, Kind, Role
from services.savings.settlement.standing import Stage, Standing
from services.savings.settlement.states import StepRefused, after, possible, standings, told
from services.savings.settlement.steps import fees, just_taken, spelled_out, taken

AT = datetime(2025, 7, 2, tzinfo=UTC)
FEES = (Amount(1, Decimal("100.00")), Amount(2, Decimal("-20.00")))
ORDER = [SettlementState.DRAFT, SettlementState.CONFIRMED, SettlementState.ISSUED, SettlementState.PAID]


def measured(version: int = 1, lines: tuple[Amount, ...] = FEES) -> Event:
    return Event(version, Kind.MEASURED, "kilowitness", Role.SERVICE, AT, None, lines)


def held(version: int = 1) -> Event:
    return Event(version, Kind.HELD, "kilowitness", Role.SERVICE, AT)


def step(kind: Kind, role: Role, *lines: Amount, version: int = 1, by: str = "Li") -> Event:
    return Event(version, kind, by, role, AT, None, lines)


CLIENT, ESCO = (step(Kind.CONFIRM, role) for role in (Role.CLIENT, Role.ESCO))
ISSUE, PAY = step(Kind.ISSUE, Role.ESCO), step(Kind.PAY, Role.CLIENT)
FIRST_YEAR = step(Kind.DISPUTE, Role.CLIENT, Amount(1, Decimal("40.00")))


def stand(*events: Event) -> Standing:
    return standings(events)[-1]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((held(),), "held"),
        ((measured(),), "draft"),
        ((measured(), CLIENT), "draft"),
        ((measured(), ESCO, CLIENT), "confirmed"),
        ((measured(), ESCO, CLIENT, ISSUE), "issued"),
        ((measured(), ESCO, CLIENT, ISSUE, PAY), "paid"),
        ((measured(), measured(2)), "draft"),
        ((measured(), step(Kind.CORRECT, Role.BUREAU)), "superseded"),
        ((held(), step(Kind.RELEASE, Role.CLIENT), measured(2)), "draft"),
    ],
)
def test_the_state_follows_from_the_events(events: Sequence[Event], state: str) -> None:
    assert stand(*events).state == state


@pytest.mark.parametrize(
    ("events", "wish", "says"),
    [
        ((), CLIENT, "nothing is measured yet"),
        ((held(),), CLIENT, "possible now: release \\(bureau, client\\), correct"),
        ((held(),), step(Kind.RELEASE, Role.ESCO), "release by esco"),
        ((held(),), FIRST_YEAR, "version 1 is held"),
        ((measured(),), ISSUE, "possible now: confirm \\(client, esco\\), dispute"),
        ((measured(),), step(Kind.CONFIRM, Role.BUREAU), "confirm by bureau"),
        ((measured(), CLIENT), CLIENT, "possible now: confirm \\(esco\\)"),
        ((measured(), CLIENT, ESCO), PAY, "possible now: issue \\(bureau, esco\\), correct"),
        ((measured(), CLIENT, ESCO), FIRST_YEAR, "version 1 is confirmed"),
        ((measured(), CLIENT, ESCO, ISSUE), ISSUE, "possible now: pay \\(bureau, client\\)"),
        ((measured(), CLIENT, ESCO, ISSUE, PAY), PAY, "possible now: correct"),
        ((measured(), measured(2)), CLIENT, "the latest version is 2"),
        ((measured(),), step(Kind.RESOLVE, Role.CLIENT), "resolve by client"),
        ((measured(), CLIENT), measured(2), "version 2: version 1 is draft"),
        ((measured(),), measured(3), "the next one is 2"),
        ((measured(), step(Kind.CORRECT, Role.ESCO)), CLIENT, "possible now: nothing"),
        ((measured(),), Event(1, Kind.RESTATEMENT, "k", Role.SERVICE, AT), "restatement"),
        ((measured(), CLIENT), Event(1, Kind.RESTORED, "k", Role.SERVICE, AT), "restored"),
        ((measured(), CLIENT), Event(1, Kind.RESTATEMENT, "k", Role.ESCO, AT), "not a person's step"),
        ((measured(),), Event(2, Kind.MEASURED, "k", Role.ESCO, AT, None, FEES), "not a person's step"),
        ((held(),), step(Kind.RELEASE, Role.SERVICE), "release by service"),
        ((measured(),), step(Kind.DISPUTE, Role.CLIENT), "names no line"),
        ((measured(),), step(Kind.DISPUTE, Role.CLIENT, Amount(3, Decimal(1))), "contract year 3 has no"),
        ((measured(),), step(Kind.DISPUTE, Role.CLIENT, Amount(1, Decimal("100.01"))), "undisputed 100.01"),
        ((measured(),), step(Kind.DISPUTE, Role.CLIENT, Amount(1, Decimal(0))), "undisputed 0"),
        ((measured(),), step(Kind.DISPUTE, Role.CLIENT, Amount(2, Decimal(5))), "undisputed 5"),
        ((measured(), FIRST_YEAR), step(Kind.RESOLVE, Role.ESCO), "resolve \\(bureau, client\\)"),
    ],
)
def test_a_step_out_of_turn_is_refused_and_says_what_is_possible(
    events: Sequence[Event], wish: Event, says: str
) -> None:
    before = standings(events)
    with pytest.raises(StepRefused, match=says):
        after(before, wish)


def test_the_undisputed_rest_goes_on_by_itself_and_the_disputed_part_follows() -> None:
    paid = stand(measured(), FIRST_YEAR, CLIENT, ESCO, ISSUE, PAY)
    assert paid.state == "paid"
    assert paid.yuan_at(Stage.PAID) == Decimal("40.00")
    assert paid.yuan_at(Stage.DISPUTED) == Decimal("40.00")
    assert list(possible(paid)) == [Kind.RESOLVE, Kind.CORRECT]
    accepted = (measured(), FIRST_YEAR, CLIENT, ESCO, ISSUE, PAY, step(Kind.RESOLVE, Role.CLIENT))
    assert stand(*accepted).state == "draft"
    assert stand(*accepted, CLIENT, ESCO).yuan_at(Stage.CONFIRMED) == Decimal("40.00")
    assert stand(*accepted, CLIENT, ESCO, ISSUE, PAY).yuan_at(Stage.PAID) == Decimal("80.00")


def test_a_dispute_leaves_what_the_other_side_has_confirmed_of_the_rest() -> None:
    found = stand(measured(), ESCO, FIRST_YEAR)
    assert possible(found)[Kind.CONFIRM] == {Role.CLIENT}
    assert stand(measured(), ESCO, FIRST_YEAR, CLIENT).state == "confirmed"


def test_what_is_disputed_whole_is_a_draft_that_nobody_can_confirm() -> None:
    everything = step(Kind.DISPUTE, Role.ESCO, *FEES)
    found = stand(measured(), everything)
    assert found.state == "draft"
    assert Kind.CONFIRM not in possible(found)
    assert found.agreed is None
    resolved = stand(measured(), CLIENT, everything, step(Kind.RESOLVE, Role.BUREAU), ESCO)
    assert resolved.state == "draft"
    assert resolved.agreed is None


def test_a_fee_of_zero_can_be_disputed_whole() -> None:
    nothing = (Amount(1, Decimal("0.00")),)
    found = stand(measured(lines=nothing), step(Kind.DISPUTE, Role.ESCO, *nothing))
    assert len(found.disputes) == 1


def test_one_of_two_disputes_is_resolved_by_its_lines() -> None:
    other = step(Kind.DISPUTE, Role.CLIENT, Amount(2, Decimal("-20.00")))
    found = stand(measured(), FIRST_YEAR, other, step(Kind.RESOLVE, Role.BUREAU, *other.lines))
    assert [one.yuan for one in found.disputes] == [Decimal("40.00")]


def test_agreed_is_the_second_confirmation_of_the_same_amounts() -> None:
    assert stand(measured(), CLIENT).agreed is None
    assert stand(measured(), CLIENT, ESCO).agreed == ESCO
    assert stand(measured(), CLIENT, ESCO, ISSUE).agreed == ESCO


def test_a_correction_closes_disputes_and_restatements_with_the_version() -> None:
    late = Event(1, Kind.RESTATEMENT, "kilowitness", Role.SERVICE, AT)
    events = (measured(), FIRST_YEAR, late)
    assert stand(*events).restatement == late
    first, second = standings((*events, step(Kind.CORRECT, Role.BUREAU), measured(2)))
    assert first.restatement is None
    assert (first.state, second.state) == ("superseded", "draft")
    assert second.disputes == ()


ROLES = st.sampled_from([Role.CLIENT, Role.ESCO, Role.BUREAU, Role.SERVICE])
AMOUNTS = st.builds(
    Amount,
    st.sampled_from([None, 1, 2, 3]),
    st.decimals(-120, 120, places=2) | st.sampled_from([Decimal("100.00"), Decimal("-20.00")]),
)
CALLS = st.builds(
    Event,
    version=st.integers(1, 3),
    kind=st.sampled_from(list(Kind)),
    by=st.just("Li"),
    role=ROLES,
    at=st.just(AT),
    lines=st.lists(AMOUNTS, max_size=2).map(tuple),
)


@given(st.lists(CALLS, max_size=25), st.booleans())
def test_no_sequence_of_calls_makes_an_illegal_state(calls: list[Event], whole: bool) -> None:
    taken_events = [measured() if whole else held()]
    found = standings(taken_events)
    for call in calls:
        wish = measured(call.version) if call.kind is Kind.MEASURED else call
        try:
            found = after(found, wish)
        except StepRefused:
            continue
        taken_events.append(wish)
    assert standings(taken_events) == found
    assert [one.version for one in found] == list(range(1, len(found) + 1))
    assert all(one.state is SettlementState.SUPERSEDED for one in found[:-1])
    for standing in found:
        check(standing)


def check(standing: Standing) -> None:
    """The amounts add up; whatever is agreed, both said so; whatever is paid was issued before."""
    fees_measured = () if standing.held else standing.events[0].lines
    total = sum((line.yuan or Decimal() for line in fees_measured), Decimal())
    assert sum((one.yuan for one in standing.portions), Decimal()) == total
    kinds = [event.kind for event in standing.events]
    for portion in standing.portions:
        assert portion.lines
        assert (portion.stage >= Stage.CONFIRMED) == (portion.confirmed_by == PARTIES)
        if portion.stage is Stage.DISPUTED:
            assert portion.confirmed_by == frozenset()
    for stage, kind in ((Stage.ISSUED, Kind.ISSUE), (Stage.PAID, Kind.PAY)):
        if any(one.stage >= stage for one in standing.portions):
            assert kind in kinds
    assert all(event.role in MAY[event.kind] for event in standing.events if event.kind in MAY)
    for kind, roles in possible(standing).items():
        assert roles <= MAY[kind]
        assert f"{kind} (" in told(standing)


@given(st.lists(CALLS, max_size=12))
def test_whatever_is_called_possible_is_taken(calls: list[Event]) -> None:
    found = standings([measured()])
    for call in calls:
        wish = measured(call.version) if call.kind is Kind.MEASURED else call
        try:
            found = after(found, wish)
        except StepRefused:
            continue
    for kind, roles in possible(found[-1]).items():
        for role in roles:
            wish = spelled_out(step(kind, role, version=found[-1].version), found[-1])
            assert len(after(found, wish)) == len(found)


def test_a_dispute_without_lines_means_all_that_is_left() -> None:
    found = stand(measured(), FIRST_YEAR)
    everything = spelled_out(step(Kind.DISPUTE, Role.ESCO), found)
    assert everything.lines == (Amount(1, Decimal("60.00")), Amount(2, Decimal("-20.00")))
    second = spelled_out(step(Kind.DISPUTE, Role.ESCO, Amount(2, None)), found)
    assert second.lines == (Amount(2, Decimal("-20.00")),)


def test_an_amount_belongs_to_the_only_part_or_says_of_which_year() -> None:
    one = stand(measured(lines=(Amount(2, Decimal("9.00")),)))
    wish = step(Kind.DISPUTE, Role.ESCO, Amount(None, Decimal("3.00")))
    assert spelled_out(wish, one).lines == (Amount(2, Decimal("3.00")),)
    with pytest.raises(StepRefused, match="of which contract year"):
        spelled_out(wish, stand(measured()))


def test_a_step_sent_twice_is_one() -> None:
    disputed = stand(measured(), FIRST_YEAR, ESCO)
    assert just_taken(ESCO, disputed)
    assert just_taken(FIRST_YEAR, disputed)
    assert just_taken(step(Kind.DISPUTE, Role.CLIENT), disputed)
    assert just_taken(step(Kind.DISPUTE, Role.CLIENT, Amount(1, None)), disputed)
    assert not just_taken(step(Kind.DISPUTE, Role.CLIENT, Amount(1, Decimal(3))), disputed)
    assert not just_taken(step(Kind.CONFIRM, Role.ESCO, by="Wang"), disputed)
    later = stand(measured(), CLIENT, ESCO)
    assert not just_taken(CLIENT, later)
    assert taken(CLIENT, later)


def line(key: str, year: int | None, value: str) -> dict[str, object]:
    return {"key": key, "year": year, "value": value}


def test_fees_are_by_contract_year_where_the_years_add_up() -> None:
    lines = [line("esco_fee_yuan", 1, "7.00"), line("price", 1, "1"), line("esco_fee_yuan", 2, "-2.00")]
    assert fees({"esco_fee_yuan": "5.00", "lines": lines}) == (
        Amount(1, Decimal("7.00")), Amount(2, Decimal("-2.00")),
    )  # fmt: skip
    assert fees({"esco_fee_yuan": "0.00", "lines": lines}) == (Amount(None, Decimal("0.00")),)
    assert fees({"esco_fee_yuan": "3.00", "lines": []}) == (Amount(None, Decimal("3.00")),)


def test_states_advance_in_the_order_of_the_contract() -> None:
    seen = [stand(measured(), *[CLIENT, ESCO, ISSUE, PAY][:n]).state for n in range(5)]
    assert [state for i, state in enumerate(seen) if i == 0 or state != seen[i - 1]] == ORDER
