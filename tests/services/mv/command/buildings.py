"""Files as an analyst has them, of a building whose truth is known: days, hours and bills as rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from services.mv.hours import Hours
from services.mv.model import Days
from tests.services.mv.circuits import noise
from tests.services.mv.published import building, weather

Write = Callable[[str, Iterable[Sequence[object]]], str]
Run = Callable[..., dict[str, Any]]
AFTER = date(2025, 5, 15)


def cooled(start: date = date(2024, 5, 1), *, seed: int = 0) -> Days:
    outdoor = weather(seed=seed)
    plain = building(np.zeros(365), outdoor, start=start)
    flags = np.array([flag is True for flag in plain.working])
    energy = 100 + 60 * flags + 9 * np.maximum(outdoor - 20, 0)
    return replace(plain, energy_kwh=energy + 6 * noise(np.random.default_rng(seed + 60), (1, 365), 0.4)[0])


def rows_of(days: Days, *, fahrenheit: bool = False) -> list[tuple[object, ...]]:
    assert days.outdoor_c is not None
    outdoor = days.outdoor_c * 1.8 + 32 if fahrenheit else days.outdoor_c
    return list(zip(days.days, np.round(outdoor, 3).tolist(), days.energy_kwh.tolist(), strict=True))


def files(write: Write, before: Iterable[Sequence[object]], after: Iterable[Sequence[object]]) -> list[str]:
    return ["--baseline", write("b.csv", before), "--reporting", write("r.csv", after)]


def hour_rows(hours: Hours, *, offset_h: int = 0, suffix: str = "") -> list[tuple[object, ...]]:
    assert hours.outdoor_c is not None
    start = datetime.combine(hours.first, datetime.min.time()) - timedelta(hours=offset_h)
    return [
        (f"{start + timedelta(hours=i):%Y-%m-%dT%H:%M}{suffix}", round(t, 3), kwh)
        for i, (t, kwh) in enumerate(zip(hours.outdoor_c.tolist(), hours.energy_kwh.tolist(), strict=True))
    ]


def bills(days: Days, share: float) -> list[tuple[object, ...]]:
    assert days.outdoor_c is not None
    month = np.array([day.month for day in days.days])
    starts = [0, *(np.flatnonzero(np.diff(month)) + 1).tolist()]
    spans = list(zip(starts, [*starts[1:], len(month)], strict=True))
    rows: list[tuple[object, ...]] = [
        (days.days[a], round(float(days.outdoor_c[a:b].mean()), 3), share * days.energy_kwh[a:b].sum())
        for a, b in spans
    ]
    return [*rows, (days.days[-1] + timedelta(days=1), "", "")]


def stepped(days: Days, *, by_kwh: float, at: int) -> Days:
    energy = 0.8 * days.energy_kwh
    energy[at:] += by_kwh
    return replace(days, energy_kwh=energy)
