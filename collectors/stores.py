"""The store that the settings name, for this room's programs."""

from services.settings import Settings, SettingsError
from services.timeseries.connect import open_store
from services.timeseries.store import TimeSeriesStore


def store_of(settings: Settings) -> TimeSeriesStore:
    """The store, not yet prepared. Raises `SettingsError` with one line when its URL is wrong."""
    try:
        return open_store(settings.store_url)
    except ValueError as error:
        raise SettingsError(f"KILOWITNESS_STORE_URL: {error}") from None
