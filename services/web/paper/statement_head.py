"""The first sections of a statement: what comes out, between whom, over which days, at which prices."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from services.mv.model import Record
from services.savings.contract.measurement import LampInventory
from services.savings.contract.years import parts_by_year
from services.savings.settlement.statement import Statement
from services.web.capitals import capitals
from services.web.formats import UNKNOWN, Formats, exact, number, percent, signed
from services.web.i18n import Texts
from services.web.paper.blocks import Block, Cell, Column, Facts, Notice, Outcome, Section, Table
from services.web.statement_names import Names
from services.web.statement_page import StatementView
from services.web.statement_words import figure_of, limit_of, remedy, unit_of

MOST_METERS_NAMED = 6


@dataclass(frozen=True, slots=True)
class Sheet:
    """What every section is laid out from: the view, and how the reader's language writes it."""

    view: StatementView
    f: Formats

    @property
    def s(self) -> Statement:
        """The frozen statement."""
        return self.view.statement

    @property
    def t(self) -> Texts:
        """The texts of the language."""
        return self.f.texts

    @property
    def names(self) -> Names:
        """What the contract's forms, terms and findings are called."""
        return Names(self.t, self.s.contract.measurement)

    @property
    def metered(self) -> bool:
        """Whether energy was measured: an inventory of lamps has no meter."""
        return not isinstance(self.s.contract.measurement, LampInventory)

    @property
    def in_capitals(self) -> str:
        """The fee as Chinese vouchers write it; nothing in English, or while it is held."""
        if self.t.language != "zh" or self.s.esco_fee_yuan is None:
            return ""
        return f"应付节能服务公司金额（大写）：{capitals(self.s.esco_fee_yuan)}"

    def sentences(self, *sentences: str) -> str:
        """Sentences one after the other: Chinese ones without a blank between."""
        return ("" if self.t.language == "zh" else " ").join(sentences)

    def path(self, month: str | None = None) -> str:
        """Where the statement of a month of the contract is; of its own month, in this very version."""
        own = f"?version={self.s.version}" if month is None else ""
        return f"/statements/{quote(self.s.contract.code, safe='')}/{month or self.s.month}{own}"

    def day_path(self, day: str) -> str:
        """Where a day of this version is taken apart into meters and hours."""
        month = self.path(self.s.month)
        return f"{month}/days/{day}?version={self.s.version}"

    def readings_path(self, meter: str) -> str:
        """Where the readings of the period are."""
        days = f"from={self.s.period.start}&to={self.view.last_day}"
        return f"/readings/{quote(meter, safe='')}?{days}"

    def meter(self, code: str) -> str:
        """A meter's name beside its code."""
        found = self.view.registered.get(code)
        return code if found is None else f"{code} {self.t.name(found)}"


def notices(sheet: Sheet) -> tuple[Notice, ...]:
    """What must be read first: that the version is replaced, held, or was released by a person."""
    s, t = sheet.s, sheet.t
    found: list[Notice] = []
    if s.state == "superseded":
        found.append(Notice(t("statement.superseded_notice", version=s.version)))
    if s.holds:
        held = s.esco_fee_yuan is None
        missed = tuple(_missed(sheet, one, advise=held) for one in s.holds)
        found.append(Notice(t("statement.held" if held else "statement.released"), missed))
    return tuple(found)


def _missed(sheet: Sheet, one: Record, *, advise: bool) -> str:
    """What fell short of which limit, and while nothing is decided what a person can do about it."""
    t, figure, bound = sheet.t, figure_of(one), limit_of(one, sheet.t)
    met = t("statement.against", figure=figure, limit=bound) if bound else figure
    said = f"{sheet.names.record(one.what)} {met}"
    how = remedy(one.what)
    return f"{said}{t('list.colon')}{t(f'statement.held_how.{how}')}" if advise and how else said


def result(sheet: Sheet, due: str = "") -> Section:
    """The four figures that people look for; each leads to where it is worked out.

    `due` is what a corrected version still owes.
    """
    s, t = sheet.s, sheet.t
    fee_note = t("unit.yuan")
    if s.esco_fee_yuan is not None and s.esco_fee_yuan < 0:
        fee_note = f"{fee_note} · {t('statement.due_to_client')}"
    if due:
        fee_note = f"{fee_note} · {due}"
    known = s.period.days_measured > 0
    saved = number(sheet.view.savings_kwh if known else None, 2)
    half = t("unit.plus_minus", value=number(s.period.uncertainty_kwh if known else None, 2))
    days = t("statement.days_measured", measured=s.period.days_measured, left_out=s.period.days_left_out)
    if not sheet.metered:
        days = t("statement.days_computed", days=s.period.days_measured)
    outcome = Outcome((
        (t("word.savings_kwh"), Cell(saved, href="#calculation", id="savings"),
         f"{half} · {t('statement.confidence')}"),
        (t("word.rate"), Cell(percent(s.savings_rate), href="#days"), days),
        (t("statement.esco_amount"), Cell(number(s.esco_fee_yuan, 2), href="#calculation", id="fee"),
         fee_note),
        (t("statement.client_amount"), Cell(number(s.client_keeps_yuan, 2), href="#calculation"),
         t("unit.yuan")),
    ))  # fmt: skip
    return Section("results", t("statement.results"), (outcome,), keep=True)


