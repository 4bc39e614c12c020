"""Times as devices write them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.times import (
    AHEAD_MS,
    ARRIVAL_TIME,
    EARLIEST_MS,
    GOOD,
    ZONE_ASSUMED,
    UnreadableTime,
    read_time,
    rfc3339,
    shown,
    time_fault,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
ARRIVAL_MS = 1_795_334_400_000
EIGHT_UTC = 1_795_334_400_000

instants = st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T08:00:00Z",
        "2026-11-22T16:00:00+08:00",
        "2026-11-22T16:00:00.000+08:00",
        "2026-11-22T16:00:00+0800",
        "2026-11-22 16:00:00+08:00",
        "2026-11-22t08:00:00z",
        "2026-11-22T08:00:00.0000001Z",
        "  2026-11-22T08:00:00Z ",
        "2026/11/22 16:00:00 +08:00",
        "1795334400000",
        1_795_334_400_000,
        1_795_334_400_000.0,
        1_795_334_399_999.6,
    ],
)
def test_an_instant_in_full_needs_no_mark(written: object) -> None:
    assert read_time(written, ARRIVAL_MS, BERLIN) == (EIGHT_UTC, GOOD)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T16:00:00",
        "2026-11-22 16:00:00",
        "2026-11-22 16:00",
        "2026/11/22 16:00:00",
        "20261122160000",
        "20261122160000000",
    ],
)
def test_a_local_time_is_taken_in_the_institutions_zone_and_marked(written: str) -> None:
    assert read_time(written, ARRIVAL_MS, SHANGHAI) == (EIGHT_UTC, ZONE_ASSUMED)


def test_spreadsheets_leave_out_leading_zeros() -> None:
    assert read_time("2026/6/1 8:05", 0, SHANGHAI) == read_time("2026-06-01T08:05:00", 0, SHANGHAI)


def test_fractions_are_kept_to_the_millisecond() -> None:
    assert read_time("2026-11-22T08:00:00.25Z", 0, SHANGHAI)[0] == EIGHT_UTC + 250
    assert read_time("2026/11/22 16:00:00.250", 0, SHANGHAI)[0] == EIGHT_UTC + 250
    assert read_time("2026-11-22t08:00:00.250z", 0, SHANGHAI)[0] == EIGHT_UTC + 250


def test_an_absent_time_is_that_of_arrival_and_marked() -> None:
    assert read_time(None, ARRIVAL_MS, SHANGHAI) == (ARRIVAL_MS, ARRIVAL_TIME)


@pytest.mark.parametrize(
    "written",
    ["", "now", "2026-11-22", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T08:00:60Z",
     "08:00:00", "99999999999999", "9" * 18, "9" * 400, True, [], {}, float("nan"), float("inf"),
     "2026-11-22T08:00:00+25:00", "٢٠٢٦-١١-٢٢T٠٨:٠٠:٠٠Z"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_its_reason(written: object) -> None:
    with pytest.raises(UnreadableTime, match=r"^unreadable-time: "):
        read_time(written, ARRIVAL_MS, SHANGHAI)


@given(instants, offsets)
def test_any_rfc3339_time_reads_as_its_instant(moment: datetime, offset: timezone) -> None:
    written = moment.astimezone(offset).isoformat()
    assert read_time(written, 0, SHANGHAI) == (round(moment.timestamp() * 1000), GOOD)


@given(instants)
def test_what_is_printed_reads_back(moment: datetime) -> None:
    milliseconds = round(moment.timestamp() * 1000)
    assert read_time(rfc3339(milliseconds), 0, SHANGHAI) == (milliseconds, GOOD)


@given(st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.none(), st.booleans()))
def test_nothing_a_device_writes_raises_anything_else(written: object) -> None:
    try:
        milliseconds, _ = read_time(written, ARRIVAL_MS, SHANGHAI)
    except UnreadableTime:
        return
    assert time_fault(milliseconds, written, ARRIVAL_MS) is None or len(rfc3339(milliseconds)) < 60


def test_times_within_bounds_have_no_fault() -> None:
    for milliseconds in (EARLIEST_MS, ARRIVAL_MS, ARRIVAL_MS + AHEAD_MS):
        assert time_fault(milliseconds, milliseconds, ARRIVAL_MS) is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (EARLIEST_MS - 1, "time-before-2000: 1999-12-31T23:59:59.999Z"),
        (0, "time-before-2000: 1970-01-01T00:00:00Z"),
        (ARRIVAL_MS + AHEAD_MS + 60_000, "time-in-future: 2026-11-22T08:11:00Z is 11 minutes after arrival"),
        (ARRIVAL_MS + 8 * 3_600_000, "time-in-future: 2026-11-22T16:00:00Z is 8 hours after arrival"),
        (ARRIVAL_MS + 86_400_000 * 364, "time-in-future: 2027-11-21T08:00:00Z is 364 days after arrival"),
        (ARRIVAL_MS // 1000, "time-before-2000: 1795334400 looks like seconds; send milliseconds"),
        (ARRIVAL_MS * 1000, "time-in-future: 1795334400000000 looks like microseconds; send milliseconds"),
        (ARRIVAL_MS * 10**6,
         "time-in-future: 1795334400000000000 looks like nanoseconds; send milliseconds"),
        (10**400, "time-in-future: after the year 9999"),
        (-(10**400), "time-before-2000: a number of more than 18 digits ms"),
    ],
)  # fmt: skip
def test_an_impossible_time_is_named(written: int, reason: str) -> None:
    assert time_fault(written, written, ARRIVAL_MS) == reason


def test_a_date_string_is_never_taken_for_seconds() -> None:
    milliseconds, _ = read_time("1970-01-21T18:42:14Z", ARRIVAL_MS, SHANGHAI)
    assert time_fault(milliseconds, "1970-01-21T18:42:14Z", ARRIVAL_MS) == (
        "time-before-2000: 1970-01-21T18:42:14Z"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (None, "null"), (7, "7"), (10**400, "a number of more than 18 digits"), ([], "a list"),
     ({}, "an object"), ("ab", "'ab'"), ("x" * 100, "'" + "x" * 36 + "…'"), (1.5, "1.5")],
)  # fmt: skip
def test_reasons_quote_values_briefly(value: object, text: str) -> None:
    assert shown(value) == text
