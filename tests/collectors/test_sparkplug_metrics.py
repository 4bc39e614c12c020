"""Which channel a Sparkplug metric is."""

from pathlib import Path

import pytest

from collectors.decoders.profile import PROFILES, ProfileError
from collectors.decoders.sparkplug_metrics import FOLDER, PASSED_OVER, MetricMap, Target, load_metrics
from services.metering.channels import CHANNELS


def own(tmp_path: Path, text: str) -> Path:
    """A user's folder of profiles with one metric map."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "own.toml").write_text(text, "utf-8")
    return tmp_path


def test_a_channel_needs_no_line() -> None:
    for name in CHANNELS:
        assert MetricMap().target(name) == MetricMap().target(name.upper()) == Target(name)


def test_shipped_names_in_any_case() -> None:
    metrics = load_metrics()
    assert metrics.target("Energy/Active Import") == Target("energy_kwh")
    assert metrics.target("energy/active IMPORT WH") == Target("energy_kwh", 0.001)
    assert metrics.target("Heat/Energy MWh") == Target("heat_gj", 3.6)


def test_what_is_passed_over_is_known() -> None:
    metrics = load_metrics()
    for name in ("bdSeq", "Node Control/Rebirth", "node control/Scan Rate", "Properties/Hardware Make"):
        assert metrics.target(name) == PASSED_OVER
    for name in ("", "bdSeq/2", "Node Control", "Supply Voltage"):
        assert metrics.target(name) is None


def test_every_shipped_line_leads_to_a_channel() -> None:
    assert (PROFILES / FOLDER / "metrics.toml").exists()
    load_metrics()


def test_a_users_lines_come_on_top(tmp_path: Path) -> None:
    text = (
        '[metrics]\n"PV/Total" = "energy_export_kwh"\n"voltage" = { channel = "voltage_v", scale = 1000 }\n'
    )
    metrics = load_metrics(own(tmp_path, text))
    assert metrics.target("pv/total") == Target("energy_export_kwh")
    assert metrics.target("Voltage") == Target("voltage_v", 1000)
    assert metrics.target("Current") == Target("current_a")


def test_a_users_folder_need_not_have_any(tmp_path: Path) -> None:
    assert load_metrics(tmp_path).target("Voltage") == Target("voltage_v")


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("x =", "Invalid value"),
        ('[metrics]\nx = "energy_mwh"', "'x' is mapped to no channel"),
        ('[metrics]\nx = ""', "'x' is mapped to no channel"),
        ("[metrics]\nx = 3", "Expected"),
        ('[metrics]\nx = { channel = "energy_kwh", factor = 2 }', "factor"),
        ("[metric]\n", "metric"),
    ],
)
def test_a_wrong_map_is_named(tmp_path: Path, text: str, about: str) -> None:
    with pytest.raises(ProfileError, match=about) as caught:
        load_metrics(own(tmp_path, text))
    assert str(caught.value).startswith("sparkplug/own.toml: ")
