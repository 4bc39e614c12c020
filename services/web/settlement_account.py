"""The account of a corrected month: what was paid under which version, what this one comes to, who owes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.savings.settlement.dues import NOTHING, Payment
from services.savings.settlement.events import Event, Kind
from services.savings.settlement.standing import Stage, Standing


@dataclass(frozen=True, slots=True)
class Moved:
    """An amount that changes hands [yuan, never below zero], and whose it is: paid, or paid back."""

    by: Literal["client", "client_back", "esco", "esco_back", "nothing"]
    yuan: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """What a corrected version owes: `payments` of the month up to it, the corrections that led to it.

    `fee_yuan` is None while it is held; `due` and `due_yuan` (signed, above zero to the ESCO) are None then
    and once it is replaced; `disputed_yuan` is None where nothing is disputed.
    """

    payments: tuple[tuple[Payment, Moved], ...]
    corrections: tuple[Event, ...]
    fee_yuan: Decimal | None
    disputed_yuan: Decimal | None
    due_yuan: Decimal | None
    due: Moved | None


def moved(yuan: Decimal, before: Decimal) -> Moved:
    """A signed amount as who pays it; it is paid back as far as it only returns what was paid `before`."""
    if not yuan:
        return Moved("nothing", NOTHING)
    back = before * yuan < 0 and abs(yuan) <= abs(before)
    if yuan > 0:
        return Moved("client_back" if back else "client", yuan)
    return Moved("esco_back" if back else "esco", -yuan)


def payments(standings: Sequence[Standing]) -> tuple[tuple[Payment, Moved], ...]:
    """Every payment under these versions, oldest first."""
    return tuple(_payments(standings))


def _payments(standings: Sequence[Standing]) -> Iterator[tuple[Payment, Moved]]:
    before = NOTHING
    for one in (payment for standing in standings for payment in standing.payments):
        yield one, moved(one.yuan, before)
        before += one.yuan


def account(standings: Sequence[Standing]) -> Account | None:
    """The account of the last of these versions; None where a person corrected none before it."""
    *earlier, shown = standings
    since = max((one.event.version for one in shown.earlier), default=1)
    corrections = tuple(
        event
        for one in earlier
        for event in one.events
        if event.kind is Kind.CORRECT and event.version >= since
    )
    if not corrections:
        return None
    due = shown.still_due_yuan
    return Account(
        payments=payments(standings),
        corrections=corrections,
        fee_yuan=None if shown.held else sum((one.yuan for one in shown.portions), NOTHING),
        disputed_yuan=shown.yuan_at(Stage.DISPUTED) if shown.disputes else None,
        due_yuan=due,
        due=None if due is None else due_of(shown, due),
    )


def due_of(standing: Standing, yuan: Decimal) -> Moved:
    """What a version still owes, as who pays it."""
    return moved(yuan, standing.paid_before_yuan + standing.paid_yuan)
