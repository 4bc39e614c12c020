"""Settlements exported once and kept: they must hold, to the byte, on every machine that runs this.

`make_golden` beside this makes them anew where the format or the engine changes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.mv.canonical import canonical
from services.savings.bundle.verify_command import main
from services.savings.contract.documents import ContractDocument
from services.savings.settlement.document import settle
from services.savings.settlement.verification import first_fault
from tests.services.savings import make_golden

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def kept(name: str) -> Any:
    return json.loads((make_golden.GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_there_are_some_of_each_sort() -> None:
    assert [file.stem for file in GOLDEN] == [
        "adjusted", "custody-held", "guaranteed", "lamps", "saving-rate", "shared", "weather",
    ]  # fmt: skip
    assert set(make_golden.MADE) < {file.stem for file in GOLDEN}


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_kept_settlement_still_holds(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert first_fault(json.loads(file.read_text(encoding="utf-8"))) is None
    assert main([str(file), "--language", "en"]) == 0
    assert "every figure holds" in capsys.readouterr().out


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_its_inputs_give_the_same_bytes(file: Path) -> None:
    text = file.read_text(encoding="utf-8").rstrip("\n")
    assert canonical(settle(json.loads(text)["inputs"])) == text


@pytest.mark.parametrize("machine", ["Prescott", "Haswell"])
def test_other_processors_add_up_in_another_order_and_give_the_same_bytes(machine: str) -> None:
    """The kernels of linear algebra are chosen by the processor, unless told as here."""
    code = (
        "import json, sys; from services.mv.canonical import canonical;"
        "from services.savings.settlement.document import settle;"
        "texts = [open(name, encoding='utf-8').read().rstrip() for name in sys.argv[1:]];"
        "assert texts == [canonical(settle(json.loads(text)['inputs'])) for text in texts]"
    )
    environment = os.environ | {"OPENBLAS_CORETYPE": machine}
    command = [sys.executable, "-c", code, *map(str, GOLDEN)]
    subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parents[3])


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_its_contract_is_spelled_as_it_was(file: Path) -> None:
    contract = kept(file.stem)["inputs"]["contract"]
    assert ContractDocument.model_validate(contract).model_dump(mode="json") == contract


@pytest.mark.parametrize("name", ["custody-held", "guaranteed", "shared"])
def test_contracts_that_say_nothing_of_measurement_keep_no_word_of_it(name: str) -> None:
    document = kept(name)
    assert not {"measurement", "limits"} & set(document["inputs"]["contract"])
    assert not {"adjustments"} & set(document["inputs"])
    assert "outdoor_c" not in document["inputs"]["columns"]
    assert document["results"]["adjustments"] == []


def test_the_kept_ones_are_what_they_are_called() -> None:
    weather, adjusted = kept("weather")["results"], kept("adjusted")["results"]
    assert weather["model"]["form"] == "5P by day type + daylight + head_count"
    assert {one["name"] for one in weather["model"]["coefficients"]} >= {
        "summer_holiday", "heating_balance_point", "cooling_balance_point",
    }  # fmt: skip
    assert kept("weather")["inputs"]["columns"][-1] == "outdoor_c"
    assert kept("lamps")["results"]["model"]["form"] == "option_a"
    assert kept("lamps")["inputs"]["contract"]["meters"] == []
    assert kept("saving-rate")["results"]["model"]["form"] == "saving_rate"
    assert len(adjusted["adjustments"]) == len(kept("adjusted")["inputs"]["adjustments"]) == 4
    assert adjusted["comparison"]["chosen_kwh"] < adjusted["period"]["uncertainty_kwh"]
    for name in make_golden.MADE:
        assert kept(name)["results"]["state"] == "draft"
        assert float(kept(name)["results"]["esco_fee_yuan"]) > 0


def test_the_script_makes_what_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_golden, "GOLDEN", tmp_path)
    make_golden.main(["lamps"])
    (file,) = tmp_path.iterdir()
    assert file.name == "lamps.json"
    assert first_fault(json.loads(file.read_text(encoding="utf-8"))) is None
