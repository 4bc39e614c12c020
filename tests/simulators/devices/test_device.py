"""What all devices share: local clocks, small documents, meanings, and a device's silence."""

import pytest

from simulators.devices.device import (
    Device,
    Message,
    Sample,
    document,
    local,
    online,
    readings,
    whole_second,
)
from tests.simulators.devices.parts import EIGHT_MS, SAMPLE


def test_a_clock_in_china_is_eight_hours_ahead() -> None:
    assert local(EIGHT_MS, "%Y-%m-%dT%H:%M:%S") == "2026-11-22T08:00:00"
    assert local(0, "%y%m%d%H%M%S") == "700101080000"


@pytest.mark.parametrize(("time_ms", "shown"), [(0, 0), (999, 0), (1000, 1000), (EIGHT_MS + 345, EIGHT_MS)])
def test_a_clock_of_seconds_does_not_run_ahead(time_ms: int, shown: int) -> None:
    assert whole_second(time_ms) == shown


def test_documents_are_small_and_keep_their_letters() -> None:
    assert (
        document({"a": [1, 2.5, None, True], "室": "中控室"})
        == '{"a":[1,2.5,null,true],"室":"中控室"}'.encode()
    )


def test_a_meaning_is_of_one_device_at_one_instant_or_on_arrival() -> None:
    (reading,) = readings(("a", "b"), 5, energy_kwh=1.0)
    assert (reading.measurement, reading.device, reading.time_ms) == ("readings", ("a", "b"), 5)
    assert reading.values == {"energy_kwh": 1.0}
    there, gone = online(("a", "b"), yes=True) + online(("a", "b"), yes=False)
    assert (there.measurement, there.time_ms, there.values) == ("device_status", None, {"online": 1.0})
    assert gone.values == {"online": 0.0}


def test_a_device_by_itself_is_silent_and_deaf() -> None:
    device = Device()
    assert device.will is None
    assert device.listens == ()
    assert device.connected(SAMPLE) == device.overdue(0) == ()
    assert device.receive(Message("a", b""), SAMPLE) == ()
    with pytest.raises(NotImplementedError):
        device.report(SAMPLE)


def test_a_message_is_sent_once_and_not_kept_unless_it_says_so() -> None:
    message = Message("a", b"b")
    assert (message.qos, message.retain, message.means) == (0, False, ())


def test_a_sample_needs_only_its_time() -> None:
    assert Sample(time_ms=1).energy_kwh == Sample(time_ms=2).energy_kwh
