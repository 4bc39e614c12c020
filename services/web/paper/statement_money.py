"""The sections of a statement about money: non-routine adjustments and the calculation, line by line."""

from decimal import Decimal

from services.web.formats import UNKNOWN, exact, number, percent, signed
from services.web.paper.blocks import Block, Cell, Column, Section, Table, Tone, Words
from services.web.paper.statement_head import Sheet
from services.web.paper.statement_model import figure
from services.web.statement_page import Calculation
from services.web.statement_terms import AdjustmentRow
from services.web.statement_words import origin, slug, unit_key

_WH = 3
_TO_DAYS = frozenset({"baseline_kwh", "actual_kwh"})
"""Given lines that are sums of days."""


def adjustments(sheet: Sheet) -> Section:
    """What was agreed to have changed besides the retrofit, and what it makes of the model's baseline."""
    t, rows = sheet.t, sheet.view.adjustments
    if not rows:
        nothing = Words(t("adjustment.none"))
        return Section("adjustments", t("statement.adjustments"), (nothing,), keep=True)
    columns = (
        Column(t("adjustment.what"), share=2.6), Column(t("adjustment.days"), share=2.2),
        Column(t("adjustment.formula"), share=4.0), Column("kWh", number=True, share=1.0),
        Column("± kWh", number=True, share=0.9),
    )  # fmt: skip
    cells = tuple(_adjustment(sheet, one) for one in rows)
    table = Table(t("adjustment.caption"), columns, cells, note=t("adjustment.note"))
    return Section("adjustments", t("statement.adjustments"), (table, _approvals(sheet), _sums(sheet)))


def _adjustment(sheet: Sheet, one: AdjustmentRow) -> tuple[Cell, ...]:
    t, f = sheet.t, sheet.f
    days = [t("adjustment.on", days=t(f"on.{one.on}"))] if one.on != "every_day" else []
    days += [t("adjustment.counted", days=one.days)] if one.counts else []
    share = t("adjustment.granted", share=percent(one.half_width_share, 1)) if one.half_width_share else ""
    proof = t("list.and").join(one.evidence)
    proof = f"{t('adjustment.evidence')}{t('list.colon')}{proof}" if proof else t("adjustment.no_evidence")
    told = t("list.apart").join((proof, share) if share else (proof,))
    return (
        Cell(t.code("adjustment.kind", one.kind), small=f"{one.code} {one.reason}".strip()),
        Cell(f.days(one.first_day, one.last_day), small=t("list.apart").join(days)),
        Cell(adjustment_formula(sheet, one), small=told),
        Cell(signed(one.kwh, _WH)) if one.counts else Cell(t("adjustment.not_counted"), tone="bad"),
        Cell(number(one.half_width_kwh, _WH)),
    )


def _approvals(sheet: Sheet) -> Table:
    """Who approved which adjustment for which side, and when."""
    t, f = sheet.t, sheet.f
    columns = (
        Column(t("adjustment.adjustment"), share=1.6), Column(t("adjustment.side"), share=1.9),
        Column(t("adjustment.by")), Column(t("adjustment.role"), share=1.2),
        Column(t("adjustment.when"), share=1.6),
    )  # fmt: skip
    rows = tuple(
        (Cell(one.code), Cell(t.code("settlement.role", who.side)), Cell(who.by), Cell(who.role or UNKNOWN),
         Cell(f.instant(who.at)))
        for one in sheet.view.adjustments
        for who in one.approvals
    )  # fmt: skip
    nobody = ((Cell(t("adjustment.by_nobody"), span=len(columns)),),)
    return Table(t("adjustment.approvals"), columns, rows or nobody)


def adjustment_formula(sheet: Sheet, one: AdjustmentRow) -> str:
    """The formula with its inputs, in words and figures."""
    names, inputs = sheet.names, {name: value for name, value in one.term.items() if name != "formula"}
    given = {
        name: figure(value) if isinstance(value, int | float) else str(value)
        for name, value in inputs.items()
    }
    if "quantity" in given:
        given |= {"quantity": names.driver(given["quantity"]), "unit": sheet.t.code("unit", given["unit"])}
    return sheet.t(f"adjustment.term.{one.term['formula']}", **given)


def _sums(sheet: Sheet) -> Table:
    """The model's baseline, each adjustment, and the adjusted baseline: figures that add up."""
    t, parts = sheet.t, sheet.view.learned.parts.values()
    counted = [one for one in sheet.view.adjustments if one.counts]
    model = sum((one.model_kwh for one in parts), Decimal())
    rows = [(Cell(t("statement.model_baseline")), Cell(number(model, _WH)))]
    rows += [
        (Cell(t.code("adjustment.kind", one.kind), small=one.code), Cell(signed(one.kwh, _WH)))
        for one in counted
    ]
    foot = (Cell(t("line.baseline_kwh")), Cell(number(sheet.s.period.baseline_kwh, _WH)))
    columns = (Column(t("statement.line"), share=3.0), Column("kWh", number=True))
    return Table(t("adjustment.sums"), columns, tuple(rows), foot)


def calculation(sheet: Sheet) -> Section:
    """Every line with its formula, in words and with the figures put in; a table a contract year."""
    t, view = sheet.t, sheet.view
    if sheet.s.esco_fee_yuan is None and not sheet.s.period.days_measured:
        nothing = Words(t("statement.nothing_measured"))
        return Section("calculation", t("statement.calculation"), (nothing,), keep=True)
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
    if sheet.in_capitals:
        blocks.append(Words(sheet.in_capitals))
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
    formula = _adjusted(sheet, one) or Cell(t(f"statement.from_{_origin(sheet, line.key)}"))
    if one.figures:
        formula = Cell(one.words(t), small=f"= {one.figures}")
    tone: Tone = "strong" if line.year is None else ""
    value = Cell(exact(line.value), href="#days" if line.key in _TO_DAYS else "", tone=tone)
    name = Cell(t.code("line", line.key), tone=tone)
    return (name, formula, value, Cell(t(f"unit.{unit_key(line.unit)}")))


def _adjusted(sheet: Sheet, one: Calculation) -> Cell | None:
    """The adjusted baseline as its model's and what both sides agreed; None where nothing was adjusted."""
    parts = sheet.view.learned.parts.get(one.line.year or 0)
    if one.line.key != "baseline_kwh" or parts is None or not any(a.counts for a in sheet.view.adjustments):
        return None
    sign = "−" if parts.adjustments_kwh < 0 else "+"
    figures = f"= {number(parts.model_kwh, _WH)} {sign} {number(abs(parts.adjustments_kwh), _WH)}"
    return Cell(sheet.t("statement.baseline_adjusted"), small=figures)


def _origin(sheet: Sheet, key: str) -> str:
    """Where a given line comes from: days that no meter measured are those of the lamp inventory."""
    return "lamps" if key in _TO_DAYS and not sheet.metered else origin(key)
