"""Where every version of a month's settlement stands: its events in, their states out; nothing else decides.

A version's fee goes on in portions. Whole at first, a dispute parts the disputed amounts from it: the rest is
confirmed, issued and paid by itself, and a resolved portion follows by the same steps. The state of a version
is that of the least advanced portion that nobody disputes. What was paid stays paid when a version is
replaced: the next one owes the difference, in either direction, and a payment of nothing closes it too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from services.savings.settlement.dues import Payment
from services.savings.settlement.events import MAY, PARTIES, Amount, Event, Kind, Role
from services.savings.settlement.standing import Portion, Stage, Standing

_NEXT = {Kind.ISSUE: Stage.CONFIRMED, Kind.PAY: Stage.ISSUED}
"""The stage a step takes portions from; they go on to the one after."""


class StepRefused(Exception):
    """A step that cannot be taken; the message says why, and what is possible now."""


def standings(events: Iterable[Event]) -> tuple[Standing, ...]:
    """Every version of one month, oldest first, after all its events in the order they were kept."""
    found: tuple[Standing, ...] = ()
    for event in events:
        found = after(found, event)
    return found


def after(before: Sequence[Standing], event: Event) -> tuple[Standing, ...]:
    """The standings once `event` has happened. Raises `StepRefused` where it cannot."""
    if event.kind not in MAY and event.role is not Role.SERVICE:
        raise StepRefused(f"{event.kind} by {event.role}: it is not a person's step")
    if event.kind in {Kind.MEASURED, Kind.HELD}:
        return _begun(before, event)
    if not before or event.version != before[-1].version:
        latest = f"the latest version is {before[-1].version}" if before else "nothing is measured yet"
        raise StepRefused(f"version {event.version}: {latest}")
    last = before[-1]
    if event.kind in MAY and event.role not in possible(last).get(event.kind, frozenset()):
        raise StepRefused(f"{event.kind} by {event.role}: {told(last)}")
    stepped = _stepped(last, event)
    held = any(one.stage >= Stage.CONFIRMED for one in stepped.portions)
    agreed = last.agreed or (event if held else None)
    return (*before[:-1], replace(stepped, events=(*last.events, event), agreed=agreed))


def _begun(before: Sequence[Standing], event: Event) -> tuple[Standing, ...]:
    """A new version. It replaces one that nobody speaks for, or that a person has just closed."""
    expected = before[-1].version + 1 if before else 1
    if event.version != expected:
        raise StepRefused(f"version {event.version}: the next one is {expected}")
    if before and before[-1].fast and not before[-1].closed:
        raise StepRefused(f"version {expected}: {told(before[-1])}")
    held = event.kind is Kind.HELD
    portions = () if held else (Portion(event.lines, Stage.MEASURED),)
    earlier = (*before[-1].earlier, *before[-1].payments) if before else ()
    fresh = Standing(event.version, held, False, portions, (event,), earlier=earlier)
    return (*(replace(one, closed=True) for one in before), fresh)


def possible(standing: Standing) -> dict[Kind, frozenset[Role]]:
    """The steps that can be taken now, and by whom."""
    if standing.closed:
        return {}
    found: dict[Kind, frozenset[Role]] = {}
    if standing.held:
        found[Kind.RELEASE] = MAY[Kind.RELEASE]
    measured = [one for one in standing.portions if one.stage is Stage.MEASURED]
    missing = frozenset(role for one in measured for role in PARTIES - one.confirmed_by)
    disputing = frozenset(one.dispute.role for one in standing.disputes if one.dispute is not None)
    stages = {one.stage for one in standing.portions}
    found |= {Kind.CONFIRM: missing} if missing else {}
    found |= {Kind.DISPUTE: MAY[Kind.DISPUTE]} if measured else {}
    found |= {Kind.RESOLVE: disputing | {Role.BUREAU}} if disputing else {}
    found |= {kind: MAY[kind] for kind, stage in _NEXT.items() if stage in stages}
    return found | {Kind.CORRECT: MAY[Kind.CORRECT]}


def told(standing: Standing) -> str:
    """A version's state and what is possible now, in one sentence."""
    steps = [f"{kind} ({', '.join(sorted(roles))})" for kind, roles in possible(standing).items()]
    return f"version {standing.version} is {standing.state}; possible now: {', '.join(steps) or 'nothing'}"


