"""The plan: the same for the same seed, every kind in turn, one fault in each share."""

import pytest

from simulators.faulty.plan import HOLDING, SINGLE, Kind, make_plan


def test_a_seed_gives_one_plan() -> None:
    first, again, other = (
        make_plan(seed, messages=50_000, faults=60, longest_s=2.0) for seed in (7, 7, 8)
    )  # fmt: skip
    assert first == again
    assert str(first) == str(again)
    assert first.faults != other.faults


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_comes_once_before_any_comes_twice(seed: int) -> None:
    plan = make_plan(seed, messages=50_000, faults=2 * len(SINGLE), longest_s=2.0)
    kinds = [fault.kind for fault in plan.faults]
    assert set(kinds[: len(SINGLE)]) == set(kinds[len(SINGLE) :]) == set(SINGLE)


def test_each_fault_lies_in_its_share_and_leaves_messages_to_meet_it() -> None:
    plan = make_plan(3, messages=10_000, faults=40, longest_s=2.0)
    for number, fault in enumerate(plan.faults):
        assert 250 * number <= fault.at <= 250 * number + 188
        assert plan.limits[number] == 250 * (number + 1)
        assert 0.25 <= fault.hold_s <= 2.0
    assert {fault.settled for fault in plan.faults} == {True, False}


def test_the_database_is_gone_for_long_once() -> None:
    plan = make_plan(3, messages=10_000, faults=5 * len(SINGLE), longest_s=2.0, outage_s=60.0)
    assert sorted(fault.hold_s for fault in plan.faults)[-2:][1] == 60.0
    assert sum(fault.hold_s > 2.0 for fault in plan.faults) == 1


@pytest.mark.parametrize("faults", [21, 60])
def test_a_third_of_all_messages_come_while_the_database_is_gone_for_long(faults: int) -> None:
    plan = make_plan(3, messages=90_000, faults=faults, longest_s=2.0, outage_s=60.0)
    (number,) = (n for n, fault in enumerate(plan.faults) if fault.hold_s == 60.0)
    assert plan.faults[number].kind is Kind.DATABASE_KILLED
    first, end = (0, *plan.limits)[number], plan.limits[number]
    assert end - first == pytest.approx(30_000, abs=1)
    assert first <= plan.faults[number].at <= first + (end - first) / 8
    assert plan.limits[-1] == 90_000


def test_the_plan_tells_all_one_needs_to_repeat_it() -> None:
    plan = make_plan(11, messages=1_000, faults=2, longest_s=1.0)
    told = str(plan)
    assert told.startswith("seed 11, 1000 messages")
    assert all(fault.kind in told and str(fault.at) in told for fault in plan.faults)


def test_a_run_without_faults_sends_all_it_has() -> None:
    plan = make_plan(1, messages=500, faults=0, longest_s=1.0)
    assert plan.faults == ()
    assert plan.limits == ()


def test_collectors_are_killed_only_where_they_hold_something_and_always_at_a_full_disk() -> None:
    plan = make_plan(3, messages=90_000, faults=10 * len(SINGLE), longest_s=2.0)
    deadly = {fault.kind for fault in plan.faults if fault.deadly}
    assert deadly == HOLDING
    assert all(fault.deadly for fault in plan.faults if fault.kind is Kind.DISK_FULL)
    assert not all(fault.deadly for fault in plan.faults if fault.kind is Kind.DATABASE_KILLED)
