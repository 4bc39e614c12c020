"""The bench as it is run, in small, on a real mosquitto and real stores: its figures agree."""

import json

import pytest

from simulators.bench import ingest
from simulators.bench.ingest import Case, cases_of, main, ratios
from simulators.processes import ProgramFailed
from tests.simulators.bench.examples import drain

MESSAGES = 2000


@pytest.mark.mosquitto
@pytest.mark.influxd
def test_every_reading_is_stored_and_the_figures_agree(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--messages", str(MESSAGES), "--meters", "50", "--scale", "0", "--repeats", "1", "--json"]
    assert main([*options, "--store", "both"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["messages"], found["channels"], found["repeats"]) == (MESSAGES, 3, 1)
    drains = {title: {k: v["median"] for k, v in row.items()} for title, row in found["drains"].items()}
    assert {"collector, influxd", "ceiling: only acknowledged", "collector, sqlite"} <= set(drains)
    for row in drains.values():
        assert row["messages/s"] * row["seconds"] == pytest.approx(MESSAGES)
        assert row["readings/s"] == pytest.approx(3 * row["messages/s"])
        assert row["CPU µs/message"] == pytest.approx(row["own CPU s"] / MESSAGES * 1e6)
        assert row["CPU s/million readings"] == pytest.approx(row["CPU µs/message"] / 3)
        assert 10 < row["peak MiB"] < 1000
    assert "influxd CPU s" not in drains["collector, sqlite"]
    assert {"mosquitto CPU s", "influxd CPU s", "elsewhere CPU s"} <= set(drains["collector, influxd"])
    share = found["ratios"]["messages/s: collector, influxd / ceiling: only acknowledged"]
    fast, slow = drains["ceiling: only acknowledged"], drains["collector, influxd"]
    assert share == pytest.approx(slow["messages/s"] / fast["messages/s"])


def test_the_cases_are_the_stores_and_the_scale() -> None:
    assert cases_of("both", 1000, 0) == [
        Case("collector, influxd", "influxd", 1000, beside=True),
        Case("collector, sqlite", "sqlite", 1000),
    ]
    assert cases_of("sqlite", 50, 2000) == [
        Case("collector, sqlite", "sqlite", 50, beside=True),
        Case("collector, sqlite, 2,000 meters", "sqlite", 2000),
    ]
    [case] = cases_of("influxdb2://secret@h:8086/b?org=o", 50, 0)
    assert case.store.startswith("influxdb2://")
    assert "secret" not in case.title


def test_ratios_compare_medians() -> None:
    cases = [Case("a", "influxd", 10, beside=True), Case("b", "sqlite", 10), Case("c", "influxd", 500)]
    drains = {
        "a": [drain(1000, 1.0, 1.0, known_cpu_s=2e-4), drain(1000, 2.0, 1.5), drain(1000, 9.0, 9.0)],
        "ceiling": [drain(1000, 0.5, 0.1)],
        "b": [drain(1000, 1.0, 1.0)],
        "c": [drain(1000, 3.0, 3.0, known_cpu_s=3e-4)],
    }
    assert ratios(cases, drains) == {
        "messages/s: a / ceiling": pytest.approx(0.25),
        "CPU a message: 500 / 10 meters": pytest.approx(2.0),
        "CPU a message, meters known: 500 / 10 meters": pytest.approx(1.5),
    }


def test_rounds_alternate_and_medians_are_over_them(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[tuple[str, int]] = []

    def play(case: Case, messages: int, *, turn: int, patience_s: float) -> dict[str, object]:
        turns.append((case.title, turn))
        return {case.title: drain(messages, seconds=1.0 + turn)}

    monkeypatch.setattr(ingest, "play", play)
    found = ingest.measure(cases_of("both", 10, 0), 1000, 3)
    assert turns == [(f"collector, {store}", turn) for turn in range(3) for store in ("influxd", "sqlite")]
    assert found["drains"]["collector, sqlite"]["seconds"] == {"median": 2.0, "lowest": 1.0, "highest": 3.0}


@pytest.mark.parametrize(
    "reason", ["influxd is not on PATH", "lost: 1,999 of 2,000 messages are stored, and no more come"]
)
def test_what_fails_is_one_line_and_no_figures(
    reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(*_: object, **__: object) -> None:
        raise ProgramFailed(reason)

    monkeypatch.setattr(ingest, "play", play)
    assert main(["--json"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"kilowitness bench: {reason}\n")
