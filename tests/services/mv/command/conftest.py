import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.mv.command.main import main
from tests.services.mv.command.buildings import AFTER, Run, Write, cooled, files, rows_of


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(name: str, rows: Iterable[Sequence[object]]) -> str:
        file = tmp_path / name
        with file.open("w", newline="", encoding="utf-8") as text:
            csv.writer(text).writerows([("time", "temperature", "energy_kwh"), *rows])
        return str(file)

    return to


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def answer(*arguments: str) -> dict[str, Any]:
        assert main([*arguments, "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return answer


@pytest.fixture
def daily(write: Write) -> list[str]:
    after = cooled(AFTER, seed=8)
    return files(write, rows_of(cooled()), rows_of(replace(after, energy_kwh=0.8 * after.energy_kwh)))
