"""The statement of savings as a paper: the frozen value in, its sections in reading order out."""

from services.savings.contract.model import SettlementState
from services.web.formats import Formats
from services.web.paper import statement_account as account
from services.web.paper import statement_head as head
from services.web.paper import statement_lamps as lamps
from services.web.paper import statement_model as model
from services.web.paper import statement_money as money
from services.web.paper import statement_proof as proof
from services.web.paper import statement_record as record
from services.web.paper.blocks import Cell, Facts, Paper, Section, Signatures
from services.web.paper.statement_bands import bands
from services.web.paper.statement_head import Sheet
from services.web.settlement_view import SettlementView
from services.web.statement_page import StatementView

_UNSIGNED = frozenset({SettlementState.HELD, SettlementState.SUPERSEDED})
"""States that every page names: such a version is not to be signed."""


def statement_paper(view: StatementView, settling: SettlementView, f: Formats) -> Paper:
    """Everything that is signed, in the language of `f`."""
    sheet = Sheet(view, f)
    s, t = view.statement, f.texts
    laid_out = (
        head.result(sheet, account.due_note(sheet, settling)), head.parties(sheet), head.prices(sheet),
        money.adjustments(sheet), money.calculation(sheet), proof.days(sheet), model.method(sheet),
        *lamps.evidence(sheet),
        *bands(sheet), *proof.meters(sheet), proof.gates(sheet), proof.months(sheet),
        record.standing(sheet, settling), record.history(sheet, settling), checking(sheet), signatures(sheet),
    )  # fmt: skip
    state = f" · {t(f'statement.state.{s.state}')}" if s.state in _UNSIGNED else ""
    running = t("statement.running", title=t("statement.title"), contract=s.contract.code, month=s.month,
                version=s.version)  # fmt: skip
    return Paper(
        kicker=t("statement.kicker"),
        title=t("statement.title"),
        subject=f"{t.name(s.contract)} · {f.month(view.month)}",
        lines=head.edition(sheet),
        notices=(*head.notices(sheet), *account.notices(sheet, settling)),
        sections=laid_out,
        running=f"{running}{state}",
        mark=s.input_sha256,
        language=t.language,
    )


def checking(sheet: Sheet) -> Section:
    """By which hash the inputs are known, and how anyone recomputes the figures."""
    s, t = sheet.s, sheet.t
    facts = Facts(
        (
            (t("statement.hash"), Cell(s.input_sha256, id="hash")),
            (t("statement.engine"), Cell(f"{s.engine} · {s.calendar}")),
            (t("statement.replay"), Cell(t("statement.replay_how"))),
        ),
        wide=True,
    )
    return Section("checking", t("statement.conventions"), (facts,), keep=True)


def signatures(sheet: Sheet) -> Section:
    """Room for those who sign."""
    s, t = sheet.s, sheet.t
    parties = {"client": head.client(sheet), "esco": head.esco(sheet)}
    names = tuple((t(f"signatory.{who}"), parties.get(who, "")) for who in s.signatories)
    block = Signatures(names, t("statement.sign_here"), t("statement.sign_date"))
    return Section("signatures", t("statement.signatures"), (block,), keep=True)
