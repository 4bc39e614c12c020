"""Pushing through grafana-client to a server that speaks Grafana's API, and the command's exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.__main__ import main
from dashboards.push import PushRefused, push
from tests.conftest import free_port
from tests.dashboards.grafana_stand_in import Grafana, running_grafana

BOARD = {"uid": "one", "title": "一 One"}


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    with running_grafana("secret-token") as server:
        yield server


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("KILOWITNESS_GRAFANA_URL", "KILOWITNESS_GRAFANA_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_creates_the_folder_and_the_dashboard(grafana: Grafana) -> None:
    saved: list[tuple[str, str]] = []
    push(grafana.url, grafana.token, [BOARD], lambda title, address: saved.append((title, address)))
    assert grafana.folders == {"kilowitness": "Kilowitness"}
    assert grafana.dashboards == {"one": BOARD}
    assert saved == [("一 One", f"{grafana.url}/d/one/x")]


def test_pushing_again_overwrites(grafana: Grafana) -> None:
    for _ in range(2):
        push(grafana.url, grafana.token, [BOARD], lambda title, address: None)
    assert grafana.versions == {"one": 2}
    assert len(grafana.folders) == 1


def test_a_wrong_token_is_refused_in_one_line(grafana: Grafana) -> None:
    with pytest.raises(PushRefused, match="Unauthorized"):
        push(grafana.url, "other", [BOARD], lambda title, address: None)
    assert grafana.dashboards == {}


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_refusal_carries_its_reason(grafana: Grafana, status: int) -> None:
    grafana.refuse_with = status
    with pytest.raises(PushRefused, match="refused"):
        push(grafana.url, grafana.token, [BOARD], lambda title, address: None)


def test_nobody_there() -> None:
    with pytest.raises(PushRefused, match=r"http://127\.0\.0\.1"):
        push(f"http://127.0.0.1:{free_port()}", "t", [BOARD], lambda title, address: None)


def test_command_pushes_every_dashboard(
    grafana: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_GRAFANA_URL", grafana.url)
    monkeypatch.setenv("KILOWITNESS_GRAFANA_TOKEN", grafana.token)
    assert main(["push"]) == 0
    committed = Path(__file__).parents[2] / "dashboards/generated"
    expected = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in committed.glob("*.json")}
    assert grafana.dashboards == expected
    assert capsys.readouterr().out.count(grafana.url) == 5


def test_command_without_settings_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["push"]) == 2
    assert "KILOWITNESS_GRAFANA_URL" in capsys.readouterr().err


def test_command_with_a_wrong_setting_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_TIMEZONE", "Mars/Base")
    assert main(["push"]) == 2
    assert "KILOWITNESS_TIMEZONE" in capsys.readouterr().err


def test_command_refused_by_grafana_ends_with_one(
    grafana: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_GRAFANA_URL", grafana.url)
    monkeypatch.setenv("KILOWITNESS_GRAFANA_TOKEN", "wrong")
    assert main(["push"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_check_agrees_with_what_is_committed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out == ""


def test_check_tells_what_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dashboards.__main__.differences", lambda: ["generated/x.json: missing"])
    assert main(["check"]) == 1
    assert capsys.readouterr().err == "generated/x.json: missing\nrun: kilowitness dashboards build\n"
