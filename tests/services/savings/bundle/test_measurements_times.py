"""Times in tables are spelled as `datetime` spells them, also where clocks change within a day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import from_ms, to_ms
from services.savings.bundle.times import spelled_times

ZONES = ("Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC")
FIRST, LAST = to_ms(datetime(1970, 1, 1, tzinfo=UTC)), to_ms(datetime(2199, 12, 31, tzinfo=UTC))


@given(zone=st.sampled_from(ZONES), times=st.lists(st.integers(FIRST, LAST), max_size=20))
def test_every_instant_as_datetime_spells_it(zone: str, times: list[int]) -> None:
    of = ZoneInfo(zone)
    told = [from_ms(ms).astimezone(of).isoformat(timespec="milliseconds") for ms in times]
    assert spelled_times(np.array(times, np.int64), of) == told


@pytest.mark.parametrize(("zone", "day"), [("Europe/Berlin", "2025-03-30"), ("Europe/Berlin", "2025-10-26"),
                                           ("Asia/Shanghai", "1986-05-04"), ("Asia/Shanghai", "1991-09-15"),
                                           ("Australia/Lord_Howe", "2025-04-06")])  # fmt: skip
def test_every_minute_of_a_day_on_which_clocks_change(zone: str, day: str) -> None:
    of, noon = ZoneInfo(zone), to_ms(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    times = noon + np.arange(-2160, 2160) * 60_000
    told = [from_ms(ms).astimezone(of).isoformat(timespec="milliseconds") for ms in times.tolist()]
    assert spelled_times(times, of) == told
    assert len({time[-6:] for time in told}) == 2


def test_a_time_reads_back_as_the_instant_it_was() -> None:
    times = np.array([FIRST, 1_751_299_200_123, LAST], np.int64)
    told = spelled_times(times, ZoneInfo("Asia/Shanghai"))
    assert told[1] == "2025-07-01T00:00:00.123+08:00"
    assert [to_ms(datetime.fromisoformat(one)) for one in told] == times.tolist()


def test_nothing_is_spelled_as_nothing() -> None:
    assert spelled_times(np.empty(0, np.int64), ZoneInfo("Asia/Shanghai")) == []
