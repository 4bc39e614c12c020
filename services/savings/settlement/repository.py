"""Contracts and settlements in the registry's database: documents in, documents out, nothing overwritten."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, defer

from services.database import Sessions, write_alone
from services.mv.accounting import PeriodSavings
from services.mv.canonical import canonical
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import SettlementState
from services.savings.contract.on_file import ContractUnreadable, Unreadable, on_file
from services.savings.settlement.book import Book, event_of, kept
from services.savings.settlement.document import Settlement, Version, figures
from services.savings.settlement.events import Event
from services.savings.settlement.standing import Standing
from services.savings.settlement.states import standings
from services.savings.tables import ContractRow, SettlementEventRow, SettlementRow

_AMOUNTS = ("savings_yuan", "esco_fee_yuan", "client_keeps_yuan")
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
        """One contract, or None. Raises `ContractUnreadable` for one that the rules have come to refuse."""
        with self._sessions() as session:
            row = session.get(ContractRow, code)
            found = None if row is None else on_file(code, row.document)
        if isinstance(found, Unreadable):
            raise ContractUnreadable(found.code, found.rule, found.told)
        return found

    def known(self, code: str) -> bool:
        """Whether there is such a contract, readable or not."""
        with self._sessions() as session:
            return session.get(ContractRow, code) is not None

    def all(self) -> list[ContractDocument]:
        """The contracts that can be computed with, by code."""
        return [one for one in self.on_file() if isinstance(one, ContractDocument)]

    def on_file(
        self, *, after: str | None = None, limit: int | None = None
    ) -> list[ContractDocument | Unreadable]:
        """Contracts by code, those after a code; in its place what the rules have come to refuse."""
        columns = (ContractRow.code, ContractRow.document)
        query = select(*columns).order_by(ContractRow.code).limit(limit)
        if after is not None:
            query = query.where(ContractRow.code > after)
        with self._sessions() as session:
            return [on_file(code, text) for code, text in session.execute(query)]


class Settlements:
    """Every version of every settlement, and what happened to each."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, document: Mapping[str, Any], at: datetime) -> tuple[Settlement, bool]:
        """Keep a document of what is stored now: as the month's next version, or as what would change it.

        The same inputs as the latest version's add nothing: that version is returned, with False; so is one
        that a party holds, with the change waiting beside it as a restatement.
        """
        inputs = document["inputs"]
        with self._writing() as session:
            book = Book.open(session, inputs["contract"]["code"], inputs["month"])
            new = book.follow(document, at)
            assert book.row is not None  # noqa: S101  (what was followed is there)
            return settlement_of(book.row, document if new else None), new

    def step(self, code: str, month: str, wish: Event, fresh: Mapping[str, Any] | None = None) -> bool:
        """Take a person's step, which begins a version with `fresh` where it closes one; False for a repeat.

        Raises `StepRefused`, and then nothing is kept.
        """
        with self._writing() as session:
            book = Book.open(session, code, month)
            taken = book.step(wish)
            if taken and fresh is not None:
                book.begin(fresh, wish.at)
            return taken

    def get(self, code: str, month: str, version: int | None = None) -> Settlement | None:
        """A version of a month, the latest unless named."""
        if version is not None and not 1 <= version <= _LARGEST_VERSION:
            return None
        query = _of(code).where(SettlementRow.month == month).order_by(SettlementRow.version.desc()).limit(1)
        if version is not None:
            query = query.where(SettlementRow.version == version)
        with self._sessions() as session:
            row = session.scalars(query).first()
            return None if row is None else settlement_of(row)

    def of_contract(
        self, code: str, *, after: tuple[str, int] | None = None, limit: int | None = None
    ) -> list[Settlement]:
        """Every version of every month, oldest first; those after a month and version."""
        query = _of(code).order_by(SettlementRow.month, SettlementRow.version).limit(limit)
        if after is not None:
            month, version = after
            same = and_(SettlementRow.month == month, SettlementRow.version > version)
            query = query.where(or_(SettlementRow.month > month, same))
        with self._sessions() as session:
            return [settlement_of(row) for row in session.scalars(query)]

    def latest(self, code: str) -> list[Settlement]:
        """The latest version of every month, oldest first."""
        query = _of(code).where(SettlementRow.state != SettlementState.SUPERSEDED)
        with self._sessions() as session:
            return [settlement_of(row) for row in session.scalars(query.order_by(SettlementRow.month))]

    def versions(self, code: str, month: str | None = None) -> list[Version]:
        """Every version of every month, or of one, oldest first, without the documents."""
        query = _of(code).order_by(SettlementRow.month, SettlementRow.version)
        query = query.options(defer(SettlementRow.document))
        if month is not None:
            query = query.where(SettlementRow.month == month)
        with self._sessions() as session:
            return [_version(row) for row in session.scalars(query)]

    def standings(self, code: str, month: str | None = None) -> dict[str, tuple[Standing, ...]]:
        """By month: where each version stands, oldest first."""
        key = (SettlementEventRow.month, SettlementEventRow.number)
        query = select(SettlementEventRow).where(SettlementEventRow.contract == code).order_by(*key)
        if month is not None:
            query = query.where(SettlementEventRow.month == month)
        with self._sessions() as session:
            by_month = groupby(session.scalars(query), key=lambda row: row.month)
            return {found: standings(map(event_of, rows)) for found, rows in by_month}

    def latest_states(self, code: str) -> dict[str, tuple[SettlementState, str]]:
        """By month: the state and the input hash of the latest version."""
        columns = (SettlementRow.month, SettlementRow.state, SettlementRow.input_sha256)
        query = select(*columns).where(SettlementRow.contract == code)
        with self._sessions() as session:
            rows = session.execute(query.order_by(SettlementRow.month, SettlementRow.version))
            return {month: (SettlementState(state), sha) for month, state, sha in rows}

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """Alone: a step is right only on the state it was judged by."""
        with self._sessions.begin() as session:
            write_alone(session.connection())
            yield session


def _version(row: SettlementRow) -> Version:
    found = figures(kept(row)["results"]) if row.figures is None else row.figures
    bounds = {name: date.fromisoformat(found["period"][name]) for name in ("start", "end")}
    amounts = {name: None if found[name] is None else Decimal(found[name]) for name in _AMOUNTS}
    return Version(
        month=row.month,
        version=row.version,
        state=SettlementState(row.state),
        settled_at=row.settled_at,
        period=PeriodSavings(**found["period"] | bounds),
        **amounts,
        difference_kwh=row.difference_kwh,
        difference_yuan=row.difference_yuan,
        agreed_at=row.agreed_at,
    )


def _of(code: str) -> Select[SettlementRow]:
    return select(SettlementRow).where(SettlementRow.contract == code)


def settlement_of(row: SettlementRow, document: Mapping[str, Any] | None = None) -> Settlement:
    """A kept version; `document` saves reading it again."""
    return Settlement(
        contract=row.contract,
        month=row.month,
        version=row.version,
        state=SettlementState(row.state),
        settled_at=row.settled_at,
        input_sha256=row.input_sha256,
        esco_fee_yuan=row.esco_fee_yuan,
        difference_yuan=row.difference_yuan,
        difference_kwh=row.difference_kwh,
        document=kept(row) if document is None else dict(document),
    )
