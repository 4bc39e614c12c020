"""Energy over period boundaries: an interval of energy in, energy by period out, nothing lost or gained."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from services.savings.money.tariffs.plan import Hours, Period, Plan

_WH = Decimal("0.001")
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class HourEnergy:
    """Energy [kWh] of the aware instants [start, end), spread evenly over them."""

    start: datetime
    end: datetime
    kwh: Decimal


def pieces(hours: Hours, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, Period]]:
    """[start, end) cut at every boundary of a period, in order; the instants are UTC.

    Raises `ValueError` for an instant without a zone or an end that is not after the start.
    """
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise ValueError(f"not an interval of aware instants: {start} to {end}")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    cuts = sorted({start, end, *_boundaries(hours, start, end)})
    begin = start
    for cut, following in zip(cuts[1:], [*cuts[2:], None], strict=True):
        period = hours.period(begin)
        if following is None or hours.period(cut) is not period:
            yield begin, cut, period
            begin = cut


def _boundaries(hours: Hours, start: datetime, end: datetime) -> Iterator[datetime]:
    """The instants within (start, end) at which a span begins."""
    day, last = start.astimezone(hours.zone).date(), end.astimezone(hours.zone).date()
    while day <= last:
        for span in hours.spans(day.month):
            clock = time(span.start // 60, span.start % 60)
            at = datetime.combine(day, clock, hours.zone).astimezone(UTC)
            if start < at < end:
                yield at
        day += timedelta(days=1)


def durations(hours: Hours, start: datetime, end: datetime) -> dict[Period, timedelta]:
    """How long [start, end) lies in each period."""
    found: dict[Period, timedelta] = {}
    for begin, until, period in pieces(hours, start, end):
        found[period] = found.get(period, timedelta()) + (until - begin)
    return found


def split(hours: Hours, interval: HourEnergy) -> dict[Period, Decimal]:
    """An interval's energy [kWh] by period, in parts of its time; see `portions` for the rounding."""
    took = durations(hours, interval.start, interval.end)
    return portions(interval.kwh, {period: Decimal(part // _US) for period, part in took.items()})


def portions(kwh: Decimal, weights: Mapping[Period, Decimal]) -> dict[Period, Decimal]:
    """Energy [kWh] in proportion to `weights`, to the watt-hour, where no weight is positive `ValueError`.

    The heaviest bears what rounding leaves over, so that the parts add up to `kwh` exactly.
    """
    positive = {period: weights[period] for period in Period if weights.get(period, 0) > 0}
    if not positive:
        raise ValueError("no weight is positive")
    whole = sum(positive.values())
    heaviest = max(positive, key=lambda period: positive[period])
    found = {
        period: (kwh * weight / whole).quantize(_WH, ROUND_HALF_UP) for period, weight in positive.items()
    }
    found[heaviest] += kwh - sum(found.values())
    return found


def by_period(hours: Hours, intervals: Iterable[HourEnergy]) -> dict[Period, Decimal]:
    """The energy [kWh] of many intervals by period, each split on its own."""
    found: dict[Period, Decimal] = {}
    for interval in intervals:
        for period, kwh in split(hours, interval).items():
            found[period] = found.get(period, Decimal()) + kwh
    return found


def cost(plan: Plan, energy: Mapping[Period, Decimal]) -> Decimal:
    """What energy by period [kWh] costs [yuan], unrounded: `Σ kWh·p`."""
    return sum((kwh * plan.prices[period] for period, kwh in energy.items()), Decimal())
