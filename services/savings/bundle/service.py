"""Bundles of statements: made on request, and sealed into the contract's chain once a statement is issued.

Only signed bundles of issued statements are sealed: kept as they are, each naming the manifest of the one
before, so that none can be changed, left out or put in without breaking all that follow.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.clock import Clock
from services.database import Sessions
from services.metering.quarantine import Quarantine
from services.metering.repository import Registry
from services.savings.bundle.case import Case
from services.savings.bundle.issuer import Issuer
from services.savings.bundle.making import Bundle, Link, Making, Status, bundle
from services.savings.bundle.parts import listed_meters
from services.savings.bundle.readings import quotes
from services.savings.bundle.register import CHANNEL, Quote, Register
from services.savings.bundle.rows import Key
from services.savings.bundle.tables import StatementBundleRow
from services.savings.settlement.document import Settlement
from services.savings.settlement.events import Kind
from services.savings.settlement.repository import Settlements
from services.savings.tables import SettlementEventRow
from services.timeseries.store import TimeSeriesStore


class MeterGone(LookupError):
    """A meter of the settlement is no longer in the registry; the message names it."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """The bundles of the statements on file; without an issuer they are unsigned, and none is sealed."""

    sessions: Sessions
    store: TimeSeriesStore
    registry: Registry
    clock: Clock
    zone: ZoneInfo
    issuer: Issuer | None

    def get(self, code: str, month: str, version: int | None = None) -> tuple[str, bytes] | None:
        """Name and content of a statement's bundle, the latest version unless named; None for no such one.

        Raises `MeterGone`.
        """
        found = Settlements(self.sessions).get(code, month, version)
        if found is None:
            return None
        self.seal(code)
        sealed = self._sealed(code, month=month, version=found.version)
        if sealed is not None:
            return f"statement-{code}-{month}-v{found.version}.kwb", zlib.decompress(sealed.content)
        made = self._make(found, Status.PREVIEW, self._sealed(code))
        return made.name, made.content

    def seal(self, code: str) -> int:
        """Seal what was issued of a contract and is not sealed yet, in order of issue; how many it was."""
        if self.issuer is None:
            return 0
        waiting = self._waiting(code)
        for month, version in waiting:
            found = Settlements(self.sessions).get(code, month, version)
            assert found is not None  # noqa: S101  (an event speaks of it)
            try:
                self._seal(found, self._sealed(code))
            except IntegrityError:
                if self._sealed(code, month=month, version=version) is None:
                    raise  # else another program has just sealed the same
        return len(waiting)

    def issued(self) -> list[str]:
        """The contracts of which something was ever issued."""
        query = select(SettlementEventRow.contract).where(SettlementEventRow.kind == Kind.ISSUE.value)
        with self.sessions() as session:
            return sorted(session.scalars(query.distinct()))

    def _waiting(self, code: str) -> list[tuple[str, int]]:
        event, row = SettlementEventRow, StatementBundleRow
        issued = select(event.month, event.version).where(
            event.contract == code, event.kind == Kind.ISSUE.value
        )
        sealed = select(row.month, row.version).where(row.contract == code)
        with self.sessions() as session:
            there = {(month, version) for month, version in session.execute(sealed)}
            ordered = session.execute(issued.order_by(event.at, event.month, event.number))
            return [
                key
                for key in dict.fromkeys((month, version) for month, version in ordered)
                if key not in there
            ]

    def _sealed(
        self, code: str, *, month: str | None = None, version: int | None = None
    ) -> StatementBundleRow | None:
        """A sealed bundle with its content, the last of the chain unless named."""
        row = StatementBundleRow
        query = select(row).where(row.contract == code).order_by(row.number.desc()).limit(1)
        if month is not None:
            query = query.where(row.month == month, row.version == version)
        with self.sessions() as session:
            found = session.scalars(query).first()
            if found is not None:
                _ = found.content
            return found

    def _seal(self, settlement: Settlement, last: StatementBundleRow | None) -> None:
        """Add a link; two programs that seal at once want the same number, and one is refused."""
        made = self._make(settlement, Status.ISSUED, last)
        with self.sessions.begin() as session:
            session.add(
                StatementBundleRow(
                    contract=settlement.contract,
                    number=1 if last is None else last.number + 1,
                    month=settlement.month,
                    version=settlement.version,
                    manifest_sha256=made.manifest_sha256,
                    previous_sha256=None if last is None else last.manifest_sha256,
                    sealed_at=self.clock(),
                    content=zlib.compress(made.content),
                )
            )

    def _make(self, settlement: Settlement, status: Status, last: StatementBundleRow | None) -> Bundle:
        document = settlement.document
        registers = self._registers(listed_meters(document))
        known = {} if last is None else _quoted(last)
        quoted = quotes(self.store, registers, document, zone=self.zone, known=known)
        made_at = settlement.settled_at if status is Status.PREVIEW else self.clock()
        link = None if last is None else Link(last.month, last.version, last.manifest_sha256)
        return bundle(settlement, registers, quoted, Making(status, made_at, link, self.issuer, self.zone))

    def _registers(self, meters: tuple[str, ...]) -> dict[str, Register]:
        decided = Quarantine(self.sessions, self.clock).round()
        found: dict[str, Register] = {}
        for code in meters:
            meter = self.registry.meter(code)
            if meter is None:
                raise MeterGone(f"no meter {code!r}")
            found[code] = Register(meter, tuple(decided.rulings(code, CHANNEL)))
        return found


def _quoted(row: StatementBundleRow) -> Mapping[Key, Quote]:
    return Case(zlib.decompress(row.content)).quotes
