"""What waits for whom: the latest version of every month that someone must still act on, of all contracts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from services.database import Sessions
from services.savings.contract.model import SettlementState
from services.savings.settlement.book import event_of
from services.savings.settlement.events import Kind, Role
from services.savings.settlement.standing import Standing
from services.savings.settlement.states import possible, standings
from services.savings.tables import SettlementEventRow, SettlementRow


class Waits(StrEnum):
    """What may be asked for: the states of latest versions, what is disputed, what would be restated."""

    OPEN = "open"
    HELD = "held"
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    ISSUED = "issued"
    PAID = "paid"
    DISPUTED = "disputed"
    RESTATEMENT = "restatement"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The latest version of a month, without its document."""

    contract: str
    month: str
    settled_at: datetime
    esco_fee_yuan: Decimal | None
    standing: Standing


def waits_for(standing: Standing) -> dict[Kind, frozenset[Role]]:
    """The steps that someone is waited for, and whom; a correction only where a restatement waits."""
    steps = possible(standing)
    optional = {Kind.DISPUTE} | (set() if standing.restatement is not None else {Kind.CORRECT})
    return {kind: roles for kind, roles in steps.items() if kind not in optional}


class WaitingList:
    """Reads the latest versions that match."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def page(
        self,
        waits: Waits = Waits.OPEN,
        *,
        contract: str | None = None,
        after: tuple[str, str] | None = None,
        limit: int | None = None,
    ) -> list[Waiting]:
        """By month and contract, those after a month and contract."""
        row = SettlementRow
        columns = (row.contract, row.month, row.version, row.settled_at, row.esco_fee_yuan)
        query = select(*columns).where(row.state != SettlementState.SUPERSEDED, _matching(waits))
        query = query.order_by(row.month, row.contract).limit(limit)
        if contract is not None:
            query = query.where(row.contract == contract)
        if after is not None:
            month, code = after
            query = query.where(or_(row.month > month, and_(row.month == month, row.contract > code)))
        with self._sessions() as session:
            found = session.execute(query).all()
            event, keys = SettlementEventRow, [(one.contract, one.month) for one in found]
            events = select(event).where(tuple_(event.contract, event.month).in_(keys))
            kept = session.scalars(events.order_by(event.contract, event.month, event.number)).all()
        latest: dict[tuple[str, str], list[SettlementEventRow]] = defaultdict(list)
        for one in kept:
            latest[one.contract, one.month].append(one)
        return [
            Waiting(
                one.contract, one.month, one.settled_at, one.esco_fee_yuan,
                standings(map(event_of, latest[one.contract, one.month]))[one.version - 1],
            )
            for one in found
        ]  # fmt: skip

    def counts(self) -> dict[Waits, int]:
        """How many there are of each sort."""
        latest = SettlementRow.state != SettlementState.SUPERSEDED
        with self._sessions() as session:
            return {
                waits: session.scalar(
                    select(func.count()).select_from(SettlementRow).where(latest, _matching(waits))
                )
                or 0
                for waits in Waits
            }


def _matching(waits: Waits) -> ColumnElement[bool]:
    row = SettlementRow
    match waits:
        case Waits.OPEN:
            return or_(row.state != SettlementState.PAID, row.disputed_yuan.is_not(None),
                       row.restated_sha256.is_not(None))  # fmt: skip
        case Waits.DISPUTED:
            return row.disputed_yuan.is_not(None)
        case Waits.RESTATEMENT:
            return row.restated_sha256.is_not(None)
        case _:
            return row.state == SettlementState(waits.value)
