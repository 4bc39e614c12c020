"""Topic filters that overlap, against the client library's own matching."""

from itertools import combinations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from collectors.filters import covers, distinct, overlap
from collectors.routing import Router, all_decoders

LEVELS = st.lists(st.sampled_from(["a", "b", "+", ""]), min_size=1, max_size=4)
FILTERS = st.builds(lambda levels, tail: "/".join(levels + tail), LEVELS, st.sampled_from([[], ["#"]]))
TOPICS = st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=5).map("/".join).filter(bool)


@pytest.mark.parametrize(
    ("wider", "pattern", "expected"),
    [
        ("+/status/+", "plant/status/x", True),
        ("+/status/+", "plant/+/x", False),
        ("a/#", "a/b/+", True),
        ("a/#", "a", True),
        ("a/+", "a/#", False),
        ("a/+", "a/b/c", False),
        ("a/b", "a/b", True),
        ("#", "a/#", True),
        ("#", "$SYS/uptime", False),
        ("$share/g/+/status", "$share/g/a/status", True),
        ("$share/g/+/status", "a/status", False),
    ],
)
def test_what_one_filter_covers(wider: str, pattern: str, expected: bool) -> None:
    assert covers(wider, pattern) is expected


@given(FILTERS, FILTERS, TOPICS)
def test_a_topic_of_a_covered_filter_matches_the_wider_one(wider: str, pattern: str, topic: str) -> None:
    if covers(wider, pattern) and topic_matches_sub(pattern, topic):
        assert topic_matches_sub(wider, topic)


@given(FILTERS, FILTERS, TOPICS)
def test_filters_that_match_one_topic_overlap(one: str, other: str, topic: str) -> None:
    if topic_matches_sub(one, topic) and topic_matches_sub(other, topic):
        assert overlap(one, other)
        assert overlap(other, one)


@given(st.lists(FILTERS, max_size=5), TOPICS)
def test_what_is_left_hears_the_same_topics(filters: list[str], topic: str) -> None:
    kept = distinct(filters)
    assert any(topic_matches_sub(f, topic) for f in kept) == any(topic_matches_sub(f, topic) for f in filters)
    assert not any(covers(one, other) for one in kept for other in kept if one != other)


def test_distinct_keeps_the_order_and_drops_what_is_said_again() -> None:
    assert distinct(["b/c", "a/+", "b/c", "a/x", "c"]) == ("b/c", "a/+", "c")


def test_disjoint_filters_do_not_overlap() -> None:
    assert not overlap("a/+", "b/+")
    assert not overlap("a/+", "a")
    assert not overlap("a/b/c", "a/b")
    assert overlap("a/#", "a")


@pytest.mark.parametrize("group", [None, "city"])
def test_a_profile_of_ones_own_within_a_built_in_filter_is_not_subscribed_to_twice(
    tmp_path: Path, group: str | None
) -> None:
    text = '[[message]]\ntopic = "tele/boiler/SENSOR"\nmeter = "boiler"\nvalues = "."\n'
    (tmp_path / "boiler.toml").write_text(text)
    router = Router(all_decoders(tmp_path), ZoneInfo("Asia/Shanghai"))
    filters = router.filters(group)
    assert [pattern for pattern in filters if pattern.endswith("/SENSOR")] == [
        "tele/+/SENSOR" if group is None else "$share/city/tele/+/SENSOR"
    ]
    understood = router.understand("tele/boiler/SENSOR", b'{"energy_kwh": 1}', 1_795_334_400_000)
    assert understood.decoder == "boiler"


def test_of_the_built_in_filters_hardly_two_overlap() -> None:
    filters = [pattern for decoder in all_decoders() for pattern in decoder.filters]
    assert distinct(filters) == tuple(filters)
    assert {pair for pair in combinations(filters, 2) if overlap(*pair)} == {
        ("+/online", "zigbee2mqtt/+"),  # a Zigbee device that is named "online"
    }
