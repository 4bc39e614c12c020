"""What goes wrong on the way: which readings are never sent, which messages come twice, late or disordered.

A gap loses readings for good; since registers go on counting, the consumption across it is still known, only
not its course. Swap, rollover and zone-less stamps belong to the meters themselves (`meters`), bad messages
are in `malformed`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulators.contracts import Contract
from simulators.meters import Meter
from simulators.plan import HOUR_MS, CityPlan, Fault, generator

WEEK_HOURS = 168
GAP_LIMIT_MS = 5_400_000
"""The longest silence between two readings that still counts as continuous."""

Mask = npt.NDArray[np.bool_]
_LONGEST_DELAY_WEEKS = 5


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Faults by meter code: hours never sent, weeks sent twice, weeks held back, weeks shuffled.

    A `missing` mask has shape (history hours + 1,); `late` maps (meter, week) to the weeks of delay.
    """

    missing: Mapping[str, Mask]
    twice: frozenset[tuple[str, int]]
    late: Mapping[tuple[str, int], int]
    shuffled: frozenset[tuple[str, int]]


def plan_faults(plan: CityPlan, meters: Sequence[Meter], contracts: Sequence[Contract]) -> FaultPlan:
    """The faults of the plan's kinds, spread over the meters."""
    rng = generator(plan.seed, "faults")
    weeks = plan.history_hours // WEEK_HOURS + 1
    codes = [meter.code for meter in meters]

    def pick(count: int) -> list[tuple[str, int]]:
        return [(codes[int(rng.integers(len(codes)))], int(rng.integers(weeks))) for _ in range(count)]

    twice, late, shuffled = pick(len(codes) // 2), pick(len(codes) // 3), pick(len(codes) // 3)
    delays = rng.integers(1, _LONGEST_DELAY_WEEKS + 1, len(late))
    return FaultPlan(
        missing=_gaps(plan, meters, contracts) if Fault.GAPS in plan.faults else {},
        twice=frozenset(twice if Fault.DUPLICATES in plan.faults else ()),
        late={key: int(delay) for key, delay in zip(late, delays, strict=True)}
        if Fault.LATE in plan.faults
        else {},
        shuffled=frozenset(shuffled if Fault.OUT_OF_ORDER in plan.faults else ()),
    )


def incomplete_days(missing: Mask) -> npt.NDArray[np.bool_]:
    """Which local days a gap leaves without a complete course, shape (days,).

    Between the last reading before a gap and the first after it nothing is known; one hourly reading missing
    makes two hours unknown, more than a twentieth of a day.
    """
    sent = np.flatnonzero(~missing)
    unknown = np.zeros(len(missing) - 1, dtype=bool)
    for before, after in zip(sent[:-1].tolist(), sent[1:].tolist(), strict=True):
        if (after - before) * HOUR_MS > GAP_LIMIT_MS:
            unknown[before:after] = True
    shares = unknown.reshape(-1, 24).mean(axis=1)
    return np.asarray(shares > 0.05)


def _gaps(plan: CityPlan, meters: Sequence[Meter], contracts: Sequence[Contract]) -> dict[str, Mask]:
    """A few hours to a day and a half missing on every eighth meter, never at the ends or near a swap.

    Of the meters under contract one has a gap in its baseline, and one a gap across a midnight of its
    reporting period.
    """
    rng = generator(plan.seed, "gaps")
    metered = [contract for contract in contracts if contract.meters]
    under_contract = {code for contract in metered for code in (*contract.meters, contract.weather)}
    masks: dict[str, Mask] = {}

    def lose(code: str, first_hour: int, hours: int) -> None:
        mask = masks.setdefault(code, np.zeros(plan.history_hours + 1, dtype=bool))
        mask[max(first_hour, 1) : min(first_hour + hours, plan.history_hours)] = True

    for meter in meters:
        if rng.random() >= 0.125 or meter.code in under_contract or meter.swap is not None:
            continue
        for _ in range(int(rng.integers(1, 4))):
            lose(meter.code, int(rng.integers(24, plan.history_hours - 48)), int(rng.integers(1, 36)))
    if metered:
        first, last = metered[0], metered[-1]
        into_baseline = (first.baseline_start - plan.start).days + 40
        lose(first.meters[0], 24 * into_baseline + 9, 5)
        lose(last.meters[0], 24 * ((last.reporting_start - plan.start).days + 3) + 22, 5)
    else:
        lose(meters[0].code, 24 * (plan.history_days // 2) + 22, 5)
    return masks
