"""The sections of a statement that prove its energy: days, method, baseline, completeness, gates, months."""

from collections.abc import Sequence

from services.mv.accounting import DaySavings
from services.mv.baseline import Fit
from services.mv.model import Record
from services.web.charts import statement as charts
from services.web.formats import UNKNOWN, completeness, number, percent
from services.web.paper.blocks import Block, Cell, Column, Facts, Pair, Picture, Section, Table, Tone, Words
from services.web.paper.statement_head import Sheet
from services.web.statement_words import direction, recorded, slug, source_words, unit_key

MOST_MONTHS = 12
_WH = 3
"""Energies of days and periods are known, and add up, to the watt-hour."""


def days(sheet: Sheet) -> Section:
    """The adjusted baseline against what was used, day by day."""
    s, t = sheet.s, sheet.t
    half = t("unit.plus_minus", value="kWh")
    columns = (
        Column(t("word.day"), share=1.6), Column(t("word.baseline_kwh"), number=True),
        Column(t("word.actual_kwh"), number=True), Column(t("word.savings_kwh"), number=True),
        Column(half, number=True), Column(t("word.coverage"), number=True),
    )  # fmt: skip
    p = s.period
    sums = (p.baseline_kwh, p.actual_kwh, p.savings_kwh, p.uncertainty_kwh)
    foot = (
        Cell(t("statement.sum")), *(Cell(number(one, _WH)) for one in sums), Cell(completeness(p.coverage)),
    )  # fmt: skip
    table = Table(
        t("statement.days_caption"), columns, tuple(_day(sheet, one) for one in s.days), foot,
        note=t("statement.band_note"), dense=True,
    )  # fmt: skip
    picture = Picture(charts.reporting_days(s.days, sheet.f))
    return Section("days", t("statement.days"), (picture, table))


def _day(sheet: Sheet, one: DaySavings) -> tuple[Cell, ...]:
    name = one.day.isoformat()
    tone: Tone = "faint" if one.left_out else ""
    head = Cell(name, small=sheet.f.weekday(one.day), href=sheet.day_path(name), tone=tone)
    known = (
        Cell(number(one.baseline_kwh, _WH), tone=tone),
        Cell(number(one.actual_kwh, _WH), href=sheet.day_path(name), tone=tone),
    )
    covered = Cell(completeness(one.coverage), tone=tone)
    if one.left_out:
        return (head, *known, Cell(sheet.t(f"statement.left_out.{one.left_out}"), tone=tone, span=2), covered)
    saved = (Cell(number(one.savings_kwh, _WH)), Cell(number(one.uncertainty_kwh, _WH)))
    return (head, *known, *saved, covered)


def method(sheet: Sheet) -> Section:
    """How the saving was measured and by which model; the baseline's days with their fit."""
    s, t = sheet.s, sheet.t
    facts = Facts(
        (
            (t("statement.form"), Cell(t.code("model_form", slug(s.form)))),
            (t("statement.option"), Cell(t(f"option.{sheet.view.option}"))),
            (t("statement.engine"), Cell(s.engine)),
            (t("statement.calendar"), Cell(s.calendar)),
            (t("statement.place"), Cell(_place(sheet))),
            (t("statement.sign"), Cell(t(s.sign_convention, figure=number(s.gbt_28750_savings_kwh, _WH)))),
        ),
        wide=True,
    )
    blocks: tuple[Block, ...] = (facts, Words(t(s.method)))
    if sheet.view.baseline is not None and s.fit is not None:
        picture = Picture(charts.baseline(sheet.view.baseline, sheet.f))
        blocks = (*blocks, picture, Pair(_coefficients(sheet), _fit(sheet, s.fit)))
    return Section("method", t("statement.method"), blocks)


def _place(sheet: Sheet) -> str:
    place = sheet.view.place
    return UNKNOWN if place is None else f"{number(place[0], 4)}, {number(place[1], 4)}"


def _coefficients(sheet: Sheet) -> Table:
    t = sheet.t
    columns = (
        Column(t("statement.term_of_model"), share=2.4), Column(t("statement.value"), number=True),
        Column(t("statement.unit")),
    )  # fmt: skip
    rows = tuple(
        (Cell(t.code("coefficient", one.name)), Cell(number(one.value, 6)), Cell(_unit(one.unit, sheet)))
        for one in sheet.s.coefficients
    )
    return Table(t("statement.coefficients"), columns, rows)


def _unit(unit: str, sheet: Sheet) -> str:
    key = f"unit.{unit_key(unit)}"
    return sheet.t(key) if sheet.t.has(key) else unit


def _fit(sheet: Sheet, fit: Fit) -> Table:
    t = sheet.t
    figures = (
        ("n", f"{fit.n} − {fit.p}"), ("mean", number(fit.mean_kwh, 2)), ("rmse", number(fit.rmse_kwh, 2)),
        ("cvrmse", percent(fit.cvrmse, 2)), ("nmbe", percent(fit.nmbe, 3)), ("r2", number(fit.r2, 4)),
        ("rho", number(fit.rho, 3)), ("n_effective", number(fit.n_effective, 1)),
    )  # fmt: skip
    columns = (Column(t("statement.figure"), share=1.8), Column(t("statement.value"), number=True))
    rows = tuple((Cell(t(f"fit.{name}")), Cell(value)) for name, value in figures)
    return Table(t("statement.fit"), columns, rows, headless=True)


def meters(sheet: Sheet) -> Section:
    """How much of each meter's energy was measured; its readings are a step away."""
    t = sheet.t
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
    limit = percent(sheet.s.contract.minimum_completeness, 1)
    caption = t("statement.completeness_caption", limit=limit)
    table = Table(caption, columns, rows)
    return Section("completeness", t("statement.completeness"), (table,), keep=True)


def gates(sheet: Sheet) -> Section:
    """The criteria beside each other, and the checks of the data."""
    t, s = sheet.t, sheet.s
    both = (_records(sheet, s.gates, t("statement.gates_caption")),
            _records(sheet, s.records, t("statement.records_caption")))  # fmt: skip
    return Section("gates", t("statement.gates"), both)


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
    sign = t(f"statement.{direction(one.what)}")
    limit = UNKNOWN if one.limit is None else f"{sign} {recorded(one.limit, one.what)}"
    verdict = Cell(t("statement.pass"), tone="good") if one.ok else Cell(t("statement.fail"), tone="bad")
    figure, source = recorded(one.figure, one.what), source_words(one.source, t)
    return (Cell(t.code("record", one.what)), Cell(figure), Cell(limit), Cell(source), verdict)


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
            *(Cell(number(value, _WH)) for value in (
                one.period.baseline_kwh, one.period.actual_kwh, one.period.savings_kwh,
                one.period.uncertainty_kwh)),
            Cell(number(one.esco_fee_yuan, 2)),
            Cell(t(f"statement.state.{one.state}")),
        )
        for one in shown
    )  # fmt: skip
    table = Table(t("statement.months_caption"), columns, rows)
    return Section("months", t("statement.months"), (table,))
