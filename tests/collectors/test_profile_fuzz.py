"""Whatever arrives on a profile's topics: reports, rejects or Unreadable, and never another exception."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject, Report, Unreadable, is_address_part
from collectors.decoders.profile import ProfileDecoder, load_profiles
from collectors.routing import Router
from services.timeseries.schema import DEVICE_STATUS, READINGS

GOLDEN = Path(__file__).parent.parent / "golden"
DECODERS = {decoder.name: decoder for decoder in load_profiles()}
ROUTER = Router(tuple(DECODERS.values()), ZoneInfo("Asia/Shanghai"))
ARRIVAL_MS = 1_795_334_400_000

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
TOPICS = st.sampled_from(sorted({pattern for decoder in DECODERS.values() for pattern in decoder.filters}))
LEVELS = st.text(st.characters(exclude_characters="/+#\x00", exclude_categories=["Cs"]), max_size=6)


@cache
def cases(name: str) -> tuple[tuple[str, Any], ...]:
    """The topics and the contents of a family's golden cases."""
    found = []
    for case in sorted((GOLDEN / name).glob("*")):
        try:
            content = json.loads((case / "payload").read_bytes())
        except ValueError:
            content = "ON"
        found.append(((case / "topic").read_text("utf-8").strip(), content))
    return tuple(found)


def heard(decoder: ProfileDecoder, topic: str, payload: bytes) -> None:
    """Decode, and hold what is said to the contract."""
    try:
        said = list(decoder.decode(topic, payload))
    except Unreadable:
        return
    for one in said:
        if isinstance(one, Reject):
            assert ":" in one.reason
            assert len(one.reason) < 300
        else:
            assert isinstance(one, Report)
            assert one.measurement in {READINGS, DEVICE_STATUS}
            assert all(map(is_address_part, one.device))
            assert one.values
    understood = ROUTER.understand(topic, payload, ARRIVAL_MS)
    assert not any(reject.reason.startswith("decoder-failed") for reject in understood.rejects)


@given(TOPICS, st.lists(LEVELS, min_size=6, max_size=6), ANY_JSON)
def test_any_json_on_any_topic(pattern: str, levels: list[str], content: Any) -> None:
    for level in levels:
        pattern = pattern.replace("+", level, 1)
    for decoder in DECODERS.values():
        heard(decoder, pattern, json.dumps(content).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", DECODERS)
@given(data=st.data())
def test_a_known_message_with_one_place_changed(name: str, data: st.DataObject) -> None:
    topic, content = data.draw(st.sampled_from(cases(name)))
    changed = replaced(json.loads(json.dumps(content)), data)
    heard(DECODERS[name], topic, json.dumps(changed).encode())


def replaced(content: Any, data: st.DataObject) -> Any:
    """The content with anything at one place, wherever that is."""
    if isinstance(content, dict) and content and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(sorted(content)))
        if not data.draw(st.integers(0, 9)):
            content[data.draw(st.text(max_size=6))] = content.pop(key)
        else:
            content[key] = replaced(content[key], data)
        return content
    if isinstance(content, list) and content and data.draw(st.integers(0, 5)):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = replaced(content[place], data)
        return content
    return data.draw(ANY_JSON)


@pytest.mark.parametrize("name", DECODERS)
@given(payload=st.binary(max_size=60))
def test_any_bytes(name: str, payload: bytes) -> None:
    for topic, _ in cases(name):
        heard(DECODERS[name], topic, payload)


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize(
    "opening", ["[", '{"a":', '{"batch":[', '{"params":{"em:0":', '{"ENERGY":{"Total":[']
)
def test_deep_nesting(name: str, opening: str) -> None:
    for topic, _ in cases(name):
        for depth in (50, 900, 100_000):
            heard(DECODERS[name], topic, (opening * depth).encode())
            heard(DECODERS[name], topic, opening.encode() + b"[" * depth + b"]" * depth)
