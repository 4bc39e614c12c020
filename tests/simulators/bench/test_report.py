"""What is made of drains: figures, medians, a table that says each, and one line for a failure."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.bench import report
from simulators.bench.contestants import KNOWN
from tests.simulators.bench.examples import drain

positive = st.floats(1e-3, 1e6)


@given(messages=st.integers(1, 10**7), seconds=positive, cpu_s=positive)
def test_the_figures_of_a_drain_agree(messages: int, seconds: float, cpu_s: float) -> None:
    figures = drain(messages, seconds, cpu_s).figures()
    assert figures["messages/s"] * figures["seconds"] == pytest.approx(messages)
    assert figures["readings/s"] == pytest.approx(3 * figures["messages/s"])
    assert figures["CPU µs/message"] * messages == pytest.approx(cpu_s * 1e6)
    assert figures["CPU s/million readings"] * 3 == pytest.approx(figures["CPU µs/message"])
    assert figures["own CPU s"] == cpu_s
    assert figures["mosquitto CPU s"] == 0.5
    assert KNOWN not in figures


@given(st.lists(positive, min_size=1))
def test_a_spread_holds_every_value(values: list[float]) -> None:
    found = report.spread(values)
    assert found["lowest"] <= found["median"] <= found["highest"]
    assert all(found["lowest"] <= value <= found["highest"] for value in values)


def test_a_summary_has_every_figure_of_the_rounds_that_told_it() -> None:
    rounds = [drain(seconds=1.0), drain(seconds=4.0, known_cpu_s=5e-6), drain(seconds=2.0)]
    found = report.summary(rounds)
    assert found["seconds"] == {"median": 2.0, "lowest": 1.0, "highest": 4.0}
    assert found["messages/s"] == {"median": 500.0, "lowest": 250.0, "highest": 1000.0}
    assert found[KNOWN]["median"] == pytest.approx(5.0)


def figures() -> report.Figures:
    """What `bench ingest` prints, of two drains."""
    return {
        "messages": 1000, "channels": 3, "repeats": 2,
        "machine": {"cores": 2, "load before the rounds": report.spread([0.25, 0.5])},
        "drains": {
            "collector, influxd": report.summary([drain(seconds=1.0), drain(seconds=3.0)]),
            "ceiling": report.summary([drain(seconds=0.01)]),
        },
        "ratios": {"messages/s: collector, influxd / ceiling": 0.0067},
        "notes": ["telegraf is not here"],
    }  # fmt: skip


def test_the_table_says_each_figure_and_the_load(capsys: pytest.CaptureFixture[str]) -> None:
    report.print_ingest(figures())
    lines = capsys.readouterr().out.splitlines()
    [collector] = [line for line in lines if line.startswith("collector, influxd ")]
    assert collector.split()[2:] == [
        "667", "(333–1,000)", "2,000", "1,000", "–", "333", "100", "0.50", "0.25", "–", "0.00"
    ]  # fmt: skip
    assert "messages/s: collector, influxd / ceiling: 0.0067" in lines
    assert lines[-1] == "telegraf is not here"
    assert "1,000 messages of 3 channels" in lines[-2] + lines[-3]
    assert "2 cores" in " ".join(lines)


def test_the_object_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    report.print_json(figures())
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == figures()


def test_a_failure_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert report.refuse("no broker") == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "kilowitness bench: no broker\n")
