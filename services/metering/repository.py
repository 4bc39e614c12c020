"""The registry in its database: what stands, what a document changes, which meters await a roll-up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from services.database import Sessions, write_alone
from services.metering.coherence import Standing, refuse_contradictions
from services.metering.model import ChannelTerms, Institution, Meter, MeterPeriod, MeterRole, MeterUse
from services.metering.schemas import (
    Applied,
    BuildingEntry,
    InstitutionEntry,
    LedgerEntry,
    MeterEntry,
    RegistryDocument,
)
from services.metering.tables import BuildingRow, InstitutionRow, MeterLedgerRow, MeterRow

Row = TypeVar("Row", InstitutionRow, BuildingRow, MeterRow)

_CHUNK = 500
"""Most values in one IN list: databases limit the variables of a statement."""


class Filing(NamedTuple):
    """What a meter's energy is filed under; `since` is the start of its oldest ledger line."""

    code: str
    institution: str
    role: str
    use: str
    parent: str | None
    since: datetime


class Registry:
    """Institutions and meters, read and changed in transactions of their own."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def institutions(self, *, after: str = "", limit: int | None = None) -> list[Institution]:
        """Institutions by code, those after a code, at most `limit`."""
        query = select(*InstitutionRow.__table__.columns).where(InstitutionRow.code > after)
        with self._sessions() as session:
            return [
                _institution(row) for row in session.execute(query.order_by(InstitutionRow.code).limit(limit))
            ]

    def institution(self, code: str) -> Institution | None:
        """One institution, or None."""
        with self._sessions() as session:
            row = session.get(InstitutionRow, code)
            return None if row is None else _institution(row)

    def addresses(self) -> set[str]:
        """The address of every meter."""
        with self._sessions() as session:
            return set(session.scalars(select(MeterRow.address)))

    def meters(
        self, *, institution: str | None = None, use: MeterUse | None = None, after: str = "",
        limit: int | None = None,
    ) -> list[Meter]:  # fmt: skip
        """Meters with their ledgers, by code, those after a code, at most `limit`."""
        chosen = [MeterRow.code > after]
        if institution is not None:
            chosen.append(MeterRow.institution == institution)
        if use is not None:
            chosen.append(MeterRow.use == use.value)
        with self._sessions() as session:
            return [meter for meter, _ in _meters(session, *chosen, limit=limit)]

    def filings(self) -> list[Filing]:
        """Which institution's figure each meter counts to, and from when on, by code: without the ledgers."""
        meter, line = MeterRow, MeterLedgerRow
        columns = (meter.code, meter.institution, meter.role, meter.use, meter.parent)
        query = select(*columns, func.min(line.valid_from)).join(line, line.meter == meter.code)
        with self._sessions() as session:
            return [Filing(*row) for row in session.execute(query.group_by(*columns).order_by(meter.code))]

    def meter(self, code: str) -> Meter | None:
        """One meter, or None."""
        with self._sessions() as session:
            return next((meter for meter, _ in _meters(session, MeterRow.code == code)), None)

    def apply(self, document: RegistryDocument) -> Applied:
        """Add or replace every entry by its code, all or nothing. Raises `RegistryRefused`."""
        with self._sessions.begin() as session:
            write_alone(session.connection())  # two documents that agree with all but each other
            with session.no_autoflush:  # all rows go to the database together, not one by one
                _put_all(session, InstitutionRow, document.institutions)
                _put_all(session, BuildingRow, document.buildings)
                known = _known(session, MeterRow, [meter.code for meter in document.meters])
                for meter in document.meters:
                    _put_meter(session, meter, known.get(meter.code))
            session.flush()
            _refuse_contradictions(session)
        return Applied(
            institutions=len(document.institutions),
            buildings=len(document.buildings),
            meters=len(document.meters),
        )

    def clock_zones(self) -> dict[str, str | None]:
        """Every meter's address with the zone of its device's clock, None for the installation's."""
        with self._sessions() as session:
            rows = session.execute(select(MeterRow.address, MeterRow.time_zone))
            return {row.address: row.time_zone for row in rows}

    def awaiting_rollup(self) -> list[tuple[Meter, int]]:
        """Meters whose stored intervals do not follow their description yet, with its revision."""
        with self._sessions() as session:
            return _meters(session, MeterRow.revision != MeterRow.rolled_up)

    def mark_rolled_up(self, code: str, revision: int) -> None:
        """Record that the stored intervals of a meter follow its description of `revision`."""
        with self._sessions.begin() as session:
            session.execute(update(MeterRow).where(MeterRow.code == code).values(rolled_up=revision))


