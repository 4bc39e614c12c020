"""Settlements exported once and kept: they must hold, to the byte, on every machine that runs this."""

import json
from pathlib import Path

import pytest

from services.mv.canonical import canonical
from services.savings.bundle.verify_command import main
from services.savings.settlement.document import settle
from services.savings.settlement.verification import first_fault

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def test_there_are_some_of_each_sort() -> None:
    assert [file.stem for file in GOLDEN] == ["custody-held", "guaranteed", "shared"]


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_kept_settlement_still_holds(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert first_fault(json.loads(file.read_text(encoding="utf-8"))) is None
    assert main([str(file), "--language", "en"]) == 0
    assert "every figure holds" in capsys.readouterr().out


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_its_inputs_give_the_same_bytes(file: Path) -> None:
    text = file.read_text(encoding="utf-8").rstrip("\n")
    assert canonical(settle(json.loads(text)["inputs"])) == text
