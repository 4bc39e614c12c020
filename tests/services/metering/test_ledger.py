"""One channel's view of the ledger: scale, unit, transformers, and faces of its own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from services.metering.channels import CHANNELS
from services.metering.gauges import to_primary
from services.metering.ledger import RegisterLine, gauge_factors, main_register, register_lines
from services.metering.model import ChannelTerms, Meter, MeterPeriod, MeterUse
from services.metering.registers import cumulate
from services.metering.units import in_own_unit, units_of
from tests.services.timeseries.meters import plain_meter

START = datetime(2026, 1, 1, tzinfo=UTC)
T0 = int(START.timestamp() * 1000)
HOUR_MS = 3_600_000


def meter(*ledger: MeterPeriod, **fields: Any) -> Meter:
    return plain_meter(ledger=ledger, **fields)


def later(hours: float, **values: object) -> MeterPeriod:
    return MeterPeriod(START + timedelta(hours=hours), **values)  # type: ignore[arg-type]


def total(of: Meter, channel: str, *values: float) -> float:
    times = T0 + np.arange(len(values)) * HOUR_MS
    return cumulate(times, values, ledger=register_lines(of, channel), gap_limit_s=5400).total


def test_every_channel_has_its_own_unit_first() -> None:
    for name, channel in CHANNELS.items():
        assert units_of(name)[0] in {channel.unit, "1"}
        assert in_own_unit(name, None) == 1
        assert in_own_unit(name, units_of(name)[0]) == 1


@pytest.mark.parametrize(
    ("channel", "unit", "factor"),
    [
        ("energy_kwh", "Wh", 0.001), ("energy_kwh", "MWh", 1000), ("energy_kwh", "GJ", 2500 / 9),
        ("heat_gj", "kWh", 0.0036), ("water_m3", "L", 0.001), ("power_kw", "W", 0.001),
        ("voltage_v", "kV", 1000), ("current_a", "mA", 0.001), ("power_factor", "%", 0.01),
        ("humidity_pct", "1", 100), ("illuminance_lx", "klx", 1000),
    ],
)  # fmt: skip
def test_units_are_what_they_are_by_definition(channel: str, unit: str, factor: float) -> None:
    assert in_own_unit(channel, unit) == pytest.approx(factor, rel=1e-15)


def test_a_unit_of_another_quantity_is_none() -> None:
    with pytest.raises(KeyError):
        in_own_unit("water_m3", "kWh")


def test_reported_counts_become_what_the_face_shows_and_then_energy() -> None:
    hundredths = later(-1, digits=6, channels={"energy_kwh": ChannelTerms(scale=0.01)})
    assert total(meter(hundredths), "energy_kwh", 1_234_500, 1_234_750) == 2.5
    assert total(meter(hundredths), "energy_kwh", 99_999_000, 1_500) == 25  # wraps at 10^6 kWh displayed


def test_the_width_and_the_swap_are_as_displayed_also_in_another_unit() -> None:
    in_mwh = {"energy_kwh": ChannelTerms(scale=0.001, unit="MWh")}
    ledger = (
        later(-1, digits=4, channels=in_mwh),
        later(1.5, digits=4, closing=8_000.5, opening=0.25, channels=in_mwh),
    )
    assert total(meter(*ledger), "energy_kwh", 7_999_000, 8_000_000, 1_250) == 1000 + 500 + 1000
    assert total(meter(ledger[0]), "energy_kwh", 9_999_500, 500) == 1000  # wraps at 10^4 MWh


def test_transformers_stay_apart_from_scale_and_unit() -> None:
    secondary = later(
        -1, ct=40, pt=10, already_primary=False, channels={"energy_kwh": ChannelTerms(scale=10, unit="Wh")}
    )
    assert total(meter(secondary), "energy_kwh", 100, 200) == 400
    assert total(meter(replace(secondary, already_primary=True)), "energy_kwh", 100, 200) == 1
    assert total(meter(secondary), "water_m3", 100, 200) == 100  # no current flows through a water meter


def test_a_gauge_has_scale_and_unit_too_and_a_reversed_sensor_a_sign() -> None:
    line = later(
        0, ct=2, pt=3, already_primary=False,
        channels={"power_kw": ChannelTerms(scale=-10, unit="W"), "temperature_c": ChannelTerms(scale=0.1)},
    )  # fmt: skip
    assert gauge_factors([line], "power_kw") == [pytest.approx(-0.06)]
    assert gauge_factors([line], "temperature_c") == [0.1]
    assert gauge_factors([line], "current_a") == [2]
    times = np.array([T0 - 1, T0, T0 + 1])
    np.testing.assert_allclose(
        to_primary("temperature_c", times, np.array([1.0, 215.0, 216.0]), [line]), [np.nan, 21.5, 21.6]
    )


def test_a_correction_of_the_scale_holds_from_its_line_on() -> None:
    ledger = (
        later(-1, digits=6),
        later(1, digits=6, closing=20, opening=20, channels={"energy_kwh": ChannelTerms(scale=0.5)}),
    )
    assert total(meter(*ledger), "energy_kwh", 10, 40, 44) == (20 - 10) + 0 + 2


@pytest.mark.parametrize(
    ("use", "channel"),
    [(MeterUse.ELECTRICITY, "energy_kwh"), (MeterUse.LIGHTING, "energy_kwh"), (MeterUse.WATER, "water_m3"),
     (MeterUse.GAS, "gas_m3"), (MeterUse.HEAT, "heat_gj"), (MeterUse.WEATHER, "energy_kwh")],
)  # fmt: skip
def test_the_main_register_follows_the_use(use: MeterUse, channel: str) -> None:
    assert main_register(use) == channel


def test_a_swap_of_the_main_register_says_nothing_of_another() -> None:
    swapped = later(1.5, digits=6, closing=8_000, opening=0)
    assert register_lines(meter(swapped), "energy_export_kwh")[0].closing is None
    assert total(meter(later(-1, digits=6), swapped), "energy_export_kwh", 5, 7, 1, 2) == 3
    own = {"energy_export_kwh": ChannelTerms(digits=5, closing=8, opening=0.5)}
    both = replace(swapped, channels=own)
    assert register_lines(meter(both), "energy_export_kwh") == (
        RegisterLine(both.valid_from, digits=5, closing=8, opening=0.5),
    )
    assert total(meter(later(-1, digits=6), both), "energy_export_kwh", 5, 7, 1, 2) == 2 + 1.5 + 1


def test_the_rated_power_is_that_of_the_line_or_else_of_the_meter() -> None:
    found = register_lines(meter(later(0), later(1, rated_kw=160), rated_kw=80), "energy_kwh")
    assert [line.rated_kw for line in found] == [80, 160]
    assert register_lines(meter(later(0), rated_kw=80), "water_m3")[0].rated_kw is None