def _known(session: Session, table: type[Row], codes: Sequence[str]) -> dict[str, Row]:
    """The rows that there are of these codes."""
    found: dict[str, Row] = {}
    for first in range(0, len(codes), _CHUNK):
        chosen = table.code.in_(codes[first : first + _CHUNK])
        found |= {row.code: row for row in session.scalars(select(table).where(chosen))}
    return found


def _put_all(session: Session, table: type[Row], entries: Sequence[InstitutionEntry | BuildingEntry]) -> None:
    known = _known(session, table, [entry.code for entry in entries])
    for entry in entries:
        _put(session, table, known.get(entry.code), entry.model_dump())


def _put(session: Session, table: type[Row], row: Row | None, values: Mapping[str, Any]) -> Row:
    if row is None:
        row = table(**values)
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    return row


def _put_meter(session: Session, entry: MeterEntry, earlier: MeterRow | None) -> None:
    basis = None if earlier is None else _basis(earlier)
    row = _put(session, MeterRow, earlier, entry.model_dump(exclude={"ledger"}))
    lines = {line.valid_from: line for line in row.ledger}
    row.ledger = [_line(lines.get(new.valid_from), _told(new)) for new in entry.ledger]
    if basis is not None and basis != _basis(row):
        row.revision += 1


def _told(entry: LedgerEntry) -> dict[str, Any]:
    channels = {name: terms.model_dump(exclude_none=True) for name, terms in entry.channels.items()}
    return entry.model_dump(exclude={"channels"}) | {"channels": channels}


def _line(row: MeterLedgerRow | None, values: Mapping[str, Any]) -> MeterLedgerRow:
    if row is None:
        return MeterLedgerRow(**values)
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _basis(row: MeterRow) -> tuple[object, ...]:
    """What the intervals of a meter are computed from and filed under, besides its readings."""
    ledger = sorted(row.ledger, key=lambda line: line.valid_from)
    return row.institution, row.address, row.rated_kw, row.gap_limit_s, *map(_period, ledger)


def _refuse_contradictions(session: Session) -> None:
    meter = (MeterRow.code, MeterRow.institution, MeterRow.building, MeterRow.parent, MeterRow.address)
    refuse_contradictions(
        {row.code: row.parent for row in session.execute(select(InstitutionRow.code, InstitutionRow.parent))},
        {
            row.code: row.institution
            for row in session.execute(select(BuildingRow.code, BuildingRow.institution))
        },
        [Standing(*row) for row in session.execute(select(*meter).order_by(MeterRow.code))],
    )


def _meters(
    session: Session, *chosen: ColumnElement[bool], limit: int | None = None
) -> list[tuple[Meter, int]]:
    """Meters by code with their revisions, in two statements however many there are."""
    rows = session.execute(
        select(*MeterRow.__table__.columns).where(*chosen).order_by(MeterRow.code).limit(limit)
    ).all()
    codes = select(MeterRow.code).where(*chosen).order_by(MeterRow.code).limit(limit)
    lines = select(*MeterLedgerRow.__table__.columns).where(MeterLedgerRow.meter.in_(codes))
    ledgers: dict[str, list[MeterPeriod]] = defaultdict(list)
    for line in session.execute(lines.order_by(MeterLedgerRow.valid_from)):
        ledgers[line.meter].append(_period(line))
    return [(_meter(row, ledgers[row.code]), row.revision) for row in rows]


def _institution(row: Any) -> Institution:
    return Institution(
        row.code, row.name_zh, row.name_en, row.kind, row.county, row.parent,
        row.floor_area_m2, row.head_count, row.latitude, row.longitude,
    )  # fmt: skip


def _period(line: Any) -> MeterPeriod:
    channels = {name: ChannelTerms(**terms) for name, terms in line.channels.items()}
    return MeterPeriod(
        line.valid_from, line.ct, line.pt, line.already_primary, line.digits, line.closing, line.opening,
        line.rated_kw, channels,
    )  # fmt: skip


def _meter(row: Any, ledger: Sequence[MeterPeriod]) -> Meter:
    return Meter(
        row.code, row.institution, row.building, row.name_zh, row.name_en, MeterRole(row.role),
        MeterUse(row.use), row.parent, row.address, row.rated_kw, row.gap_limit_s, tuple(ledger),
        row.time_zone,
    )  # fmt: skip
