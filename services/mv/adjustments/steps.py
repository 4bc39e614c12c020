"""Step changes in the reporting data: measured days in, proposals out, never applied by themselves.

A step changes the share of its adjusted baseline that a circuit uses, from one day to the next, for good or
until it goes back. A proposal names the days for people to ask what happened; it may become an adjustment
they sign. A swing by season is not a step. A change over some weeks, a steady drift (dirt, ageing lamps) or
two steps can look like one, dated within them; in a short series a step hides behind the swing. What can be
seen depends on how days scatter: 15 % on a lighting circuit, 30 % on a whole building that follows weather.
"""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.mv.adjustments.steps_scan import Series, Span, scan, spans_of
from services.mv.canonical import sha256_of
from services.mv.model import Floats, Record
from services.mv.operating_days import ReportingDay

LEVEL = 0.95
_LEAST_DAYS = 60
_LEAST_SIDE = 14
_MOST_STEPS = 5
_LEAST_SCATTER = 1e-9
_LEAST_SHARE = 0.05
"""A day whose baseline is under this share of the mean says nothing of shares."""
_YEAR_DAYS = 365.25
_LEAST_SPAN_FOR_HALF_YEARS = 180
_SOURCE = "likelihood-ratio scan beside a swing by season"


@dataclass(frozen=True, slots=True)
class StepProposal:
    """A step from `first_day` to `last_day`, or None where it lasts to the end.

    `size_kwh_per_day`: the step, cleared of the swing by season, at the mean baseline of its days [kWh/d],
    above zero where more is used; `confidence`: 1 − the chance of one as clear where there is none;
    `share_before`, `share_after`: actual ÷ baseline from `first_day` back, and on, to the next change or end.
    """

    first_day: date
    last_day: date | None
    size_kwh_per_day: float
    confidence: float
    share_before: float
    share_after: float


@dataclass(frozen=True, slots=True)
class Steps:
    """The proposals in date order, and findings."""

    proposals: tuple[StepProposal, ...]
    records: tuple[Record, ...]


def find_steps(days: tuple[ReportingDay, ...], *, level: float = LEVEL) -> Steps:
    """Search days in date order, measured and with their adjusted baseline, for steps at a confidence level.

    One step after the other, each beside those already found, while they are clear enough.
    """
    mean = math.fsum(day.baseline_kwh for day in days) / max(len(days), 1)
    used = tuple(day for day in days if day.baseline_kwh > max(_LEAST_SHARE * mean, 0.0))
    found: dict[Span, float] = {}
    seed = int(sha256_of([float(day.actual_kwh) for day in used])[:8], 16)
    spans = spans_of(len(used), _LEAST_SIDE) if len(used) >= _LEAST_DAYS else []
    while len(found) < _MOST_STEPS:
        step = scan(_series(used, list(found)), spans, seed) if spans else None
        if step is None or step.confidence < level or step.span in found:
            break
        found[step.span] = step.confidence
    if len(found) > 1:
        found = _redated(used, found, spans, seed)
    return Steps(
        _proposals(used, found),
        (
            Record("step_days", len(used), _LEAST_DAYS, _SOURCE, len(used) >= _LEAST_DAYS),
            Record("steps_proposed", len(found), 0, _SOURCE, not found),
        ),
    )


def _redated(
    days: tuple[ReportingDay, ...], found: dict[Span, float], spans: list[Span], seed: int
) -> dict[Span, float]:
    """Each step once more beside the others: one found while another was unknown may lie elsewhere."""
    kept = list(found.items())
    for i in range(len(kept)):
        others = [span for span, _ in kept[:i] + kept[i + 1 :]]
        step = scan(_series(days, others), spans, seed)
        if step is not None and step.span not in others:
            kept[i] = (step.span, step.confidence)
    return dict(kept)


def _columns(days: tuple[ReportingDay, ...], spans: list[Span]) -> Floats:
    """Level, swing by season, day type where there are two, and the steps already found, shape (n, p)."""
    numbers = np.array([day.day.toordinal() for day in days])
    working = np.array([day.working is True for day in days], dtype=np.float64)
    columns = [np.ones(len(days))]
    for times in (1, 2) if np.ptp(numbers) >= _LEAST_SPAN_FOR_HALF_YEARS else (1,):
        angle = times * 2 * math.pi / _YEAR_DAYS * numbers
        columns += [np.cos(angle), np.sin(angle)]
    if min(working.sum(), (1 - working).sum()) >= _LEAST_SIDE:
        columns.append(working)
    rows = np.arange(len(days))
    columns += [((rows >= start) & (rows < end)).astype(np.float64) for start, end in spans]
    return np.column_stack(columns)


def _series(days: tuple[ReportingDay, ...], spans: list[Span]) -> Series:
    """The share used, each day weighted by its baseline and by how much days of its type scatter."""
    baseline = np.array([day.baseline_kwh for day in days])
    share = np.array([day.actual_kwh for day in days]) / baseline
    numbers = np.array([day.day.toordinal() for day in days])
    columns = _columns(days, spans)
    weight: Floats = np.sqrt(baseline)
    left = weight * (share - columns @ np.linalg.lstsq(weight[:, None] * columns, weight * share)[0])
    working = np.array([day.working is True for day in days])
    for flag in (True, False):
        of_type = left[working == flag] if (working == flag).sum() >= _LEAST_SIDE else left
        weight[working == flag] /= max(math.sqrt(float(np.mean(of_type**2))), _LEAST_SCATTER)
    return Series(numbers, weight * share, weight[:, None] * columns, weight)


def _proposals(days: tuple[ReportingDay, ...], found: dict[Span, float]) -> tuple[StepProposal, ...]:
    if not found:
        return ()
    spans, n = sorted(found), len(days)
    series = _series(days, spans)
    sizes = np.linalg.lstsq(series.columns, series.values)[0][-len(spans) :].tolist()
    edges = sorted({0, n, *(edge for span in spans for edge in span)})
    proposals = []
    for (start, end), size in zip(spans, sizes, strict=True):
        at = edges.index(start)
        mean = math.fsum(day.baseline_kwh for day in days[start:end]) / (end - start)
        proposals.append(
            StepProposal(
                first_day=days[start].day,
                last_day=None if end == n else days[end - 1].day,
                size_kwh_per_day=round(size * mean, 3),
                confidence=found[start, end],
                share_before=_share(days[edges[at - 1] : start]),
                share_after=_share(days[start : edges[at + 1]]),
            )
        )
    return tuple(proposals)


def _share(days: tuple[ReportingDay, ...]) -> float:
    used = math.fsum(day.actual_kwh for day in days)
    return round(used / math.fsum(day.baseline_kwh for day in days), 6)
