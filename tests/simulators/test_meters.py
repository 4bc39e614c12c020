"""Registers as devices show them: rounding, ratio, rollover, replacement."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.city import City
from simulators.meters import KINDS, Meter, Protocol, Style, Swap, by_code, install
from simulators.plan import HOUR_MS, Fault
from tests.simulators.conftest import SMALL


def meter(used: list[float], *, letter: str = "E", **changes: object) -> Meter:
    """A plain meter that used so much in each hour from time 0, its register beginning at 100."""
    made = install(SMALL, "x", letter, ordinal=1, used=np.array(used), rated_kw=None)
    return replace(made, **{"start_ms": 0, "register": 100.0, "style": Style.EPOCH, **changes})  # type: ignore[arg-type]


def shown(device: Meter, *hours: float) -> list[float]:
    """What the register shows so many hours after time 0."""
    values: list[float] = device.registers(np.array([round(hour * HOUR_MS) for hour in hours])).tolist()
    return values


def test_the_register_counts_what_was_used() -> None:
    assert shown(meter([1.5, 2.25, 0.0]), 0, 1, 2, 3) == [100.0, 101.5, 103.75, 103.75]


def test_within_an_hour_the_register_grows_evenly() -> None:
    assert shown(meter([4.0, 8.0]), 0.25, 0.5, 1.5) == [101.0, 102.0, 108.0]


def test_a_register_shows_two_decimals() -> None:
    assert shown(meter([1 / 3]), 1) == [100.33]


def test_a_transformer_ratio_leaves_the_secondary_in_the_register() -> None:
    assert shown(meter([80.0, 40.0], ct=40.0), 1, 2) == [102.0, 103.0]


def test_a_register_rolls_over_at_its_last_digit() -> None:
    device = meter([15.0, 20.0], digits=6, register=999_990.0)
    assert shown(device, 0, 1, 2) == [999_990.0, 5.0, 25.0]


def test_a_new_device_counts_from_its_opening() -> None:
    swap = Swap(round(1.5 * HOUR_MS), closing=115.0, opening=0.0)
    device = meter([10.0, 10.0, 10.0], swap=swap)
    assert shown(device, 1, 2, 3) == [110.0, 5.0, 15.0]
    assert shown(replace(device, swap=None), 1.5) == [115.0]


def test_power_is_the_mean_of_the_hour() -> None:
    device = meter([4.0, 8.0])
    assert device.power_kw(np.array([0, HOUR_MS // 2, HOUR_MS, 2 * HOUR_MS])).tolist() == [4, 4, 8, 8]


@given(
    st.lists(st.floats(0, 500), min_size=2, max_size=40),
    st.sampled_from([1.0, 10.0, 40.0]),
    st.floats(0, 999_999),
)
def test_differences_of_registers_add_up_to_the_truth(used: list[float], ct: float, register: float) -> None:
    """However it rounds and rolls over, each step is within two roundings of what was used."""
    device = meter(used, ct=ct, register=round(register, 2), digits=6)
    registers = np.array(shown(device, *range(len(used) + 1)))
    steps = np.mod(np.diff(registers), 1e6)
    steps = np.where(steps > 999_999.98, 0.0, steps)
    np.testing.assert_allclose(steps * ct, used, atol=0.011 * ct)


def test_every_register_of_the_city_only_grows(small_city: City) -> None:
    times = SMALL.start_ms + HOUR_MS * np.arange(SMALL.history_hours + 1)
    falling = {device.code for device in small_city.meters if (np.diff(device.registers(times)) < 0).any()}
    assert falling == {"gov-h1", "finance-s1"}


def test_a_city_without_swap_and_rollover_never_falls() -> None:
    plan = replace(SMALL, faults=frozenset({Fault.GAPS}))
    for code, letter in (("gov", "H"), ("finance", "S")):
        device = install(plan, code, letter, ordinal=1, used=np.full(plan.hours, 20.0), rated_kw=None)
        assert device.swap is None
        assert device.digits == 8
        times = plan.start_ms + HOUR_MS * np.arange(plan.history_hours + 1)
        assert (np.diff(device.registers(times)) >= 0).all()


def test_the_rollover_happens_once_within_the_history(small_city: City) -> None:
    device = by_code(small_city.meters)["finance-s1"]
    times = SMALL.start_ms + HOUR_MS * np.arange(SMALL.history_hours + 1)
    falls = np.flatnonzero(np.diff(device.registers(times)) < 0)
    assert len(falls) == 1
    assert device.digits == 6


def test_the_swap_keeps_every_kilowatt_hour(small_city: City) -> None:
    device = by_code(small_city.meters)["gov-h1"]
    assert device.swap is not None
    assert device.swap.at_ms % HOUR_MS == HOUR_MS // 2
    first, last = device.registers(np.array([SMALL.start_ms, SMALL.until_ms])).tolist()
    counted = (device.swap.closing - first) + (last - device.swap.opening)
    assert counted == pytest.approx(device.used(np.array([SMALL.until_ms]))[0], abs=0.03)


def test_some_meters_speak_other_protocols_and_styles(whole_city: City) -> None:
    protocols = [device.protocol for device in whole_city.meters]
    assert protocols.count(Protocol.ACREL) == 3
    assert protocols.count(Protocol.NEURON_VALUES) + protocols.count(Protocol.NEURON_TAGS) == 2
    styles = {device.style for device in whole_city.meters}
    assert styles == set(Style)
    assert [d.code for d in whole_city.meters if d.style is Style.ZONELESS] == ["finance-e1"]


def test_addresses_name_the_device_as_its_messages_do(whole_city: City) -> None:
    for device in whole_city.meters:
        namespace, _, name = device.address.partition("/")
        if device.protocol is Protocol.ACREL:
            assert namespace == "acrel-adw"
            assert name.isdigit()
        elif device.protocol is Protocol.CANONICAL:
            assert device.address == f"{device.institution}/{device.code}"
        else:
            assert device.address == f"neuron/{device.institution}-modbus.{device.code}"
    assert len({device.address for device in whole_city.meters}) == len(whole_city.meters)


def test_sub_meters_hang_on_the_main_meter(whole_city: City) -> None:
    codes = {device.code for device in whole_city.meters}
    for device in whole_city.meters:
        assert device.kind in KINDS.values()
        assert (device.parent is None) == (device.kind.role == "main")
        assert device.parent is None or device.parent in codes
