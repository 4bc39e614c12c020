"""The adjustments page's view model: steps found in the data, each adjustment and who approved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.mv.adjustments.adjustment import Approval, Side
from services.mv.adjustments.steps import StepProposal, Steps
from services.mv.adjustments.terms import Proportional, Term
from services.mv.baseline import NoBaseline
from services.mv.canonical import plain
from services.mv.operating_days import ReportingDay
from services.savings.adjustments.wording import Wording, in_force
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import Contract
from services.savings.contract.years import term_end
from services.savings.service import NoReport, NoSteps, SavingsService
from services.web.adjustments_form import blank, of_proposal, of_wording
from services.web.formats import percent
from services.web.formats import plain as figure
from services.web.i18n import Texts


@dataclass(frozen=True, slots=True)
class Search:
    """What was looked at for steps and what stood out; `why` names the text where nothing could be found."""

    days: tuple[ReportingDay, ...]
    proposals: tuple[StepProposal, ...]
    why: str
    least: int = 0


@dataclass(frozen=True, slots=True)
class WordingRow:
    """A wording with its formula in words; of each side its approval, or None."""

    wording: Wording
    formula: str
    sides: tuple[tuple[Side, Approval | None], ...]


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """An adjustment: its latest wording, the earlier ones newest first, the number of the one in force."""

    code: str
    latest: WordingRow
    earlier: tuple[WordingRow, ...]
    in_force: int | None

    @property
    def waits(self) -> bool:
        """Whether a side has not approved the latest wording."""
        return self.in_force != self.latest.wording.number


@dataclass(frozen=True, slots=True)
class AdjustmentsView:
    """The page of a contract's adjustments."""

    contract: Contract
    name: str
    institution: str
    latest_month: str | None
    search: Search
    rows: tuple[AdjustmentRow, ...]

    @property
    def open_approvals(self) -> tuple[str, ...]:
        """The approvals that can still be given, as `code:side`."""
        return tuple(
            f"{row.code}:{side}" for row in self.rows for side, given in row.latest.sides if not given
        )

    @property
    def in_force(self) -> int:
        """How many count."""
        return sum(row.in_force is not None for row in self.rows)

    @property
    def waiting(self) -> int:
        """How many wait for an approval."""
        return sum(row.waits for row in self.rows)


def build_adjustments(savings: SavingsService, document: ContractDocument, t: Texts) -> AdjustmentsView:
    """Everything there is of a contract's adjustments, and steps in its reporting days."""
    contract = document.contract()
    institution = savings.registry.institution(contract.institution)
    months = savings.settlements.latest_states(contract.code)
    return AdjustmentsView(
        contract=contract,
        name=t.name(contract),
        institution=contract.institution if institution is None else t.name(institution),
        latest_month=max(months, default=None),
        search=_search(savings, document),
        rows=_rows(savings.adjustments.wordings(contract.code), t),
    )


def first_values(view: AdjustmentsView, *, step: str = "", again: str = "") -> dict[str, str]:
    """What the form begins with: a step by its first day, an adjustment by its code, or nothing yet."""
    for proposal in view.search.proposals:
        if proposal.first_day.isoformat() == step:
            return of_proposal(proposal, last_day(view.contract))
    for row in view.rows:
        if row.code == again:
            return of_wording(row.latest.wording.adjustment)
    return blank(len(view.rows) + 1)


def last_day(contract: Contract) -> date:
    """The last day on which savings count."""
    return term_end(contract) - timedelta(days=1)


def formula(term: Term, t: Texts) -> str:
    """A formula in words, with its inputs."""
    said = {name: figure(one) if isinstance(one, float | int) else one for name, one in plain(term).items()}
    if isinstance(term, Proportional):
        said["share"] = percent(term.share)
    return t(f"adjustment.term.{term.formula}", **said)


def _search(savings: SavingsService, document: ContractDocument) -> Search:
    try:
        history = savings.history(document)
        found = savings.steps(history)
    except NoSteps:
        return Search((), (), "no_baseline")
    except (NoBaseline, NoReport):
        return Search((), (), "nothing_yet")
    return Search(savings.measured(history), found.proposals, _why(found), _least(found))


def _why(found: Steps) -> str:
    if found.proposals:
        return ""
    return "none_found" if all(one.ok for one in found.records) else "few_days"


def _least(found: Steps) -> int:
    return next(int(one.limit or 0) for one in found.records if one.what == "step_days")


def _rows(wordings: Sequence[Wording], t: Texts) -> tuple[AdjustmentRow, ...]:
    counts = in_force(wordings)
    by_code: dict[str, list[WordingRow]] = {}
    for one in wordings:
        by_code.setdefault(one.adjustment.code, []).insert(0, _row(one, t))
    return tuple(
        AdjustmentRow(code, rows[0], tuple(rows[1:]), counts[code].number if code in counts else None)
        for code, rows in by_code.items()
    )


def _row(wording: Wording, t: Texts) -> WordingRow:
    one = wording.adjustment
    given = {a.side: a for a in one.approvals if a.content_sha256 == one.content_sha256}
    return WordingRow(wording, formula(one.term, t), tuple((side, given.get(side)) for side in Side))
