"""What is said of a settlement over HTTP, and what a person sends to move it on."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.mv.model import Record
from services.savings.contract.fields import OneLine
from services.savings.contract.model import SettlementState
from services.savings.settlement.document import Settlement, Version
from services.savings.settlement.events import Amount, Event, Kind, Role
from services.savings.settlement.paid import PaymentOut
from services.savings.settlement.standing import Portion, Stage, Standing
from services.savings.settlement.states import possible
from services.savings.settlement.waiting import Waiting, waits_for

Person = Literal["client", "esco", "bureau"]

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), OneLine]
_STAGES = {
    Stage.DISPUTED: "disputed",
    Stage.MEASURED: "draft",
    Stage.CONFIRMED: "confirmed",
    Stage.ISSUED: "issued",
    Stage.PAID: "paid",
}


def _folded(text: Any) -> Any:
    """What was typed on several lines, on one."""
    return " ".join(text.split()) if isinstance(text, str) else text


Said = Annotated[str, StringConstraints(min_length=1, max_length=500), OneLine, BeforeValidator(_folded)]


class AmountIn(BaseModel):
    """What is disputed: an amount, or all of the contract year, or of the month where no `year` is named."""

    model_config = ConfigDict(extra="forbid")

    year: int | None = Field(None, ge=1, le=30)
    yuan: Decimal | None = Field(None, max_digits=15, decimal_places=2)


class StepIn(BaseModel):
    """A step of a person. `version` is the latest, which was looked at; `lines` are of disputes only."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=2**31 - 1)
    by: Name
    role: Person
    reason: Said | None = None
    lines: tuple[AmountIn, ...] = Field((), max_length=60)

    def event(self, kind: Kind, at: datetime, spoken_as: str | None = None) -> Event:
        """As the state machine knows it."""
        lines = tuple(Amount(line.year, line.yuan) for line in self.lines)
        return Event(self.version, kind, self.by, Role(self.role), at, self.reason, lines, spoken_as)


class AmountOut(BaseModel):
    """Money of a contract year, or of the month; `kwh` where energy is meant."""

    year: int | None
    yuan: str | None
    kwh: str | None

    @classmethod
    def of(cls, amount: Amount) -> Self:
        """Figures as they are kept, digit for digit."""
        yuan, kwh = amount.yuan, amount.kwh
        return cls(
            year=amount.year,
            yuan=None if yuan is None else str(yuan),
            kwh=None if kwh is None else str(kwh),
        )


class EventOut(BaseModel):
    """One thing that happened; `spoken_as` names the speaker whose token it was said with."""

    version: int
    kind: Kind
    by: str
    role: Role
    at: datetime
    reason: str | None
    lines: Sequence[AmountOut]
    spoken_as: str | None

    @classmethod
    def of(cls, event: Event, zone: ZoneInfo) -> Self:
        """With its instant as the zone's clocks show it."""
        lines = [AmountOut.of(line) for line in event.lines]
        return cls(
            version=event.version, kind=event.kind, by=event.by, role=event.role,
            at=event.at.astimezone(zone), reason=event.reason, lines=lines, spoken_as=event.spoken_as,
        )  # fmt: skip


class PortionOut(BaseModel):
    """Amounts that go on together; `dispute` is what parted them from the rest."""

    state: str
    yuan: str
    lines: Sequence[AmountOut]
    confirmed_by: Sequence[Role]
    dispute: EventOut | None

    @classmethod
    def of(cls, portion: Portion, zone: ZoneInfo) -> Self:
        """One portion."""
        return cls(
            state=_STAGES[portion.stage],
            yuan=str(portion.yuan),
            lines=[AmountOut.of(line) for line in portion.lines],
            confirmed_by=sorted(portion.confirmed_by),
            dispute=None if portion.dispute is None else EventOut.of(portion.dispute, zone),
        )


class StandingOut(BaseModel):
    """Where a version stands: its portions, what is possible now and by whom, what waits beside it.

    Above zero the client pays the ESCO, below zero the ESCO pays the client. `paid_before_yuan` is what was
    paid under earlier versions less what was paid back, `paid_yuan` that of this one; `still_due_yuan` has to
    change hands for all that is not disputed, and is null where there are no amounts or it is replaced.
    """

    portions: Sequence[PortionOut]
    paid_before_yuan: str
    paid_yuan: str
    still_due_yuan: str | None
    possible: dict[Kind, Sequence[Role]]
    restatement: EventOut | None

    @classmethod
    def of(cls, standing: Standing, zone: ZoneInfo) -> Self:
        """One version's standing."""
        change = standing.restatement
        return cls(
            portions=[PortionOut.of(portion, zone) for portion in standing.portions],
            paid_before_yuan=str(standing.paid_before_yuan),
            paid_yuan=str(standing.paid_yuan),
            still_due_yuan=_text(standing.still_due_yuan),
            possible={kind: sorted(roles) for kind, roles in possible(standing).items()},
            restatement=None if change is None else EventOut.of(change, zone),
        )


