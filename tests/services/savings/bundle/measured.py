"""June's statement of a contract measured in any way, from its readings up, and what a forger makes of it."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import numpy as np

from services.metering.model import ChannelTerms, MeterPeriod, MeterUse
from services.mv.adjustments.adjustment import Adjustment
from services.mv.daylight import daylight_hours
from services.mv.limits import limit
from services.savings.bundle.archive import unpack
from services.savings.bundle.days import source
from services.savings.bundle.gauge import TEMPERATURE, Gauge, around
from services.savings.bundle.issuer import Issuer
from services.savings.bundle.making import Making, Status, bundle
from services.savings.bundle.parts import copies, spelled
from services.savings.bundle.register import CHANNEL, Quote, Register, day_edges, essential
from services.savings.bundle.rows import Key
from services.savings.contract.documents import ContractDocument
from services.savings.contract.measurement import weather_of
from services.savings.contract.model import SettlementState
from services.savings.meter_days import MeterDays, gather
from services.savings.settlement.document import Json, Place, Settlement, freeze, settle
from services.workdays import Workdays
from tests.services.mv.circuits import LATITUDE, LONGITUDE
from tests.services.savings.bundle.forging import rehashed
from tests.services.savings.bundles import BASELINE, ISSUER, MADE_AT, OTHER, days_from, meter, readings
from tests.services.savings.conftest import ZONE
from tests.services.savings.examples import document

WEATHER = "hall-w"
PERIODS = {"baseline": days_from(*BASELINE), "reporting": days_from("2025-06-01", "2025-06-30")}
EDGES = {period: day_edges(days, ZONE) for period, days in PERIODS.items()}
_TENTHS = {TEMPERATURE: ChannelTerms(scale=0.1)}
REGISTERS = {
    "hall-l1": Register(meter("hall-l1")),
    WEATHER: Register(
        meter(
            WEATHER,
            use=MeterUse.WEATHER,
            ledger=(MeterPeriod(datetime(2024, 1, 1, tzinfo=UTC), channels=_TENTHS),),
        )
    ),
}


def samples(days: Sequence[date], *, seed: int) -> Quote:
    """Hourly samples of a gauge that tells tenths of a degree at twenty past, from the hour before `days`."""
    times = int(day_edges(days, ZONE)[0]) + np.arange(-1, len(days) * 24 + 1) * 3_600_000 + 1_200_000
    year, noise = times / 86_400_000 / 365.25, np.random.default_rng(seed)
    course = 160 - 130 * np.cos(2 * np.pi * (year - 0.05)) + 40 * np.sin(2 * np.pi * times / 86_400_000)
    return Quote(times, np.round(course + noise.normal(0, 8, len(times))), np.zeros(len(times), np.int64))


def told() -> dict[Key, Quote]:
    """All readings of the lighting meter, and of the gauge."""
    found: dict[Key, Quote] = {}
    for n, (period, days) in enumerate(PERIODS.items()):
        found[period, "hall-l1", CHANNEL] = readings(days, seed=n, remaining=0.4 if n else 1.0)
        found[period, WEATHER, TEMPERATURE] = samples(days, seed=n)
    return found


def days_of(deal: ContractDocument) -> dict[str, list[date]]:
    """The baseline days of a contract, and June."""
    start, end = deal.baseline_start.isoformat(), deal.baseline_end.isoformat()
    return PERIODS | {"baseline": days_from(start, end)}


def table(deal: ContractDocument, quotes: dict[Key, Quote], period: str) -> MeterDays:
    """The day values that readings give."""
    days, calendar = days_of(deal)[period], Workdays()
    edges = day_edges(days, ZONE)
    means = None
    if weather := weather_of(deal.contract().measurement):
        cut = Gauge(REGISTERS[weather].meter).cut(quotes[period, weather, TEMPERATURE], edges)
        most = cut.coverage >= limit("sufficiency", "missing_part_of_day").figure
        assert cut.mean_c is not None
        means = np.where(most, cut.mean_c, np.nan)
    return gather(
        {code: REGISTERS[code].cut(quotes[period, code, CHANNEL], edges).columns for code in deal.meters},
        days=days,
        working=[calendar.is_working_day(day) for day in days],
        daylight_h=daylight_hours(days, LATITUDE, LONGITUDE),
        outdoor_c=means,
    )


@dataclass(frozen=True)
class Stated:
    """A statement: the inputs that were frozen, and the readings that its bundle quotes."""

    inputs: Json
    quotes: dict[Key, Quote]
    registers: dict[str, Register] = field(default_factory=lambda: REGISTERS)

    @cached_property
    def content(self) -> bytes:
        """The bundle as the issuer makes it."""
        return self.made(ISSUER)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Its files."""
        return unpack(self.content)

    def made(self, issuer: Issuer | None) -> bytes:
        """The bundle by any issuer."""
        found = settle(self.inputs)
        settlement = Settlement(
            "emc-001", "2025-06", 1, SettlementState.DRAFT, MADE_AT, found["input_sha256"], None, None, found
        )
        making = Making(Status.ISSUED, MADE_AT, None, issuer, ZONE)
        return bundle(settlement, self.registers, self.quotes, making).content

    def altered(self, change: Callable[[Any], object]) -> "Stated":
        """With other inputs."""
        inputs = copy.deepcopy(self.inputs)
        change(inputs)
        return replace(self, inputs=inputs)

    def forged(self, change: Callable[[Any], object]) -> bytes:
        """Other inputs, all that follows computed again, hashed anew and signed by another."""
        other = settle(self.altered(change).inputs)
        parts = {**self.files, "settlement.json": spelled(other), **copies(other)}
        return rehashed(parts, OTHER, input_sha256=other["input_sha256"])

    def with_lines(self, name: str, change: Callable[[list[str]], object]) -> bytes:
        """Other lines in a table, hashed anew and signed by another."""
        lines = self.files[name].decode().split("\n")
        change(lines)
        return rehashed({**self.files, name: "\n".join(lines).encode()}, OTHER)


def stated(
    measurement: Json | None = None,
    *,
    adjustments: Sequence[Adjustment] = (),
    quotes: dict[Key, Quote] | None = None,
    **fields: Any,
) -> Stated:
    """June's statement of a contract with this measurement."""
    lamps = measurement is not None and measurement["by"] == "lamps"
    said = {"meters": [] if lamps else ["hall-l1"], "measurement": measurement, **fields}
    deal, known = document(**said), quotes or told()
    inputs = freeze(
        deal,
        month="2025-06",
        place=Place(LATITUDE, LONGITUDE),
        calendar=Workdays().version,
        baseline=table(deal, known, "baseline"),
        reporting=table(deal, known, "reporting"),
        adjustments=adjustments,
    )
    weather = weather_of(deal.contract().measurement)
    edges = {period: day_edges(days, ZONE) for period, days in days_of(deal).items()}
    quoted = {}
    for key, quote in known.items():
        one = source(REGISTERS, key)
        if isinstance(one, Register) and key[1] in deal.meters:
            quoted[key] = essential(one, quote, edges[key[0]])
        elif isinstance(one, Gauge) and key[1] == weather:
            quoted[key] = around(quote, edges[key[0]])
    return Stated(inputs, quoted)
