r"""Points as InfluxDB line protocol: `measurement,tag=value field=1.5 1700000000000`, times in milliseconds.

Commas, spaces and equals signs are escaped by a backslash. Everything else stands for itself, a backslash
too, which is why no value may end in one: it would escape what follows (`batch.screen` keeps such points, and
those with a line feed in a tag, away from here). An empty tag value is the same as no tag and is left out.
Every number is written as a float, because a field's type is settled by its first value.
"""

import re
from collections.abc import Iterable

from services.memo import Memo
from services.timeseries.store import Point

_ESCAPES = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\="})
_NAME_ESCAPES = str.maketrans({",": r"\,", " ": r"\ "})
_COMMA, _EQUALS, _ESCAPED = re.compile(r"(?<!\\),"), re.compile(r"(?<!\\)="), re.compile(r"\\([, =])")


def encode(points: Iterable[Point]) -> list[bytes]:
    """One line for each point, UTF-8, without line feed; floats read back as the same 64 bits."""
    return [_line(point) for point in points]


def _line(point: Point) -> bytes:
    measurement = point.measurement
    prefix = _prefixes[measurement.name, measurement.tags][point.tags]
    fields = ",".join([f"{_keys[name]}={float(value)!r}" for name, value in point.fields.items()])
    return f"{prefix} {fields} {point.time_ms}".encode()


def series_key(name: str, tags: tuple[str, ...], values: tuple[str, ...]) -> str:
    """What a line begins with: the escaped measurement and its tags that are not empty."""
    parts = [name.translate(_NAME_ESCAPES)]
    parts += [
        f"{_keys[tag]}={value.translate(_ESCAPES)}" for tag, value in zip(tags, values, strict=True) if value
    ]
    return ",".join(parts)


def key_values(key: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    """The values of `tags` in a series' key, empty where it has none: the inverse of `series_key`."""
    found = dict[str, str]()
    for part in _COMMA.split(key)[1:]:
        tag, value = _EQUALS.split(part, maxsplit=1)
        found[_ESCAPED.sub(r"\1", tag)] = _ESCAPED.sub(r"\1", value)
    return tuple(found.get(tag, "") for tag in tags)


def _prefixes_of(measurement: tuple[str, tuple[str, ...]]) -> Memo[tuple[str, ...], str]:
    name, tags = measurement
    return Memo(lambda values: series_key(name, tags, values))


_prefixes = Memo(_prefixes_of, most=1024)
_keys: Memo[str, str] = Memo(lambda name: name.translate(_ESCAPES), most=1024)
