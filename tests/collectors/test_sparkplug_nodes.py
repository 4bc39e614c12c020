"""What is remembered of edge nodes: order, doubt, requests, and no more than fits."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders.sparkplug_metrics import Target
from collectors.decoders.sparkplug_nodes import FIRST_PAUSE_MS, LONGEST_PAUSE_MS, Born, Known, Node, Nodes

NOW_MS = 1_795_334_400_000


def born(metrics: int, at_ms: int = 1) -> Born:
    known = Known(Target("energy_kwh"), 10)
    return Born(at_ms, dict.fromkeys(range(metrics), known), {})


def begun() -> Node:
    node = Node()
    node.begin(0, 0, 100)
    return node


def test_a_node_begins_lost_and_its_birth_finds_it() -> None:
    assert Node().lost
    assert not begun().lost


def test_numbers_in_order_go_round_after_255() -> None:
    node = begun()
    for count in range(1, 600):
        node.follow(count % 256, 100 + count)
    assert not node.lost
    assert node.seq == 599 % 256


def test_a_gap_loses_the_node_and_the_next_birth_finds_it() -> None:
    node = begun()
    node.follow(2, 101)
    assert node.lost
    node.begin(0, 0, 102)
    node.follow(1, 103)
    assert not node.lost


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 250)), max_size=40))
def test_messages_delivered_again_are_no_gap(steps: list[tuple[int, int]]) -> None:
    node = begun()
    sent = 0
    for new, back in steps:
        for count in (*range(sent + 1, sent + new + 1), max(1, sent + new - back)):
            node.follow(count % 256, 100 + count)
            sent = max(sent, count)
    assert not node.lost
    assert node.seq == sent % 256


def test_an_old_number_among_new_ones_loses_the_node_at_most_once() -> None:
    node = begun()
    for count in range(1, 10):
        node.follow(count, 100 + count)
    node.follow(10, 50)  # replayed, and by chance the number that is due
    node.follow(10, 110)
    for count in range(11, 20):
        node.follow(count, 100 + count)
    assert not node.lost


def test_without_timestamps_any_break_is_a_gap() -> None:
    node = Node()
    node.begin(0, 0, 0)
    node.follow(1, 0)
    node.follow(1, 0)
    assert not node.lost
    node.follow(3, 0)
    assert node.lost


def test_a_birth_supersedes_an_older_one_and_any_if_the_node_is_lost() -> None:
    node = begun()
    assert node.supersedes(born(1, 5), "")
    node.births[""] = born(1, 5)
    assert node.supersedes(born(1, 6), "")
    assert not node.supersedes(born(1, 5), "")
    assert not node.supersedes(born(1, 4), "")
    assert node.supersedes(born(1, 0), "")
    node.lost = True
    assert node.supersedes(born(1, 4), "")
    assert not node.supersedes(born(1, 5), "")


def test_births_are_asked_for_less_and_less_often() -> None:
    node = Node()
    asked = [now for now in range(NOW_MS, NOW_MS + 3_600_000, 1000) if node.must_ask(now)]
    pauses = [later - sooner for sooner, later in pairwise(asked)]
    assert asked[0] == NOW_MS
    assert pauses[:6] == [FIRST_PAUSE_MS * 2**n for n in range(5)] + [LONGEST_PAUSE_MS]
    assert max(pauses) == LONGEST_PAUSE_MS


def test_a_clock_that_starts_at_zero_or_steps_back_still_asks() -> None:
    node = Node()
    assert node.must_ask(0)
    assert not node.must_ask(1)
    assert node.must_ask(FIRST_PAUSE_MS)
    assert node.must_ask(-LONGEST_PAUSE_MS)


def test_a_node_that_is_not_lost_is_not_asked() -> None:
    assert not begun().must_ask(NOW_MS)


def test_the_node_silent_longest_is_forgotten_first() -> None:
    nodes = Nodes(most_metrics=100)
    for name in ("a", "b", "c"):
        nodes.remember(nodes.get(("g", name)), "", born(30))
    nodes.get(("g", "a"))
    nodes.remember(nodes.get(("g", "d")), "", born(30))
    kept = {name for name in "abcd" if nodes.copy(("g", name)).get(("g", name)).births}
    assert kept == {"a", "c", "d"}


def test_one_node_alone_forgets_its_oldest_births() -> None:
    nodes = Nodes(most_metrics=100)
    node = nodes.get(("g", "a"))
    for device in range(20):
        nodes.remember(node, f"d{device}", born(20))
    assert list(node.births) == ["d16", "d17", "d18", "d19"]
    nodes.remember(node, "huge", born(1000))
    assert not node.births


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 30), st.booleans())))
def test_the_bound_holds_whatever_is_born_and_dropped(steps: list[tuple[str, str, int, bool]]) -> None:
    nodes = Nodes(most_metrics=60)
    for name, device, metrics, dropped in steps:
        node = nodes.get(("g", name))
        if dropped:
            nodes.drop(node, device)
        else:
            nodes.remember(node, device, born(metrics))
        held = sum(1 + sum(map(len, node.births.values())) for node in nodes._nodes.values())
        assert held == nodes._metrics <= 60


def test_a_copy_is_touched_by_nothing_and_touches_nothing() -> None:
    nodes = Nodes()
    node = nodes.get(("g", "a"))
    nodes.remember(node, "", born(2))
    copy = nodes.copy(("g", "a"))
    copy.drop_all(copy.get(("g", "a")))
    copy.get(("g", "a")).follow(9, 9)
    assert len(node.births) == 1
    assert node.seq is None
    assert nodes.copy(("g", "b")).get(("g", "b")).births == {}
