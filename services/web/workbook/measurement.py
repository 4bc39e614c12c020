"""The further sheets of a statement's workbook: its model, lamps, fixture tests, adjustments.

What follows from figures beside it is a formula over them, so that a reader recomputes the table and not only
its sum.
"""

from collections.abc import Callable

from services.mv.lighting.lamps import LampGroup
from services.savings.contract.measurement import LampInventory, RateTests
from services.web.paper.statement_head import Sheet as Laid
from services.web.paper.statement_money import adjustment_formula
from services.web.workbook.book import Formula, Sheet
from services.web.workbook.model import WATT_HOURS, model_sheet

_EXACT = "0.000000000"
NewSheet = Callable[[str, tuple[float, ...]], Sheet]


def measurement(laid: Laid, new: NewSheet) -> None:
    """Add the sheets that this statement's way of measuring has; `new` makes one by its name and widths."""
    if laid.s.fit is not None:
        model_sheet(laid, new("model", (40, 16, 16, 16, 12, 12, 14, 22)))
    match laid.s.contract.measurement:
        case LampInventory(groups):
            _lamps(laid, new("lamps", (20, 34, 9, *(11,) * 9, 14, 14, 14, 14, 12)), groups)
        case RateTests() as tests:
            _tests(laid, new("tests", (26, 12, 12, 12, 12, 12, 12, 12)), tests)
    if laid.view.adjustments:
        _adjustments(laid, new("adjustments", (18, 20, 12, 12, 44, 14, 12, 40, 60)))


def _lamps(laid: Laid, sheet: Sheet, groups: tuple[LampGroup, ...]) -> None:
    """A row a group: its energies as formulas over its figures, and their sums."""
    t, lines = laid.t, laid.s.lamps
    sheet.head((
        t("lamp.group"), t("workbook.types"), t("lamp.count"), t("lamp.watts_before"), t("lamp.watts_after"),
        t("workbook.control_before"), t("workbook.control_after"), t("lamp.hours_before"), t("lamp.hours"),
        t("lamp.days"), t("workbook.in_service"), t("workbook.interactive"), t("lamp.baseline_kwh"),
        t("lamp.actual_kwh"), t("lamp.interactive_kwh"), t("lamp.savings_kwh"), t("lamp.half"),
    ))  # fmt: skip
    for line, group in zip(lines, groups, strict=True):
        n, known = sheet.row + 1, group.values()
        sheet.add((
            line.group, f"{line.type_before} → {line.type_after}", line.count, line.watts_before,
            line.watts_after, known["control_before"], known["control_after"], line.hours_before,
            line.hours_after, line.days, known["in_service"], known["interactive"],
            _energy(f"C{n}*D{n}*F{n}*H{n}*J{n}*K{n}/1000", line.baseline_kwh),
            _energy(f"C{n}*E{n}*G{n}*I{n}*J{n}*K{n}/1000", line.actual_kwh),
            _energy(f"C{n}*(D{n}*F{n}*H{n}-E{n}*G{n}*I{n})*J{n}*K{n}*L{n}/1000", line.interactive_kwh),
            _energy(f"M{n}-N{n}+O{n}", line.savings_kwh), line.uncertainty_kwh,
        ), numbers=WATT_HOURS)  # fmt: skip
    last, names = sheet.row, ("baseline_kwh", "actual_kwh", "interactive_kwh", "savings_kwh")
    sums = (
        _energy(f"SUM({column}2:{column}{last})", round(sum(getattr(line, name) for line in lines), 3))
        for column, name in zip("MNOP", names, strict=True)
    )
    half = laid.view.learned.half_width_kwh
    sheet.add((t("lamp.sum"), *("",) * 11, *sums, half), numbers=WATT_HOURS, bold=True)
    sheet.skip()
    sheet.add((t("lamp.note"),))
    sheet.add((t("band.option_a"),))


def _energy(text: str, value: float) -> Formula:
    return Formula(f"ROUND({text},3)", value, WATT_HOURS)


def _tests(laid: Laid, sheet: Sheet, tests: RateTests) -> None:
    """Each fixture's energies, and the rate of all: the ratio of energies by the hour."""
    t, rate = laid.t, laid.s.rate
    sheet.head((t("rate.fixture"), t("rate.before_on"), t("rate.after_on"), t("rate.before_h"),
                t("rate.before_kwh"), t("rate.after_h"), t("rate.after_kwh"), t("rate.rate")))  # fmt: skip
    for one in tests.tests:
        n = sheet.row + 1
        before, after = one.before_kwh / one.hours_before, one.after_kwh / one.hours_after
        own = Formula(f"1-(G{n}/F{n})/(E{n}/D{n})", 1 - after / before, "0.0000 %") if before else None
        sheet.add((one.fixture, one.before_on, one.after_on, one.hours_before, one.before_kwh,
                   one.hours_after, one.after_kwh, own), numbers=WATT_HOURS)  # fmt: skip
    last = sheet.row
    used, left = (
        "+".join(f"{energy}{n}/{hours}{n}" for n in range(2, last + 1)) for energy, hours in ("ED", "GF")
    )
    sheet.skip()
    if rate is not None:
        for key, text, value, half in (
            ("rate_half", f"1-({left})/({used})", rate.rate, rate.uncertainty),
            ("multiple", f"({used})/({left})", rate.multiple, rate.multiple_uncertainty),
        ):
            computed = Formula(f"ROUND({text},9)", value, _EXACT)
            sheet.add((t(f"rate.{key}"), computed, "±", half), numbers=_EXACT)
        sheet.add((t("rate.tested"), rate.size, rate.population))
    sheet.add((t("rate.note"),))
    sheet.add((t("rate.rounded"),))


def _adjustments(laid: Laid, sheet: Sheet) -> None:
    """Each adjustment with its inputs and approvals; the adjusted baseline as a sum."""
    t, f, rows = laid.t, laid.f, laid.view.adjustments
    sheet.head((
        t("adjustment.adjustment"), t("adjustment.what"), t("workbook.first"), t("workbook.last"),
        t("adjustment.formula"), "kWh", "± kWh", t("statement.reason"), t("adjustment.approvals"),
    ))  # fmt: skip
    parts = laid.view.learned.parts.values()
    model = float(sum(one.model_kwh for one in parts))
    sheet.add((t("statement.model_baseline"), "", "", "", "", model), numbers=WATT_HOURS)
    for one in rows:
        reason = t("list.apart").join((one.reason, *one.evidence))
        said = (
            t("list.comma").join((t.code("settlement.role", who.side), who.by, who.role, f.instant(who.at)))
            for who in one.approvals
        )
        sheet.add((one.code, t.code("adjustment.kind", one.kind), one.first_day, one.last_day,
                   adjustment_formula(laid, one), one.kwh, one.half_width_kwh, reason,
                   t("list.apart").join(said)), numbers=WATT_HOURS)  # fmt: skip
    total = Formula(f"ROUND(SUM(F2:F{sheet.row}),3)", laid.s.period.baseline_kwh, WATT_HOURS)
    sheet.add((t("line.baseline_kwh"), "", "", "", "", total), bold=True)
    sheet.skip()
    sheet.add((t("adjustment.note"),))
