"""What a demo leaves on the stores is still true when the service starts again, and a lie is found out."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_port, stop, wait_for_port
from tests.e2e.conftest import FilledCity
from tests.e2e.demo_runs import environment

pytestmark = [pytest.mark.mosquitto, pytest.mark.influxd, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", name="address")
def service_that_starts_again(
    filled_city: FilledCity, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """`kilowitness serve` on the stores that the demo filled."""
    port = free_port()
    settings = filled_city.settings | {"HTTP_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "kilowitness", "serve"],
        cwd=tmp_path_factory.mktemp("again"), env=environment(settings), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_port(port, process, seconds=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def verified(address: str, truth: Path) -> tuple[int, list[str]]:
    """Exit code and lines of `kilowitness simulate verify`."""
    command = [sys.executable, "-m", "kilowitness", "simulate", "verify", "--url", address]
    done = subprocess.run(
        [*command, "--truth", str(truth)], env=environment({}) | {"COLUMNS": "200"},
        cwd=truth.parent, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines()


def test_the_product_still_agrees_with_the_truth(address: str, filled_city: FilledCity) -> None:
    code, lines = verified(address, filled_city.truth)
    assert code == 0, "\n".join(lines)
    rows = re.fullmatch(r"(\d+) of (\d+) rows agree", lines[-1])
    assert rows, lines[-1]
    assert rows[1] == rows[2]


def test_one_value_more_in_the_truth_is_one_row_that_fails(
    address: str, filled_city: FilledCity, tmp_path: Path
) -> None:
    truth = json.loads(filled_city.truth.read_text("utf-8"))
    channel = next(iter(truth["values"]))
    truth["values"][channel] += 1
    lie = tmp_path / "truth.json"
    lie.write_text(json.dumps(truth), encoding="utf-8")
    code, lines = verified(address, lie)
    assert code == 1
    assert lines[-1].endswith(" rows agree, 1 FAIL")
    [row] = [line for line in lines if "FAIL │" in line]
    assert "values stored" in row


def test_every_contract_has_days_that_count(filled_city: FilledCity) -> None:
    contracts = filled_city.get("/contracts")["items"]
    assert len(contracts) == 10
    for contract in contracts:
        savings = filled_city.get(f"/contracts/{contract['code']}/savings?grain=month")
        assert savings["items"], contract
        assert savings["total"]["savings_kwh"] > savings["total"]["uncertainty_kwh"] > 0
