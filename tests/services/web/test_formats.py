"""Figures and dates as they are printed, in both languages."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.formats import UNKNOWN, Formats, change, completeness, number, percent, plain, signed
from services.web.i18n import texts

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZH, EN = Formats(texts("zh"), SHANGHAI), Formats(texts("en"), SHANGHAI)


@pytest.mark.parametrize("show", [number, signed, percent, change, completeness])
def test_what_is_unknown_is_a_dash_and_never_zero(show: object) -> None:
    assert callable(show)
    assert show(None) == show(float("nan")) == show(float("inf")) == UNKNOWN


def test_numbers_are_grouped_and_have_a_true_minus() -> None:
    assert number(1234567.891) == "1,234,568"
    assert number(-1234.5, 1) == "−1,234.5"
    assert number(Decimal("0.735686"), 6) == "0.735686"
    assert signed(12) == "+12"
    assert signed(-12) == "−12"
    assert signed(0) == "0"


def test_a_rounded_zero_has_no_minus() -> None:
    assert number(-0.4) == "0"
    assert number(-0.004, 2) == "0.00"


def test_a_half_is_rounded_up_as_the_figure_is_written_whatever_is_nearer_in_binary() -> None:
    assert [number(value, 2) for value in (361.815, 377.845, 2.675, 0.125, -0.125)] == [
        "361.82", "377.85", "2.68", "0.13", "−0.13",
    ]  # fmt: skip
    assert number(0.5) == "1"
    assert percent(0.28505) == "28.5\xa0%"
    assert percent(0.2855) == "28.6\xa0%"


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_a_float_and_its_decimal_are_printed_alike(thousandths: int) -> None:
    written = Decimal(thousandths).scaleb(-3)
    expected = f"{abs(written).quantize(Decimal('0.01'), ROUND_HALF_UP):,f}"
    assert number(thousandths / 1000, 2) == number(written, 2)
    assert number(written, 2).removeprefix("−") == expected


def test_a_percent_sign_stays_on_the_line_of_its_figure() -> None:
    assert " " not in percent(0.5) + change(0.5)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_no_number_shows_a_hyphen(value: float) -> None:
    assert "-" not in number(value, 2)


def test_days_are_told_as_each_language_tells_them() -> None:
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    assert ZH.days(first, last) == "2026年10月1日至2026年10月31日"
    assert EN.days(first, last) == "1 Oct 2026 – 31 Oct 2026"
    assert ZH.days(last, last) == "2026年10月31日"


def test_a_register_shows_the_decimals_it_has_three_at_most() -> None:
    assert [plain(value) for value in (None, 0.0, 12_345.0, 0.5, 1.23456, -499.8, 100.0)] == [
        "—", "0", "12,345", "0.5", "1.235", "−499.8", "100",
    ]  # fmt: skip


def test_shares_and_changes_are_percent() -> None:
    assert percent(0.4567) == "45.7\xa0%"
    assert change(0.05) == "+5.0\xa0%"
    assert change(-0.051) == "−5.1\xa0%"


@given(st.floats(min_value=0, max_value=1))
def test_only_the_whole_is_a_hundred_percent(share: float) -> None:
    assert (completeness(share) == "100.0\xa0%") == (share > 1 - 1e-9)


def test_completeness_is_cut_not_rounded() -> None:
    assert completeness(0.99999) == "99.9\xa0%"
    assert completeness(0.95) == "95.0\xa0%"
    assert completeness(0.9499) == "94.9\xa0%"


def test_dates_in_both_languages() -> None:
    day = date(2026, 11, 2)
    assert (ZH.day(day), EN.day(day)) == ("2026年11月2日", "2 Nov 2026")
    assert (ZH.month(day), EN.month(day)) == ("2026年11月", "Nov 2026")
    assert (ZH.weekday(day), EN.weekday(day)) == ("星期一", "Monday")
    assert ZH.day(None) == UNKNOWN


def test_instants_are_told_in_the_zone_of_the_institution() -> None:
    moment = datetime(2026, 11, 21, 16, 5, tzinfo=UTC)
    assert ZH.instant(moment) == "2026年11月22日 00:05"
    assert EN.instant(moment) == "22 Nov 2026, 00:05"
    assert EN.instant(None) == UNKNOWN


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0.0, "0 min"),
        (59.4, "59 min"),
        (60, "1 h 0 min"),
        (61.6, "1 h 2 min"),
        (1500, "1 d 1 h"),
        (None, "—"),
    ],
)
def test_lengths_of_time(minutes: float | None, told: str) -> None:
    assert EN.minutes(minutes) == told
