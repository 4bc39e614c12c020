"""Every folder under tests/golden/<decoder>/<case> holds a topic, a payload, and what must come of them.

Where one message is understood by those before it, they are numbered, `1.topic` and `1.payload` onwards, and
what is expected is what comes of the last.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collectors.decode import as_json
from collectors.routing import Router, all_decoders

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/*/expected.json"))
ZONE = ZoneInfo("Asia/Shanghai")
ARRIVAL_MS = 1_795_334_400_000
"""2026-11-22T08:00:00Z."""

DECODERS = all_decoders()


def router() -> Router:
    """All decoders at the time of arrival, those that remember without any memory."""
    decoders = [type(decoder)() if decoder.stateful else decoder for decoder in DECODERS]
    for decoder in decoders:
        if hasattr(decoder, "_clock_ms"):
            decoder._clock_ms = lambda: ARRIVAL_MS
    return Router(decoders, ZONE)


def messages(case: Path) -> Iterator[tuple[str, bytes]]:
    """The topics and payloads of a case, in order."""
    numbers = sorted(int(path.stem) for path in case.glob("*.payload"))
    for beginning in [f"{number}." for number in numbers] or [""]:
        topic = (case / f"{beginning}topic").read_text("utf-8").rstrip("\n")
        yield topic, (case / f"{beginning}payload").read_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case_comes_to_what_is_expected(case: Path) -> None:
    fresh = router()
    for topic, payload in messages(case):
        understood = fresh.understand(topic, payload, ARRIVAL_MS)
    assert as_json(understood) == json.loads((case / "expected.json").read_text("utf-8"))


def test_every_decoder_has_cases() -> None:
    families = {path.parent.name for path in CASES}
    assert families == {decoder.name for decoder in all_decoders()}
    assert len(CASES) >= 50


def test_every_case_belongs_to_the_decoder_whose_folder_it_is_in() -> None:
    for case in CASES:
        decoder = json.loads((case / "expected.json").read_text("utf-8"))["decoder"]
        assert decoder in {case.parent.name, ""}, case
