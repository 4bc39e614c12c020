"""The bench measures the real engine and tells each step."""

import json

import pytest

from services.mv.baseline import fit
from services.savings import bench


def test_the_synthetic_circuit_is_what_the_engine_is_made_for() -> None:
    baseline = fit(bench.circuit(1))
    assert baseline.form == "workday+daylight"
    assert baseline.fit.n == 365


def test_every_step_has_a_figure(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "RUNS", 2)
    assert bench.main(["--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    steps = [value for name, value in figures.items() if not name.startswith("whole")]
    assert len(steps) == 3
    assert figures["whole ms per meter-year"] == pytest.approx(sum(steps))
    assert bench.main([]) == 0
    assert "fit ms" in capsys.readouterr().out
