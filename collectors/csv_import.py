"""`kilowitness import`: readings from CSV files, held to the same limits as those from meters."""

import argparse
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress

from collectors.csv_lines import Broken, CsvFile, Line, open_csv
from collectors.decoders import Reject, Report, is_address_part
from collectors.inbox import now_ms
from collectors.screening import screen
from collectors.stores import store_of
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable, Letter
from services.metering.model import Quality
from services.settings import SettingsError, load_settings
from services.timeseries.schema import READINGS
from services.timeseries.store import Point, PointsRejected, StoreUnavailable, TimeSeriesStore

BATCH = 10_000
_PATIENCE = 5
_DECODER = "csv"

_DESCRIPTION = """\
Take readings from CSV files: history from another system, or registers read off bills.

The first line names the columns: institution, meter, time, and one column a channel, unit in its name:
  institution,meter,time,energy_kwh,power_kw
  city-hall,main-1,2026-05-01T00:00:00+08:00,182340.5,
  city-hall,main-1,2026-06-01,190112.0,

A time is RFC 3339, or local (2026-06-01 08:00, 2026/6/1 8:00), or a date alone: the start of that local day.
Registers are cumulative: of a bill, import the register it prints (this month's reading on the day it was
read), not the month's consumption. An empty cell is a gap, not zero. Files are UTF-8 or GB18030.
Importing a file again changes nothing. Lines that cannot be taken are named with their reason, kept in the
dead letter, and the exit code is then 1.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Import files; 0 if all is good, 1 if lines were rejected or the store is down, 2 for a wrong call."""
    parser = argparse.ArgumentParser(
        prog="kilowitness import",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="check the files and store nothing")
    options = parser.parse_args(arguments)
    try:
        counts = _import(options.files, dry_run=options.dry_run)
    except (SettingsError, ValueError, OSError) as error:
        return _say(f"kilowitness import: {error}", 2)
    except DeadLetterUnavailable as error:
        return _say(f"kilowitness import: the dead letter file: {error}", 2)
    except StoreUnavailable as error:
        return _say(f"kilowitness import: the store is unavailable: {error}; import again, it is safe to", 1)
    verb = "would be stored" if options.dry_run else "stored"
    print(f"{counts['lines']} lines: {counts['values']} values {verb}, {counts['rejected']} lines rejected")  # noqa: T201
    return 1 if counts["rejected"] else 0


def _import(paths: Sequence[Path], *, dry_run: bool) -> Counter[str]:
    """Open everything first, so that a wrong setting or file stops before anything is stored."""
    settings = load_settings()
    files = [open_csv(path) for path in paths]
    with ExitStack() as stack:
        store = letters = None
        if not dry_run:
            store = store_of(settings)
            stack.callback(store.close)
            letters = DeadLetters(settings.deadletter_path, most_bytes=settings.deadletter_most_mb * 1024**2)
            stack.callback(letters.close)
            store.prepare()
        importer = Importer(store=store, letters=letters, zone=settings.zone)
        progress = stack.enter_context(
            Progress(console=Console(stderr=True), disable=not sys.stderr.isatty())
        )
        for file in files:
            task = progress.add_task(file.path.name, total=file.size)
            for position in importer.take(file):
                progress.update(task, completed=position)
    return importer.counts


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201
    return code


class Importer:
    """Screens lines and stores them in batches; with neither store nor letters it only checks."""

    def __init__(self, *, store: TimeSeriesStore | None, letters: DeadLetters | None, zone: ZoneInfo) -> None:
        self.counts: Counter[str] = Counter()
        self._store = store
        self._letters = letters
        self._zone = zone
        self._batch: list[tuple[Point, Line]] = []
        self._rejected: list[Letter] = []

    def take(self, file: CsvFile) -> Iterator[int]:
        """Import one file, yielding how many bytes are done. Raises `StoreUnavailable`."""
        for line in file.lines():
            if isinstance(line, Broken):
                self._reject(file, line, [Reject(line.reason)])
            else:
                self._take_line(file, line)
            self.counts["lines"] += 1
            if len(self._batch) >= BATCH or len(self._rejected) >= BATCH:
                self._flush(file)
                yield line.position
        self._flush(file)
        yield file.size

    def _take_line(self, file: CsvFile, line: Line) -> None:
        rejects: list[Reject] = []
        point = None
        if not (is_address_part(line.institution) and is_address_part(line.meter)):
            rejects.append(Reject("bad-address: institution and meter are 1 to 64 of a-z 0-9 - _ ."))
        elif not line.time:
            rejects.append(Reject("no-time: a line of a file says when it was read"))
        else:
            device = (line.institution, line.meter)
            report = Report(READINGS, device, line.time, line.values)
            point = screen(report, now_ms(), self._zone, rejects)
        if point is not None:
            self._batch.append((_imported(point), line))
        if rejects:
            self._reject(file, line, rejects)

    def _reject(self, file: CsvFile, line: Line | Broken, rejects: list[Reject]) -> None:
        self.counts["rejected"] += 1
        for reject in rejects:
            _say(f"{file.path}:{line.number}: {reject.reason}", 1)
        topic = f"csv:{file.path.name}:{line.number}"
        self._rejected.append(Letter(now_ms(), topic, line.text.encode(), _DECODER, tuple(rejects)))

    def _flush(self, file: CsvFile) -> None:
        """Store the batch, then keep what was rejected."""
        refused: Sequence[tuple[int, str]] = ()
        if self._store is not None and self._batch:
            refused = _write(self._store, [point for point, _ in self._batch])
        for index, reason in refused:
            self._reject(file, self._batch[index][1], [Reject(f"store-rejected: {reason}")])
        lost = {index for index, _ in refused}
        kept = [point for index, (point, _) in enumerate(self._batch) if index not in lost]
        self.counts["values"] += sum(len(point.fields) - 1 for point in kept)
        if self._letters is not None and self._rejected:
            self._letters.add(self._rejected)
        self._batch, self._rejected = [], []


def _imported(point: Point) -> Point:
    quality = int(point.fields.get("quality", 0)) | Quality.IMPORTED
    return Point(point.measurement, point.tags, point.time_ms, {**point.fields, "quality": float(quality)})


def _write(store: TimeSeriesStore, points: Sequence[Point]) -> Sequence[tuple[int, str]]:
    """Write with a little patience; returns what the store will never take. Raises `StoreUnavailable`."""
    pause = threading.Event()
    for attempt in range(1, _PATIENCE + 1):
        try:
            store.write(points)
        except PointsRejected as error:
            return error.rejected
        except StoreUnavailable as error:
            if attempt == _PATIENCE:
                raise
            pause.wait(min(10.0, error.retry_after_s or 0.5 * 2**attempt))
        else:
            break
    return ()


if __name__ == "__main__":
    sys.exit(main())
