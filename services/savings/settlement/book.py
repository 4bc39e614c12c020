"""The book of one month's settlement, open in a transaction: its versions and its events, written together.

Every change is an event, kept only when the state machine takes it; the columns beside a version follow.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.mv.canonical import spelled
from services.savings.contract.model import SettlementState
from services.savings.settlement.document import data_sha256, figures
from services.savings.settlement.events import Amount, Event, Kind, Role
from services.savings.settlement.standing import Stage, Standing
from services.savings.settlement.states import StepRefused, after, standings
from services.savings.settlement.steps import fees, just_taken, spelled_out, taken
from services.savings.tables import SettlementEventRow, SettlementRow

SERVICE = "kilowitness"
"""Who speaks for the service itself."""

Document = Mapping[str, Any]


@dataclass(slots=True)
class Book:
    """A month's events and its latest version; both are written through to the session."""

    session: Session
    contract: str
    month: str
    written: int
    standings: tuple[Standing, ...]
    row: SettlementRow | None

    @classmethod
    def open(cls, session: Session, contract: str, month: str) -> Self:
        """Read what is kept of the month."""
        of = (SettlementEventRow.contract == contract, SettlementEventRow.month == month)
        events = session.scalars(
            select(SettlementEventRow).where(*of).order_by(SettlementEventRow.number)
        ).all()
        query = select(SettlementRow).where(SettlementRow.contract == contract, SettlementRow.month == month)
        latest = session.scalars(query.order_by(SettlementRow.version.desc()).limit(1)).first()
        return cls(session, contract, month, len(events), standings(map(event_of, events)), latest)

    def append(self, event: Event) -> None:
        """Keep an event and what follows from it. Raises `StepRefused`."""
        self.standings = after(self.standings, event)
        self.written += 1
        self.session.add(
            SettlementEventRow(
                contract=self.contract,
                month=self.month,
                number=self.written,
                version=event.version,
                kind=event.kind.value,
                by=event.by,
                role=event.role.value,
                at=event.at,
                reason=event.reason,
                lines=[
                    {"year": one.year, "yuan": _text(one.yuan), "kwh": _text(one.kwh)} for one in event.lines
                ],
                spoken_as=event.spoken_as,
            )
        )
        if self.row is not None:
            _follow(self.row, self.standings[self.row.version - 1])

    def begin(self, document: Document, at: datetime) -> None:
        """Keep a document as the next version. Raises `StepRefused` when a party holds the one before."""
        before, results = self.row, document["results"]
        fee = _decimal(results["esco_fee_yuan"])
        version = 1 if before is None else before.version + 1
        held = results["state"] == SettlementState.HELD
        lines = () if held else fees(results)
        self.append(_own(version, Kind.HELD if held else Kind.MEASURED, at, *lines))
        self.row = SettlementRow(
            contract=self.contract,
            month=self.month,
            version=version,
            settled_at=at,
            input_sha256=document["input_sha256"],
            figures=figures(results),
            esco_fee_yuan=fee,
            difference_yuan=None if before is None else _less(fee, before.esco_fee_yuan),
            difference_kwh=None if before is None else _less(_saved(document), _saved(kept(before))),
            document=spelled(document),
        )
        _follow(self.row, self.standings[-1])
        self.session.add(self.row)

    def follow(self, document: Document, at: datetime) -> bool:
        """Take a document made of what is stored now; True when it became a version.

        The same inputs change nothing. What the parties hold is not replaced: the change waits beside it.
        """
        if self.row is not None and self.standings[-1].fast:
            self._restate(self.row, document, at)
            return False
        if self.row is not None and _same(self.row, document):
            return False
        self.begin(document, at)
        return True

    def _restate(self, row: SettlementRow, document: Document, at: datetime) -> None:
        fresh, latest = data_sha256(document["inputs"]), self.standings[-1]
        if fresh == _data(row):
            if latest.restatement is not None:
                self.append(_own(latest.version, Kind.RESTORED, at))
        elif fresh != row.restated_sha256:
            yuan = _less(_decimal(document["results"]["esco_fee_yuan"]), row.esco_fee_yuan)
            change = Amount(None, yuan, _less(_saved(document), _saved(kept(row))))
            self.append(_own(latest.version, Kind.RESTATEMENT, at, change))
            row.restated_sha256 = fresh

    def step(self, wish: Event) -> bool:
        """Take a person's step; False when it is a repeat of one on record. Raises `StepRefused`."""
        named = next((one for one in self.standings if one.version == wish.version), None)
        if named is not None and just_taken(wish, named):
            return False
        try:
            self.append(spelled_out(wish, self.standings[-1]) if self.standings else wish)
        except StepRefused:
            if named is not None and taken(wish, named):
                return False
            raise
        return True


def event_of(row: SettlementEventRow) -> Event:
    """A kept event."""
    lines = tuple(Amount(one["year"], _decimal(one["yuan"]), _decimal(one["kwh"])) for one in row.lines)
    role = Role(row.role)
    return Event(row.version, Kind(row.kind), row.by, role, row.at, row.reason, lines, row.spoken_as)


def kept(row: SettlementRow) -> Any:
    """The document of a version."""
    return json.loads(row.document)


def _own(version: int, kind: Kind, at: datetime, *lines: Amount) -> Event:
    return Event(version, kind, SERVICE, Role.SERVICE, at, None, lines)


def _same(row: SettlementRow, document: Document) -> bool:
    """Whether a document is the version's: by its inputs or, where a person released it, by its days."""
    if row.input_sha256 == document["input_sha256"]:
        return True
    return "release" in kept(row)["inputs"] and _data(row) == data_sha256(document["inputs"])


def _data(row: SettlementRow) -> str:
    """Kept once it is asked for: only of what a person has released or a party holds."""
    if row.data_sha256 is None:
        row.data_sha256 = data_sha256(kept(row)["inputs"])
    return row.data_sha256


def _follow(row: SettlementRow, standing: Standing) -> None:
    row.state = standing.state.value
    disputed = bool(standing.disputes) and not standing.closed
    row.disputed_yuan = standing.yuan_at(Stage.DISPUTED) if disputed else None
    row.agreed_at = None if standing.agreed is None else standing.agreed.at
    if standing.restatement is None:
        row.restated_sha256 = None


def _saved(document: Document) -> Decimal:
    return Decimal(str(document["results"]["period"]["savings_kwh"]))


def _less(fresh: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if fresh is None or before is None else fresh - before


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
