"""The command line: every verb, its help, and one line where something is wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from simulators import __main__ as command
from simulators.city import City
from simulators.plan import ALL_FAULTS, CityPlan, Fault, last_midnight
from simulators.truth import ledger, read_truth, write_truth
from tests.conftest import free_port
from tests.simulators.conftest import SMALL
from tests.simulators.faithful import FaithfulProduct
from tests.simulators.stub_service import running_stub


@pytest.mark.parametrize("verb", ["register", "history", "live", "verify", "devices"])
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([verb, "--help"])
    assert ended.value.code == 0
    assert "--" in capsys.readouterr().out


def test_without_a_verb_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([])
    assert ended.value.code == 2
    assert "usage: kilowitness simulate" in capsys.readouterr().err


def test_options_default_to_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KILOWITNESS_MQTT_URL", raising=False)
    options = command.parse(["history"])
    assert (options.seed, options.months, options.until) == (1, 18, None)
    assert options.faults == ALL_FAULTS
    assert options.mqtt_url == "mqtt://127.0.0.1:1883"


def test_addresses_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILOWITNESS_MQTT_URL", "mqtt://broker:1884")
    monkeypatch.setenv("KILOWITNESS_HTTP_PORT", "9000")
    monkeypatch.setenv("KILOWITNESS_API_TOKEN", "t")
    options = command.parse(["live"])
    assert options.mqtt_url == "mqtt://broker:1884"
    assert options.url == "http://127.0.0.1:9000"
    assert options.token == "t"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("all", ALL_FAULTS),
        ("none", frozenset[Fault]()),
        ("gaps,late", frozenset({Fault.GAPS, Fault.LATE})),
    ],
)
def test_faults_can_be_chosen(text: str, faults: frozenset[Fault]) -> None:
    assert command.parse(["history", "--faults", text]).faults == faults


def test_an_unknown_fault_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["history", "--faults", "gremlins"])
    assert "gremlins" in capsys.readouterr().err


@pytest.fixture(name="tiny")
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command with a city that is quick to make."""

    def small(*, until: date, seed: int, months: int, faults: frozenset[Fault]) -> CityPlan:
        return CityPlan(until=until, seed=seed, months=months, faults=faults, institutions=2, vehicles=1)

    monkeypatch.setattr(command, "CityPlan", small)


@pytest.mark.mosquitto
@pytest.mark.usefixtures("tiny")
def test_history_publishes_and_writes_the_ledger(
    mosquitto_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "truth.json"
    arguments = ["--months", "1", "--until", "2026-03-01", "--truth", str(path)]
    url = f"mqtt://127.0.0.1:{mosquitto_port}"
    assert command.main(["history", "--mqtt-url", url, *arguments]) == 0
    assert read_truth(path).until == date(2026, 3, 1)
    assert "messages" in capsys.readouterr().out


@pytest.mark.usefixtures("tiny")
def test_register_says_how_much_it_told(capsys: pytest.CaptureFixture[str]) -> None:
    with running_stub(lambda _method, _path: (200, {})) as stub:
        assert command.main(["register", "--url", stub.url, "--months", "1"]) == 0
    assert "2 institutions" in capsys.readouterr().out


@pytest.mark.usefixtures("tiny")
def test_a_refusal_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with running_stub(lambda _method, _path: (401, {"detail": "show the token"})) as stub:
        assert command.main(["register", "--url", stub.url, "--months", "1"]) == 1
    error = capsys.readouterr().err
    assert "kilowitness simulate: PUT /registry: 401 show the token" in error.splitlines()


def verify_with(city: City, tmp_path: Path, damage: Callable[[FaithfulProduct], None] | None = None) -> int:
    truth = ledger(city)
    write_truth(truth, tmp_path / "truth.json")
    product = FaithfulProduct(truth, last_midnight(datetime.now(UTC)))
    if damage is not None:
        damage(product)
    with running_stub(product) as stub:
        return command.main(["verify", "--url", stub.url, "--truth", str(tmp_path / "truth.json")])


def test_verify_ends_with_0_when_all_agrees(small_city: City, tmp_path: Path) -> None:
    assert verify_with(small_city, tmp_path) == 0


def test_verify_ends_with_1_when_a_row_does_not(small_city: City, tmp_path: Path) -> None:
    assert verify_with(small_city, tmp_path, lambda p: p.answers["/ingest"].update(rejected=0)) == 1


def test_an_absent_ledger_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = tmp_path / "absent.json"
    url = f"http://127.0.0.1:{free_port()}"
    assert command.main(["verify", "--url", url, "--truth", str(absent)]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert str(absent) in line


def test_years_without_a_calendar_are_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "build_city", lambda plan: plan)
    command._city(command.parse(["history", "--until", "2040-03-01", "--months", "1"]))
    assert "no working calendar for 2040" in caplog.text
    caplog.clear()
    command._city(command.parse(["history", "--until", SMALL.until.isoformat(), "--months", "1"]))
    assert caplog.text == ""
