"""Days of use by way of what the indicators job told: the figures of every meter, by fewer reads."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.clock import local_day_start, to_ms
from services.database import Table, open_database, session_factory
from services.indicators.jobs import job
from services.metering.model import MeterUse
from services.metering.repository import Registry
from services.metering.schemas import RegistryDocument
from services.timeseries.schema import INSTITUTION_DAY, INTERVAL_DAY
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point
from services.web.energy_view import Use, days_of_use
from services.web.told_days import split, told_days
from tests.services.web.city import ZONE

START, END = date(2026, 11, 1), date(2026, 11, 8)
DAYS = [START + timedelta(days=n) for n in range(7)]
USES = (("main", "electricity"), ("sub", "lighting"), ("sub", "hvac"), ("sub", "sockets"))
CODES = ("a", "b", "c")


class Place:
    """Three institutions, each with two meters of every use; the second's stands from the fourth day on."""

    def __init__(self, folder: Path) -> None:
        engine = open_database(f"sqlite:///{folder}/registry.db")
        Table.metadata.create_all(engine)
        self.engine, self.registry = engine, Registry(session_factory(engine))
        self.store = SqliteStore(folder / "readings.db")
        self.store.prepare()
        self.put()
        self._job = job(store=self.store, registry=self.registry, clock=lambda: at(END, 10), zone=ZONE)

    def put(self, *, county: str = "x") -> None:
        """The registry's document."""
        names = {"name_zh": "一", "name_en": "one"}
        kinds = {"kind": "other", "county": county}
        meters = [
            {"code": f"{code}-{use}-{n}", "institution": code, "role": role, "use": use,
             "ledger": [{"valid_from": at(DAYS[3] if n else DAYS[0], 0).isoformat()}], **names}
            for code, (role, use), n in product(CODES, USES, (0, 1))
        ]  # fmt: skip
        told = {"institutions": [{"code": code, **kinds, **names} for code in CODES], "meters": meters}
        self.registry.apply(RegistryDocument.model_validate(told))

    def meter(self, days: Collection[date] = DAYS, *, of: str = "", kwh: float = 1.0) -> None:
        """Store the days of the meters whose code begins with `of`, each with an energy of its own."""
        for number, meter in enumerate(self.registry.meters()):
            if meter.code.startswith(of):
                tags = (meter.institution, meter.code, "energy_kwh")
                self.store.write(
                    [
                        Point(INTERVAL_DAY, tags, to_ms(local_day_start(day, ZONE)),
                              {"measured": kwh * (number + day.day / 7), "estimated": 0.25 * kwh,
                               "coverage": 0.9, "quality": 0.0})
                        for day in days if at(day, 1) > meter.ledger[0].valid_from
                    ]
                )  # fmt: skip

    def tell(self) -> None:
        """Run the indicators job."""
        self._job.run(None)

    def both(self) -> tuple[tuple[Use, ...], tuple[Use, ...]]:
        """The days read from every meter, and by way of what was told."""
        period: dict[str, Any] = {"start": START, "end": END, "zone": ZONE}
        told = told_days(self.store, **period)
        meters = self.registry.meters()
        whole = days_of_use(self.store, meters, **period)
        return whole, days_of_use(self.store, meters, told=told, **period)

    def read_anew(self) -> set[tuple[str, MeterUse]]:
        """By institution and use, whose sub-meters are still read."""
        period: dict[str, Any] = {"start": START, "end": END, "zone": ZONE}
        told, subs = told_days(self.store, **period), self.registry.meters()
        _, left = split(told, [one for one in subs if one.role.value == "sub"], **period)
        return {(one.institution, one.use) for one in left}


def at(day: date, hour: int) -> datetime:
    return local_day_start(day, ZONE) + timedelta(hours=hour)


@pytest.fixture(name="place")
def place_of_its_own(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.store.close()
    place.engine.dispose()


def same(place: Place) -> None:
    whole, told = place.both()
    assert len(whole) == len(told) == 7
    for one, other in zip(whole, told, strict=True):
        assert (one.start, one.coverage) == (other.start, other.coverage)
        assert one.total == other.total
        for name in ("lighting", "hvac", "sockets", "other"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-12)


def test_where_every_day_is_told_no_sub_meter_is_read(place: Place) -> None:
    place.meter()
    place.tell()
    same(place)
    assert place.read_anew() == set()


def test_before_the_job_has_run_every_meter_is_read(place: Place) -> None:
    place.meter()
    same(place)
    assert len(place.read_anew()) == 9


def silence_one(place: Place) -> None:
    place.meter()
    tags = ("b", "b-hvac-0", "energy_kwh")
    nothing = {"measured": 0.0, "estimated": 0.0, "coverage": 0.0, "quality": 0.0}
    place.store.write([Point(INTERVAL_DAY, tags, to_ms(at(DAYS[2], 0)), nothing)])


def silence_a_whole_use(place: Place) -> None:
    for one in ("a", "b-electricity", "b-hvac", "b-sockets", "c"):
        place.meter(of=one)


def switch_off(place: Place) -> None:
    place.meter()
    place.meter(of="c-sockets", kwh=0.0)


@pytest.mark.parametrize(
    ("happened", "anew"),
    [
        (silence_one, {("b", MeterUse.HVAC)}),
        (silence_a_whole_use, {("b", MeterUse.LIGHTING)}),
        (switch_off, {("c", MeterUse.SOCKETS)}),
    ],
)
def test_only_the_meters_of_a_use_that_is_not_told_whole_are_read(
    place: Place, happened: Callable[[Place], None], anew: set[tuple[str, MeterUse]]
) -> None:
    happened(place)
    place.tell()
    same(place)
    assert place.read_anew() == anew


def test_a_figure_taken_back_says_nothing(place: Place) -> None:
    place.meter()
    place.tell()
    silence_one(place)
    place.tell()
    (series,) = place.store.read(INSTITUTION_DAY, {"institution": "b"}, fields=("hvac_kwh",))
    assert (series.fields["hvac_kwh"] == 0).sum() == 1
    same(place)
    assert place.read_anew() == {("b", MeterUse.HVAC)}


def test_an_institution_of_two_counties_counts_once(place: Place) -> None:
    place.meter()
    place.tell()
    place.put(county="y")
    place.tell()
    assert len(place.store.read(INSTITUTION_DAY, {"institution": "a"})) == 2
    same(place)
    assert place.read_anew() == set()


def test_what_is_told_is_looked_at_by_its_own_days_only(place: Place) -> None:
    noon = Point(INSTITUTION_DAY, ("a", "x"), to_ms(at(DAYS[1], 12)), {"lighting_kwh": 5.0})
    good = Point(INSTITUTION_DAY, ("a", "x"), to_ms(at(DAYS[2], 0)), {"lighting_kwh": 7.0})
    place.store.write([noon, good])
    told = told_days(place.store, start=START, end=END, zone=ZONE)
    lighting = told["a", MeterUse.LIGHTING]
    assert np.flatnonzero(np.isfinite(lighting)).tolist() == [2]
    assert lighting[2] == 7.0
