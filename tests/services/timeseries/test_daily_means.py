"""A gauge's mean of every local day: where most of the day was measured, and nowhere else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.clock import local_day_start, to_ms
from services.metering.spans import Floats
from services.timeseries.intervals import daily_means
from services.timeseries.rollups import roll_up_anew
from services.timeseries.schema import GAUGE_DAY
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point
from tests.services.timeseries.meters import SHANGHAI, plain_meter, reading, write_all

FIRST = date(2026, 1, 1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """`roof`: hourly 10 °C on the first day, 12 on the second, silent from its sixth hour; humidity, too."""
    store = SqliteStore(tmp_path / "readings.db")
    store.prepare()
    hours = [*range(30), *range(49, 97)]
    warm = {0: 10.0, 1: 12.0, 2: -4.0, 3: 0.0, 4: 0.0}
    write_all(
        store,
        [
            reading(60 * n, meter="roof", temperature_c=warm[n // 24], humidity_pct=60.0 + n // 24)
            for n in hours
        ],
    )
    roll_up_anew(store, plain_meter("roof"), zone=SHANGHAI)
    yield store
    store.close()


def means(
    store: SqliteStore,
    *,
    end: date = date(2026, 1, 6),
    least: float = 0.5,
    channel: str = "temperature_c",
    zone: ZoneInfo = SHANGHAI,
) -> Floats:
    return daily_means(
        store, "roof", start=FIRST, end=end, zone=zone, channel=channel, least_coverage=least
    )  # fmt: skip


def test_each_day_has_its_mean_where_most_of_it_was_measured(store: SqliteStore) -> None:
    found = means(store)
    assert found.shape == (5,)
    assert found[0] == pytest.approx(10.04, abs=0.01)  # the last hour goes straight to 12 °C
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(-3.9, abs=0.1)
    assert found[3] == 0.0
    assert np.isnan(found[4])


def test_the_least_coverage_is_the_callers(store: SqliteStore) -> None:
    (series,) = store.read(GAUGE_DAY, {"meter": "roof", "channel": "temperature_c"})
    second = float(series.fields["coverage"][1])
    assert 0 < second < 0.5
    assert means(store, least=second)[1] == 12.0
    assert np.isnan(means(store, least=second + 1e-6)[1])
    assert np.isfinite(means(store, least=1.0)).sum() == 2


def test_a_channel_is_asked_for_by_name(store: SqliteStore) -> None:
    assert means(store, channel="humidity_pct")[3] == pytest.approx(63, abs=0.05)
    assert np.isnan(means(store, channel="power_kw")).all()
    other = daily_means(
        store, "cellar", start=FIRST, end=date(2026, 1, 3), zone=SHANGHAI,
        channel="temperature_c", least_coverage=0.0,
    )  # fmt: skip
    assert np.isnan(other).all()


def test_the_end_is_exclusive_and_an_empty_period_is_empty(store: SqliteStore) -> None:
    assert means(store, end=date(2026, 1, 2)).shape == (1,)
    assert means(store, end=FIRST).shape == (0,)
    assert means(store, end=date(2025, 12, 1)).shape == (0,)


def test_days_of_another_zone_are_not_taken_for_these(store: SqliteStore) -> None:
    assert np.isnan(means(store, zone=BERLIN)).all()


def test_days_of_the_clocks_change_stand_at_their_own_midnight(store: SqliteStore) -> None:
    days = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)]
    points = [
        Point(GAUGE_DAY, ("bureau", "roof", "temperature_c"), to_ms(local_day_start(day, BERLIN)),
              {"mean": float(i), "lowest": 0.0, "highest": 3.0, "coverage": 1.0})
        for i, day in enumerate(days)
    ]  # fmt: skip
    store.write(points)
    found = daily_means(
        store, "roof", start=days[0], end=date(2026, 3, 31), zone=BERLIN,
        channel="temperature_c", least_coverage=1.0,
    )  # fmt: skip
    assert found.tolist() == [0.0, 1.0, 2.0]


def test_a_meter_that_moved_speaks_once_and_what_was_blanked_is_unknown(store: SqliteStore) -> None:
    known = means(store)
    roll_up_anew(store, replace(plain_meter("roof"), institution="school"), zone=SHANGHAI)
    assert len(store.read(GAUGE_DAY, {"meter": "roof", "channel": "temperature_c"})) == 2
    np.testing.assert_array_equal(means(store), known)
    roll_up_anew(store, replace(plain_meter("roof"), address="bureau/removed"), zone=SHANGHAI)
    assert np.isnan(means(store)).all()


def test_a_day_without_a_stored_mean_or_coverage_is_unknown(store: SqliteStore) -> None:
    last, end = date(2026, 1, 6), date(2026, 1, 7)
    at = to_ms(local_day_start(last, SHANGHAI))
    store.write([Point(GAUGE_DAY, ("bureau", "roof", "temperature_c"), at, {"coverage": 1.0})])
    assert np.isnan(means(store, end=end)[5])
    store.write([Point(GAUGE_DAY, ("hall", "roof", "temperature_c"), at, {"mean": 5.0})])
    assert np.isnan(means(store, end=end)[5])
