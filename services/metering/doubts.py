"""What register arithmetic set aside, as cases with figures that a person can decide on; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from services.metering.ledger import RegisterLine
from services.metering.limits import Limits, built_in
from services.metering.registers import Weighed
from services.metering.rises import HOUR_MS
from services.metering.rulings import Verdict, amount_of

_CHOICES = (Verdict.COUNT, Verdict.RESET, Verdict.ROLLOVER)
"""A rollover is offered only where the register stood near its last digit."""
_SENTENCES = {
    "step-back": "the register fell by {fell:.10g}; one that passes its last digit would stand above "
    "{top:.10g}",
    "rollover-too-large": "through its last digit the register would have advanced by {wrapped:.10g}; "
    "at most {most:.10g} is plausible",
    "beyond-rated": "{rise:.10g} kWh in {hours:.3g} h; {rated_kw:.10g} kW of rated power give at most "
    "{most:.10g}",
    "beyond-digits": "{highest:.10g} does not fit a register of {digits:.10g} digits",
    "contradicted": "it lies between readings that contradict each other",
    "replacement-unknown": "the device was replaced, and the ledger lacks its closing or opening register",
    "replacement-step-back": "the device was replaced, and the ledger has a register below the last reading",
    "stray": "the readings before and after agree with each other, and not with it",
}
CODES = tuple(_SENTENCES)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A span or a reading that was set aside, with registers as displayed.

    Of a span, `at_ms` and `before` are its beginning, `until_ms` and `after` its end, `reading` is None. A
    `reading` stands at `at_ms` between neighbours `before` (at `from_ms`) and `after` (at `until_ms`).
    `choices` is what accepting it can mean, and what that would count [channel's unit] (None where the spans
    around are judged anew); the first is the one meant when nothing is said. It is empty where only the
    ledger can tell.
    """

    at_ms: int
    from_ms: int
    until_ms: int
    before: float
    after: float
    reading: float | None
    code: str
    figures: Mapping[str, float]
    choices: Mapping[Verdict, float | None]


def sentence(code: str, figures: Mapping[str, float]) -> str:
    """The reason as `code: detail`."""
    return f"{code}: {_SENTENCES[code].format(**figures)}"


def doubts(weighed: Weighed, limits: Limits | None = None) -> list[Doubt]:
    """Everything set aside, in time order, whatever was decided about it."""
    found = [*_spans(weighed, limits or built_in()), *_readings(weighed)]
    return sorted(found, key=lambda one: (one.at_ms, one.reading is None))


def _readings(weighed: Weighed) -> Iterator[Doubt]:
    told = weighed.told
    for place in np.flatnonzero(weighed.set_aside):
        times = [int(time) for time in told.times[place - 1 : place + 2]]
        before, reading, after = (float(value) for value in told.registers[place - 1 : place + 2])
        yield Doubt(
            times[1], times[0], times[2], before, after, reading, "stray", {}, {Verdict.RESTORE: None}
        )


def _spans(weighed: Weighed, limits: Limits) -> Iterator[Doubt]:
    kept = weighed.kept
    for span in np.flatnonzero(~weighed.proven):
        begin, end = int(kept.times[span]), int(kept.times[span + 1])
        before, after = float(kept.registers[span]), float(kept.registers[span + 1])
        line = weighed.ledger[kept.segment[span]]
        replaced = bool(kept.segment[span] != kept.segment[span + 1])
        code, figures = _reason(weighed, int(span), line, limits, replaced=replaced)
        possible = () if replaced else _CHOICES if code == "rollover-too-large" else _CHOICES[:2]
        amounts = {one: amount_of(one, before, after, line) for one in possible}
        choices: dict[Verdict, float | None] = {one: kwh for one, kwh in amounts.items() if kwh >= 0}
        yield Doubt(begin, begin, end, before, after, None, code, figures, choices)


def _reason(
    weighed: Weighed, span: int, line: RegisterLine, limits: Limits, *, replaced: bool
) -> tuple[str, dict[str, float]]:
    kept, rises = weighed.kept, weighed.rises
    before, after = float(kept.registers[span]), float(kept.registers[span + 1])
    rise, most, size = float(rises.amounts[span]), float(rises.most[span]), 10.0**line.digits
    rules = limits.registers[int(limits.of_registers(kept.times[span : span + 1])[0])]
    top = rules.rollover_top_share * size
    if np.isfinite(rise) and rise > most:
        hours = float(kept.times[span + 1] - kept.times[span]) / HOUR_MS
        rated = most / rules.rated_margin / max(hours, rules.shortest_judged_h)
        return "beyond-rated", {"rise": rise, "hours": hours, "rated_kw": rated, "most": most}
    if np.isfinite(rise):
        return "contradicted", {}
    if replaced:
        lines = weighed.ledger[kept.segment[span] + 1 : kept.segment[span + 1] + 1]
        unknown = any(None in (one.closing, one.opening) for one in lines)
        return "replacement-unknown" if unknown else "replacement-step-back", {}
    if max(before, after) >= size:
        return "beyond-digits", {"highest": max(before, after), "digits": float(line.digits)}
    if before >= top:
        plausible = most / line.ratio if np.isfinite(most) else rules.rollover_most_share * size
        return "rollover-too-large", {"wrapped": after - before + size, "most": plausible}
    return "step-back", {"fell": before - after, "top": top}
