"""The sections of a statement about its life: what is agreed or disputed, what happened, its versions."""

from services.savings.settlement.events import Amount, Event, Kind, Role
from services.web.formats import UNKNOWN, number, signed
from services.web.paper.blocks import Block, Cell, Column, Section, Table, Words
from services.web.paper.statement_account import paid_words
from services.web.paper.statement_head import Sheet
from services.web.settlement_view import PortionRow, SettlementView

_AMOUNTS = frozenset({Kind.DISPUTE, Kind.RESOLVE})


def standing(sheet: Sheet, settling: SettlementView) -> Section:
    """How far each part of the fee has come, disputed ones apart; nothing where a month is held."""
    t = sheet.t
    columns = (
        Column(t("settlement.portion"), share=2.0), Column(t("statement.state_word"), share=3.4),
        Column(t("settlement.confirmed_by"), share=1.8), Column(t("settlement.fee"), number=True, share=1.6),
    )  # fmt: skip
    block: Block = Words(t("statement.no_amounts"))
    if settling.portions:
        rows = tuple(_portion(sheet, one) for one in settling.portions)
        block = Table(t("settlement.portions"), columns, rows)
    return Section("standing", t("settlement.standing"), (block,), keep=True)


def _portion(sheet: Sheet, one: PortionRow) -> tuple[Cell, ...]:
    t, apart = sheet.t, len(one.lines) > 1
    state = Cell(t(f"settlement.state.{one.stage}"))
    if one.dispute is not None and one.stage == "disputed":
        who = t(f"settlement.role.{one.dispute.role}")
        by = t("settlement.disputed_by", who=who, by=one.dispute.by)
        state = Cell(state.text, small=f"{by} {one.dispute.reason or ''}".strip(), tone="bad")
    confirmed = t("settlement.and").join(t(f"settlement.role.{role}") for role in one.confirmed_by)
    parts = "; ".join(_amount(sheet, line, apart=apart) for line in one.lines)
    return (Cell(parts), state, Cell(confirmed or UNKNOWN), Cell(number(one.yuan, 2)))


def _amount(sheet: Sheet, line: Amount, *, apart: bool = True) -> str:
    t = sheet.t
    whole = line.year is None
    part = t("settlement.whole_month") if whole else t("statement.contract_year", year=line.year)
    return f"{part} {number(line.yuan, 2)} {t('unit.yuan')}" if apart else part


def history(sheet: Sheet, settling: SettlementView) -> Section:
    """Everything that happened to the month, and its versions with their differences."""
    t, f = sheet.t, sheet.f
    columns = (
        Column(t("settlement.when"), share=2.0), Column(t("settlement.happened"), share=2.8),
        Column(t("settlement.who"), share=2.0), Column(t("settlement.field.reason"), share=3.0),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(f.instant(one.at)), _happened(sheet, settling, one), _who(sheet, one),
            Cell(one.reason or UNKNOWN),
        )
        for one in settling.events
    )  # fmt: skip
    tables = [Table(t("settlement.history"), columns, rows)]
    if len(settling.versions) > 1:
        tables.append(_versions(sheet, settling))
    return Section("record", t("settlement.record"), tuple(tables))


def _happened(sheet: Sheet, settling: SettlementView, event: Event) -> Cell:
    t, paid = sheet.t, settling.paid.get(event)
    what = t(f"settlement.event.{event.kind}", version=event.version)
    if paid is not None:
        return Cell(what, small=paid_words(t, paid))
    if event.kind in _AMOUNTS:
        return Cell(what, small="; ".join(_amount(sheet, line) for line in event.lines))
    if event.kind is Kind.RESTATEMENT:
        changes = (
            t("settlement.change", kwh=signed(line.kwh, 2), yuan=signed(line.yuan, 2)) for line in event.lines
        )
        return Cell(what, small=" ".join(changes))
    return Cell(what)


def _who(sheet: Sheet, event: Event) -> Cell:
    t = sheet.t
    role = t(f"settlement.role.{event.role}")
    if event.role is Role.SERVICE:
        return Cell(role)
    verified = "" if event.spoken_as is None else f" · {t('settlement.verified', name=event.spoken_as)}"
    return Cell(event.by, small=role + verified)


def _versions(sheet: Sheet, settling: SettlementView) -> Table:
    t, difference = sheet.t, sheet.t("settlement.difference")
    columns = (
        Column(t("settlement.version"), share=1.2), Column(t("statement.state_word"), share=1.6),
        Column(t("word.savings_kwh"), number=True), Column(t("settlement.fee"), number=True),
        Column(f"{difference} kWh", number=True), Column(f"{difference} {t('unit.yuan')}", number=True),
    )  # fmt: skip
    month = sheet.path(sheet.s.month)
    rows = tuple(
        (
            Cell(t("settlement.number", version=one.version), href=f"{month}?version={one.version}"),
            Cell(t(f"statement.state.{one.state}")), Cell(number(one.period.savings_kwh, 2)),
            Cell(number(one.esco_fee_yuan, 2)), Cell(signed(one.difference_kwh, 2)),
            Cell(signed(one.difference_yuan, 2)),
        )
        for one in settling.versions
    )  # fmt: skip
    return Table(t("settlement.versions"), columns, rows)
