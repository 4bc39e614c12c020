"""Which letters are meant."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from services.deadletters.letters import DeadLetters, Letter, Reject
from services.deadletters.selection import Selection
from services.deadletters.topics import matches

LEVELS = st.lists(st.sampled_from(["a", "b", "", "读", "a.b", "*"]), min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "topic", "meant"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c", False),
        ("a/+", "a/b", True),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "ab", False),
        ("#", "anything/at/all", True),
        ("+/b/#", "a/b", True),
        ("a.b", "axb", False),
        ("a/#", "a/b\nc", True),
        ("csv:+", "csv:a.csv:3", False),
    ],
)
def test_a_filter_means_what_a_broker_means_by_it(pattern: str, topic: str, meant: bool) -> None:
    assert matches(pattern, topic) is meant


@given(LEVELS, st.lists(st.sampled_from(["a", "b", "", "读", "+"]), min_size=1, max_size=4), st.booleans())
def test_filters_agree_with_the_client_library(topic: str, levels: list[str], open_ended: bool) -> None:
    pattern = "/".join([*levels, "#"] if open_ended else levels)
    if topic:
        assert matches(pattern, topic) == topic_matches_sub(pattern, topic)


def test_conditions_are_joined(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add(
        [
            Letter(n, topic, b"", "", tuple(Reject(reason) for reason in reasons), collector=collector)
            for n, (topic, reasons, collector) in enumerate(
                [
                    ("a/b", ["x: 1", "y"], "west"),
                    ("a/c", ["x"], "west"),
                    ("b/b", ["y: 2"], "east"),
                    ("b/'; DROP TABLE letter; --", ["xy: 1"], ""),
                ]
            )
        ]
    )
    for selection, ids in (
        (Selection(), [1, 2, 3, 4]),
        (Selection(ids=[4, 2, 2, 9]), [2, 4]),
        (Selection(ids=[]), []),
        (Selection(collector=""), [4]),
        (Selection(reason="x"), [1, 2]),
        (Selection(reason="x", topic="+/b"), [1]),
        (Selection(collector="west", ids=[2, 3]), [2]),
        (Selection(topic="b/'; DROP TABLE letter; --"), [4]),
        (Selection(requested=True), []),
    ):
        assert [letter.id for letter in letters.select(selection)] == ids
        assert letters.count(selection) == len(ids)
    letters.request(Selection(reason="y"), at_ms=3)
    assert letters.count(Selection(requested=True)) == 2
