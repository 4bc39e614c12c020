"""What a corrected version owes, in words: what was paid, what it comes to, who pays whom, and why."""

from services.savings.contract.model import SettlementState
from services.web.formats import number
from services.web.i18n import Texts
from services.web.paper.blocks import Notice
from services.web.paper.statement_head import Sheet
from services.web.settlement_account import Account, Moved
from services.web.settlement_view import SettlementView


def notices(sheet: Sheet, settling: SettlementView) -> tuple[Notice, ...]:
    """The account of a version that follows a correction, to be read first; nothing of others."""
    found = settling.account
    if found is None:
        return ()
    t = sheet.t
    reasons = (
        t("settlement.account.reason", version=one.version, reason=one.reason or "")
        for one in found.corrections
    )
    lines = (*_paid(sheet, found), _comes_to(sheet, found), *_due(t, found), *reasons)
    return (Notice(t("settlement.account.title"), lines),)


def due_note(sheet: Sheet, settling: SettlementView) -> str:
    """What a corrected version still owes, beside its fee; of others nothing."""
    found = settling.account
    return "" if found is None else " ".join(_due(sheet.t, found))


def paid_words(t: Texts, one: Moved) -> str:
    """An amount that has changed hands."""
    return t(f"settlement.paid.{one.by}", yuan=number(one.yuan, 2))


def due_words(t: Texts, one: Moved) -> str:
    """An amount that has to change hands."""
    return t(f"settlement.due.{one.by}", yuan=number(one.yuan, 2))


def _paid(sheet: Sheet, found: Account) -> tuple[str, ...]:
    t, f = sheet.t, sheet.f
    if not found.payments:
        return (t("settlement.account.unpaid"),)
    return tuple(
        t(
            "settlement.account.under", version=payment.event.version,
            day=f.day(payment.event.at.astimezone(f.zone).date()), what=paid_words(t, one),
        )
        for payment, one in found.payments
    )  # fmt: skip


def _comes_to(sheet: Sheet, found: Account) -> str:
    t, fee = sheet.t, number(found.fee_yuan, 2)
    if found.fee_yuan is None:
        return t("settlement.account.held")
    if found.disputed_yuan is not None and sheet.s.state is not SettlementState.SUPERSEDED:
        return t("settlement.account.disputed", yuan=fee, disputed=number(found.disputed_yuan, 2))
    return t("settlement.account.fee", yuan=fee)


def _due(t: Texts, found: Account) -> tuple[str, ...]:
    return () if found.due is None else (t("settlement.account.due", what=due_words(t, found.due)),)