class LineAnswer(BaseModel):
    """A printed line: its value as printed."""

    key: str
    year: int | None
    value: str
    unit: str
    formula: str | None


class SettlementAnswer(BaseModel):
    """A version of a month's settlement; amounts are null while it is held."""

    contract: str
    month: str
    version: int
    state: SettlementState
    holds: Sequence[Record]
    settled_at: datetime
    input_sha256: str
    savings_kwh: float
    uncertainty_kwh: float
    coverage: float
    lines: Sequence[LineAnswer]
    savings_yuan: str | None
    esco_fee_yuan: str | None
    client_keeps_yuan: str | None
    difference_kwh: str | None
    difference_yuan: str | None
    standing: StandingOut

    @classmethod
    def of(cls, found: Settlement, standing: Standing, zone: ZoneInfo) -> Self:
        """What a document says, with the state it has now."""
        results: dict[str, Any] = found.document["results"]
        period = results["period"]
        return cls(
            contract=found.contract,
            month=found.month,
            version=found.version,
            state=found.state,
            holds=results["holds"],
            settled_at=found.settled_at.astimezone(zone),
            input_sha256=found.input_sha256,
            savings_kwh=period["savings_kwh"],
            uncertainty_kwh=period["uncertainty_kwh"],
            coverage=period["coverage"],
            lines=[{name: line[name] for name in LineAnswer.model_fields} for line in results["lines"]],
            savings_yuan=results["savings_yuan"],
            esco_fee_yuan=results["esco_fee_yuan"],
            client_keeps_yuan=results["client_keeps_yuan"],
            difference_kwh=_text(found.difference_kwh),
            difference_yuan=_text(found.difference_yuan),
            standing=StandingOut.of(standing, zone),
        )


class VersionOut(BaseModel):
    """A version in the history; its differences are to the version before."""

    version: int
    state: SettlementState
    settled_at: datetime
    savings_kwh: float
    esco_fee_yuan: str | None
    difference_kwh: str | None
    difference_yuan: str | None

    @classmethod
    def of(cls, found: Version, zone: ZoneInfo) -> Self:
        """One version."""
        return cls(
            version=found.version,
            state=found.state,
            settled_at=found.settled_at.astimezone(zone),
            savings_kwh=found.period.savings_kwh,
            esco_fee_yuan=_text(found.esco_fee_yuan),
            difference_kwh=_text(found.difference_kwh),
            difference_yuan=_text(found.difference_yuan),
        )


class HistoryOut(BaseModel):
    """All versions of a month, everything that happened to them, and what was paid, oldest first."""

    contract: str
    month: str
    versions: Sequence[VersionOut]
    events: Sequence[EventOut]
    payments: Sequence[PaymentOut]


class WaitingOut(BaseModel):
    """A month that someone must act on: `waits_for` names the steps, and whose they are.

    `paid_before_yuan` and `still_due_yuan` are those of its standing.
    """

    contract: str
    month: str
    version: int
    state: SettlementState
    settled_at: datetime
    esco_fee_yuan: str | None
    disputed_yuan: str | None
    paid_before_yuan: str
    still_due_yuan: str | None
    restatement: EventOut | None
    waits_for: dict[Kind, Sequence[Role]]

    @classmethod
    def of(cls, found: Waiting, zone: ZoneInfo) -> Self:
        """One month."""
        standing, change = found.standing, found.standing.restatement
        return cls(
            contract=found.contract,
            month=found.month,
            version=standing.version,
            state=standing.state,
            settled_at=found.settled_at.astimezone(zone),
            esco_fee_yuan=_text(found.esco_fee_yuan),
            disputed_yuan=str(standing.yuan_at(Stage.DISPUTED)) if standing.disputes else None,
            paid_before_yuan=str(standing.paid_before_yuan),
            still_due_yuan=_text(standing.still_due_yuan),
            restatement=None if change is None else EventOut.of(change, zone),
            waits_for={kind: sorted(roles) for kind, roles in waits_for(standing).items()},
        )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
