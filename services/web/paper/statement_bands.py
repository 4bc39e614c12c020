"""The section of a statement about its ±: the band that is used beside others, and why it is the one."""

from services.mv.uncertainty.comparison import Comparison
from services.web.formats import UNKNOWN, number, percent
from services.web.paper.blocks import Block, Cell, Column, Section, Table, Words
from services.web.paper.statement_head import Sheet

_WH = 3
_OWN_WORDS = frozenset({"option_a", "saving_rate"})


def bands(sheet: Sheet) -> tuple[Section, ...]:
    """How the ± came about; nothing where a regression measured not one day."""
    s, t = sheet.s, sheet.t
    blocks: list[Block] = []
    if s.comparison is not None:
        blocks += [_table(sheet, s.comparison), Words(t("band.why"))]
    elif s.form in _OWN_WORDS:
        blocks.append(Words(t(f"band.{s.form}")))
    if blocks and any(one.half_width_kwh for one in sheet.view.adjustments):
        model, total = sheet.view.learned.half_width_kwh, s.period.uncertainty_kwh
        words = t("band.with_adjustments", model=number(model, _WH), total=number(total, _WH))
        blocks.append(Words(words))
    return (Section("bands", t("band.title"), tuple(blocks), keep=True),) if blocks else ()


def _table(sheet: Sheet, found: Comparison) -> Table:
    """Each method's half-width, and how often it held windows that were held out of the baseline."""
    s, t = sheet.s, sheet.t
    columns = (
        Column(t("band.method"), share=3.4), Column(t("lamp.half"), number=True),
        Column(t("band.share"), number=True), Column(t("band.held"), number=True, share=1.4),
    )  # fmt: skip
    methods = (
        ("chosen", found.chosen_kwh, found.chosen_held),
        ("guideline_14", found.guideline_14_kwh, found.guideline_14_held),
        ("prediction_interval", found.prediction_interval_kwh, None),
        ("out_of_sample", found.out_of_sample_kwh, None),
    )
    saved = abs(s.period.savings_kwh)
    rows = tuple(
        (
            Cell(t(f"band.{name}"), tone="strong" if name == "chosen" else ""),
            Cell(number(half, _WH)),
            Cell(percent(half / saved, 2) if half is not None and saved else UNKNOWN),
            Cell(percent(held, 1)),
        )
        for name, half, held in methods
    )
    known = found.chosen_held is not None
    note = t("band.windows", windows=found.windows, days=found.window_rows) if known else t("band.no_windows")
    return Table(t("band.caption"), columns, rows, note=note)
