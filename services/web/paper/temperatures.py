"""The page of a weather meter in blocks: the means that statements take, and below them the samples."""

from urllib.parse import quote

from services.clock import from_ms
from services.metering.channels import CHANNELS
from services.mv.limits import limit
from services.web.formats import Formats, completeness, number, percent
from services.web.paper.blocks import Cell, Column, Facts, Section, Table, Words
from services.web.paper.readings import marks_of, readings_path
from services.web.temperatures_view import CHANNEL, MeanRow, SampleRow, TemperaturesView

_UNIT = CHANNELS[CHANNEL].unit


def temperature_sections(view: TemperaturesView, f: Formats) -> tuple[Section, ...]:
    """The means of the hours or days, and the samples that they are made of."""
    t, meter = f.texts, view.meter
    facts = Facts((
        (t("readings.meter"), Cell(f"{meter.code} {t.name(meter)}")),
        (t("readings.period"), Cell(f.days(view.first, view.last))),
        (t("readings.address"), Cell(meter.address)),
        (t("readings.gauge"), Cell(f"{t('weather.source')} [{_UNIT}]")),
    ))  # fmt: skip
    if not view.rows:
        return (Section("meter", t.name(meter), (facts, Words(t("readings.none")))),)
    return (
        Section("meter", t.name(meter), (facts,)),
        Section("intervals", t("readings.means"), (_means(view, f),)),
        Section("raw", t("readings.title"), (_samples(view, f),)),
    )


def _means(view: TemperaturesView, f: Formats) -> Table:
    t = f.texts
    columns = (
        Column(t("readings.hour" if view.hours else "word.day"), share=1.6),
        *(Column(f"{t(name)} {_UNIT}", number=True)
          for name in ("statement.mean", "readings.lowest", "readings.highest")),
        Column(t("word.coverage"), number=True),
    )  # fmt: skip
    rows = tuple(_mean(one, view, f) for one in view.means)
    least = percent(limit("sufficiency", "missing_part_of_day").figure, 0)
    return Table(t("readings.means_caption", least=least), columns, rows, dense=True)


def _mean(one: MeanRow, view: TemperaturesView, f: Formats) -> tuple[Cell, ...]:
    local = from_ms(one.start_ms).astimezone(f.zone)
    if view.hours:
        path = f"/readings/{quote(view.meter.code, safe='')}?from={view.first}&to={view.last}"
        name = Cell(f"{local:%Y-%m-%d %H:%M}", href=f"{path}&after={one.start_ms}#raw")
    else:
        day = f"{local:%Y-%m-%d}"
        name = Cell(day, href=readings_path(view.meter.code, day))
    figures = (Cell(number(value, 2)) for value in (one.mean_c, one.lowest_c, one.highest_c))
    return (name, *figures, Cell(completeness(one.coverage)))


def _samples(view: TemperaturesView, f: Formats) -> Table:
    t = f.texts
    columns = (
        Column(t("readings.time"), share=1.8), Column(f"{t('weather.source')} {_UNIT}", number=True),
        Column(t("readings.quality"), share=2.0),
    )  # fmt: skip
    rows = tuple(_sample(one, f) for one in view.rows)
    return Table(t("readings.samples_caption"), columns, rows, dense=True)


def _sample(one: SampleRow, f: Formats) -> tuple[Cell, ...]:
    local = from_ms(one.time_ms).astimezone(f.zone)
    marks = ", ".join(marks_of(one.quality, f.texts)) or f.texts("quality.good")
    return (Cell(f"{local:%Y-%m-%d %H:%M:%S}"), Cell(number(one.value_c, 2)), Cell(marks))
