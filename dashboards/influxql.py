"""InfluxQL from the schema: a small query builder, and the query type that Grafana's generator lacks.

A formula names fields in braces, `sum({electricity_kwh})`; every measurement, tag and field is looked up in
`services.timeseries.schema`, so that a dashboard cannot name what nobody writes. A tag is filtered by the
dashboard variable of the same name.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter

from grafana_foundation_sdk.cog import builder as cogbuilder
from grafana_foundation_sdk.cog import variants

from services.timeseries.schema import Measurement

ZONE = "Asia/Shanghai"
DAY = "1d"


class UnknownName(ValueError):
    """A query names a field or tag that the schema does not have."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its label, its formula, its Grafana unit, and the range its values stay in."""

    label: str
    formula: str
    unit: str = "none"
    low: float = 0.0
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Promise:
    """What a query returns: these columns, for each combination of these tags, at least so many rows."""

    columns: tuple[Column, ...]
    tags: tuple[str, ...] = ()
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Query:
    """InfluxQL with Grafana's macros in it, and what it promises."""

    text: str
    promise: Promise


def select(
    measurement: Measurement,
    *columns: Column,
    by: Sequence[str] = (),
    every: str | None = None,
    where: Sequence[str] = (),
    only: str | None = None,
    at_least: int = 1,
    all_time: bool = False,
) -> Query:
    """Columns of a measurement in the dashboard's range, `by` tags and `every` so often (days are local).

    `where` names tags whose dashboard variable filters; `only` is a condition on fields, in braces;
    `all_time` leaves the range out. Raises `UnknownName` for what the schema does not have.
    """
    for tag in (*by, *where):
        if tag not in measurement.tags:
            raise UnknownName(f"{measurement.name} has no tag {tag!r}")
    wanted = ", ".join(_column(column, measurement.fields, measurement.name) for column in columns)
    conditions = [f'"{tag}" =~ /^${{{tag}:regex}}$/' for tag in where]
    conditions += [] if only is None else [_named(only, measurement.fields, measurement.name)]
    conditions += [] if all_time else ["$timeFilter"]
    text = f'SELECT {wanted} FROM "{measurement.name}"'  # noqa: S608  (every name is the schema's)
    text += f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return Query(text + _grouping(by, every), Promise(columns, tuple(by), at_least))


def select_from(inner: Query, *columns: Column, every: str | None = None, at_least: int = 1) -> Query:
    """Columns computed from the columns of another query, whose labels stand in the braces."""
    labels = tuple(column.label for column in inner.promise.columns)
    wanted = ", ".join(_column(column, labels, "the inner query") for column in columns)
    bucketed = "" if every is None else " WHERE $timeFilter"
    text = f"SELECT {wanted} FROM ({inner.text}){bucketed}{_grouping((), every)}"  # noqa: S608  (as above)
    return Query(text, Promise(columns, (), at_least))


def tag_values(measurement: Measurement, tag: str) -> str:
    """The query of a variable that offers a tag's values."""
    if tag not in measurement.tags:
        raise UnknownName(f"{measurement.name} has no tag {tag!r}")
    return f'SHOW TAG VALUES FROM "{measurement.name}" WITH KEY = "{tag}"'


def _column(column: Column, known: Sequence[str], owner: str) -> str:
    return f'{_named(column.formula, known, owner)} AS "{column.label}"'


def _named(formula: str, known: Sequence[str], owner: str) -> str:
    """The formula with quoted names in place of the braces."""
    parts: list[str] = []
    for literal, name, _, _ in Formatter().parse(formula):
        parts.append(literal)
        if name is None:
            continue
        if name not in known:
            raise UnknownName(f"{owner} has no field {name!r}")
        parts.append(f'"{name}"')
    return "".join(parts)


def _grouping(by: Sequence[str], every: str | None) -> str:
    dimensions = ([f"time({every})"] if every else []) + [f'"{tag}"' for tag in by]
    text = f" GROUP BY {', '.join(dimensions)}" if dimensions else ""
    return text + (f" fill(none) tz('{ZONE}')" if every else "")


@dataclass(slots=True)
class InfluxTarget(variants.Dataquery):
    """One query of a panel, as Grafana's InfluxDB data source reads it."""

    ref_id: str
    query: str
    result_format: str
    alias: str
    datasource_uid: str

    def to_json(self) -> dict[str, object]:
        """The target object of the dashboard's JSON."""
        return {
            "refId": self.ref_id,
            "datasource": {"type": "influxdb", "uid": self.datasource_uid},
            "rawQuery": True,
            "query": self.query,
            "resultFormat": self.result_format,
            "alias": self.alias,
        }


@dataclass(slots=True)
class TargetBuilder(cogbuilder.Builder[variants.Dataquery]):
    """Hands a ready target to a panel builder."""

    target: InfluxTarget

    def build(self) -> variants.Dataquery:
        """The target."""
        return self.target
