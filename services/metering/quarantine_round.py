"""What a roll-up needs of the quarantine: the decisions in force, and a place for what it sets aside."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.database import Sessions
from services.metering.cases import Place, State, basis, place_of, state_after
from services.metering.doubts import Doubt
from services.metering.quarantine_tables import QuarantineCaseRow, QuarantineDecisionRow
from services.metering.rulings import Ruling, Verdict


class Round:
    """The decisions in force at the beginning of a roll-up; takes what it finds."""

    def __init__(self, sessions: Sessions, now: datetime) -> None:
        self._sessions, self._now = sessions, now
        with sessions() as session:
            rows = session.scalars(select(QuarantineDecisionRow).order_by(QuarantineDecisionRow.number)).all()
            self._known = set(session.scalars(select(QuarantineCaseRow.meter).distinct()))
        self._rulings: dict[tuple[str, str], dict[Place, Ruling]] = {}
        for row in rows:
            ruling = _ruling(row)
            self._rulings.setdefault((row.meter, row.channel), {})[place_of(ruling)] = ruling
        self._waiting = [row for row in rows if not row.followed]

    def rulings(self, meter: str, channel: str) -> Collection[Ruling]:
        """The latest decision on every case of a meter's channel."""
        return self._rulings.get((meter, channel), {}).values()

    def waiting(self) -> list[tuple[str, int, int]]:
        """Meter, first and last instant [epoch ms] of every decision whose intervals are to be computed."""
        return [(row.meter, row.at_ms, row.until_ms) for row in self._waiting]

    def followed(self) -> None:
        """The intervals of all that were waiting are computed."""
        numbers = [row.number for row in self._waiting]
        with self._sessions.begin() as session:
            for number in numbers:
                where = QuarantineDecisionRow.number == number
                session.execute(update(QuarantineDecisionRow).where(where).values(followed=True))

    def settle(
        self, meter: str, channel: str, found: Sequence[Doubt], *, start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> None:  # fmt: skip
        """The doubts `found` are all there are from `start_ms` to before `end_ms`; others are withdrawn."""
        if not found and meter not in self._known:
            return
        self._known.add(meter)
        row = QuarantineCaseRow
        query = select(row).where(row.meter == meter, row.channel == channel)
        if start_ms is not None:
            query = query.where(row.at_ms >= start_ms)
        if end_ms is not None:
            query = query.where(row.at_ms < end_ms)
        rulings = self._rulings.get((meter, channel), {})
        with self._sessions.begin() as session:
            before = {(one.at_ms, one.kind): one for one in session.scalars(query)}
            for doubt in found:
                place = place_of(doubt)
                known = before.pop(place, None) or _fresh(session, (meter, channel), self._now)
                _tell(known, doubt, rulings.get(place))
            for gone in before.values():
                gone.state = State.WITHDRAWN


def _fresh(session: Session, of: tuple[str, str], now: datetime) -> QuarantineCaseRow:
    row = QuarantineCaseRow(meter=of[0], channel=of[1], found_at=now)
    session.add(row)
    return row


def _tell(row: QuarantineCaseRow, doubt: Doubt, ruling: Ruling | None) -> None:
    told = asdict(doubt) | {
        "kind": place_of(doubt)[1],
        "choices": [[str(one), amount] for one, amount in doubt.choices.items()],
    }
    for name, value in told.items():
        setattr(row, name, value)
    holds = ruling is not None and basis(ruling) == basis(doubt)
    row.state = state_after(ruling.verdict) if ruling is not None and holds else State.OPEN


def _ruling(row: QuarantineDecisionRow) -> Ruling:
    return Ruling(row.at_ms, row.until_ms, row.before, row.after, row.reading, Verdict(row.verdict))
