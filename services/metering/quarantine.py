"""The quarantine in the registry's database: cases that a person has yet to decide, and the decisions."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from services.database import Sessions, write_alone
from services.metering.cases import Case, Decision, DecisionRefused, Key, Kind, State, Wish, state_after
from services.metering.doubts import Doubt
from services.metering.quarantine_round import Round
from services.metering.quarantine_tables import QuarantineCaseRow, QuarantineDecisionRow
from services.metering.rulings import Verdict


class Quarantine:
    """Cases and decisions, read and changed in transactions of their own."""

    def __init__(self, sessions: Sessions, clock: Callable[[], datetime]) -> None:
        self._sessions, self._clock = sessions, clock

    def cases(
        self, *, meter: str | None = None, states: Sequence[State] = (), after: Key | None = None,
        limit: int | None = None,
    ) -> list[Case]:  # fmt: skip
        """Cases of a meter or all, in some states or any, the latest first, after the last one shown."""
        row = QuarantineCaseRow
        query = select(row).order_by(row.at_ms.desc(), row.meter, row.channel, row.kind).limit(limit)
        if meter is not None:
            query = query.where(row.meter == meter)
        if states:
            query = query.where(row.state.in_([state.value for state in states]))
        if after is not None:
            query = query.where(_behind(after))
        with self._sessions() as session:
            return _cases(session, session.scalars(query).all())

    def counts(self) -> dict[State, int]:
        """How many cases there are in each state."""
        query = select(QuarantineCaseRow.state, func.count()).group_by(QuarantineCaseRow.state)
        with self._sessions() as session:
            return dict.fromkeys(State, 0) | {State(row[0]): int(row[1]) for row in session.execute(query)}

    def case(self, key: Key) -> Case | None:
        """One case, or None."""
        with self._sessions() as session:
            row = session.get(QuarantineCaseRow, key)
            return None if row is None else _cases(session, [row])[0]

    def decide(self, key: Key, wish: Wish) -> Case | None:
        """Put a decision on record; None when there is no such case. Raises `DecisionRefused`.

        It supersedes an earlier one; the same by the same person for the same reason changes nothing.
        """
        with self._sessions.begin() as session:
            write_alone(session.connection())
            row = session.get(QuarantineCaseRow, key)
            if row is None:
                return None
            (case,) = _cases(session, [row])
            verdict = _chosen(case, wish)
            latest = case.decisions[-1] if case.decisions else None
            told = (verdict, wish.by, wish.reason)
            if latest and latest.stands and (latest.verdict, latest.by, latest.reason) == told:
                return case
            session.add(_decision(key, row, wish, verdict, case.doubt.choices.get(verdict), self._clock()))
            row.state = state_after(verdict)
            session.flush()
            return _cases(session, [row])[0]

    def round(self) -> "Round":
        """What one roll-up needs of the quarantine, read once."""
        return Round(self._sessions, self._clock())


def _chosen(case: Case, wish: Wish) -> Verdict:
    if case.state is State.WITHDRAWN:
        raise DecisionRefused("withdrawn: later readings or a corrected ledger explained it")
    if wish.version is not None and wish.version != case.version:
        raise DecisionRefused("changed: its figures are others now; look at them and decide again")
    if not wish.accept:
        return Verdict.DISCARD
    choices = tuple(case.doubt.choices)
    if not choices:
        raise DecisionRefused("ledger: only a corrected ledger can tell what was consumed; or reject it")
    if wish.verdict is not None and wish.verdict not in choices:
        raise DecisionRefused(f"counts_as: {wish.verdict} is none of {', '.join(choices)}")
    return wish.verdict or choices[0]


def _decision(
    key: Key, row: QuarantineCaseRow, wish: Wish, verdict: Verdict, amount: float | None, now: datetime
) -> QuarantineDecisionRow:
    return QuarantineDecisionRow(
        meter=key[0], channel=key[1], at_ms=key[2], until_ms=row.until_ms, before=row.before,
        after=row.after, reading=row.reading, verdict=verdict, amount=amount, by=wish.by,
        reason=wish.reason, decided_at=now,
    )  # fmt: skip


def _cases(session: Session, rows: Sequence[QuarantineCaseRow]) -> list[Case]:
    """Rows with their decisions."""
    decision = QuarantineDecisionRow
    meters = sorted({row.meter for row in rows})
    found: dict[Key, list[QuarantineDecisionRow]] = {_key(row): [] for row in rows}
    for meter in meters:
        for one in session.scalars(select(decision).where(decision.meter == meter).order_by(decision.number)):
            found.get(_key(one), []).append(one)
    return [_case(row, found[_key(row)]) for row in rows]


def _key(row: QuarantineCaseRow | QuarantineDecisionRow) -> Key:
    return row.meter, row.channel, row.at_ms, Kind.SPAN if row.reading is None else Kind.READING


def _case(row: QuarantineCaseRow, decided: Sequence[QuarantineDecisionRow]) -> Case:
    choices = {Verdict(name): amount for name, amount in row.choices}
    doubt = Doubt(
        row.at_ms,
        row.from_ms,
        row.until_ms,
        row.before,
        row.after,
        row.reading,
        row.code,
        row.figures,
        choices,
    )
    in_force = row.state in (State.ACCEPTED, State.REJECTED)
    decisions = tuple(
        Decision(
            Verdict(one.verdict), one.amount, one.by, one.reason, one.decided_at,
            stands=in_force and one is decided[-1],
        )
        for one in decided
    )  # fmt: skip
    return Case(row.meter, row.channel, doubt, State(row.state), row.found_at, decisions)


def _behind(after: Key) -> ColumnElement[bool]:
    """In the order of `cases`, later than the case `after`."""
    meter, channel, at_ms, kind = after
    row = QuarantineCaseRow
    later = tuple_(row.meter, row.channel, row.kind) > tuple_(meter, channel, str(kind))
    return or_(row.at_ms < at_ms, and_(row.at_ms == at_ms, later))
