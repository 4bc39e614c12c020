"""The sections of a statement without a baseline of days: the lamp inventory, and the tests behind a rate."""

from services.mv.lighting.lamps import LampGroup
from services.mv.lighting.option_a import LampLine
from services.mv.lighting.sampling import Agreed, Figure, Sample, added
from services.mv.lighting.saving_rate import FixtureTest, SavingRate
from services.savings.contract.measurement import LampInventory, RateTests
from services.web.formats import UNKNOWN, number, percent
from services.web.paper.blocks import Block, Cell, Column, Facts, Section, Table, Words
from services.web.paper.statement_head import Sheet
from services.web.paper.statement_model import figure

_WH = 3
_ENERGIES = ("baseline_kwh", "actual_kwh", "interactive_kwh", "savings_kwh")
_SHARES = frozenset({"in_service", "interactive", "control_before", "control_after"})
_UNITS = {"watts_before": "watts", "watts_after": "watts", "days_a_month": "d_month"}


def evidence(sheet: Sheet) -> tuple[Section, ...]:
    """The lamps or the tests that the saving rests on; nothing of a regression."""
    match sheet.s.contract.measurement:
        case LampInventory(groups):
            blocks: tuple[Block, ...] = (_lamps(sheet, groups), _interactive(sheet), _figures(sheet, groups))
            return (Section("lamps", sheet.t("lamp.title"), blocks),)
        case RateTests() as tests if sheet.s.rate is not None:
            blocks = (_tests(sheet, tests), _rate(sheet, sheet.s.rate))
            return (Section("tests", sheet.t("rate.title"), blocks),)
        case _:
            return ()


def _lamps(sheet: Sheet, groups: tuple[LampGroup, ...]) -> Table:
    """A row a group, and their sums: before adjustments, which stand in a section of their own."""
    t, lines = sheet.t, sheet.s.lamps
    columns = (
        Column(t("lamp.group"), share=2.3), Column(t("lamp.count"), number=True, share=0.8),
        Column(t("lamp.watts"), number=True, share=1.3), Column(t("lamp.hours_pair"), number=True, share=1.2),
        Column(t("lamp.days"), number=True, share=0.7),
        *(Column(t(f"lamp.{name}"), number=True, share=1.2) for name in _ENERGIES),
        Column(t("lamp.half"), number=True),
    )  # fmt: skip
    rows = tuple(_lamp(sheet, line, group) for line, group in zip(lines, groups, strict=True))
    sums = (number(added(getattr(line, name) for line in lines), _WH) for name in _ENERGIES)
    total = number(sheet.view.learned.half_width_kwh, _WH)
    count = str(sum(line.count for line in lines))
    foot = tuple(Cell(text) for text in (t("lamp.sum"), count, "", "", "", *sums, total))
    return Table(t("lamp.caption"), columns, rows, foot, note=t("lamp.note"), dense=True)


def _lamp(sheet: Sheet, line: LampLine, group: LampGroup) -> tuple[Cell, ...]:
    t, types = sheet.t, f"{line.type_before} → {line.type_after}"
    on = t("lamp.days_agreed") if group.days_a_month is not None else t(f"on.{group.on}")
    energies = (Cell(number(getattr(line, name), _WH)) for name in _ENERGIES)
    return (
        Cell(line.group, small=t("list.apart").join((types, on))),
        Cell(str(line.count)),
        Cell(f"{figure(line.watts_before)} → {figure(line.watts_after)}"),
        Cell(f"{figure(line.hours_before)} → {figure(line.hours_after)}"),
        Cell(figure(line.days)),
        *energies,
        Cell(number(line.uncertainty_kwh, _WH)),
    )


def _interactive(sheet: Sheet) -> Words:
    """How the table's sums make the baseline, and what the interactive effect is."""
    t, lines = sheet.t, sheet.s.lamps
    before, interactive = (added(getattr(line, name) for line in lines) for name in _ENERGIES[::2])
    if not any(line.interactive_kwh for line in lines):
        return Words(t("lamp.no_interactive"), hint=True)
    counted = any(one.counts for one in sheet.view.adjustments)
    words = t(
        "lamp.model_baseline" if counted else "lamp.baseline", before=number(before, _WH),
        interactive=number(interactive, _WH), baseline=number(added([before, interactive]), _WH),
    )  # fmt: skip
    return Words(sheet.sentences(words, t("lamp.interactive_note")), hint=True)


