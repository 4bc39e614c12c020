"""The peer is measured where it can be imported, and its absence is told and no fault."""

import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from services.savings.bench import command, engine, peer


def test_the_real_peer_fits_the_same_buildings() -> None:
    try:
        ours, theirs = peer.fit_ms([engine.building(1)])
    except peer.NoPeer as reason:
        pytest.skip(str(reason))
    assert 0 < ours < theirs


def test_without_it_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendsm.eemeter", None)
    with pytest.raises(peer.NoPeer, match=r"opendsm\.eemeter"):
        peer.fit_ms([engine.building(1)])


def test_what_it_needs_may_be_too_new_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "opendsm").mkdir()
    (tmp_path / "opendsm" / "__init__.py").touch()
    (tmp_path / "opendsm" / "eemeter.py").write_text("raise TypeError('metaclass conflict')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "opendsm", raising=False)
    monkeypatch.delitem(sys.modules, "opendsm.eemeter", raising=False)
    with pytest.raises(peer.NoPeer, match="metaclass conflict"):
        peer.fit_ms([engine.building(1)])
    monkeypatch.delitem(sys.modules, "opendsm", raising=False)


class StandIn:
    """Takes down what the peer would be given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fitted: list[Any] = []
        eemeter = SimpleNamespace(
            DailyBaselineData=lambda frame, is_electricity_data: (frame, is_electricity_data),
            DailyModel=lambda: SimpleNamespace(fit=lambda data, **_: self.fitted.append(data)),
        )
        pandas = SimpleNamespace(
            DataFrame=lambda columns, index: (columns, index), DatetimeIndex=lambda days, tz: (days, tz)
        )
        monkeypatch.setitem(sys.modules, "opendsm.eemeter", eemeter)
        monkeypatch.setitem(sys.modules, "pandas", pandas)


def test_it_is_given_local_days_fahrenheit_and_kwh(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in, buildings = StandIn(monkeypatch), [engine.building(1), engine.building(2)]
    ours, theirs = peer.fit_ms(buildings)
    assert ours > 0 <= theirs
    assert len(stand_in.fitted) == 3  # the first once more, before the clock runs
    (columns, (days, zone)), electricity = stand_in.fitted[-1]
    assert electricity
    assert (days[0], len(days), zone) == (date(2025, 1, 1), 365, "Asia/Shanghai")
    outdoor_c = buildings[1].outdoor_c
    assert outdoor_c is not None
    np.testing.assert_allclose((columns["temperature"] - 32) / 1.8, outdoor_c)
    assert columns["observed"] is buildings[1].energy_kwh


def test_a_building_without_weather_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    StandIn(monkeypatch)
    with pytest.raises(ValueError, match="weather"):
        peer.fit_ms([engine.circuit(1)])


def test_the_command_prints_both_and_their_ratio(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peer, "fit_ms", lambda buildings: (5.0, 1000.0 * len(buildings)))
    assert command.main(["--runs", "1", "--meters", "1", "--contracts", "0", "--peer", "3"]) == 0
    rows = dict(line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert {name.strip(): value for name, value in rows.items() if name.startswith("peer")} == {
        "peer: buildings": "3.00",
        "peer: fit with selection ms": "5.00",
        "peer: fit by opendsm ms": "3,000.00",
        "peer: opendsm's per ours": "600.00",
    }


def test_the_command_does_without(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "opendsm.eemeter", None)
    asked = ["--runs", "1", "--meters", "1", "--contracts", "0"]
    assert command.main(asked) == 0
    said = capsys.readouterr()
    assert "no peer to compare with: opendsm.eemeter" in said.err
    assert "peer" not in said.out
    assert command.main([*asked, "--peer", "0"]) == 0
    assert "peer" not in capsys.readouterr().err
