"""The pages between a settled figure and its readings, in blocks: a day by meters, a meter by readings."""

from urllib.parse import quote

from services.clock import from_ms
from services.metering.channels import CHANNELS
from services.metering.model import Quality
from services.web.formats import UNKNOWN, Formats, completeness, number, plain
from services.web.i18n import Texts
from services.web.paper.blocks import Block, Cell, Column, Facts, Section, Table, Tone, Words
from services.web.readings_view import IntervalRow, ReadingRow, ReadingsView
from services.web.settled_day_view import MeterDay, SettledDay

_REGISTER_DIGITS = 6


def readings_path(meter: str, day: str) -> str:
    """Where a day's readings of a meter are."""
    return f"/readings/{quote(meter, safe='')}?from={day}&to={day}"


def day_sections(view: SettledDay, f: Formats) -> tuple[Section, ...]:
    """What the day was settled with, and where each meter's part comes from."""
    t, day, s = f.texts, view.day, view.found.view.statement
    working = UNKNOWN if view.working is None else t("readings.yes" if view.working else "readings.no")
    facts = Facts((
        (t("word.contract"), Cell(f"{s.contract.code} {t.name(s.contract)}")),
        (t("statement.state_word"), Cell(t(f"statement.state.{s.state}"))),
        (t("readings.working"), Cell(working)),
        (t("readings.daylight"), Cell(number(view.daylight_h, 3))),
        *_outdoor(view, t),
        (t("word.baseline_kwh"), Cell(number(day.baseline_kwh, 3))),
        (t("word.actual_kwh"), Cell(number(day.actual_kwh, 3))),
        (t("word.savings_kwh"), Cell(_saved(view, t))),
        (t("word.coverage"), Cell(completeness(day.coverage))),
    ))  # fmt: skip
    columns = (
        Column(t("word.meter"), share=2.4), Column(t("statement.measured_kwh"), number=True),
        Column(t("readings.estimated"), number=True), Column(t("word.coverage"), number=True),
        Column(t("readings.counted"), number=True), Column(t("readings.stored"), number=True),
        Column(t("readings.same"), share=0.9),
    )  # fmt: skip
    rows = tuple(_meter_row(one, day.day.isoformat(), t) for one in view.meters)
    table = Table(t("readings.frozen_caption"), columns, rows)
    return (
        Section("day", t("readings.frozen"), (facts,)),
        Section("meters", t("statement.meters"), (table,)),
    )


def _outdoor(view: SettledDay, t: Texts) -> tuple[tuple[str, Cell], ...]:
    """The day's temperature as settled, a step above its samples; nothing without weather in the contract."""
    if view.weather is None:
        return ()
    path = readings_path(view.weather, view.day.day.isoformat())
    return ((f"{t('weather.source')} {t('unit.celsius')}", Cell(number(view.outdoor_c, 2), href=path)),)


def _saved(view: SettledDay, t: Texts) -> str:
    day = view.day
    if day.left_out:
        return t(f"statement.left_out.{day.left_out}")
    return f"{number(day.savings_kwh, 3)} ± {number(day.uncertainty_kwh, 3)}"


def _meter_row(one: MeterDay, day: str, t: Texts) -> tuple[Cell, ...]:
    name = "" if one.meter is None else t.name(one.meter)
    tone: Tone = "good" if one.agrees else "bad"
    return (
        Cell(one.code, small=name, href=readings_path(one.code, day)),
        Cell(number(one.measured_kwh, 3)), Cell(number(one.estimated_kwh, 3)),
        Cell(completeness(one.coverage)), Cell(number(one.counted_kwh, 3)),
        Cell(number(one.stored_kwh, 3), href=readings_path(one.code, day)),
        Cell(t("readings.yes" if one.agrees else "readings.no"), tone=tone),
    )  # fmt: skip


