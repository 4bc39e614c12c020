"""What two statements of one contract tell otherwise: terms, ledger, baseline days, readings at one instant.

Terms may be amended and late data may come in, so nothing here refuses; but who pays should know.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.savings.bundle.case import Case
from services.savings.bundle.making import LEDGER, SETTLEMENT
from services.savings.bundle.rows import INTERVALS
from services.savings.bundle.times import spelled_times
from services.savings.settlement.faults import Fault

_PARTS = ("contract", "place", "baseline_days")


def told_otherwise(now: Case, before: Case) -> list[Fault]:
    """The first difference of each kind; `said` is of the later statement, `recomputed` of the one before."""
    inputs, other = now.document["inputs"], before.document["inputs"]
    pairs = [(SETTLEMENT, inputs[part], other[part], part) for part in _PARTS]
    pairs.append((LEDGER, now.json(LEDGER), before.json(LEDGER), "ledger"))
    found = [_first(file, dict(_leaves(a, at)), dict(_leaves(b, at))) for file, a, b, at in pairs]
    values, known = dict(_values(now)), dict(_values(before))
    shared = {at: value for at, value in values.items() if at in known}
    found.append(_first(INTERVALS, shared, {at: known[at] for at in shared}))
    return [fault for fault in found if fault is not None]


def _first(file: str, now: Mapping[str, Any], before: Mapping[str, Any]) -> Fault | None:
    for place in [*now, *(place for place in before if place not in now)]:
        said, other = (repr(one[place]) if place in one else "nothing" for one in (now, before))
        if said != other:
            return Fault(place, said, other, file)
    return None


def _leaves(node: Any, place: str) -> Iterator[tuple[str, Any]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if pairs is None:
        yield place, node
        return
    for key, one in pairs:
        yield from _leaves(one, f"{place}.{key}")


def _values(case: Case) -> Iterator[tuple[str, float]]:
    """Readings by meter, channel and instant: a month begins with the one that ended the month before."""
    for run in case.runs:
        of_run = " ".join(run.key[1:])
        times = spelled_times(run.quote.times_ms, case.zone)
        for at, value in zip(times, run.quote.values.tolist(), strict=True):
            yield f"{of_run} {at}", value
