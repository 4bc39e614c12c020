"""The bench measures the real engine and tells each figure."""

import json

import pytest

from services.mv.baseline import fit
from services.savings.bench import command, engine


def test_the_synthetic_meters_are_what_the_engine_is_made_for() -> None:
    lighting, building = fit(engine.circuit(1)), fit(engine.building(1))
    assert lighting.form == "workday+daylight"
    assert lighting.fit.n == building.fit.n == 365
    assert building.form.startswith("5P")


def test_every_step_has_a_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--json", "--runs", "1", "--meters", "3", "--contracts", "1", "--peer", "0"]) == 0
    figures = json.loads(capsys.readouterr().out)
    for name in ("lighting", "weather"):
        steps = [value for key, value in figures.items() if key.startswith(f"{name}, daily") and " ms" in key]
        assert len(steps) == 4
        assert steps[3] == pytest.approx(sum(steps[:3]))
    assert figures["weather, daily: buildings on all cores"] == 3
    assert figures["city: month end s"] > 0


def test_without_a_city_it_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--runs", "1", "--meters", "1", "--contracts", "0", "--peer", "0"]) == 0
    printed = capsys.readouterr().out
    assert "import of the engine s" in printed
    assert "city" not in printed
