"""The published price table and the truths worked out from it, written down apart from the plans on file."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.savings.money.tariffs.document import read
from services.savings.money.tariffs.plan import Hours, Period, Plan, blended, price
from services.savings.money.tariffs.splitting import HourEnergy, by_period, cost, durations, split
from tests.services.savings.money.tariffs.plans import ALL_YEAR, hubei, night, spelling

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUMMER = "VVVVVV FFFFFF VV FF PPPP SS PP".replace(" ", "")
"""The periods of the 24 hours in July and August."""
OTHER = "VVVVVV FFFFFF VV FF PP SS PPPP".replace(" ", "")
"""And in the other ten months."""
LETTERS = {"S": Period.SHARP, "P": Period.PEAK, "F": Period.FLAT, "V": Period.VALLEY}
OFFICE = [Decimal(8 <= hour < 18) for hour in range(24)]
TABLE = {
    "single-1kv": "1.133999 0.930961 0.735686 0.516924",
    "single-10kv": "1.113999 0.910961 0.715686 0.496924",
    "single-35kv": "1.093999 0.890961 0.695686 0.476924",
    "two-part-10kv": "1.049999 0.848961 0.651886 0.432924",
    "two-part-35kv": "1.030199 0.827161 0.632086 0.413124",
    "two-part-110kv": "1.012099 0.809061 0.613986 0.395024",
    "two-part-220kv": "0.993099 0.790061 0.594986 0.376024",
}
"""Sharp, peak, flat and valley of January 2026 [yuan/kWh]."""
MINUTES = st.integers(0, 365 * 1440).map(
    lambda n: datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=n)
)


def hours_of(plan: Plan) -> Hours:
    assert plan.hours is not None
    return plan.hours


def by_the_table(at: datetime) -> Period:
    """The period of a local time, read off the two rows above."""
    local = at.astimezone(SHANGHAI)
    return LETTERS[(SUMMER if local.month in {7, 8} else OTHER)[local.hour]]


@pytest.mark.parametrize("row", TABLE)
def test_every_price_on_file_is_the_tables_digit_for_digit(row: str) -> None:
    plan = hubei(f"hubei-{row}")
    assert " ".join(str(plan.prices[period]) for period in Period) == TABLE[row]
    assert str(plan.non_tou) == TABLE[row].split()[2]
    assert (plan.effective_from, plan.effective_to) == (date(2026, 1, 1), date(2026, 1, 31))


@pytest.mark.parametrize("month", ALL_YEAR)
def test_every_hour_of_every_month_lies_where_the_notice_puts_it(month: int) -> None:
    hours = hours_of(hubei())
    for hour in range(24):
        at = datetime(2026, month, 15, hour, 30, tzinfo=SHANGHAI)
        assert hours.period(at) is by_the_table(at), (month, hour)


def test_office_hours_cost_what_their_ten_hours_do() -> None:
    """08 to 18 are six flat hours, two of valley and two of peak: 7.309886 ÷ 10, digit for digit."""
    worth = 6 * Decimal("0.735686") + 2 * Decimal("0.516924") + 2 * Decimal("0.930961")
    assert blended(hubei(), OFFICE, month=1) == worth / 10 == Decimal("0.7309886")


def multiples(**spans: list[tuple[str, str]]) -> Plan:
    """A plan whose prices are multiples of a base."""
    prices = {"sharp": "2.00", "peak": "1.49", "flat": "1.00", "valley": "0.45"}
    rows = [
        {"period": period, "months": ALL_YEAR, "start": start, "end": end}
        for period, there in spans.items() for start, end in there
    ]  # fmt: skip
    return night(hours={"id": "x", "spans": rows}, price={one: Decimal(prices[one]) for one in spans})


def test_the_notice_of_2024_took_a_quarter_off_what_an_offices_light_is_worth() -> None:
    """Before it 9 to 15 was peak, and 8 to 9 and 15 to 18 flat: 1.294 of the base; since then 0.988."""
    before = multiples(
        sharp=[("20:00", "22:00")], peak=[("09:00", "15:00")], valley=[("23:00", "07:00")],
        flat=[("07:00", "09:00"), ("15:00", "20:00"), ("22:00", "23:00")],
    )  # fmt: skip
    since = multiples(
        sharp=[("18:00", "20:00")], peak=[("16:00", "18:00"), ("20:00", "24:00")],
        flat=[("06:00", "12:00"), ("14:00", "16:00")], valley=[("00:00", "06:00"), ("12:00", "14:00")],
    )  # fmt: skip
    old, new = (blended(plan, OFFICE, month=1) for plan in (before, since))
    assert (old, new) == (Decimal("1.294"), Decimal("0.988"))
    assert (1 - new / old).quantize(Decimal("0.01")) == Decimal("0.24")


def test_a_home_that_charges_at_night_pays_the_valley_across_midnight() -> None:
    """Charging posts of 2023: valley 23–7, flat 7–17, peak 17–20 and 22–23, sharp 20–22."""
    spans = [("valley", "23:00", "07:00"), ("flat", "07:00", "17:00"), ("peak", "17:00", "20:00"),
             ("sharp", "20:00", "22:00"), ("peak", "22:00", "23:00")]  # fmt: skip
    rows = [{"period": one, "months": ALL_YEAR, "start": start, "end": end} for one, start, end in spans]
    prices = {name: Decimal(yuan) for name, yuan in
              (("valley", "0.43"), ("flat", "0.58"), ("peak", "0.68"), ("sharp", "0.78"))}  # fmt: skip
    plan = read(spelling(hours={"id": "ev", "spans": rows}, price=prices))
    night_long = HourEnergy(
        datetime(2026, 3, 1, 22, tzinfo=SHANGHAI), datetime(2026, 3, 2, 7, tzinfo=SHANGHAI), Decimal(63)
    )
    found = split(hours_of(plan), night_long)  # one hour of peak, eight of valley, at 7 kW
    assert found == {Period.PEAK: Decimal(7), Period.VALLEY: Decimal(56)}
    assert cost(plan, found) == 7 * Decimal("0.68") + 56 * Decimal("0.43")
    assert blended(plan, [Decimal(1)] * 24, month=3) == Decimal("13.52") / 24


def test_a_thousand_lamps_in_office_hours_are_worth_their_periods() -> None:
    """5,280 kWh over 22 days of ten hours, 24 an hour: 3,859.62 yuan by period, 3,884.42 at the flat row."""
    days = [datetime(2026, 1, day, 8, tzinfo=SHANGHAI) for day in range(1, 23)]
    used = by_period(
        hours_of(hubei()), [HourEnergy(day, day + timedelta(hours=10), Decimal(240)) for day in days]
    )
    assert {one: str(kwh) for one, kwh in used.items()} == {
        Period.FLAT: "3168.000", Period.VALLEY: "1056.000", Period.PEAK: "1056.000",
    }  # fmt: skip
    assert cost(hubei(), used) == Decimal(5280) * Decimal("0.7309886")
    assert cost(hubei(), used).quantize(Decimal("0.01")) == Decimal("3859.62")


@settings(deadline=None, max_examples=40)
@given(start=MINUTES, length=st.integers(1, 3 * 1440))
def test_an_interval_lies_in_the_periods_of_its_minutes(start: datetime, length: int) -> None:
    """Counted minute by minute off the notice, across midnight, month ends and the change of season."""
    counted: dict[Period, int] = {}
    for minute in range(length):
        period = by_the_table(start + timedelta(minutes=minute))
        counted[period] = counted.get(period, 0) + 1
    found = durations(hours_of(hubei()), start, start + timedelta(minutes=length))
    assert {period: took // timedelta(minutes=1) for period, took in found.items()} == counted


@settings(deadline=None, max_examples=40)
@given(
    start=MINUTES,
    length=st.integers(1, 40 * 1440),
    kwh=st.integers(0, 10**9).map(lambda n: Decimal(n) / 1000),
)
def test_the_periods_of_an_interval_add_up_to_the_watt_hour(
    start: datetime, length: int, kwh: Decimal
) -> None:
    found = split(hours_of(hubei()), HourEnergy(start, start + timedelta(minutes=length), kwh))
    assert sum(found.values()) == kwh
    assert all(part >= 0 for part in found.values())
    whole = durations(hours_of(hubei()), start, start + timedelta(minutes=length))
    for period, took in whole.items():
        exact = kwh * (took // timedelta(minutes=1)) / length
        assert abs(found[period] - exact) <= Decimal("0.002")


@pytest.mark.parametrize(("month", "sharp", "after"), [(6, (18, 20), 7), (8, (20, 22), 9)])
def test_seasons_change_at_local_midnight_and_not_before(
    month: int, sharp: tuple[int, int], after: int
) -> None:
    """The evening of a season's last day still has its own hours, that of the next day the other's."""
    plan = night(
        hours=spelling_of_the_notice(), price={period.value: Decimal(n) for n, period in enumerate(Period, 1)}
    )
    midnight = datetime(2026, after, 1, tzinfo=SHANGHAI)
    last, first = ([price(plan, midnight + timedelta(hours=h)) for h in range(a, a + 24)] for a in (-24, 0))
    assert [hour for hour, at in enumerate(last) if at == 1] == list(range(*sharp))
    assert [hour for hour, at in enumerate(first) if at == 1] == [38 - sharp[0], 39 - sharp[0]]


def spelling_of_the_notice() -> dict[str, object]:
    """The two rows above as hours of a plan, one span an hour."""
    rows = [
        {"period": LETTERS[letter].value, "months": months, "start": f"{h:02}:00", "end": f"{h + 1:02}:00"}
        for letters, months in ((SUMMER, [7, 8]), (OTHER, [m for m in ALL_YEAR if m not in {7, 8}]))
        for h, letter in enumerate(letters)
    ]
    return {"id": "by the hour", "spans": rows}


def test_hours_written_one_by_one_are_the_notices_own() -> None:
    one_by_one = hours_of(night(hours=spelling_of_the_notice(), price={p.value: Decimal(1) for p in Period}))
    for month in ALL_YEAR:
        for minute in range(0, 1440, 30):
            at = datetime(2026, month, 28, minute // 60, minute % 60, tzinfo=SHANGHAI)
            assert one_by_one.period(at) is hours_of(hubei()).period(at)
