"""The benches as they are run, in small: figures that make sense, and one line where something is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulators import bench
from tests.conftest import free_port
from tests.simulators.stub_service import running_stub


def figures(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What a bench prints as JSON."""
    assert bench.main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_ingest_stores_every_message_beside_its_ceiling(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:///{tmp_path}/readings.db"
    found = figures(capsys, "ingest", "--messages", "2000", "--store", store)
    assert found["messages"] == 2000
    assert found["collector messages/s"] > 0
    assert found["collector readings/s"] == pytest.approx(3 * found["collector messages/s"])
    share = found["collector messages/s"] / found["ceiling messages/s"]
    assert found["collector / ceiling"] == pytest.approx(share)
    assert found["peak memory of a child MiB"] > 10
    assert (tmp_path / "readings.db").exists()


def test_api_times_the_main_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with running_stub(lambda _method, _path: (200, {})) as stub:
        found = figures(capsys, "api", "--url", stub.url)
        assert len(stub.asked) == 150
    assert len(found) == 10
    assert all(
        0 < found[name] <= found[name.replace("median", "p95")] * 1.01 for name in found if "median" in name
    )


def test_figures_are_a_table_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    with running_stub(lambda _method, _path: (200, {})) as stub:
        assert bench.main(["api", "--url", stub.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert all(line.startswith("/") and float(line.split()[-1]) > 0 for line in lines)


def test_a_service_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["api", "--url", f"http://127.0.0.1:{free_port()}"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("kilowitness bench: ")


def test_a_service_that_fails_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with running_stub(lambda _method, _path: (500, {})) as stub:
        assert bench.main(["api", "--url", stub.url]) == 1
    assert "500" in capsys.readouterr().err


def test_an_unknown_bench_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["patience"])
    assert ended.value.code == 2
    assert "ingest" in capsys.readouterr().err
