"""A statement's sheets: the result, the days, the calculation as formulas, the prices, the records, and those
of its way of measuring.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from services.savings.contract.years import parts_by_year
from services.savings.money.lines import Line
from services.web.formats import UNKNOWN, Formats
from services.web.paper.statement_account import due_words, paid_words
from services.web.paper.statement_head import Sheet as Laid
from services.web.paper.statement_head import client, esco
from services.web.paper.statement_proof import note_of
from services.web.statement_page import given
from services.web.statement_sources import Found
from services.web.statement_words import is_share, origin, source_words, unit_key, unit_of
from services.web.workbook.book import Book, Formula, Sheet
from services.web.workbook.formulas import spreadsheet_formula
from services.web.workbook.measurement import measurement

_ENERGIES = ("baseline_kwh", "actual_kwh", "savings_kwh")


def workbook(found: Found, f: Formats) -> bytes:
    """The file, in the language of `f`; its figures are those of the frozen statement."""
    s, t = found.view.statement, f.texts
    writer = _Writer(found, f, Book(s.settled_at))
    front = writer.sheet("statement", (34, 22, 12, 44))
    days = writer.sheet("days", (12, 12, 14, 14, 14, 12, 12, 10, 30))
    writer.days(days)
    calculated = writer.sheet("calculation", (36, 52, 12, 18, 10, 18, 9))
    amounts = writer.calculation(calculated, days)
    writer.prices(writer.sheet("prices", (14, 14, 14, 14, 70)))
    writer.records(writer.sheet("records", (44, 14, 14, 50, 10)))
    measurement(Laid(found.view, f), writer.sheet)
    writer.front(front, calculated, amounts)
    title = f"{t('statement.title')} {s.contract.code} {s.month}"
    return writer.book.finish(title=title, subject=s.input_sha256)


@dataclass(slots=True)
class _Writer:
    """Fills the sheets of one statement."""

    found: Found
    f: Formats
    book: Book
    energies: dict[str, list[str]] = field(default_factory=dict)
    """Where the printed energies of each contract year stand."""

    def sheet(self, name: str, widths: tuple[float, ...]) -> Sheet:
        s, t = self.found.view.statement, self.f.texts
        running = t(
            "statement.running", title=t("statement.title"), contract=s.contract.code, month=s.month,
            version=s.version,
        )  # fmt: skip
        return self.book.sheet(t(f"workbook.{name}"), widths, header=running, footer=s.input_sha256)

    def front(self, sheet: Sheet, calculated: Sheet, amounts: dict[str, int]) -> None:
        """Who, when, and the figures, each from the sheet that works it out."""
        view, t = self.found.view, self.f.texts
        s, laid = view.statement, Laid(view, self.f)
        sheet.heading(f"{t('statement.title')} · {t.name(s.contract)} · {self.f.month(view.month)}")
        sheet.add((t("statement.client"), client(laid)))
        sheet.add((t("statement.esco"), esco(laid)))
        sheet.add((t("word.contract"), s.contract.code))
        sheet.add((t("statement.reporting_period"), s.period.start, view.last_day))
        sheet.add((t("statement.state_word"), t(f"statement.state.{s.state}"), s.version))
        sheet.add((t("statement.form"), laid.names.form(s.form)))
        sheet.add((t("statement.option"), t(f"option.{view.option}")))
        if laid.metered:
            sheet.add((t("statement.meters"), ", ".join(laid.meter(code) for code in s.contract.meters)))
        sheet.skip()
        known = s.period.days_measured > 0
        for name in _ENERGIES:
            printed = float(sum(one.value for one in s.lines if one.key == name))
            energy = Formula("+".join(self.energies[name]), printed) if known else UNKNOWN
            sheet.add((t(f"word.{name}"), energy, "kWh"))
        half = s.period.uncertainty_kwh if known else UNKNOWN
        sheet.add((t("unit.plus_minus", value=t("statement.confidence")), half, "kWh"))
        fee = 0
        for key, value in (
            ("total_savings_yuan", s.savings_yuan), ("total_esco_fee_yuan", s.esco_fee_yuan),
            ("client_keeps_yuan", s.client_keeps_yuan),
        ):  # fmt: skip
            row = amounts.get(key)
            if row is not None and value is not None:
                cell = Formula(calculated.cell("D", row), float(value))
                number = sheet.add((t(f"line.{key}"), cell, t("unit.yuan")))
                fee = number if key == "total_esco_fee_yuan" else fee
        if laid.in_capitals:
            sheet.add((laid.in_capitals,))
        self.account(sheet, fee)
        sheet.skip()
        sheet.add((t("statement.engine"), s.engine))
        sheet.add((t("statement.calendar"), s.calendar))
        sheet.add((t("statement.hash"), s.input_sha256))
        sheet.add((t("statement.replay"), t("statement.replay_how")))

    def account(self, sheet: Sheet, fee: int) -> None:
        """What was paid of a corrected month and what is still due; `fee` is the row of the fee."""
        found, t, f = self.found.settling.account, self.f.texts, self.f
        if found is None:
            return
        sheet.skip()
        first, yuan = sheet.row + 1, t("unit.yuan")
        for payment, one in found.payments:
            day = f.day(payment.event.at.astimezone(f.zone).date())
            version = t("settlement.number", version=payment.event.version)
            sheet.add((f"{version} · {day}", payment.yuan, yuan, paid_words(t, one)))
        paid = sum((payment.yuan for payment, _ in found.payments), Decimal())
        text = f"ROUND(SUM(B{first}:B{sheet.row}),2)" if found.payments else "0"
        total = sheet.add((t("settlement.account.net"), Formula(text, float(paid)), yuan))
        if found.due is None or found.due_yuan is None:
            return
        owed: Formula | Decimal = found.due_yuan
        if fee and found.disputed_yuan is None:
            owed = Formula(f"ROUND(B{fee}-B{total},2)", float(found.due_yuan))
        sheet.add((t("settlement.account.still_due"), owed, yuan, due_words(t, found.due)))

    def days(self, sheet: Sheet) -> None:
        """Every day with its contract year; what was left out is in no sum."""
        s, t = self.found.view.statement, self.f.texts
        years = parts_by_year(s.contract, s.period.start, s.period.end)
        sheet.head((
            t("word.day"), t("workbook.weekday"), t("word.baseline_kwh"), t("word.actual_kwh"),
            t("word.savings_kwh"), "± kWh", t("word.coverage"), t("workbook.year"), t("workbook.left_out"),
        ))  # fmt: skip
        for n, day in enumerate(s.days, start=2):
            year = next(one.number for one, start, end in years if start <= day.day < end)
            saved = None if day.left_out else Formula(f"ROUND(C{n}-D{n},3)", day.savings_kwh, "#,##0.000")
            why = "" if day.left_out is None else t(f"statement.left_out.{day.left_out}")
            sheet.add(
                (day.day, self.f.weekday(day.day), day.baseline_kwh, day.actual_kwh, saved,
                 day.uncertainty_kwh, day.coverage, year, why),
                numbers="#,##0.000",
            )  # fmt: skip
        last, p = 1 + len(s.days), s.period

        def total(column: str, value: float) -> Formula:
            text = f'ROUND(SUMIF($I$2:$I${last},"",{column}2:{column}{last}),3)'
            return Formula(text, value, "#,##0.000")

        sums = (total("C", p.baseline_kwh), total("D", p.actual_kwh), total("E", p.savings_kwh))
        sheet.add((t("statement.sum"), "", *sums, p.uncertainty_kwh), numbers="#,##0.000", bold=True)
        sheet.skip()
        sheet.add((t(f"statement.{note_of(Laid(self.found.view, self.f))}"),))
        sheet.inner.freeze_panes(1, 1)

    def calculation(self, sheet: Sheet, days: Sheet) -> dict[str, int]:
        """What is given, then every line as a formula beside the figure that was printed; rows of amounts."""
        s, t = self.found.view.statement, self.f.texts
        cells: dict[tuple[str, int | None], str] = {}
        sheet.head((
            t("statement.line"), t("statement.formula"), t("workbook.year"), t("statement.value"),
            t("statement.unit"), t("workbook.printed"), t("workbook.agrees"),
        ))  # fmt: skip
        for (name, year), value in given(s).items():
            unit = t(f"unit.{unit_of(name)}") if unit_of(name) != "one" else ""
            how = t("statement.from_contract" if year is None else "statement.from_period")
            row = sheet.add((t.code("line", name), how, year, value, unit))
            cells[name, year] = f"D{row}"
        words = {one.line: one.words(t) for one in (*self.found.view.calculations, *self.found.view.totals)}
        rows: dict[str, int] = {}
        for line in s.lines:
            text = self._from_days(line, days) or spreadsheet_formula(line, cells, s.lines)
            shown = line.value if text is None else Formula(text, float(line.value))
            number = sheet.row + 1
            agrees = Formula(f'IF(ROUND(D{number}-F{number},6)=0,"=","≠")', "=")
            unit = t(f"unit.{unit_key(line.unit)}")
            how = words.get(line) or t(f"statement.from_{origin(line.key)}")
            sheet.add((t.code("line", line.key), how, line.year, shown, unit, line.value, agrees),
                      bold=line.year is None)  # fmt: skip
            cells[line.key, line.year] = f"D{number}"
            if line.key in _ENERGIES:
                self.energies.setdefault(line.key, []).append(sheet.cell("D", number))
            rows[line.key] = number
        sheet.skip()
        sheet.add((t("workbook.rounding"),))
        sheet.inner.freeze_panes(1, 1)
        return rows

    def _from_days(self, line: Line, days: Sheet) -> str | None:
        """The energies of a contract year that no other line adds up are sums of its days."""
        column = {"baseline_kwh": "C", "actual_kwh": "D"}.get(line.key)
        if column is None or line.year is None or line.formula is not None:
            return None
        last = 1 + len(self.found.view.statement.days)

        def span(letter: str) -> str:
            return f"'{days.name}'!${letter}$2:${letter}${last}"

        return f'ROUND(SUMIFS({span(column)},{span("H")},{line.year},{span("I")},""),2)'

    def prices(self, sheet: Sheet) -> None:
        """The prices with their days and sources."""
        view, t = self.found.view, self.f.texts
        sheet.head((t("statement.price_of"), t("unit.yuan_per_kwh"), t("workbook.first"), t("workbook.last"),
                    t("statement.source")))  # fmt: skip
        for one in view.prices:
            of = t(f"statement.period_{one.period}") if one.period else t("statement.all_hours")
            sheet.add((of, one.yuan_per_kwh, one.start, one.end, f"{one.source} {one.mark}".strip()))
        sheet.skip()
        sheet.add((t(f"valuation.{view.valuation}"),))

    def records(self, sheet: Sheet) -> None:
        """The gates and the checks of data, with their limits and sources."""
        laid = Laid(self.found.view, self.f)
        s, t = laid.s, laid.t
        sheet.head((t("statement.criterion"), t("statement.figure"), t("statement.limit"),
                    t("statement.source"), t("statement.verdict")))  # fmt: skip
        for one in (*s.demands, *s.gates, *s.records):
            said = "told" if one.limit is None else "pass" if one.ok else "fail"
            verdict = t(f"statement.{said}")
            name, source = laid.names.record(one.what), source_words(one.source, t)
            if is_share(one.what):
                limit = None if one.limit is None else float(one.limit)
                sheet.add((name, float(one.figure), limit, source, verdict), numbers="0.00 %")
            else:
                sheet.add((name, one.figure, one.limit, source, verdict), numbers="#,##0.000000")
