"""Where one version of a month's settlement stands: its portions and payments, and what follows from both."""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from services.savings.contract.model import SettlementState
from services.savings.settlement.dues import NOTHING, Payment, falls_due, net
from services.savings.settlement.events import Amount, Event, Kind, Role


class Stage(IntEnum):
    """How far a portion has come."""

    DISPUTED = 0
    MEASURED = 1
    CONFIRMED = 2
    ISSUED = 3
    PAID = 4


_STATES = {
    Stage.MEASURED: SettlementState.DRAFT,
    Stage.CONFIRMED: SettlementState.CONFIRMED,
    Stage.ISSUED: SettlementState.ISSUED,
    Stage.PAID: SettlementState.PAID,
}


@dataclass(frozen=True, slots=True)
class Portion:
    """Amounts that go on together. `dispute` is the event that parted them from the rest, if one did."""

    lines: tuple[Amount, ...]
    stage: Stage
    confirmed_by: frozenset[Role] = frozenset()
    dispute: Event | None = None

    @property
    def yuan(self) -> Decimal:
        """Its sum [yuan]."""
        return sum((line.yuan or Decimal() for line in self.lines), NOTHING)


@dataclass(frozen=True, slots=True)
class Standing:
    """One version: its portions, the events that speak of it, and whether it is replaced.

    `agreed` is the confirmation with which both parties, for the first time, held some of it; `earlier` are
    the payments under the versions before, `payments` those under this one.
    """

    version: int
    held: bool
    closed: bool
    portions: tuple[Portion, ...]
    events: tuple[Event, ...]
    agreed: Event | None = None
    earlier: tuple[Payment, ...] = ()
    payments: tuple[Payment, ...] = ()

    @property
    def state(self) -> SettlementState:
        """The version's state; where all of it is disputed it stays a draft."""
        if self.closed:
            return SettlementState.SUPERSEDED
        if self.held:
            return SettlementState.HELD
        stages = [portion.stage for portion in self.portions if portion.stage is not Stage.DISPUTED]
        return _STATES[min(stages, default=Stage.MEASURED)]

    @property
    def disputes(self) -> tuple[Portion, ...]:
        """The portions that wait for a resolution."""
        return tuple(portion for portion in self.portions if portion.stage is Stage.DISPUTED)

    @property
    def restatement(self) -> Event | None:
        """What later data would change, while that waits for a correction."""
        found = [one for one in self.events if one.kind in {Kind.RESTATEMENT, Kind.RESTORED}]
        if self.closed or not found or found[-1].kind is Kind.RESTORED:
            return None
        return found[-1]

    @property
    def fast(self) -> bool:
        """Whether a party has spoken of it: then later data no longer replace it by themselves."""
        return any(one.kind in {Kind.CONFIRM, Kind.DISPUTE} for one in self.events)

    def yuan_at(self, stage: Stage) -> Decimal:
        """What has come to that stage and no further [yuan]."""
        return sum((one.yuan for one in self.portions if one.stage is stage), NOTHING)

    @property
    def paid_before_yuan(self) -> Decimal:
        """What was paid under all earlier versions, less what was paid back [yuan]."""
        return net(self.earlier)

    @property
    def paid_yuan(self) -> Decimal:
        """What was paid under this version, less what was paid back [yuan]."""
        return net(self.payments)

    @property
    def still_due_yuan(self) -> Decimal | None:
        """What still has to change hands for all that nobody disputes [yuan]; below zero the ESCO pays.

        None where the version has no amounts, or another has replaced it.
        """
        if self.closed or self.held:
            return None
        undisputed = frozenset(Stage) - {Stage.DISPUTED}
        return self._due(undisputed)

    @property
    def payable_yuan(self) -> Decimal:
        """What a payment now would settle of what is issued [yuan]; below zero the ESCO pays."""
        return self._due(frozenset({Stage.ISSUED, Stage.PAID}))

    def _due(self, stages: frozenset[Stage]) -> Decimal:
        settled = [one.yuan for one in self.portions if one.stage in stages]
        if not settled:
            return NOTHING
        waiting = sum((one.yuan for one in self.portions if one.stage not in stages), NOTHING)
        return falls_due(sum(settled, NOTHING), waiting, before=self.paid_before_yuan, paid=self.paid_yuan)
