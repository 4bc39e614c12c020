"""The service's bench against a stand-in: what it asks and prints, and one line for a failure."""

import json

import pytest

from simulators.bench.api import ASKED, PATHS, main, time_answers
from tests.conftest import free_port
from tests.simulators.stub_service import running_stub


def test_it_asks_for_every_page_and_orders_its_figures() -> None:
    with running_stub(lambda _method, _path: (200, {})) as stub:
        found = time_answers(stub.url)
        assert len(stub.asked) == ASKED * len(PATHS)
    assert list(found) == [f"{path} {what}" for path in PATHS for what in ("median ms", "p95 ms")]
    for path in PATHS:
        assert 0 < found[f"{path} median ms"] <= found[f"{path} p95 ms"] * 1.01


def test_figures_are_one_object_or_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    with running_stub(lambda _method, _path: (200, {})) as stub:
        assert main(["--url", stub.url, "--json"]) == 0
        names = list(json.loads(capsys.readouterr().out))
        assert main(["--url", stub.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(names) == 2 * len(PATHS)
    for line, name in zip(lines, names, strict=True):
        assert line.startswith(name)
        assert float(line.split()[-1]) > 0


def test_a_service_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", f"http://127.0.0.1:{free_port()}"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("kilowitness bench: ")


def test_a_service_that_fails_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with running_stub(lambda _method, _path: (500, {})) as stub:
        assert main(["--url", stub.url]) == 1
    said = capsys.readouterr()
    assert "500" in said.err
    assert said.out == ""
