"""The registry in its database: what stands, what a document changes, which meters await a roll-up."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.database import Sessions, write_alone
from services.metering.coherence import refuse_contradictions
from services.metering.model import ChannelTerms, Institution, Meter, MeterPeriod, MeterRole, MeterUse
from services.metering.schemas import Applied, LedgerEntry, MeterEntry, RegistryDocument
from services.metering.tables import BuildingRow, InstitutionRow, MeterLedgerRow, MeterRow

Row = TypeVar("Row", InstitutionRow, BuildingRow, MeterRow)


class Registry:
    """Institutions and meters, read and changed in transactions of their own."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def institutions(self) -> list[Institution]:
        """Every institution, by code."""
        with self._sessions() as session:
            rows = session.scalars(select(InstitutionRow).order_by(InstitutionRow.code))
            return [_institution(row) for row in rows]

    def institution(self, code: str) -> Institution | None:
        """One institution, or None."""
        with self._sessions() as session:
            row = session.get(InstitutionRow, code)
            return None if row is None else _institution(row)

    def meters(self, *, institution: str | None = None, use: MeterUse | None = None) -> list[Meter]:
        """Meters with their ledgers, by code."""
        query = select(MeterRow).order_by(MeterRow.code)
        if institution is not None:
            query = query.where(MeterRow.institution == institution)
        if use is not None:
            query = query.where(MeterRow.use == use.value)
        with self._sessions() as session:
            return [_meter(row) for row in session.scalars(query)]

    def meter(self, code: str) -> Meter | None:
        """One meter, or None."""
        with self._sessions() as session:
            row = session.get(MeterRow, code)
            return None if row is None else _meter(row)

    def apply(self, document: RegistryDocument) -> Applied:
        """Add or replace every entry by its code, all or nothing. Raises `RegistryRefused`."""
        with self._sessions.begin() as session:
            write_alone(session.connection())  # two documents that agree with all but each other
            for institution in document.institutions:
                _put(session, InstitutionRow, institution.model_dump())
            for building in document.buildings:
                _put(session, BuildingRow, building.model_dump())
            for meter in document.meters:
                _put_meter(session, meter)
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
        query = select(MeterRow).where(MeterRow.revision != MeterRow.rolled_up).order_by(MeterRow.code)
        with self._sessions() as session:
            return [(_meter(row), row.revision) for row in session.scalars(query)]

    def mark_rolled_up(self, code: str, revision: int) -> None:
        """Record that the stored intervals of a meter follow its description of `revision`."""
        with self._sessions.begin() as session:
            session.execute(update(MeterRow).where(MeterRow.code == code).values(rolled_up=revision))


def _put(session: Session, table: type[Row], values: Mapping[str, Any]) -> Row:
    row = session.get(table, values["code"])
    if row is None:
        row = table(**values)
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    return row


def _put_meter(session: Session, entry: MeterEntry) -> None:
    earlier = session.get(MeterRow, entry.code)
    basis = None if earlier is None else _basis(earlier)
    row = _put(session, MeterRow, entry.model_dump(exclude={"ledger"}))
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
    return row.institution, row.address, row.rated_kw, row.gap_limit_s, *_ledger(row)


def _refuse_contradictions(session: Session) -> None:
    refuse_contradictions(
        [_institution(row) for row in session.scalars(select(InstitutionRow))],
        {row.code: row.institution for row in session.scalars(select(BuildingRow))},
        [_meter(row) for row in session.scalars(select(MeterRow).order_by(MeterRow.code))],
    )


def _institution(row: InstitutionRow) -> Institution:
    return Institution(
        row.code, row.name_zh, row.name_en, row.kind, row.county, row.parent,
        row.floor_area_m2, row.head_count, row.latitude, row.longitude,
    )  # fmt: skip


def _ledger(row: MeterRow) -> tuple[MeterPeriod, ...]:
    return tuple(_period(line) for line in sorted(row.ledger, key=lambda line: line.valid_from))


def _period(line: MeterLedgerRow) -> MeterPeriod:
    channels = {name: ChannelTerms(**terms) for name, terms in line.channels.items()}
    return MeterPeriod(
        line.valid_from, line.ct, line.pt, line.already_primary, line.digits, line.closing, line.opening,
        line.rated_kw, channels,
    )  # fmt: skip


def _meter(row: MeterRow) -> Meter:
    return Meter(
        row.code, row.institution, row.building, row.name_zh, row.name_en, MeterRole(row.role),
        MeterUse(row.use), row.parent, row.address, row.rated_kw, row.gap_limit_s, _ledger(row),
        row.time_zone,
    )  # fmt: skip
