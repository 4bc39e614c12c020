"""From a store's URL to the store; only composition roots call it."""

from pathlib import Path

from services.timeseries.influx import InfluxStore
from services.timeseries.influx_url import parse
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import TimeSeriesStore


def open_store(url: str) -> TimeSeriesStore:
    """The store that `url` names, not yet prepared. Raises ValueError, without secrets, for a wrong URL."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        if not path or path == ":memory:":
            raise ValueError("a store needs a file, which several processes share: sqlite:///var/readings.db")
        return SqliteStore(Path(path))
    return InfluxStore(parse(url))
