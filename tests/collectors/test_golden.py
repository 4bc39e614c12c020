"""Every folder under tests/golden/<decoder>/<case> holds a topic, a payload, and what must come of them."""

import json
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

ROUTER = Router(all_decoders(), ZONE)


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case_comes_to_what_is_expected(case: Path) -> None:
    topic = (case / "topic").read_text("utf-8").rstrip("\n")
    understood = ROUTER.understand(topic, (case / "payload").read_bytes(), ARRIVAL_MS)
    assert as_json(understood) == json.loads((case / "expected.json").read_text("utf-8"))


def test_every_decoder_has_cases() -> None:
    families = {path.parent.name for path in CASES}
    assert families == {decoder.name for decoder in all_decoders()}
    assert len(CASES) >= 50


def test_every_case_belongs_to_the_decoder_whose_folder_it_is_in() -> None:
    for case in CASES:
        decoder = json.loads((case / "expected.json").read_text("utf-8"))["decoder"]
        assert decoder in {case.parent.name, ""}, case