def _stepped(last: Standing, event: Event) -> Standing:
    match event.kind:
        case Kind.RELEASE | Kind.CORRECT:
            return replace(last, closed=True)
        case Kind.CONFIRM:
            return replace(last, portions=tuple(_confirmed(one, event.role) for one in last.portions))
        case Kind.DISPUTE:
            return replace(last, portions=_parted(last, event))
        case Kind.RESOLVE:
            return replace(last, portions=_resolved(last, event))
        case Kind.ISSUE | Kind.PAY:
            paid = (Payment(event, last.payable_yuan),) if event.kind is Kind.PAY else ()
            portions = tuple(_advanced(one, _NEXT[event.kind]) for one in last.portions)
            return replace(last, portions=portions, payments=(*last.payments, *paid))
        case _:
            return _restated(last, event)


def _confirmed(portion: Portion, role: Role) -> Portion:
    if portion.stage is not Stage.MEASURED:
        return portion
    by = portion.confirmed_by | {role}
    return replace(portion, confirmed_by=by, stage=Stage.CONFIRMED if by == PARTIES else portion.stage)


def _advanced(portion: Portion, stage: Stage) -> Portion:
    return replace(portion, stage=Stage(stage + 1)) if portion.stage is stage else portion


def _parted(last: Standing, event: Event) -> tuple[Portion, ...]:
    """The portions with the disputed amounts taken out of those that are not confirmed yet."""
    if not event.lines:
        raise StepRefused(f"dispute: it names no line; {told(last)}")
    portions = list(last.portions)
    for claim in event.lines:
        portions = _taken(portions, claim, last)
    return (*portions, Portion(event.lines, Stage.DISPUTED, dispute=event))


def _taken(portions: Sequence[Portion], claim: Amount, last: Standing) -> list[Portion]:
    for i, portion in enumerate(portions):
        for line in portion.lines if portion.stage is Stage.MEASURED else ():
            if line.year == claim.year and _holds(line, claim):
                rest = (replace(line, yuan=left, kwh=None),) if (left := _less(line, claim)) else ()
                lines = tuple(kept for one in portion.lines for kept in (rest if one is line else (one,)))
                changed = [replace(portion, lines=lines)] if lines else []
                return [*portions[:i], *changed, *portions[i + 1 :]]
    part = "the whole month" if claim.year is None else f"contract year {claim.year}"
    raise StepRefused(f"dispute: {part} has no undisputed {claim.yuan} yuan left to confirm; {told(last)}")


def _holds(line: Amount, claim: Amount) -> bool:
    """Whether the claim is a part of the line: of its sign, not larger, and zero only of a line of zero."""
    whole, part = line.yuan or Decimal(), claim.yuan or Decimal()
    return whole == part or (part * whole > 0 and abs(part) <= abs(whole))


def _less(line: Amount, claim: Amount) -> Decimal:
    return (line.yuan or Decimal()) - (claim.yuan or Decimal())


def _resolved(last: Standing, event: Event) -> tuple[Portion, ...]:
    """Disputes taken back: the amounts are measured again, and wait for both parties by themselves.

    A party resolves what it disputed itself, the bureau any; with `lines`, only the dispute of those lines.
    """
    ours = [
        portion
        for portion in last.disputes
        if portion.dispute is not None
        and event.role in {portion.dispute.role, Role.BUREAU}
        and (not event.lines or event.lines == portion.lines)
    ]
    if not ours:
        raise StepRefused(f"resolve: no such dispute is open; {told(last)}")
    return tuple(replace(one, stage=Stage.MEASURED) if one in ours else one for one in last.portions)


def _restated(last: Standing, event: Event) -> Standing:
    nothing_waits = event.kind is Kind.RESTORED and last.restatement is None
    if last.closed or not last.fast or nothing_waits:
        raise StepRefused(f"{event.kind}: {told(last)}")
    return last
