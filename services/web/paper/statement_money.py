"""The sections of a statement about money: non-routine adjustments and the calculation, line by line."""

from services.web.formats import exact, number, signed
from services.web.paper.blocks import Block, Cell, Column, Section, Table, Tone, Words
from services.web.paper.statement_head import Sheet
from services.web.statement_page import Calculation
from services.web.statement_words import origin, slug, unit_key

_TO_DAYS = frozenset({"baseline_kwh", "actual_kwh"})
"""Given lines that are sums of days."""


def adjustments(sheet: Sheet) -> Section:
    """What was agreed to have changed besides the retrofit; a sentence where nothing was."""
    t, f, rows = sheet.t, sheet.f, sheet.view.adjustments
    if not rows:
        nothing = Words(t("adjustment.none"))
        return Section("adjustments", t("statement.adjustments"), (nothing,), keep=True)
    columns = (
        Column(t("adjustment.what"), share=2.0), Column(t("adjustment.days"), share=2.0),
        Column(t("statement.formula"), share=2.2), Column("kWh", number=True, share=1.1),
        Column("± kWh", number=True), Column(t("adjustment.approved"), share=2.2),
    )  # fmt: skip
    cells = tuple(
        (
            Cell(t.code("adjustment.kind", one.kind), small=f"{one.code} {one.reason}".strip()),
            Cell(f"{f.day(one.first_day)} – {f.day(one.last_day)}"),
            Cell(one.formula, small=", ".join(one.evidence)),
            Cell(signed(one.kwh, 2)) if one.counts else Cell(t("adjustment.not_counted"), tone="bad"),
            Cell(number(one.half_width_kwh, 2)),
            Cell("; ".join(f"{t.code('settlement.role', who.side)} {who.by} {f.day(who.on)}"
                           for who in one.approvals) or t("adjustment.by_nobody")),
        )
        for one in rows
    )  # fmt: skip
    table = Table(t("adjustment.caption"), columns, cells, note=t("adjustment.note"))
    return Section("adjustments", t("statement.adjustments"), (table,), keep=True)


def calculation(sheet: Sheet) -> Section:
    """Every line with its formula, in words and with the figures put in; a table a contract year."""
    t, view = sheet.t, sheet.view
    blocks: list[Block] = [
        _lines(
            sheet,
            t("statement.contract_year", year=year),
            tuple(one for one in view.calculations if one.line.year == year),
        )
        for year in view.years
    ]
    if view.totals:
        blocks.append(_lines(sheet, t("statement.total"), view.totals))
    blocks.append(Words(t.code("rounding", slug(sheet.s.rounding)), hint=True))
    return Section("calculation", t("statement.calculation"), tuple(blocks))


def _lines(sheet: Sheet, caption: str, lines: tuple[Calculation, ...]) -> Table:
    t = sheet.t
    columns = (
        Column(t("statement.line"), share=2.2), Column(t("statement.formula"), share=5.2),
        Column(t("statement.value"), number=True, share=1.5), Column(t("statement.unit"), share=0.9),
    )  # fmt: skip
    return Table(caption, columns, tuple(_line(sheet, one) for one in lines))


def _line(sheet: Sheet, one: Calculation) -> tuple[Cell, ...]:
    t, line = sheet.t, one.line
    formula = (
        Cell(one.words(t), small=f"= {one.figures}")
        if one.figures
        else Cell(t(f"statement.from_{origin(line.key)}"))
    )
    tone: Tone = "strong" if line.year is None else ""
    value = Cell(exact(line.value), href="#days" if line.key in _TO_DAYS else "", tone=tone)
    name = Cell(t.code("line", line.key), tone=tone)
    return (name, formula, value, Cell(t(f"unit.{unit_key(line.unit)}")))
