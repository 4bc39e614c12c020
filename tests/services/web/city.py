"""A city of two institutions on real parts: three months of hourly readings, rolled up, saved and settled.

The lighting of the school falls by 60 % with its retrofit on 21 September; its meter is silent in the night
of 14 October, and the library's main meter until yesterday evening.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from services.app import Parts, build_jobs, build_parts
from services.clock import from_ms, local_day_start, to_ms
from services.database import migrate
from services.metering.schemas import RegistryDocument
from services.savings.contract.documents import ContractDocument
from services.savings.service import SavingsService
from services.scheduling import run_cycle
from services.settings import Settings
from services.timeseries.schema import READINGS
from services.timeseries.store import Point

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 6, 40, tzinfo=UTC)
"""Sunday, 14:40 in Shanghai."""
FIRST_DAY = date(2026, 8, 20)
RETROFIT = date(2026, 9, 21)
GAPS = {
    "school-lighting": (datetime(2026, 10, 14, 12, tzinfo=UTC), datetime(2026, 10, 15, 2, tzinfo=UTC)),
    "library-main": (datetime(2026, 11, 20, 10, tzinfo=UTC), datetime(2026, 11, 21, 14, tzinfo=UTC)),
}
HOUR = timedelta(hours=1)

_LEDGER = [{"valid_from": f"{FIRST_DAY}T00:00:00+08:00"}]
INSTITUTIONS = [
    {"code": "school", "name_zh": "市第一中学", "name_en": "No. 1 Middle School", "kind": "education",
     "county": "municipal", "floor_area_m2": 10_000, "head_count": 900, "latitude": 30.6, "longitude": 114.3},
    {"code": "library", "name_zh": "市图书馆", "name_en": "City Library", "kind": "culture",
     "county": "municipal", "floor_area_m2": 20_000, "head_count": 80},
]  # fmt: skip
METERS = [
    {"code": f"{one}-{name}", "institution": one, "name_zh": zh, "name_en": en, "role": role, "use": use,
     "ledger": _LEDGER}
    for one in ("school", "library")
    for name, zh, en, role, use in (
        ("main", "总表", "main meter", "main", "electricity"),
        ("lighting", "照明", "lighting", "sub", "lighting"),
    )
]  # fmt: skip
CONTRACT = {
    "code": "emc-01", "name_zh": "市第一中学照明改造", "name_en": "No. 1 Middle School lighting retrofit",
    "institution": "school", "esco_zh": "光合节能服务有限公司", "esco_en": "Guanghe Energy Services",
    "kind": "shared", "terms": {"esco_share_by_year": ["0.80", "0.70"]}, "meters": ["school-lighting"],
    "signed_on": "2026-08-10", "accepted_on": "2026-09-30", "term_years": 5,
    "baseline_start": "2026-08-21", "baseline_end": "2026-09-20", "price_yuan_per_kwh": "0.735686",
    "price_source": "合同第 5 条", "minimum_completeness": "0.90",
}  # fmt: skip


def lamps_kw(day: date, hour: int) -> float:
    """The school's lighting: 10 kW in working hours, 1 kW at night, 60 % less after the retrofit."""
    load = 10.0 if 8 <= hour < 18 else 1.0
    return load * (1.0 + 0.02 * (day.day % 3)) * (0.4 if day >= RETROFIT else 1.0)


LOADS: dict[str, Callable[[date, int], float]] = {
    "school-main": lambda day, hour: 30.0 + lamps_kw(day, hour),
    "school-lighting": lamps_kw,
    "library-main": lambda _day, _hour: 20.0,
    "library-lighting": lambda _day, _hour: 5.0,
}


def readings(code: str) -> Iterator[Point]:
    """A register every hour from the first day until now, but for the gap."""
    institution = code.partition("-")[0]
    silence = GAPS.get(code)
    register, at = 0.0, local_day_start(FIRST_DAY, ZONE)
    while at <= NOW:
        if silence is None or not silence[0] <= at < silence[1]:
            yield Point(READINGS, (institution, code), to_ms(at), {"energy_kwh": register})
        local = at.astimezone(ZONE)
        register += LOADS[code](local.date(), local.hour)
        at += HOUR


def build_city(folder: Path, **settings: object) -> Parts:
    """Everything stored, rolled up and settled under `folder`, as of `NOW`."""
    given = {
        "store_url": f"sqlite:///{folder}/readings.db",
        "database_url": f"sqlite:///{folder}/registry.db",
        "deadletter_path": folder / "deadletter.db",
        **settings,
    }
    chosen = Settings.model_validate(given)
    migrate(chosen.database_url)
    parts = build_parts(chosen, clock=lambda: NOW)
    parts.store.prepare()
    parts.registry.apply(
        RegistryDocument.model_validate({"institutions": INSTITUTIONS, "buildings": [], "meters": METERS})
    )
    savings_of(parts).put_contract(ContractDocument.model_validate(CONTRACT))
    for code in LOADS:
        parts.store.write(list(readings(code)))
    assert run_cycle(build_jobs(parts), parts.sessions, parts.clock)
    return parts


def savings_of(parts: Parts) -> SavingsService:
    """The savings slice over the same parts."""
    return parts.savings


def used_kwh(code: str, start: datetime, end: datetime) -> float:
    """What a meter's load really was over whole hours [start, end)."""
    hours = range(to_ms(start), to_ms(end), 3_600_000)
    local = (from_ms(ms).astimezone(ZONE) for ms in hours)
    return sum(LOADS[code](moment.date(), moment.hour) for moment in local)
