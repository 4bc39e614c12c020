"""InfluxQL statements for the store's questions; names and values are quoted here and nowhere else."""
# ruff: noqa: S608  (this is where the quoting is done)

from collections.abc import Sequence

from services.timeseries.batch import LIMIT_MS
from services.timeseries.schema import Measurement
from services.timeseries.store import Where

_NAME = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_TEXT = str.maketrans({"\\": r"\\", "'": r"\'", "\n": r"\n"})


def name(identifier: str) -> str:
    """An identifier in double quotes."""
    return f'"{identifier.translate(_NAME)}"'


def text(value: str) -> str:
    """A string in single quotes."""
    return f"'{value.translate(_TEXT)}'"


def select(
    measurement: Measurement,
    fields: Sequence[str],
    where: Where | None = None,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> str:
    """The rows of every series in [start, end) that have one of `fields`, a result for each tag set."""
    columns = ", ".join(name(field) for field in fields)
    return f"SELECT {columns} {_scope(measurement, where, start_ms=start_ms, end_ms=end_ms)}"


def aggregate(
    function: str, measurement: Measurement, fields: Sequence[str], where: Where | None = None
) -> str:
    """One value of `function` for each of `fields` and each tag set."""
    columns = ", ".join(f"{function}({name(field)}) AS {name(field)}" for field in fields)
    return f"SELECT {columns} {_scope(measurement, where)}"


def newest(statement: str) -> str:
    """Only the last row of each tag set of a `select`."""
    return f"{statement} ORDER BY time DESC LIMIT 1"


def oldest(statement: str) -> str:
    """Only the first row of each tag set of a `select`."""
    return f"{statement} ORDER BY time ASC LIMIT 1"


def count(measurement: Measurement) -> str:
    """How many values each field has, over all series."""
    columns = ", ".join(f"count({name(field)}) AS {name(field)}" for field in measurement.fields)
    return f"SELECT {columns} FROM {name(measurement.name)}"


def series(measurement: Measurement) -> str:
    """The key of every series, as line protocol spells it."""
    return f"SHOW SERIES FROM {name(measurement.name)}"


def _scope(
    measurement: Measurement,
    where: Where | None,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> str:
    conditions = []
    for tag, value in (where or {}).items():
        if tag not in measurement.tags:
            raise ValueError(f"{measurement.name} has no tag {tag!r}")
        conditions.append(_is(tag, value))
    if start_ms is not None:
        conditions.append(f"time >= {_clamped(start_ms)}ms")
    if end_ms is not None:
        conditions.append(f"time < {_clamped(end_ms)}ms")
    chosen = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    tags = ", ".join(name(tag) for tag in measurement.tags)
    return f"FROM {name(measurement.name)}{chosen} GROUP BY {tags}"


def _is(tag: str, value: str | frozenset[str]) -> str:
    if isinstance(value, str):
        return f"{name(tag)} = {text(value)}"
    if not value:
        return f"({name(tag)} = '' AND {name(tag)} != '')"
    return f"({' OR '.join(f'{name(tag)} = {text(one)}' for one in sorted(value))})"


def _clamped(time_ms: int) -> int:
    return max(-LIMIT_MS, min(LIMIT_MS, time_ms))
