"""The bench as it is run, in small, on a real mosquitto and real stores: its figures agree."""

import json

import pytest

from simulators.bench.ingest import main

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
    assert {"mosquitto CPU s", "influxd CPU s", "elsewhere CPU s"} <= set(drains["collector, influxd"])
    assert "influxd CPU s" not in drains["collector, sqlite"]
    share = found["ratios"]["messages/s: collector, influxd / ceiling: only acknowledged"]
    fast, slow = drains["ceiling: only acknowledged"], drains["collector, influxd"]
    assert share == pytest.approx(slow["messages/s"] / fast["messages/s"])
