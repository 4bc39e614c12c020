"""A settlement's view model beside its statement: where it stands, what may follow, what happened.

Also that of the list of what waits for whom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from services.savings.service import SavingsService
from services.savings.settlement.document import Version
from services.savings.settlement.events import REASONED, Amount, Event, Kind, Role
from services.savings.settlement.standing import Portion, Stage, Standing
from services.savings.settlement.states import possible
from services.savings.settlement.waiting import Waiting, Waits, waits_for
from services.web.i18n import Texts
from services.web.settlement_account import Account, Moved, account, due_of, payments

_STAGES = {
    Stage.DISPUTED: "disputed",
    Stage.MEASURED: "draft",
    Stage.CONFIRMED: "confirmed",
    Stage.ISSUED: "issued",
    Stage.PAID: "paid",
}
_STEPS = tuple(Kind)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Step:
    """A step that can be taken now: by which roles, whether it says why, and whether it names amounts.

    `moves` is what a payment after a correction settles.
    """

    kind: Kind
    roles: tuple[Role, ...]
    reasoned: bool
    years: tuple[int | None, ...] = ()
    moves: Moved | None = None


@dataclass(frozen=True, slots=True)
class PortionRow:
    """Amounts that go on together: how far they have come, who confirmed them, who disputes them and why."""

    stage: str
    yuan: Decimal
    lines: tuple[Amount, ...]
    confirmed_by: tuple[Role, ...]
    dispute: Event | None


@dataclass(frozen=True, slots=True)
class SettlementView:
    """One version among the others of its month. `steps` are of the latest version only.

    `account` is of a version that follows a correction; `paid` are the payments of a month with corrections.
    """

    contract: str
    month: str
    version: int
    latest: int
    state: str
    portions: tuple[PortionRow, ...]
    steps: tuple[Step, ...]
    versions: tuple[Version, ...]
    events: tuple[Event, ...]
    restatement: Event | None
    account: Account | None
    paid: Mapping[Event, Moved]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A month that waits: for which steps of whom. `due` is of one paid before its latest version."""

    contract: str
    name: str
    institution: str
    month: date
    version: int
    state: str
    fee_yuan: Decimal | None
    disputed_yuan: Decimal | None
    due: Moved | None
    restatement: Event | None
    waits_for: tuple[tuple[Kind, tuple[Role, ...]], ...]
    settled_at: datetime

    @property
    def path(self) -> str:
        """Its statement."""
        return f"/statements/{self.contract}/{self.month:%Y-%m}"


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A page of the list with the counts of all of it; `next_place` is where the next page begins."""

    wish: Waits
    counts: Mapping[Waits, int]
    rows: tuple[WaitingRow, ...]
    next_place: str | None


def build_settlement(savings: SavingsService, contract: str, month: str, version: int) -> SettlementView:
    """Lay out a version of a settled month."""
    standings = savings.settlements.standings(contract, month)[month]
    shown, latest = standings[version - 1], standings[-1]
    found, corrected = account(standings[:version]), account(standings) is not None
    return SettlementView(
        contract=contract,
        month=month,
        version=version,
        latest=latest.version,
        state=shown.state,
        portions=tuple(_portion(one) for one in shown.portions),
        steps=_steps(shown, found) if shown is latest else (),
        versions=tuple(savings.settlements.versions(contract, month)),
        events=tuple(event for one in standings for event in one.events),
        restatement=latest.restatement,
        account=found,
        paid={payment.event: one for payment, one in payments(standings)} if corrected else {},
    )


def _portion(portion: Portion) -> PortionRow:
    confirmed = tuple(sorted(portion.confirmed_by))
    return PortionRow(_STAGES[portion.stage], portion.yuan, portion.lines, confirmed, portion.dispute)


def _steps(standing: Standing, found: Account | None) -> tuple[Step, ...]:
    """In the order of a settlement's life; what nobody holds yet is corrected by the service itself."""
    years = tuple(line.year for one in standing.portions if one.stage is Stage.MEASURED for line in one.lines)
    steps, moves = possible(standing), None if found is None else due_of(standing, standing.payable_yuan)
    if not standing.fast:
        steps.pop(Kind.CORRECT, None)
    return tuple(
        Step(
            kind, tuple(sorted(steps[kind])), kind in REASONED,
            years=years if kind is Kind.DISPUTE else (), moves=moves if kind is Kind.PAY else None,
        )
        for kind in _STEPS
        if kind in steps
    )  # fmt: skip


def build_waiting(
    savings: SavingsService, t: Texts, *, wish: Waits, after: tuple[str, str] | None
) -> WaitingView:
    """A page of what waits."""
    found = savings.waiting.page(wish, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    more = f"{shown[-1].month}|{shown[-1].contract}" if len(found) > PAGE else None
    return WaitingView(wish, savings.waiting.counts(), _rows(savings, t, shown), more)


def _rows(savings: SavingsService, t: Texts, found: Sequence[Waiting]) -> tuple[WaitingRow, ...]:
    names = {one.code: t.name(one) for one in savings.registry.institutions()}
    heads = {
        one.code: (t.name(one.contract()), names.get(one.institution, one.institution))
        for one in savings.contracts.all()
    }
    # a contract on file that the rules have come to refuse has no name to show
    return tuple(_row(one, *heads.get(one.contract, (one.contract, "—"))) for one in found)


def _row(one: Waiting, name: str, institution: str) -> WaitingRow:
    due = one.standing.still_due_yuan if one.standing.earlier else None
    return WaitingRow(
        contract=one.contract,
        name=name,
        institution=institution,
        month=date.fromisoformat(f"{one.month}-01"),
        version=one.standing.version,
        state=one.standing.state,
        fee_yuan=one.esco_fee_yuan,
        disputed_yuan=one.standing.yuan_at(Stage.DISPUTED) if one.standing.disputes else None,
        due=None if due is None else due_of(one.standing, due),
        restatement=one.standing.restatement,
        waits_for=tuple((kind, tuple(sorted(roles))) for kind, roles in waits_for(one.standing).items()),
        settled_at=one.settled_at,
    )
