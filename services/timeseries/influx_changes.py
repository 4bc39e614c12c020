"""Who-changed-what for InfluxDB, which keeps no log: a notice is written after each batch of raw points.

A notice is a point in a database of its own, where notices expire. Its one field is the JSON of everything
the batch touched, so that a batch costs the server one more point, not one for each device. Its time is the
server's, and no other clock is read, so that those of collectors, jobs and server need not agree. A reader
asks for notices later than its cursor less an overlap, which covers a notice that became visible after one
with a later time; what the answer that gave the cursor had told already is left out, as long as this process
remembers it.

A cursor is the time of a notice, and holds as long as that notice is kept: the oldest expire first, so all
later ones are kept too. Otherwise everything is told. Where no notice is left, an empty one is written to go
on from. Notices beyond the server's present (its clock was set back) give no cursor, else all that follows
would lie before it.

The notice follows the points: a writer that dies in between has acknowledged nothing and writes them again.
"""
# ruff: noqa: S608  (names are quoted and the only value is a number)

import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec

from services.timeseries import influxql
from services.timeseries.batch import spans, spans_of_times
from services.timeseries.influx_http import InfluxHttp
from services.timeseries.line_protocol import series_key
from services.timeseries.schema import MEASUREMENTS, Measurement
from services.timeseries.store import Changes, Point, StoreUnavailable, Touched

_ANSWERS_REMEMBERED = 16

_MOST_TEXT = 60_000
"""Bytes of one notice: a string field holds 64 KiB."""

Span = tuple[str, tuple[str, ...], int, int]
"""A measurement, the tags of a series, and its first and last touched times [ms]."""
Identity = tuple[int, tuple[str, ...]]
"""Time [ns] and tags of a notice."""

NOTICES = Measurement("changed", ("writer", "part"), ("spans",))
_decode_spans = msgspec.json.Decoder(list[Span]).decode


class ChangeNotices:
    """Writes and reads the notices of one server; `writer` keeps processes from overwriting each other's."""

    def __init__(self, http: InfluxHttp, *, overlap_s: float) -> None:
        self._http = http
        self._database = http.server.changes_database
        self._overlap_ns = int(overlap_s * 1e9)
        self._writer = secrets.token_hex(4)
        self._told: OrderedDict[str, frozenset[Identity]] = OrderedDict()

    def announce(self, points: Iterable[Point]) -> None:
        """Say which ranges of raw series these points, now stored, lie in."""
        times: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        for point in points:
            measurement = point.measurement
            if measurement.raw:
                series = (measurement.name, point.tags)
                found = times.get(series)
                if found is None:
                    times[series] = [point.time_ms]
                else:
                    found.append(point.time_ms)
        touched = [
            (*series, *ends)
            for series, found in times.items()
            for ends in (spans_of_times(found) if len(found) > 1 else ((found[0], found[0]),))
        ]
        if touched:
            self._notice(touched)

    def _notice(self, touched: Sequence[Span]) -> None:
        lines = [self._line(part, text) for part, text in enumerate(_texts(touched))]
        rejected = self._http.write(lines, database=self._database, stamped=False)
        if rejected:
            raise StoreUnavailable(f"InfluxDB takes no notice of what changed: {rejected[0][1]}")

    def _line(self, part: int, text: str) -> bytes:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return (
            f'{series_key(NOTICES.name, NOTICES.tags, (self._writer, str(part)))} spans="{escaped}"'.encode()
        )

    def since(self, after: str | None) -> Changes:
        """The changes after a cursor; for one that is None, foreign or expired, all there ever were."""
        cursor = re.fullmatch(r"influx-(\d+)(-[0-9a-f]+)?", after or "")
        later = None if cursor is None else self._later_than(cursor[0], int(cursor[1]))
        if later is not None:
            return later
        newest = self._newest_ns()
        if newest is None:
            # Who may not write it asks for everything again, until there is a notice.
            with suppress(StoreUnavailable):
                self._notice(())
            newest = self._newest_ns()
        return Changes(f"influx-{newest or 0}", tuple(self._everything()))

    def _newest_ns(self) -> int | None:
        statement = f'SELECT last("spans") FROM {influxql.name(NOTICES.name)} WHERE {self._not_ahead}'
        frames = self._http.query(statement, database=self._database, epoch="ns")
        return int(frames[0].values[0][0] or 0) if frames else None

    @property
    def _not_ahead(self) -> str:
        """By the server's own clock, give or take what it may be set right by."""
        return f"time <= now() + {self._overlap_ns}ns"

    def _later_than(self, cursor: str, cursor_ns: int) -> Changes | None:
        """The changes after a cursor; None when its notice is not kept, or lies ahead."""
        told = self._told.get(cursor, frozenset())
        after_ns = cursor_ns - self._overlap_ns
        statement = (
            f'SELECT "spans" FROM {influxql.name(NOTICES.name)} '
            f'WHERE time >= {after_ns} AND {self._not_ahead} GROUP BY "writer", "part"'
        )
        seen: set[Identity] = set()
        ranges: dict[tuple[str, tuple[str, ...]], list[tuple[int, int]]] = {}
        for frame in self._http.query(statement, database=self._database, epoch="ns"):
            tags = frame.identity(NOTICES)
            for time_ns, text in frame.values:
                identity = int(time_ns or 0), tags
                seen.add(identity)
                if identity[0] > after_ns and identity not in told:
                    for name, series, first, last in _decode_spans(str(text)):
                        ranges.setdefault((name, series), []).append((first, last))
        times = {time_ns for time_ns, _ in seen}
        if cursor_ns not in times:
            return None
        touched = [
            Touched(name, series, first, last)
            for (name, series), found in ranges.items()
            for first, last in spans(found)
        ]
        return Changes(self._remember(max(times), seen), tuple(touched))

    def _remember(self, cursor_ns: int, seen: set[Identity]) -> str:
        """A cursor of its own for this answer, and with it what the next answer need not tell again."""
        cursor = f"influx-{cursor_ns}-{secrets.token_hex(4)}"
        self._told[cursor] = frozenset(notice for notice in seen if notice[0] > cursor_ns - self._overlap_ns)
        while len(self._told) > _ANSWERS_REMEMBERED:
            self._told.popitem(last=False)
        return cursor

    def _everything(self) -> list[Touched]:
        touched = []
        for measurement in MEASUREMENTS.values():
            if measurement.raw:
                statement = influxql.select(measurement, measurement.fields)
                first = self._ends(influxql.oldest(statement), measurement)
                last = self._ends(influxql.newest(statement), measurement)
                touched += [
                    Touched(measurement.name, tags, time_ms, last.get(tags, time_ms))
                    for tags, time_ms in first.items()
                ]
        return touched

    def _ends(self, statement: str, measurement: Measurement) -> dict[tuple[str, ...], int]:
        frames = self._http.query(statement, database=self._http.server.database)
        return {
            frame.identity(measurement): int(frame.values[0][0] or 0)
            for frame in frames
        }  # fmt: skip


def _texts(touched: Sequence[Span]) -> Iterator[str]:
    """The spans as JSON, in as many texts as are needed to keep each within `_MOST_TEXT` bytes."""
    text = msgspec.json.encode(touched)
    if len(text) <= _MOST_TEXT or len(touched) == 1:
        yield text.decode()
        return
    size = max(1, len(touched) * _MOST_TEXT // (2 * len(text)))
    for first in range(0, len(touched), size):
        yield from _texts(touched[first : first + size])
