"""A month of a small contract from its readings up, and its bundle, for tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.clock import to_ms
from services.metering.model import Meter, MeterPeriod, MeterRole, MeterUse
from services.mv.daylight import daylight_hours
from services.savings.bundle.issuer import Issuer
from services.savings.bundle.making import Bundle, Link, Making, Status, bundle
from services.savings.bundle.parts import days_of
from services.savings.bundle.register import CHANNEL, Quote, Register, day_edges, essential
from services.savings.bundle.rows import Key
from services.savings.contract.model import SettlementState
from services.savings.meter_days import MeterDays, gather
from services.savings.settlement.document import Json, Place, Settlement, freeze, settle
from services.workdays import Workdays
from tests.services.mv.circuits import LATITUDE, LONGITUDE
from tests.services.savings.conftest import ZONE
from tests.services.savings.examples import document

METERS = ("hall-l1", "hall-l2")
MADE_AT = datetime(2025, 7, 3, 4, tzinfo=UTC)
ISSUER = Issuer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = Issuer(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
BASELINE = ("2024-05-01", "2025-04-30")


def meter(code: str, **fields: Any) -> Meter:
    """A lighting meter; ten primary kilowatt-hours for each that its register shows."""
    given: dict[str, Any] = {
        "code": code, "institution": "hall", "building": None, "name_zh": "照明", "name_en": "Lighting",
        "role": MeterRole.SUB, "use": MeterUse.LIGHTING, "parent": None, "address": f"hall/{code}",
        "rated_kw": None, "gap_limit_s": 5400,
        "ledger": (MeterPeriod(datetime(2024, 1, 1, tzinfo=UTC), ct=10.0, already_primary=False),),
    }  # fmt: skip
    return Meter(**given | fields)


def days_from(start: str, end: str) -> list[date]:
    """Local days, both included."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def readings(days: list[date], *, seed: int, remaining: float = 1.0, offset_min: int = 0) -> Quote:
    """Half-hourly readings of a circuit that is lit from eight to twenty on working days, over `days`."""
    first = int(day_edges(days, ZONE)[0]) - 3_600_000 + offset_min * 60_000
    times = first + np.arange((len(days) * 24 + 3) * 2) * 1_800_000
    local = [datetime.fromtimestamp(ms / 1000, ZONE) for ms in times.tolist()]
    calendar, noise = Workdays(), np.random.default_rng(seed)
    lit = np.array([8 <= at.hour < 20 and calendar.is_working_day(at.date()) is not False for at in local])
    used = np.where(lit, remaining * (1.5 + 0.1 * noise.standard_normal(len(times))), 0.05)
    return Quote(times, np.round(1000 + np.cumsum(used), 2), np.zeros(len(times), np.int64))


def stored(month: str = "2025-06", **more: Any) -> dict[Key, Quote]:
    """All readings around the baseline and a month, by period and meter; registers go on from June."""
    end = (date.fromisoformat(f"{month}-01") + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    first, found = date.fromisoformat(f"{month}-01"), dict[Key, Quote]()
    days = days_from(min("2025-06-01", first.isoformat()), end.isoformat())
    begins = int(day_edges([first], ZONE)[0]) - 3_600_000
    for seed, code in enumerate(METERS):
        found["baseline", code, CHANNEL] = readings(days_from(*BASELINE), seed=seed, **more)
        since = readings(days, seed=10 + seed, remaining=0.4, **more)
        found["reporting", code, CHANNEL] = since.only(since.times_ms >= begins)
    return found


def registers(**fields: Any) -> dict[str, Register]:
    """The registers of the contract's meters."""
    return {code: Register(meter(code, **fields)) for code in METERS}


def table(quotes: dict[Key, Quote], period: str, days: list[date], known: dict[str, Register]) -> MeterDays:
    """The day values that readings give."""
    edges, calendar = day_edges(days, ZONE), Workdays()
    return gather(
        {code: known[code].cut(quotes[period, code, CHANNEL], edges).columns for code in METERS},
        days=days,
        working=[calendar.is_working_day(day) for day in days],
        daylight_h=daylight_hours(days, LATITUDE, LONGITUDE),
    )


def settled(quotes: dict[Key, Quote], known: dict[str, Register], month: str = "2025-06") -> Settlement:
    """The month's settlement from all readings."""
    deal = document(meters=list(METERS))
    day = [at for at in days_from(f"{month}-01", "2025-12-31") if at.isoformat().startswith(month)]
    inputs: Json = freeze(
        deal,
        month=month,
        place=Place(LATITUDE, LONGITUDE),
        calendar=Workdays().version,
        baseline=table(quotes, "baseline", days_from(*BASELINE), known),
        reporting=table(quotes, "reporting", day, known),
    )
    made = settle(inputs)
    fee = made["results"]["esco_fee_yuan"]
    return Settlement(
        "emc-001", month, 1, SettlementState.DRAFT, MADE_AT, made["input_sha256"],
        None if fee is None else Decimal(fee), None, made,
    )  # fmt: skip


def quoted(quotes: dict[Key, Quote], settlement: Settlement, known: dict[str, Register]) -> dict[Key, Quote]:
    """Of all readings those that a bundle quotes."""
    tables = days_of(settlement.document)
    return {key: essential(known[key[1]], quote, day_edges(tables[key[0]].days, ZONE))
            for key, quote in quotes.items()}  # fmt: skip


def made(issuer: Issuer | None = ISSUER, previous: Link | None = None, month: str = "2025-06") -> Bundle:
    """The bundle of a month."""
    quotes, known = stored(month), registers()
    settlement = settled(quotes, known, month)
    making = Making(Status.ISSUED, MADE_AT, previous, issuer, ZONE)
    return bundle(settlement, known, quoted(quotes, settlement, known), making)


def instant(text: str) -> int:
    """Epoch milliseconds of a local time."""
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=ZONE))
