import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.mv.canonical import canonical, sha256_of
from services.savings.bundle.verify_command import main
from services.savings.settlement.document import Json, settle
from services.savings.settlement.verification import first_fault
from tests.services.savings.examples import frozen


@pytest.fixture(scope="module")
def exported() -> Json:
    text: Json = json.loads(canonical(settle(frozen())))
    return text


def altered(exported: Json, change: Callable[[Json], object]) -> str | None:
    document = copy.deepcopy(exported)
    change(document)
    return first_fault(document)


def set_at(*path: Any, value: Any) -> Callable[[Json], object]:
    def change(document: Json) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def test_what_was_exported_holds(exported: Json) -> None:
    assert first_fault(exported) is None


@pytest.mark.parametrize("kind", ["guaranteed", "custody"])
def test_other_kinds_hold_and_so_does_a_held_month(kind: str) -> None:
    assert first_fault(json.loads(canonical(settle(frozen(kind=kind))))) is None
    assert first_fault(json.loads(canonical(settle(frozen(kind=kind, lost_days=5))))) is None


FAULTS: list[tuple[Callable[[Json], object], str]] = [
    (
        set_at("inputs", "reporting_days", 3, 3, 0, 0, value=1.0),
        "results.days[3] 2025-06-04.actual_kwh: says",
    ),
    (set_at("inputs", "baseline_days", 9, 3, 0, 0, value=999.0), "results.model.coefficients[0]"),
    (set_at("inputs", "contract", "price_yuan_per_kwh", value="0.8"), "price_yuan_per_kwh"),
    (set_at("inputs", "contract", "price_source", value="another table"), "input_sha256: says"),
    (set_at("inputs", "baseline_days", 9, 2, value=14.9), "inputs.baseline_days 2024-05-10: daylight_h"),
    (set_at("inputs", "reporting_days", 2, 1, value=None), "results.days[2]"),
    (
        set_at("results", "days", 4, "uncertainty_kwh", value=0.0),
        "results.days[4] 2025-06-05.uncertainty_kwh",
    ),
    (set_at("results", "esco_fee_yuan", value="9999.00"), "results.esco_fee_yuan: says '9999.00'"),
    (
        set_at("results", "lines", 4, "value", value="0.01"),
        "results.lines[4] savings_yuan.value: says '0.01'",
    ),
    (set_at("results", "state", value="held"), "results.state"),
    (set_at("results", "extra", value=1), "results.extra: does not follow"),
    (lambda document: document["results"]["lines"].pop(), "results.lines: has 9 lines"),
    (lambda document: document["results"]["days"].pop(0), "results.days[0] 2025-06-01.day"),
    (lambda document: document["results"].pop("gates"), "results.gates: missing"),
    (lambda document: document["inputs"].pop("reporting_days"), "inputs: cannot be settled (KeyError"),
    (
        lambda document: document["inputs"]["reporting_days"].pop(),
        "reporting_days: not every day from 2025-06-01",
    ),
    (
        lambda document: document["inputs"]["baseline_days"].pop(7),
        "baseline_days: not every day from 2024-05-01",
    ),
    (
        set_at("inputs", "contract", "kind", value="lease"),
        "inputs.contract: against a rule of this version: terms/lease/esco_share_by_year: Extra",
    ),
    (set_at("inputs", "place", "longitude", value=10**400), "inputs: cannot be settled (OverflowError"),
    (
        set_at("inputs", "reporting_days", 3, 3, 0, 0, value=1e300),
        "inputs: cannot be settled (InvalidOperation",
    ),
    (
        set_at("inputs", "reporting_days", 3, 2, value=None),
        "inputs.reporting_days 2025-06-04: daylight_h: says None",
    ),
    (set_at("inputs", "engine", value="another 9"), "inputs.engine: made by 'another 9'"),
    (set_at("format", value="x"), "format: not"),
    (set_at("inputs", value=None), "inputs: missing"),
    (set_at("results", value=None), "results: says None"),
]


@pytest.mark.parametrize(("change", "named"), FAULTS)
def test_one_thing_altered_is_found_and_named(
    exported: Json, change: Callable[[Json], object], named: str
) -> None:
    fault = altered(exported, change)
    assert fault is not None
    assert named in fault


def test_rehashing_altered_inputs_does_not_help(exported: Json) -> None:
    document = copy.deepcopy(exported)
    document["inputs"]["reporting_days"][0][3][0][0] += 1
    document["input_sha256"] = sha256_of(document["inputs"])
    assert "2025-06-01.actual_kwh" in str(first_fault(document))


def test_anything_else_is_not_a_settlement() -> None:
    assert first_fault([]) is not None
    assert first_fault({}) is not None


def test_the_command_tells_and_returns(
    exported: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settlement.json"
    file.write_text(canonical(exported), encoding="utf-8")
    assert main([str(file), "--language", "en"]) == 0
    assert f"fee {exported['results']['esco_fee_yuan']}" in capsys.readouterr().out
    exported_with_error = copy.deepcopy(exported)
    exported_with_error["results"]["savings_yuan"] = "1.00"
    file.write_text(canonical(exported_with_error), encoding="utf-8")
    assert main([str(file), "--language", "en"]) == 1
    assert "does not hold. results.savings_yuan" in capsys.readouterr().out


def test_the_command_on_what_is_no_settlement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
    (tmp_path / "text.json").write_text("not json")
    assert main([str(tmp_path / "text.json"), "--language", "en"]) == 1
    assert "not JSON" in capsys.readouterr().out
