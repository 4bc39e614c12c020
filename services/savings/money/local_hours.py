"""The energy of local clock hours: hours of UTC of every meter in, 24 figures a local day out."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import from_ms
from services.metering.spans import Floats, Integers

_WH = Decimal("0.001")


def clock_hours(
    starts_ms: Integers, meters: Iterable[tuple[Floats, Floats]], *, days: Sequence[date], zone: ZoneInfo
) -> dict[date, tuple[Decimal | None, ...]]:
    """The energy [kWh] of the 24 local clock hours of each day, all meters together.

    `meters` are the measured and the estimated energy of each [kWh], NaN where nothing is known. None where
    one of them is not known; an hour that the clock shows twice holds both.
    """
    total = sum(
        (measured + np.nan_to_num(estimated) for measured, estimated in meters), np.zeros(len(starts_ms))
    )
    found: dict[date, list[Decimal | None]] = {day: [None] * 24 for day in days}
    for at, kwh in zip(starts_ms.tolist(), total.tolist(), strict=True):
        local = from_ms(at).astimezone(zone)
        row = found.get(local.date())
        if row is not None and np.isfinite(kwh):
            row[local.hour] = (row[local.hour] or Decimal()) + Decimal(str(kwh)).quantize(_WH)
    return {day: tuple(hours) for day, hours in found.items()}
