"""The quarantine page's view model: open cases with their surroundings, decided ones, clocks that are off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from services.clock import from_ms, to_ms
from services.metering.cases import Case, Decision, Key, State
from services.metering.channels import CHANNELS
from services.metering.ledger import register_lines
from services.metering.model import Meter
from services.metering.quarantine import Quarantine
from services.timeseries.clocks import DeviceClock, device_clocks
from services.timeseries.schema import READINGS
from services.timeseries.store import TimeSeriesStore
from services.web.charts.register import Surroundings
from services.web.formats import plain
from services.web.i18n import Texts
from services.web.overview import Sources

MOST_OPEN = 12
MOST_DECIDED = 12
MOST_CLOCKS = 12
_MOST_DOTS = 240
_LEAST_AROUND_MS = 6 * 3_600_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What accepting can mean; `amount` is what it would count, empty where neighbours are judged anew."""

    verdict: str
    amount: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as the page shows it, its figures as people read them."""

    id: str
    version: str
    meter: str
    institution: str
    channel: str
    unit: str
    state: State
    begin: datetime
    end: datetime
    at: datetime
    before: str
    after: str
    difference: str
    reading: str | None
    reason: str
    choices: tuple[Choice, ...]
    decisions: tuple[Decision, ...]
    around: Surroundings | None


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """The page; the counts are of everything, the lists of what is shown."""

    open: tuple[CaseView, ...]
    decided: tuple[CaseView, ...]
    open_count: int
    accepted_count: int
    rejected_count: int
    clocks: tuple[DeviceClock, ...]
    clock_count: int
    marked_count: int
    next_case: str | None


def build_quarantine(
    sources: Sources, quarantine: Quarantine, t: Texts, *, after: Key | None = None
) -> QuarantineView:
    """The open cases after the one last shown, the decided ones, and the clocks furthest off."""
    counts = quarantine.counts()
    waiting = quarantine.cases(states=(State.OPEN,), after=after, limit=MOST_OPEN + 1)
    decided = quarantine.cases(states=(State.ACCEPTED, State.REJECTED), limit=MOST_DECIDED)
    shown = waiting[:MOST_OPEN]
    meters = {code: sources.registry.meter(code) for code in {case.meter for case in (*shown, *decided)}}
    names = {one.code: t.name(one) for one in sources.registry.institutions()}
    clocks = device_clocks(sources.store)
    return QuarantineView(
        open=tuple(_case(case, meters[case.meter], names, t, sources.store) for case in shown),
        decided=tuple(_case(case, meters[case.meter], names, t) for case in decided),
        open_count=counts[State.OPEN],
        accepted_count=counts[State.ACCEPTED],
        rejected_count=counts[State.REJECTED],
        clocks=tuple(clocks[:MOST_CLOCKS]),
        clock_count=len(clocks),
        marked_count=sum(clock.marked for clock in clocks),
        next_case=shown[-1].id if len(waiting) > MOST_OPEN else None,
    )


def _case(
    case: Case, meter: Meter | None, names: Mapping[str, str], t: Texts, store: TimeSeriesStore | None = None
) -> CaseView:
    """A case; with a store, also the readings around it."""
    doubt = case.doubt
    figures = {name: plain(value) for name, value in doubt.figures.items()}
    owner = "" if meter is None else meter.institution
    return CaseView(
        id=case.id, version=case.version, meter=case.meter if meter is None else t.name(meter),
        institution=names.get(owner, owner), channel=t.code("channel", case.channel),
        unit=CHANNELS[case.channel].unit, state=case.state, begin=from_ms(doubt.from_ms),
        end=from_ms(doubt.until_ms), at=from_ms(doubt.at_ms), before=plain(doubt.before),
        after=plain(doubt.after), difference=plain(doubt.after - doubt.before),
        reading=None if doubt.reading is None else plain(doubt.reading),
        reason=t(f"quarantine.reason.{doubt.code}", **figures),
        choices=tuple(
            Choice(str(one), "" if kwh is None else plain(kwh)) for one, kwh in doubt.choices.items()
        ),
        decisions=case.decisions,
        around=None if meter is None or store is None else _around(store, meter, case),
    )  # fmt: skip


def _around(store: TimeSeriesStore, meter: Meter, case: Case) -> Surroundings:
    """The readings from as long before the case as it lasted to as long after, thinned for a picture."""
    doubt, line_of = case.doubt, register_lines(meter, case.channel)
    margin = max(doubt.until_ms - doubt.from_ms, _LEAST_AROUND_MS)
    institution, device = meter.address.split("/", 1)
    found = store.read(
        READINGS, {"institution": institution, "meter": device}, start_ms=doubt.from_ms - margin,
        end_ms=doubt.until_ms + margin, fields=(case.channel,),
    )  # fmt: skip
    span = [(doubt.at_ms, doubt.before), (doubt.until_ms, doubt.after)]
    doubted = span if doubt.reading is None else [(doubt.at_ms, doubt.reading)]
    times, values = np.empty(0, np.int64), np.empty(0)
    if found:
        there = np.isfinite(found[0].fields[case.channel])
        times, values = found[0].times_ms[there], found[0].fields[case.channel][there]
    since = [to_ms(line.valid_from) for line in line_of]
    lines = np.maximum(np.searchsorted(since, times, side="right") - 1, 0)
    values = values * np.array([line.scale for line in line_of])[lines]
    step = max(1, -(-len(times) // _MOST_DOTS))
    return Surroundings(
        tuple(times[::step].tolist()), tuple(values[::step].tolist()), tuple(doubted),
        CHANNELS[case.channel].unit,
    )  # fmt: skip
