"""What every simulated device says, understood in this process, against what its document makes it mean.

The devices share nothing with the decoders, so neither side's mistake is mirrored by the other.
"""

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.routing import Router, Understood, all_decoders
from services.timeseries.schema import DEVICE_STATUS
from simulators.devices.catalogue import DIALECTS
from simulators.devices.device import Device, Message, Sample

NOW_MS = 1_795_334_400_000
"""2026-11-22T16:00:00+08:00, when everything here arrives."""
FIRST = Sample(time_ms=NOW_MS - 600_000)

Fact = tuple[str, tuple[str, ...], int | None, str, float]


def meant(message: Message) -> list[Fact]:
    """Every value that a message means, with the time of arrival where it has none."""
    return sorted(
        (m.measurement, m.device, _time(m.measurement, m.time_ms), name, round(value, 6))
        for m in message.means
        for name, value in m.values.items()
    )


def understood(what: Understood) -> list[Fact]:
    """Every value that the collector would store of it."""
    return sorted(
        (p.measurement.name, p.tags, _time(p.measurement.name, p.time_ms), name, round(value, 6))
        for p in what.points
        for name, value in p.fields.items()
        if name != "quality"
    )


def _time(measurement: str, time_ms: int | None) -> int:
    """A status is known when it arrives, whatever a device has written on it."""
    return NOW_MS if time_ms is None or measurement == DEVICE_STATUS.name else time_ms


def day_of(device: Device) -> Iterator[Message]:
    """A device's greeting and eight reports, a minute apart, the registers growing."""
    yield from device.connected(FIRST)
    for step in range(8):
        yield from device.report(
            replace(
                FIRST, time_ms=FIRST.time_ms + 60_000 * step, energy_kwh=12345.67 + step, water_m3=300 + step
            )
        )


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_understood_as_its_document_has_it(name: str) -> None:
    router = Router(all_decoders(), ZoneInfo("Asia/Shanghai"))
    for device in DIALECTS[name].make():
        for message in day_of(device):
            what = router.understand(message.topic, message.payload, NOW_MS)
            assert understood(what) == meant(message), (message, what.rejects)
            rejects = [r for r in what.rejects if not r.reason.startswith("device-error")]
            assert not (message.means and rejects), (message, what.rejects)


@pytest.mark.parametrize("name", [name for name, d in DIALECTS.items() if any(x.will for x in d.make())])
def test_every_will_is_understood(name: str) -> None:
    router = Router(all_decoders(), ZoneInfo("Asia/Shanghai"))
    for device in DIALECTS[name].make():
        for message in day_of(device):
            router.understand(message.topic, message.payload, NOW_MS)
        assert device.will is not None
        what = router.understand(device.will.topic, device.will.payload, NOW_MS)
        assert understood(what) == meant(device.will), what.rejects


def _number(low: float, high: float, decimals: int) -> st.SearchStrategy[float]:
    """A number as an instrument shows it."""
    scale = 10**decimals
    return st.integers(round(low * scale), round(high * scale)).map(lambda digits: digits / scale)


SAMPLES = st.builds(
    Sample,
    time_ms=st.integers(1_600_000_000_000, NOW_MS - 3_600_000),
    energy_kwh=_number(0, 999_990, 3),
    energy_export_kwh=_number(0, 999_990, 2),
    power_kw=_number(-79.9, 79.9, 3),
    voltage_v=_number(0, 480, 1),
    current_a=_number(0, 600, 3),
    power_factor=_number(-1, 1, 3),
    water_m3=_number(0, 999_999, 2),
    lat=_number(-89, -1, 6) | _number(1, 89, 6),
    lon=_number(-179, 179, 6),
    speed_kmh=_number(0, 220, 1),
    ignition=st.booleans(),
    odometer_km=_number(0, 999_999, 1),
    fuel_l=_number(0, 900, 1),
)
"""Anything that meters and vehicles show: power that flows back, the southern hemisphere, an empty tank."""


@pytest.mark.parametrize("name", DIALECTS)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_any_sample_is_understood_as_it_was_meant(name: str, data: st.DataObject) -> None:
    router = Router(all_decoders(), ZoneInfo("Asia/Shanghai"))
    for device in DIALECTS[name].make():
        greeting = device.connected(FIRST)
        for message in (*greeting, *device.report(data.draw(SAMPLES)), *device.report(data.draw(SAMPLES))):
            what = router.understand(message.topic, message.payload, NOW_MS)
            found, expected = understood(what), meant(message)
            assert [fact[:4] for fact in found] == [fact[:4] for fact in expected], what.rejects
            assert [fact[4] for fact in found] == pytest.approx([fact[4] for fact in expected], abs=2e-6)