def _figures(sheet: Sheet, groups: tuple[LampGroup, ...]) -> Table:
    """Each figure that was measured or agreed, with its error and where it comes from."""
    t = sheet.t
    columns = (
        Column(t("lamp.group"), share=1.5), Column(t("lamp.figure"), share=1.6),
        Column(t("lamp.value"), number=True, share=1.2), Column(t("lamp.error"), number=True, share=1.2),
        Column(t("lamp.how"), share=4.2),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(group.name), Cell(t(f"lamp.{slot}")), Cell(_valued(sheet, slot, one.value)),
            Cell(_valued(sheet, slot, one.standard_error) if one.standard_error else t("lamp.none")),
            Cell(_how(sheet, one, slot), small=t("lamp.shared", name=one.shared) if one.shared else ""),
        )
        for group in groups
        for slot, one in group.figures()
        if not (isinstance(one, Agreed) and one.source.startswith("nothing agreed"))
    )  # fmt: skip
    return Table(t("lamp.figures"), columns, rows)


def _valued(sheet: Sheet, slot: str, value: float) -> str:
    if slot in _SHARES:
        return percent(value, 2)
    text = number(value, 4).rstrip("0").rstrip(".")
    unit = sheet.t(f"unit.{_UNITS.get(slot, 'h_d')}")
    return f"{text} {unit}"


def _how(sheet: Sheet, one: Figure, slot: str) -> str:
    t = sheet.t
    if isinstance(one, Sample):
        deviation = _valued(sheet, slot, one.deviation)
        return t("lamp.measured", size=one.size, population=one.population, deviation=deviation)
    return t("lamp.agreed", source=one.source)


def _tests(sheet: Sheet, tests: RateTests) -> Table:
    t, f = sheet.t, sheet.f
    columns = (
        Column(t("rate.fixture"), share=1.4), Column(t("rate.before_on"), share=1.4),
        Column(t("rate.after_on"), share=1.4), Column(t("rate.before_h"), number=True, share=0.6),
        Column(t("rate.before_kwh"), number=True), Column(t("rate.after_h"), number=True, share=0.6),
        Column(t("rate.after_kwh"), number=True), Column(t("rate.rate"), number=True),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(one.fixture), Cell(f.day(one.before_on)), Cell(f.day(one.after_on)),
            Cell(figure(one.hours_before)), Cell(number(one.before_kwh, _WH)),
            Cell(figure(one.hours_after)), Cell(number(one.after_kwh, _WH)), Cell(_own_rate(one)),
        )
        for one in tests.tests
    )  # fmt: skip
    before, after = (
        added(getattr(one, f"{name}_kwh") for one in tests.tests) for name in ("before", "after")
    )
    rate = sheet.s.rate.rate if sheet.s.rate else None
    foot = (
        Cell(t("rate.sum")), Cell(""), Cell(""), Cell(""), Cell(number(before, _WH)), Cell(""),
        Cell(number(after, _WH)), Cell(percent(rate, 2)),
    )  # fmt: skip
    return Table(t("rate.caption"), columns, rows, foot, note=t("rate.note"))


def _own_rate(one: FixtureTest) -> str:
    before, after = one.before_kwh / one.hours_before, one.after_kwh / one.hours_after
    return percent(1 - after / before, 2) if before else UNKNOWN


def _rate(sheet: Sheet, rate: SavingRate) -> Facts:
    """The rate with its ±, and what the after-meter's energy becomes by it."""
    t, period = sheet.t, sheet.s.period
    model = sum(float(one.model_kwh) for one in sheet.view.learned.parts.values())
    energy, baseline = number(period.actual_kwh, _WH), number(model, _WH)
    product = f"{energy} × {number(rate.multiple, 6)} ≈ {baseline} kWh"
    return Facts(
        (
            (t("rate.tested"), Cell(t("rate.of", size=rate.size, population=rate.population))),
            (t("rate.rate_half"), Cell(f"{percent(rate.rate, 4)} ± {percent(rate.uncertainty, 4)}")),
            (
                t("rate.multiple"),
                Cell(f"{number(rate.multiple, 6)} ± {number(rate.multiple_uncertainty, 6)}"),
            ),
            (t("rate.energy"), Cell(f"{energy} kWh")),
            (t("rate.model"), Cell(product, small=t("rate.rounded"))),
        ),
        wide=True,
    )
