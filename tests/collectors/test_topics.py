"""The tree of filters against paho's matching, filter by filter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from collectors.topics import TopicTree

LEVEL = st.sampled_from(["a", "b", "", "$SYS", "energy"])
TOPICS = st.lists(LEVEL, min_size=1, max_size=5).map("/".join).filter(bool)


@st.composite
def filters(draw: st.DrawFn) -> str:
    levels = draw(st.lists(st.one_of(LEVEL, st.just("+")), max_size=4))
    if draw(st.booleans()) or not any(levels):
        levels.append("#")
    return "/".join(levels)


@given(st.lists(filters(), max_size=6), TOPICS)
def test_it_finds_the_first_filter_that_matches(patterns: list[str], topic: str) -> None:
    matching = [number for number, pattern in enumerate(patterns) if topic_matches_sub(pattern, topic)]
    assert TopicTree(patterns).find(topic) == min(matching, default=None)


@pytest.mark.parametrize(
    ("pattern", "topic", "matches"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/monitor", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/monitor", True),
    ],
)
def test_the_examples_of_the_standard(pattern: str, topic: str, matches: bool) -> None:
    assert (TopicTree([pattern]).find(topic) == 0) is matches
