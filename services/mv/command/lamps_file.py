"""The lamp inventory as a file: rows in, LampGroups out. One row a group of lamps that burn alike.

Each figure (watts_before, hours, …) is a column, and its origin stands in columns of its own: measured on a
sample in `…_deviation`, `…_n` and `…_of`, or agreed in `…_source` and, where it has one, `…_error` (standard
error). Rows with the same word in `…_shared` share one figure with one error.
"""

import math
from pathlib import Path

from services.mv.command.cells import number, whole
from services.mv.command.rows import Row, Rows, read_rows
from services.mv.lighting.lamps import BOUNDS, FULL, NO_EFFECT, LampGroup
from services.mv.lighting.sampling import Agreed, Figure, Sample
from services.mv.operating_days import On

_NEEDED = ("group", "count", "watts_before", "watts_after", "hours")
_SAMPLE, _AGREEMENT = ("deviation", "n", "of"), ("source", "error")
_OPTIONAL = (
    "type_before", "type_after", "on",
    *(name for name in BOUNDS if name not in _NEEDED),
    *(f"{name}_{part}" for name in BOUNDS for part in (*_SAMPLE, *_AGREEMENT, "shared")),
)  # fmt: skip

COLUMNS = """\
columns of --lamps (one row a group of lamps that burn alike; empty: not agreed, or the default)
  group, count                 its name, and how many lamps
  type_before, type_after      what they were and are
  watts_before, watts_after    W a lamp, with its gear
  hours, hours_before          h a day in the reporting period, and before where it was otherwise
  on                           every_day (default), working_days or other_days, by the calendar
  days_a_month                 days a calendar month, in place of the calendar's
  control_before, ..._after    mean power while burning / full power, 0 to 1 (default 1)
  in_service                   share of lamps that give light, 0 to 1 (default 1)
  interactive                  heating or cooling saved besides, as a share of the saving (default 0)
each number above but count is measured or agreed, which columns that begin with its name tell:
  ..._deviation, ..._n, ..._of standard deviation of the sample, units measured, of how many
  ..._source, ..._error        where it was agreed, and its standard error (default 0)
  ..._shared                   one word for rows that share one figure, so that its error counts once
"""

TEMPLATE = """\
group,type_before,type_after,count,on,days_a_month,days_a_month_source,\
watts_before,watts_before_deviation,watts_before_n,watts_before_of,\
watts_after,watts_after_deviation,watts_after_n,watts_after_of,\
hours,hours_source,hours_deviation,hours_n,hours_of
corridors,T8 fluorescent 36 W,LED tube 16 W,1000,,22,contract annex 2,\
40,1.2,20,1000,16,0.4,20,1000,10,contract annex 2,,,
classrooms,T8 fluorescent 36 W,LED panel 15 W,600,working_days,,,\
40,1.5,15,600,15,0.5,15,600,8.2,,1.1,12,60
"""


def read_inventory(file: Path) -> tuple[Rows, tuple[LampGroup, ...]]:
    """The groups of a file in its order, with the rows that they were read from. Raises `FileRefused`."""
    rows = read_rows(file, _NEEDED, _OPTIONAL)
    groups: dict[str, LampGroup] = {}
    for row in rows.rows:
        name = row.text("group")
        if not name or name in groups:
            raise row.refused("group", "name_twice" if name else "missing", name=name)
        groups[name] = _group(row, name)
    return rows, tuple(groups.values())


def _group(row: Row, name: str) -> LampGroup:
    count = whole(row, "count")
    if count < 1:
        raise row.refused("count", "out_of_bounds", text=row.text("count"), low=1, high="∞")
    days = row.text("on") or On.EVERY_DAY
    if days not in set(On):
        raise row.refused("on", "one_of", text=days, choices=", ".join(On))
    hours_before, days_a_month = _figure(row, "hours_before"), _figure(row, "days_a_month")
    return LampGroup(
        name=name,
        type_before=row.text("type_before"),
        type_after=row.text("type_after"),
        count=count,
        watts_before=_needed(row, "watts_before"),
        watts_after=_needed(row, "watts_after"),
        hours=_needed(row, "hours"),
        hours_before=hours_before,
        on=On(days),
        days_a_month=days_a_month,
        control_before=_figure(row, "control_before") or FULL,
        control_after=_figure(row, "control_after") or FULL,
        in_service=_figure(row, "in_service") or FULL,
        interactive=_figure(row, "interactive") or NO_EFFECT,
    )


def _needed(row: Row, name: str) -> Figure:
    figure = _figure(row, name)
    if figure is None:
        raise row.refused(name, "missing")
    return figure


def _figure(row: Row, name: str) -> Figure | None:
    """The figure in column `name`, None where the cell is empty."""
    value = number(row, name)
    sampled, agreed = (
        [f"{name}_{part}" for part in parts if row.text(f"{name}_{part}")] for parts in (_SAMPLE, _AGREEMENT)
    )
    if math.isnan(value):
        if sampled or agreed:
            raise row.refused(name, "missing")
        return None
    low, high = BOUNDS[name]
    if not low <= value <= high:
        raise row.refused(name, "out_of_bounds", text=row.text(name), low=f"{low:g}", high=f"{high:g}")
    if sampled and agreed:
        raise row.refused(agreed[0], "measured_and_agreed")
    return _sample(row, name, value) if sampled else _agreed(row, name, value)


def _sample(row: Row, name: str, mean: float) -> Sample:
    for part in _SAMPLE:
        if not row.text(f"{name}_{part}"):
            raise row.refused(f"{name}_{part}", "sample_part", name=name)
    deviation = _from_zero(row, f"{name}_deviation")
    size, population = whole(row, f"{name}_n"), whole(row, f"{name}_of")
    if not 1 <= size <= population or size == 1 < population:
        raise row.refused(f"{name}_n", "sample_size", size=size, population=population)
    return Sample(mean, deviation, size, population, row.text(f"{name}_shared"))


def _agreed(row: Row, name: str, value: float) -> Agreed:
    source = row.text(f"{name}_source")
    if not source:
        raise row.refused(f"{name}_source", "no_origin", name=name)
    error = _from_zero(row, f"{name}_error") if row.text(f"{name}_error") else 0.0
    return Agreed(value, source, error, row.text(f"{name}_shared"))


def _from_zero(row: Row, column: str) -> float:
    value = number(row, column)
    if value < 0:
        raise row.refused(column, "below_zero", text=row.text(column))
    return value
