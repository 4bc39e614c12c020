from pathlib import Path

import pytest

from services.settings import Settings
from services.timeseries.connect import open_store
from services.timeseries.influx import InfluxStore
from services.timeseries.schema import READINGS
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point


def test_a_sqlite_url_names_a_relative_or_an_absolute_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///var/readings.db", f"sqlite:///{tmp_path}/var/readings.db"):
        store = open_store(url)
        assert isinstance(store, SqliteStore)
        store.prepare()
        store.write([Point(READINGS, ("gov", "m1"), 0, {"energy_kwh": 1.0})])
        assert store.count(READINGS)["energy_kwh"] == 1
        store.close()
    assert (tmp_path / "var" / "readings.db").exists()


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:"])
def test_a_store_needs_a_file(url: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        open_store(url)


@pytest.mark.parametrize(
    "url",
    [
        "influxdb://user:pass@127.0.0.1:8086/kilowitness",
        "influxdb2://TOKEN@127.0.0.1:8086/kilowitness?org=city",
        "influxdb3://TOKEN@127.0.0.1:8181/kilowitness",
        "influxdbs://user:pass@influx.example/kilowitness",
        "influxdbs2://TOKEN@influx.example/kilowitness?org=city",
        "influxdbs3://TOKEN@influx.example/kilowitness",
    ],
)
def test_every_influx_url_the_settings_accept_opens(url: str) -> None:
    assert Settings(store_url=url, _env_file=None).store_url == url
    store = open_store(url)
    assert isinstance(store, InfluxStore)
    store.close()


def test_a_wrong_scheme_is_said() -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        open_store("postgresql://host/db")