def readings_sections(view: ReadingsView, f: Formats) -> tuple[Section, ...]:
    """The intervals of the days, and below them the readings that they are made of."""
    t, meter = f.texts, view.meter
    unit = CHANNELS[view.channel].unit
    facts = Facts((
        (t("readings.meter"), Cell(f"{meter.code} {t.name(meter)}")),
        (t("readings.period"), Cell(f.days(view.first, view.last))),
        (t("readings.address"), Cell(meter.address)),
        (t("readings.channel"), Cell(f"{t.code('channel', view.channel)} [{unit}]")),
    ))  # fmt: skip
    if not view.rows:
        empty = Words(t("readings.none"))
        return (Section("meter", t.name(meter), (facts, empty)),)
    return (
        Section("meter", t.name(meter), (facts,)),
        Section("intervals", t("readings.now"), (_intervals(view, f, unit),)),
        Section("raw", t("readings.title"), (_raw(view, f, unit),)),
    )


def _intervals(view: ReadingsView, f: Formats, unit: str) -> Block:
    t = f.texts
    columns = (
        Column(t("readings.hour" if view.hours else "word.day"), share=1.6),
        Column(f"{t('readings.measured')} {unit}", number=True),
        Column(f"{t('readings.estimated_short')} {unit}", number=True),
        Column(t("word.coverage"), number=True),
    )  # fmt: skip
    rows = tuple(_interval(one, view, f) for one in view.intervals)
    measured = sum(one.measured or 0.0 for one in view.intervals)
    estimated = sum(one.estimated or 0.0 for one in view.intervals)
    foot = (Cell(t("readings.together")), Cell(number(measured, 3)), Cell(number(estimated, 3)), Cell(""))
    return Table(t("readings.hours_caption"), columns, rows, foot, dense=True)


def _interval(one: IntervalRow, view: ReadingsView, f: Formats) -> tuple[Cell, ...]:
    local = from_ms(one.start_ms).astimezone(f.zone)
    path = f"/readings/{quote(view.meter.code, safe='')}"
    if view.hours:
        days = f"from={view.first}&to={view.last}"
        name = Cell(f"{local:%Y-%m-%d %H:%M}", href=f"{path}?{days}&after={one.start_ms}#raw")
    else:
        name = Cell(f"{local:%Y-%m-%d}", href=f"{path}?from={local:%Y-%m-%d}&to={local:%Y-%m-%d}")
    values = (Cell(number(value, 3)) for value in (one.measured, one.estimated))
    return (name, *values, Cell(completeness(one.coverage)))


def _raw(view: ReadingsView, f: Formats, unit: str) -> Block:
    t = f.texts
    columns = (
        Column(t("readings.time"), share=1.8), Column(t("readings.register"), number=True, share=1.4),
        Column(t("readings.ratio"), number=True, share=0.7),
        Column(f"{t('readings.between')} {unit}", number=True, share=1.3),
        Column(t("readings.quality"), share=2.0),
    )  # fmt: skip
    return Table(t("readings.raw_caption"), columns, tuple(_reading(one, f) for one in view.rows), dense=True)


def _reading(one: ReadingRow, f: Formats) -> tuple[Cell, ...]:
    local = from_ms(one.time_ms).astimezone(f.zone)
    tone: Tone = "bad" if one.set_aside else ""
    return (
        Cell(f"{local:%Y-%m-%d %H:%M:%S}", tone=tone), Cell(_register(one.register), tone=tone),
        Cell(plain(one.ratio)), Cell(number(one.energy, 3)), Cell(_marks(one, f.texts), tone=tone),
    )  # fmt: skip


def _register(value: float) -> str:
    """To a thousandth, as most registers count, and further where one tells more."""
    return number(value, 3 if round(value, 3) == value else _REGISTER_DIGITS)


def marks_of(quality: Quality, t: Texts) -> list[str]:
    """What is marked of a reading, in words; nothing where it is simply good."""
    return [t(f"quality.{str(mark.name).lower()}") for mark in Quality if mark and mark in quality]


def _marks(one: ReadingRow, t: Texts) -> str:
    marks = marks_of(one.quality, t)
    if one.set_aside and Quality.QUARANTINED not in one.quality:
        marks.insert(0, t("quality.quarantined"))
    return ", ".join(marks) or t("quality.good")
