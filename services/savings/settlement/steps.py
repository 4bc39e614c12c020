"""A person's step as it was asked for: which amounts it names, and whether it is on record already. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from services.savings.settlement.events import Amount, Event, Kind
from services.savings.settlement.standing import Stage, Standing
from services.savings.settlement.states import StepRefused, told


def fees(results: Mapping[str, Any]) -> tuple[Amount, ...]:
    """The fee of a document by contract year; as one amount where the years do not add up to it (a floor)."""
    total, found = Decimal(results["esco_fee_yuan"]), dict[int, Decimal]()
    for line in results["lines"]:
        if line["key"] == "esco_fee_yuan" and line["year"] is not None:
            found[line["year"]] = found.get(line["year"], Decimal()) + Decimal(line["value"])
    if not found or sum(found.values()) != total:
        return (Amount(None, total),)
    return tuple(Amount(year, yuan) for year, yuan in found.items())


def spelled_out(wish: Event, standing: Standing) -> Event:
    """A dispute with the amounts it means: what is named, else all that nobody disputes or has confirmed.

    Raises `StepRefused` when a month has several contract years and an amount does not say of which.
    """
    if wish.kind is not Kind.DISPUTE:
        return wish
    measured = [portion for portion in standing.portions if portion.stage is Stage.MEASURED]
    left = [line for portion in measured for line in portion.lines]
    years = {line.year for line in left}
    found: list[Amount] = []
    for line in wish.lines or (Amount(None, None),):
        if line.yuan is None:
            found += [Amount(one.year, one.yuan) for one in left if line.year in {None, one.year}]
        elif line.year is None and len(years) > 1:
            raise StepRefused(f"dispute: say of which contract year; {told(standing)}")
        else:
            found.append(Amount(next(iter(years), None) if line.year is None else line.year, line.yuan))
    return replace(wish, lines=tuple(found))


def just_taken(wish: Event, standing: Standing) -> bool:
    """Whether the step is the last of its version, or a dispute that is still open: sent twice, it is one."""
    recent = [standing.events[-1], *(one.dispute for one in standing.disputes if one.dispute is not None)]
    return any(_same(event, wish) for event in recent)


def taken(wish: Event, standing: Standing) -> bool:
    """Whether the very step was ever taken on its version."""
    return any(_same(event, wish) for event in standing.events)


def _same(event: Event, wish: Event) -> bool:
    who = (wish.kind, wish.by, wish.role, wish.reason)
    if (event.kind, event.by, event.role, event.reason) != who:
        return False
    if all(one.year is None and one.yuan is None for one in wish.lines):
        return True
    return len(event.lines) == len(wish.lines) and all(
        asked.year in {None, said.year} and asked.yuan in {None, said.yuan}
        for asked, said in zip(wish.lines, event.lines, strict=True)
    )
