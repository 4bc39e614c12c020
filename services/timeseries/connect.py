"""From a store's URL to the store; only composition roots call it."""

from pathlib import Path

from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import TimeSeriesStore


def open_store(url: str) -> TimeSeriesStore:
    """The store that `url` names, unprepared. Raises ValueError with the cure when the URL is wrong."""
    if url.startswith("sqlite:///"):
        return SqliteStore(Path(url.removeprefix("sqlite:///")))
    raise ValueError("a store URL starts with sqlite:///")
