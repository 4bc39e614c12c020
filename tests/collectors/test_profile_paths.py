"""The small languages of a profile: paths, templates, topic patterns, and the ways to the items."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from collectors.decoders.profile_paths import (
    NOTHING,
    Each,
    compile_path,
    compile_template,
    compile_topic,
    named_in,
    references,
)

ITEM = {"a": 1, "b": {"c": "x", "d": {"e": None}}, "text": "word"}
MESSAGE = {"ts": 5, "head": {"id": "G1"}, "items": [ITEM]}
ONLY = {"id": ("0", "1"), "kind": ("em", "switch")}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", 1), ("b.c", "x"), ("b.d.e", None), ("b", ITEM["b"]), ("a.x", None), ("missing.x", None),
        (".", ITEM), ("/", MESSAGE), ("/ts", 5), ("/head.id", "G1"), ("ts", None), ("text.x", None),
    ],
)  # fmt: skip
def test_a_path_leads_into_the_item_or_the_message(path: str, expected: Any) -> None:
    assert compile_path(path)(ITEM, MESSAGE) == expected


@pytest.mark.parametrize("content", [None, 3, "a", [1], True])
@pytest.mark.parametrize("path", ["a", "/a", "a.b", "/a.b"])
def test_a_path_into_something_else_leads_nowhere(path: str, content: Any) -> None:
    assert compile_path(path)(content, content) is None


@pytest.mark.parametrize("path", ["", "a.", ".a", "a..b", "/a."])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        compile_path(path)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{site}-{b.c}", "north-x"), ("{a}", "1"), ("fixed", "fixed"), ("", ""),
        ("{/head.id}.{site}", "G1.north"),
        ("{missing}", None), ("{b}", None), ("{/items}", None), ("x{b.d.e}", None),
    ],
)  # fmt: skip
def test_a_template_is_filled_from_names_and_paths(template: str, expected: str | None) -> None:
    assert compile_template(template, ["site"])({"site": "north"}, ITEM, MESSAGE) == expected


@pytest.mark.parametrize("value", [True, 1.5, None, [], {}])
def test_only_strings_and_whole_numbers_name_something(value: Any) -> None:
    assert compile_template("{a}", [])({}, {"a": value}, None) is None


@pytest.mark.parametrize("template", ["{a", "a}", "{a}}", "{}", "{a..b}"])
def test_what_is_no_template(template: str) -> None:
    with pytest.raises(ValueError, match=r"brace|is not a path"):
        compile_template(template, [])


def test_what_a_template_refers_to() -> None:
    assert references("{site}-{b.c}.{/head.id}") == ["site", "b.c", "/head.id"]


@pytest.mark.parametrize(
    ("pattern", "filters"),
    [
        ("plant/{site}/data", ("plant/+/data",)),
        ("/a/{b}", ("/a/+",)),
        ("z/{device...}", ("z/#",)),
        ("{d}/status/em:{id}", ("+/status/em:0", "+/status/em:1")),
        ("{kind}:{id}/x", ("em:0/x", "em:1/x", "switch:0/x", "switch:1/x")),
    ],
)
def test_the_filters_of_a_topic_pattern(pattern: str, filters: tuple[str, ...]) -> None:
    assert compile_topic(pattern, ONLY)[0] == filters


def test_the_names_of_a_topic() -> None:
    _, expression = compile_topic("{d}/status/{kind}:{id}", ONLY)
    match = expression.fullmatch("pro-1/status/switch:1")
    assert match is not None
    assert match.groupdict() == {"d": "pro-1", "kind": "switch", "id": "1"}
    assert expression.fullmatch("pro-1/status/wifi") is None
    assert expression.fullmatch("pro-1/x/status/switch:1") is None


def test_a_tail_takes_every_level_that_follows() -> None:
    _, expression = compile_topic("z/{device...}", {})
    match = expression.fullmatch("z/kitchen/lamp")
    assert match is not None
    assert match["device"] == "kitchen/lamp"
    assert expression.fullmatch("z") is None


@given(st.lists(st.sampled_from(["a", "b", "em:0", "em:1", "x.y"]), min_size=1, max_size=4).map("/".join))
def test_a_topic_that_fits_the_pattern_matches_one_of_its_filters(topic: str) -> None:
    for pattern in ("{one}/{two}", "a/{rest...}", "{one}/em:{id}", "x.y/{one}/b"):
        filters, expression = compile_topic(pattern, ONLY)
        heard = any(topic_matches_sub(filter_, topic) for filter_ in filters)
        assert not expression.fullmatch(topic) or heard
        if "..." not in pattern:
            assert heard == bool(expression.fullmatch(topic))


def test_names_are_those_that_every_topic_of_a_message_has() -> None:
    assert named_in(["a/{x}/{y}", "b/{y}", "c/{y}/{z...}"]) == ["y"]
    assert named_in(["v/{d}/{rest...}"]) == ["d", "rest"]


@pytest.mark.parametrize(
    ("path", "message", "expected"),
    [
        ("batch[]", {"batch": [1, 2]}, [(1, {}), (2, {})]),
        ("a.b[]", {"a": {"b": [3]}}, [(3, {})]),
        ("/a.b[]", {"a": {"b": [3]}}, [(3, {})]),
        ("[]", [4], [(4, {})]),
        ("{d}[]", {"A": [1], "B": [2, 3]}, [(1, {"d": "A"}), (2, {"d": "B"}), (3, {"d": "B"})]),
        ("{d}", {"A": 1, "": 2, "a/b": 3}, [(1, {"d": "A"}), (2, {"d": ""}), (3, {"d": "a/b"})]),
        ("p.em:{id}", {"p": {"em:0": 1, "em:7": 2, "em1:0": 3}}, [(1, {"id": "0"})]),
        ("p.x:{free}", {"p": {"x:9": 1, "ts": 2}}, [(1, {"free": "9"})]),
        ("a[].v", {"a": [{"v": 1}, {}, 5]}, [(1, {}), (NOTHING, {}), (NOTHING, {})]),
        ("{d}[]", {"A": 5}, [(NOTHING, {"d": "A"})]),
        ("a[].{k}[]", {"a": [{"x": [1]}]}, [(1, {"k": "x"})]),
        ("batch[]", {"batch": []}, []),
        ("p.em:{id}", {"p": {}}, []),
        ("batch[]", {"batch": {}}, None),
        ("batch[]", {}, None),
        ("batch[]", [1], None),
        ("p.em:{id}", {"p": []}, None),
        ("{d}[]", [], None),
        ("[]", {}, None),
    ],
)
def test_the_items_of_a_message(path: str, message: Any, expected: Any) -> None:
    assert Each(path, ONLY).items(message) == expected


@pytest.mark.parametrize("path", ["", "a", "a..b[]", "a.b"])
def test_what_goes_through_nothing(path: str) -> None:
    with pytest.raises(ValueError, match=r"is not a path|goes through nothing"):
        Each(path, {})
