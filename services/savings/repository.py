"""Contracts and settlements in the registry's database: documents in, documents out, nothing overwritten."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.database import Sessions
from services.mv.canonical import canonical
from services.savings.model import NEXT_STATES, SettlementState
from services.savings.schemas import ContractDocument
from services.savings.settlement import Settlement
from services.savings.tables import ContractRow, SettlementRow

_LARGEST_VERSION = 2**31 - 1
"""Of the column's type; a larger number would not reach the database."""


class Contracts:
    """The contracts, each read and written in a transaction of its own."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def put(self, contract: ContractDocument, at: datetime) -> None:
        """Add or replace a contract."""
        with self._sessions.begin() as session:
            session.merge(
                ContractRow(
                    code=contract.code,
                    institution=contract.institution,
                    kind=contract.kind.value,
                    document=canonical(contract.model_dump(mode="json")),
                    changed_at=at,
                )
            )

    def get(self, code: str) -> ContractDocument | None:
        """One contract, or None."""
        with self._sessions() as session:
            row = session.get(ContractRow, code)
            return None if row is None else ContractDocument.model_validate_json(row.document)

    def all(self, *, after: str | None = None, limit: int | None = None) -> list[ContractDocument]:
        """Contracts by code, those after a code."""
        query = select(ContractRow.document).order_by(ContractRow.code).limit(limit)
        if after is not None:
            query = query.where(ContractRow.code > after)
        with self._sessions() as session:
            return [ContractDocument.model_validate_json(text) for text in session.scalars(query)]


class Settlements:
    """Every version of every settlement."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, document: dict[str, Any], at: datetime) -> tuple[Settlement, bool]:
        """Keep a document as the month's next version and supersede the one before.

        The same inputs as the latest version's add nothing: that version is returned, with False. Two writers
        at once collide on the key (`IntegrityError`), so that none overwrites the other.
        """
        inputs, results = document["inputs"], document["results"]
        code, month = inputs["contract"]["code"], inputs["month"]
        fee = None if results["esco_fee_yuan"] is None else Decimal(results["esco_fee_yuan"])
        with self._sessions.begin() as session:
            before = _latest(session, code, month)
            if before is not None and before.input_sha256 == document["input_sha256"]:
                return _settlement(before), False
            if before is not None:
                _move(before, SettlementState.SUPERSEDED)
            row = SettlementRow(
                contract=code,
                month=month,
                version=1 if before is None else before.version + 1,
                state=str(results["state"]),
                settled_at=at,
                input_sha256=document["input_sha256"],
                esco_fee_yuan=fee,
                difference_yuan=_difference(fee, before),
                document=canonical(document),
            )
            session.add(row)
            return _settlement(row), True

    def get(self, code: str, month: str, version: int | None = None) -> Settlement | None:
        """A version of a month, the latest unless named."""
        if version is not None and not 1 <= version <= _LARGEST_VERSION:
            return None
        with self._sessions() as session:
            if version is None:
                row = _latest(session, code, month)
            else:
                row = session.get(SettlementRow, (code, month, version))
            return None if row is None else _settlement(row)

    def of_contract(self, code: str) -> list[Settlement]:
        """Every version of every month, oldest first."""
        query = select(SettlementRow).where(SettlementRow.contract == code)
        query = query.order_by(SettlementRow.month, SettlementRow.version)
        with self._sessions() as session:
            return [_settlement(row) for row in session.scalars(query)]

    def latest_states(self, code: str) -> dict[str, tuple[SettlementState, str]]:
        """By month: the state and the input hash of the latest version."""
        newest = (
            select(SettlementRow.month, func.max(SettlementRow.version).label("version"))
            .where(SettlementRow.contract == code)
            .group_by(SettlementRow.month)
            .subquery()
        )
        query = (
            select(SettlementRow.month, SettlementRow.state, SettlementRow.input_sha256)
            .join(
                newest, (SettlementRow.month == newest.c.month) & (SettlementRow.version == newest.c.version)
            )
            .where(SettlementRow.contract == code)
        )
        with self._sessions() as session:
            return {month: (SettlementState(state), sha) for month, state, sha in session.execute(query)}


def _latest(session: Session, code: str, month: str) -> SettlementRow | None:
    query = select(SettlementRow).where(SettlementRow.contract == code, SettlementRow.month == month)
    return session.scalars(query.order_by(SettlementRow.version.desc()).limit(1)).first()


def _move(row: SettlementRow, state: SettlementState) -> None:
    if state not in NEXT_STATES[SettlementState(row.state)]:
        raise ValueError(f"a settlement that is {row.state} cannot become {state}")
    row.state = state.value


def _difference(fee: Decimal | None, before: SettlementRow | None) -> Decimal | None:
    if fee is None or before is None or before.esco_fee_yuan is None:
        return None
    return fee - before.esco_fee_yuan


def _settlement(row: SettlementRow) -> Settlement:
    return Settlement(
        contract=row.contract,
        month=row.month,
        version=row.version,
        state=SettlementState(row.state),
        settled_at=row.settled_at,
        input_sha256=row.input_sha256,
        esco_fee_yuan=row.esco_fee_yuan,
        difference_yuan=row.difference_yuan,
        document=json.loads(row.document),
    )
