"""Meters' days as a table: what is summed, what is averaged, and over whom."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.app import Parts
from services.metering.model import Meter, MeterPeriod, MeterRole, MeterUse
from services.web.meter_table import MeterTable, day_table, local_days, sums_of_known
from tests.services.web.city import ZONE

LEDGER = (MeterPeriod(datetime(2026, 1, 1, tzinfo=UTC)),)


def meter(code: str, role: MeterRole = MeterRole.MAIN, use: MeterUse = MeterUse.ELECTRICITY) -> Meter:
    institution = code.partition("-")[0]
    return Meter(
        code, institution, None, code, code, role, use, None, f"{institution}/{code}", None, 5400, LEDGER
    )


def table(
    *rows: tuple[Meter, list[float], list[float]], standing: list[list[bool]] | None = None
) -> MeterTable:
    used = np.array([row[1] for row in rows])
    there = np.ones(used.shape, bool) if standing is None else np.array(standing)
    return MeterTable(tuple(row[0] for row in rows), used, np.array([row[2] for row in rows]), there)


NAN = math.nan
MAIN, LIGHTING = (MeterRole.MAIN, MeterUse.ELECTRICITY), (MeterRole.SUB, MeterUse.LIGHTING)


def test_main_and_sub_meters_are_never_summed_together() -> None:
    found = table(
        (meter("a-main"), [10.0, 20.0], [1.0, 1.0]),
        (meter("b-main"), [1.0, 2.0], [1.0, 1.0]),
        (meter("a-light", *LIGHTING), [4.0, 5.0], [1.0, 1.0]),
        (meter("a-check", MeterRole.CHECK), [99.0, 99.0], [1.0, 1.0]),
    )
    assert found.total(*MAIN) == [11.0, 22.0]
    assert found.total(*LIGHTING) == [4.0, 5.0]
    assert found.total(MeterRole.SUB, MeterUse.HVAC) == [None, None]


def test_an_unknown_day_of_one_meter_leaves_the_others_sum() -> None:
    found = table((meter("a-main"), [10.0, NAN], [1.0, NAN]), (meter("b-main"), [NAN, NAN], [NAN, NAN]))
    assert found.total(*MAIN) == [10.0, None]
    assert found.mean_coverage(*MAIN) == [0.5, 0.0]


def test_a_meter_counts_from_the_day_it_stands() -> None:
    found = table(
        (meter("a-main"), [10.0, 10.0], [1.0, 1.0]),
        (meter("b-main"), [NAN, 5.0], [NAN, 0.5]),
        standing=[[True, True], [False, True]],
    )
    assert found.mean_coverage(*MAIN) == [1.0, 0.75]


def test_days_before_any_meter_have_no_coverage() -> None:
    found = table((meter("a-main"), [NAN], [NAN]), standing=[[False]])
    assert found.mean_coverage(*MAIN) == [0.0]


def test_one_institution_is_a_table_of_its_own() -> None:
    found = table((meter("a-main"), [1.0], [1.0]), (meter("b-main"), [2.0], [0.5]))
    tables = found.by_institution()
    assert tables.keys() == {"a", "b"}
    assert tables["b"].total(*MAIN) == [2.0]
    assert tables["b"].mean_coverage(*MAIN) == [0.5]


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=3, max_size=3), min_size=1, max_size=6
    )
)
def test_sums_take_what_is_known(rows: list[list[float | None]]) -> None:
    found = sums_of_known(np.array([[NAN if v is None else v for v in row] for row in rows]))
    for column, total in enumerate(found):
        known = [value for row in rows if (value := row[column]) is not None]
        assert total == (pytest.approx(sum(known)) if known else None)


def test_every_local_day_once() -> None:
    days = local_days(date(2026, 2, 27), date(2026, 3, 2))
    assert [day.day for day in days] == [27, 28, 1]
    assert local_days(date(2026, 2, 27), date(2026, 2, 27)) == ()


def test_a_table_reads_each_meter_in_the_channel_of_its_use(city: Parts) -> None:
    day = date(2026, 11, 10)
    mains = city.registry.meters()
    water = [replace(one, use=MeterUse.WATER) for one in mains if one.code == "school-main"]
    end = day + timedelta(days=1)
    wet = day_table(city.store, water, start=day, end=end, zone=ZONE)
    assert [one.code for one in wet.meters] == ["school-main"]
    assert wet.total(MeterRole.MAIN, MeterUse.WATER) == [None]
    assert day_table(city.store, mains, start=day, end=end, zone=ZONE).total(*MAIN)[0] is not None


def test_a_main_meter_below_another_is_not_added_to_it() -> None:
    below = replace(meter("b"), parent="a")
    found = table((meter("a"), [5.0], [1.0]), (below, [2.0], [0.0]))
    assert found.total(*MAIN) == [5.0]
    assert found.mean_coverage(*MAIN) == [1.0]


def test_no_meters_are_an_empty_table(city: Parts) -> None:
    empty = day_table(city.store, [], start=date(2026, 11, 10), end=date(2026, 11, 12), zone=ZONE)
    assert empty.total(*MAIN) == [None, None]
    assert empty.mean_coverage(*MAIN) == [0.0, 0.0]