def client(sheet: Sheet) -> str:
    """The institution's name, or its code where the registry lost it."""
    s = sheet.s
    return sheet.t.name(s.institution) if s.institution else s.contract.institution


def esco(sheet: Sheet) -> str:
    """The energy service company's name."""
    contract = sheet.s.contract
    return contract.esco_zh if sheet.t.language == "zh" else contract.esco_en


def parties(sheet: Sheet) -> Section:
    """Who agreed what, and for which days."""
    s, t, f = sheet.s, sheet.t, sheet.f
    c = s.contract
    rows: list[tuple[str, Cell]] = [
        (t("statement.client"), Cell(client(sheet))),
        (t("statement.esco"), Cell(esco(sheet))),
        (t("word.contract"), Cell(f"{c.code} · {t(f'contract.kind.{c.kind}')}")),
        (t("statement.signed"), Cell(f.day(c.signed_on))),
        (t("statement.accepted"), Cell(f.day(c.accepted_on))),
        (t("statement.term"), Cell(t("statement.years", count=c.term_years, start=f.day(c.reporting_start)))),
        (t("statement.baseline_period"), Cell(f.days(c.baseline_start, c.baseline_end))),
        (t("statement.reporting_period"), Cell(f.days(s.period.start, sheet.view.last_day))),
        (t("statement.contract_years"), Cell(_years(sheet))),
        *((t.code("line", name), Cell(_term(name, value, t))) for name, value in sheet.view.terms),
    ]
    if sheet.metered:
        rows.append((t("statement.completeness_limit"), Cell(agreed_share(c.minimum_completeness))))
        rows += _meters(sheet)
    return Section("parties", t("statement.parties"), (Facts(tuple(rows)),), keep=True)


def _meters(sheet: Sheet) -> list[tuple[str, Cell]]:
    """Each meter with its readings; of many only how many, for they are listed with their completeness."""
    t, codes = sheet.t, sheet.s.contract.meters
    if len(codes) > MOST_METERS_NAMED:
        count = Cell(t("statement.meters_count", count=len(codes)), href="#completeness")
        return [(t("statement.meters"), count)]
    cells = [Cell(sheet.meter(code), href=sheet.readings_path(code)) for code in codes]
    word, several = t("statement.meter"), len(cells) > 1
    return [(f"{word} {i}" if several else word, cell) for i, cell in enumerate(cells, start=1)]


def _years(sheet: Sheet) -> str:
    """The contract years that the period's days belong to, with their own days."""
    s, f = sheet.s, sheet.f
    years = [year for year, _, _ in parts_by_year(s.contract, s.period.start, s.period.end)]
    return " · ".join(
        sheet.t("statement.contract_year_days", year=year.number, start=f.day(year.start), days=year.days)
        for year in years
    )


def agreed_share(share: Decimal) -> str:
    """A share that the contract agrees, in percent with every digit it has, one decimal at least."""
    exponent = share.as_tuple().exponent
    return percent(share, max(1, -exponent - 2 if isinstance(exponent, int) else 1))


def _term(name: str, value: object, t: Texts) -> str:
    """A contract's figure: one, or one for each year."""
    if name == "esco_share_by_year" and isinstance(value, tuple):
        shares = enumerate(value, start=1)
        return " · ".join(t("statement.share_of_year", year=n, share=agreed_share(one)) for n, one in shares)
    values = value if isinstance(value, tuple) else (value,)
    words = " · ".join(exact(one) if isinstance(one, Decimal) else str(one) for one in values)
    unit = unit_of(name)
    return words if unit == "one" else f"{words} {t(f'unit.{unit}')}"


def prices(sheet: Sheet) -> Section:
    """The prices that savings of the period are valued at: each with its days and where it stands written."""
    t, f = sheet.t, sheet.f
    columns = (
        Column(t("statement.price_of"), share=1.6), Column(t("unit.yuan_per_kwh"), number=True, share=1.0),
        Column(t("statement.price_days"), share=2.7), Column(t("statement.source"), share=3.6),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(
                t(f"statement.period_{one.period}") if one.period else t("statement.all_hours"),
                small=one.hours,
            ),
            Cell(exact(one.yuan_per_kwh)),
            Cell(f.days(one.start, one.end)),
            Cell(one.source, small=one.mark),
        )
        for one in sheet.view.prices
    )
    rule = t(f"valuation.{sheet.view.valuation}")
    block: Block = Table(t("statement.price_caption"), columns, rows, note=rule)
    return Section("prices", t("statement.prices"), (block,), keep=True)


def edition(sheet: Sheet) -> tuple[str, ...]:
    """Which version this is, and how it differs from the one before."""
    s, t = sheet.s, sheet.t
    state = t(f"statement.state.{s.state}")
    first = t("statement.edition", version=s.version, state=state, at=sheet.f.instant(s.settled_at))
    if s.difference_yuan is None:
        return (first,)
    return (first, t("statement.difference", amount=signed(s.difference_yuan, 2) or UNKNOWN))
