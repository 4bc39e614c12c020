"""How fast a city's month-end settlement is: made-up day intervals in, the seconds of the savings job out.

Two hundred contracts of ten sub-meters each, with a baseline year and the months since. What is measured is
the job itself: read the intervals, fit, settle every final month, keep the documents, tell the points.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import local_day_start, to_ms
from services.database import Sessions
from services.metering.repository import Registry
from services.metering.schemas import RegistryDocument
from services.mv.daylight import daylight_hours
from services.savings.contract.documents import ContractDocument
from services.savings.jobs import job
from services.savings.service import SavingsService
from services.savings.settlement.repository import Contracts, Settlements
from services.timeseries.schema import INTERVAL_DAY
from services.timeseries.store import Point, TimeSeriesStore
from services.workdays import Workdays

ZONE = ZoneInfo("Asia/Shanghai")
BASELINE = (date(2024, 7, 1), date(2025, 6, 30))
ACCEPTED = date(2025, 7, 15)
_PLACE = (30.7, 111.3)


@dataclass(frozen=True, slots=True)
class CityTimes:
    """Seconds of the job: its first run over all months, and the month end that settles one month more.

    `month_end_cpu_s` are those of this program alone, on a machine that others use as well.
    """

    first_run_s: float
    month_end_s: float
    month_end_cpu_s: float
    settlements: int


def measure(
    *, sessions: Sessions, store: TimeSeriesStore, contracts: int = 200, meters: int = 2000, months: int = 12
) -> CityTimes:
    """Fill an empty database and an empty store, and time the job. `months` are those settled in the end."""
    registry, each = Registry(sessions), meters // contracts
    codes = [f"c{number:03d}" for number in range(contracts)]
    end = _month_start(ACCEPTED, months)
    registry.apply(RegistryDocument.model_validate(_registry(codes, each)))
    for code in codes:
        Contracts(sessions).put(_contract(code, each), datetime(2025, 7, 16, tzinfo=UTC))
    _fill(store, codes, each, end)
    now = [_month_start(ACCEPTED, months - 1)]

    def clock() -> datetime:
        return local_day_start(now[0], ZONE) + timedelta(hours=1)

    runs = job(SavingsService(sessions, store, registry, Workdays(), clock, ZONE))
    seconds = []
    for day in (now[0], end):
        now[0] = day
        started, before = time.perf_counter(), time.process_time()
        runs.run(None)
        seconds.append((time.perf_counter() - started, time.process_time() - before))
    kept = Settlements(sessions)
    return CityTimes(seconds[0][0], *seconds[1], sum(len(kept.latest_states(code)) for code in codes))


def _month_start(day: date, months: int) -> date:
    """The first day of the month that begins `months` after the day's own."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _registry(codes: list[str], each: int) -> dict[str, Any]:
    ledger = [{"valid_from": "2024-01-01T00:00:00+08:00"}]
    return {
        "institutions": [
            {"code": code, "name_zh": code, "name_en": code, "kind": "other", "county": "x",
             "latitude": _PLACE[0], "longitude": _PLACE[1]}
            for code in codes
        ],
        "meters": [
            {"code": f"{code}-{n}", "institution": code, "name_zh": "照明", "name_en": "lighting",
             "role": "sub", "use": "lighting", "ledger": ledger}
            for code in codes for n in range(each)
        ],
    }  # fmt: skip


def _contract(code: str, each: int) -> ContractDocument:
    return ContractDocument.model_validate(
        {
            "code": code, "name_zh": code, "name_en": code, "institution": code,
            "esco_zh": "e", "esco_en": "e",
            "kind": "shared", "terms": {"esco_share_by_year": ["0.80"]},
            "meters": [f"{code}-{n}" for n in range(each)],
            "signed_on": "2025-06-01", "accepted_on": ACCEPTED, "term_years": 5,
            "baseline_start": BASELINE[0], "baseline_end": BASELINE[1],
            "price_yuan_per_kwh": "0.735686", "price_source": "made up",
        }
    )  # fmt: skip


def _fill(store: TimeSeriesStore, codes: list[str], each: int, end: date) -> None:
    """Day intervals of every meter: working days, daylight, noise; 60 % less after acceptance."""
    days = [BASELINE[0] + timedelta(days=n) for n in range((end - BASELINE[0]).days)]
    starts = [to_ms(local_day_start(day, ZONE)) for day in days]
    workdays, random = Workdays(), np.random.default_rng(1)
    working = np.array([bool(workdays.is_working_day(day)) for day in days])
    shape = np.where(working, 40.0, 8.0) - 1.5 * (daylight_hours(days, *_PLACE) - 12.0)
    shape *= np.where(np.array(days) > ACCEPTED, 0.4, 1.0)
    for code in codes:
        noise = random.normal(1, 0.05, (each, len(days)))
        store.write([*_points(code, np.round(shape * noise, 3), starts)])


def _points(code: str, kwh: np.ndarray[Any, np.dtype[np.float64]], starts: list[int]) -> Iterator[Point]:
    for n, row in enumerate(kwh.tolist()):
        for at, value in zip(starts, row, strict=True):
            fields = {"measured": value, "estimated": 0.0, "coverage": 1.0, "quality": 0.0}
            yield Point(INTERVAL_DAY, (code, f"{code}-{n}", "energy_kwh"), at, fields)
