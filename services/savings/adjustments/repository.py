"""Adjustments in the registry's database: wordings and approvals in, the same out; nothing is overwritten."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.database import Sessions, write_alone
from services.mv.adjustments.adjustment import Adjustment, Approval, Side, approved
from services.mv.canonical import canonical
from services.savings.adjustments.tables import AdjustmentApprovalRow, AdjustmentWordingRow
from services.savings.adjustments.wording import Wording, counting

_ADJUSTMENT = TypeAdapter(Adjustment)


class NotTheLatest(Exception):
    """What was to be approved is not the latest wording; `latest` is."""

    def __init__(self, latest: Wording) -> None:
        super().__init__(
            f"the latest wording is number {latest.number}, of content_sha256 "
            f"{latest.adjustment.content_sha256}"
        )
        self.latest = latest


class Adjustments:
    """Every wording of every adjustment, with its approvals; each write in a transaction of its own."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def put(
        self, adjustment: Adjustment, *, by: str, role: str, at: datetime, spoken_as: str | None = None
    ) -> tuple[Wording, bool]:
        """Keep a further wording, without approvals; False, and the latest, where that says the same."""
        bare = replace(adjustment, approvals=())
        with self._sessions.begin() as session:
            write_alone(session.connection())
            latest = _latest(session, bare.contract, bare.code)
            if latest is not None and latest.adjustment.content_sha256 == bare.content_sha256:
                return latest, False
            number = 1 if latest is None else latest.number + 1
            new = Wording(number, bare, by, role, at, spoken_as)
            session.add(_row(new))
            return new, True

    def approve(
        self, contract: str, code: str, *, side: Side, by: str, role: str, content_sha256: str, at: datetime,
        spoken_as: str | None = None,
    ) -> Wording | None:  # fmt: skip
        """Keep a side's approval of the latest wording; one that it gave before stays as it was given.

        None where there is no such adjustment. Raises `NotTheLatest` when the hash is of another wording.
        """
        with self._sessions.begin() as session:
            write_alone(session.connection())
            latest = _latest(session, contract, code)
            if latest is None:
                return None
            if latest.adjustment.content_sha256 != content_sha256:
                raise NotTheLatest(latest)
            if side in {given.side for given in latest.adjustment.approvals}:
                return latest
            session.add(
                AdjustmentApprovalRow(
                    contract=contract, code=code, number=latest.number, side=side.value, by=by, role=role,
                    at=at, content_sha256=content_sha256, spoken_as=spoken_as,
                )
            )  # fmt: skip
            signed = approved(latest.adjustment, side=side, by=by, role=role, at=at)
            verified = dict(latest.verified) if spoken_as is None else {**latest.verified, side: spoken_as}
            return replace(latest, adjustment=signed, verified=verified)

    def wordings(self, contract: str, code: str | None = None) -> list[Wording]:
        """Every wording of a contract's adjustments, or of one, by code and oldest first."""
        with self._sessions() as session:
            return _wordings(session, contract, code)

    def counting(self, contract: str) -> tuple[Adjustment, ...]:
        """What is in force and worth something, by code."""
        return counting(self.wordings(contract))


def _latest(session: Session, contract: str, code: str) -> Wording | None:
    found = _wordings(session, contract, code)
    return found[-1] if found else None


def _wordings(session: Session, contract: str, code: str | None) -> list[Wording]:
    row, given = AdjustmentWordingRow, AdjustmentApprovalRow
    query = select(row).where(row.contract == contract).order_by(row.code, row.number)
    rows = session.scalars(query if code is None else query.where(row.code == code)).all()
    if not rows:
        return []
    asked = select(given).where(given.contract == contract).order_by(given.at, given.side)
    approvals: dict[tuple[str, int], list[AdjustmentApprovalRow]] = defaultdict(list)
    for one in session.scalars(asked if code is None else asked.where(given.code == code)):
        approvals[one.code, one.number].append(one)
    return [_wording(one, approvals[one.code, one.number]) for one in rows]


def _wording(row: AdjustmentWordingRow, approvals: Sequence[AdjustmentApprovalRow]) -> Wording:
    given = tuple(Approval(Side(one.side), one.by, one.role, one.at, one.content_sha256) for one in approvals)
    read = _ADJUSTMENT.validate_json(row.document)
    verified = {Side(one.side): one.spoken_as for one in approvals if one.spoken_as is not None}
    whole = replace(read, approvals=given)
    return Wording(row.number, whole, row.by, row.role, row.at, row.spoken_as, verified)


def _row(wording: Wording) -> AdjustmentWordingRow:
    adjustment = wording.adjustment
    return AdjustmentWordingRow(
        contract=adjustment.contract,
        code=adjustment.code,
        number=wording.number,
        document=canonical(adjustment),
        content_sha256=adjustment.content_sha256,
        by=wording.by,
        role=wording.role,
        at=wording.at,
        spoken_as=wording.spoken_as,
    )
