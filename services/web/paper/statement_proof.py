"""The sections of a statement that prove its energy: days, completeness, gates, months."""

from collections.abc import Sequence

from services.mv.accounting import DaySavings, PeriodSavings
from services.mv.model import Record
from services.web.charts import statement as charts
from services.web.formats import UNKNOWN, completeness, number
from services.web.paper.blocks import Cell, Column, Picture, Section, Table, Tone
from services.web.paper.statement_head import Sheet, agreed_share
from services.web.statement_words import figure_of, limit_of, source_words

MOST_MONTHS = 12
_WH = 3
"""Energies of days and periods are known, and add up, to the watt-hour."""


def days(sheet: Sheet) -> Section:
    """The adjusted baseline against what was used, day by day; a table of lamps has no coverage to tell."""
    s, t = sheet.s, sheet.t
    actual = "word.actual_kwh" if sheet.metered else "statement.actual_computed"
    columns = (
        Column(t("word.day"), share=1.6), Column(t("word.baseline_kwh"), number=True),
        Column(t(actual), number=True), Column(t("word.savings_kwh"), number=True),
        Column(t("unit.plus_minus", value="kWh"), number=True),
        *((Column(t("word.coverage"), number=True),) if sheet.metered else ()),
    )  # fmt: skip
    p = s.period
    sums = energies(p)
    covered = (Cell(completeness(p.coverage)),) if sheet.metered else ()
    foot = (
        Cell(t("statement.sum" if sheet.metered else "lamp.sum")),
        *(Cell(number(one, _WH)) for one in sums),
        *covered,
    )
    notes = [t(f"statement.{note_of(sheet)}")]
    if any(one.counts for one in sheet.view.adjustments):
        notes.append(t("statement.adjusted_note"))
    table = Table(
        t("statement.days_caption"), columns, tuple(_day(sheet, one) for one in s.days), foot,
        note=sheet.sentences(*notes), dense=True,
    )  # fmt: skip
    picture = Picture(charts.reporting_days(s.days, sheet.f, metered=sheet.metered))
    return Section("days", t("statement.days"), (picture, table))


def energies(period: PeriodSavings) -> tuple[float | None, ...]:
    """Baseline, actual, saving and its ± [kWh]; none of them where no day was measured."""
    if not period.days_measured:
        return (None,) * 4
    return (period.baseline_kwh, period.actual_kwh, period.savings_kwh, period.uncertainty_kwh)


def note_of(sheet: Sheet) -> str:
    """The key of what is said of the days' ± and of the days left out."""
    return "rate_note" if sheet.s.rate else "band_note" if sheet.metered else "computed_note"


def _day(sheet: Sheet, one: DaySavings) -> tuple[Cell, ...]:
    name = one.day.isoformat()
    tone: Tone = "faint" if one.left_out else ""
    path = sheet.day_path(name) if sheet.metered else ""
    head = Cell(name, small=sheet.f.weekday(one.day), href=path, tone=tone)
    known = (
        Cell(number(one.baseline_kwh, _WH), tone=tone),
        Cell(number(one.actual_kwh, _WH), href=path, tone=tone),
    )
    covered = (Cell(completeness(one.coverage), tone=tone),) if sheet.metered else ()
    if one.left_out:
        return (
            head,
            *known,
            Cell(sheet.t(f"statement.left_out.{one.left_out}"), tone=tone, span=2),
            *covered,
        )
    saved = (Cell(number(one.savings_kwh, _WH)), Cell(number(one.uncertainty_kwh, _WH)))
    return (head, *known, *saved, *covered)


def meters(sheet: Sheet) -> tuple[Section, ...]:
    """How much of each meter's energy was measured, its readings a step away; nothing without meters."""
    t = sheet.t
    if not sheet.metered:
        return ()
    columns = (
        Column(t("word.meter"), share=2.4), Column(t("statement.measured_kwh"), number=True),
        Column(t("statement.estimated_kwh"), number=True), Column(t("statement.mean"), number=True),
        Column(t("statement.least"), number=True), Column(t("statement.days_short"), number=True),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(sheet.meter(one.code), href=sheet.readings_path(one.code)),
            Cell(number(one.measured_kwh, 2)), Cell(number(one.estimated_kwh, 2)),
            Cell(completeness(one.coverage)), Cell(completeness(one.least)), Cell(str(one.days_short)),
        )
        for one in sheet.view.meters
    )  # fmt: skip
    limit = agreed_share(sheet.s.contract.minimum_completeness)
    caption = t("statement.completeness_caption", limit=limit)
    table = Table(caption, columns, rows)
    return (Section("completeness", t("statement.completeness"), (table,), keep=True),)


def gates(sheet: Sheet) -> Section:
    """What the contract asks, the criteria beside each other, and the checks of the data."""
    t, s = sheet.t, sheet.s
    tables = (
        (s.demands, "statement.demands_caption"),
        (s.gates, "statement.gates_caption"),
        (s.records, "statement.records_caption"),
    )
    blocks = tuple(_records(sheet, rows, t(caption)) for rows, caption in tables if rows)
    return Section("gates", t("statement.gates"), blocks)


def _records(sheet: Sheet, rows: Sequence[Record], caption: str) -> Table:
    t = sheet.t
    columns = (
        Column(t("statement.criterion"), share=2.6), Column(t("statement.figure"), number=True),
        Column(t("statement.limit"), number=True), Column(t("statement.source"), share=2.8),
        Column(t("statement.verdict"), share=0.9),
    )  # fmt: skip
    return Table(caption, columns, tuple(_record(sheet, one) for one in rows))


def _record(sheet: Sheet, one: Record) -> tuple[Cell, ...]:
    t = sheet.t
    verdict = Cell(t("statement.pass"), tone="good") if one.ok else Cell(t("statement.fail"), tone="bad")
    if one.limit is None:
        verdict = Cell(t("statement.told"), tone="faint")
    words = (sheet.names.record(one.what), figure_of(one), limit_of(one, t) or UNKNOWN)
    return (*(Cell(text) for text in words), Cell(source_words(one.source, t)), verdict)


def months(sheet: Sheet) -> Section:
    """The months so far, each leading to its own statement, with their sum."""
    t, shown = sheet.t, sheet.s.months[-MOST_MONTHS:]
    columns = (
        Column(t("word.month"), share=1.2), Column(t("word.baseline_kwh"), number=True),
        Column(t("word.actual_kwh"), number=True), Column(t("word.savings_kwh"), number=True),
        Column(t("unit.plus_minus", value="kWh"), number=True),
        Column(t("statement.esco_amount"), number=True, share=1.2),
        Column(t("statement.state_word"), share=1.2),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(one.month, href=sheet.path(one.month)),
            *(Cell(number(value, _WH)) for value in energies(one.period)),
            Cell(number(one.esco_fee_yuan, 2)),
            Cell(t(f"statement.state.{one.state}")),
        )
        for one in shown
    )  # fmt: skip
    table = Table(t("statement.months_caption"), columns, rows)
    return Section("months", t("statement.months"), (table,))
