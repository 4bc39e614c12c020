"""The overview's view model on a real city: savings of all contracts, repairs, vehicles, what is live."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import hypot
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.app import Parts, build_jobs, create_app
from services.clock import local_day_start, to_ms
from services.repairs.model import Request, Severity, Size
from services.repairs.promises import load_promises
from services.repairs.service import Repairs
from services.savings.contract.documents import ContractDocument
from services.savings.service import SavingsService
from services.scheduling import run_cycle
from services.timeseries.schema import FLEET_DAY, INTERVAL_DAY, SAVINGS_MONTH, SAVINGS_TOTAL, Measurement
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point, Series
from services.web.energy_view import days_of_use
from services.web.i18n import texts
from services.web.institution_page import build_institution
from services.web.overview import DAYS_SHOWN, Sources, build_overview
from services.web.savings_view import ContractRow, months, portfolio, rows
from tests.services.web.city import CONTRACT, NOW, ZONE, build_city, savings_of, used_kwh

T = texts("en")


def sources_of(parts: Parts) -> Sources:
    repairs = Repairs(
        sessions=parts.sessions, institutions=lambda: {"school", "library"}, workdays=parts.workdays,
        promises=load_promises(), clock=parts.clock, zone=parts.zone,
    )  # fmt: skip
    savings = savings_of(parts)
    return Sources(parts.store, parts.registry, repairs, savings, parts.clock, parts.zone)


@pytest.fixture(name="own")
def city_of_ones_own(tmp_path: Path) -> Iterator[Parts]:
    parts = build_city(tmp_path)
    yield parts
    parts.close()


def test_an_overview_of_a_city(city: Parts) -> None:
    view = build_overview(sources_of(city), T)
    assert view.now == NOW
    assert view.last_reading_at == datetime.fromisoformat("2026-11-22T14:00+08:00")
    assert len(view.days) == DAYS_SHOWN
    assert view.days[-1].start == date(2026, 11, 21)
    assert [one.institution.code for one in view.ranking] == ["school", "library"]
    assert (view.ranking_start, view.ranking_end) == (date(2026, 10, 23), date(2026, 11, 21))
    assert view.completeness.short == 1


def test_days_of_sub_meters_are_not_read_where_their_institution_told_them(
    city: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: Counter[str] = Counter()
    read = SqliteStore.read

    def counted(self: SqliteStore, measurement: Measurement, *where: Any, **options: Any) -> list[Series]:
        found = read(self, measurement, *where, **options)
        if measurement is INTERVAL_DAY:
            rows.update({one.tags["meter"]: len(one.times_ms) for one in found})
        return found

    monkeypatch.setattr(SqliteStore, "read", counted)
    view = build_overview(sources_of(city), T)
    assert rows["school-lighting"] == rows["library-lighting"] == 1, "yesterday's, for its completeness"
    assert rows["school-main"] > DAYS_SHOWN
    meters, start = city.registry.meters(), view.days[0].start
    whole = days_of_use(city.store, meters, start=start, end=date(2026, 11, 22), zone=ZONE)
    assert [one.lighting for one in view.days] == pytest.approx([one.lighting for one in whole])


def test_savings_so_far_are_what_the_lamps_no_longer_use(city: Parts) -> None:
    view = build_overview(sources_of(city), T)
    (contract,) = view.contracts
    assert (contract.code, contract.name) == ("emc-01", "No. 1 Middle School lighting retrofit")
    assert contract.institution == "No. 1 Middle School"
    assert contract.start == date(2026, 10, 1)
    assert contract.latest_month == date(2026, 10, 1)
    assert contract.rate == pytest.approx(0.6, abs=0.01)
    assert contract.savings_kwh is not None
    used = used_kwh("school-lighting", local_day_start(contract.start, ZONE), NOW)
    assert contract.savings_kwh == pytest.approx(used / 0.4 * 0.6, rel=0.06)  # two days are left out
    assert view.savings.savings_kwh == contract.savings_kwh
    assert view.savings.uncertainty_kwh == pytest.approx(contract.uncertainty_kwh)
    assert [month.month for month in view.months] == [date(2026, 10, 1), date(2026, 11, 1)]


def test_readings_that_stopped_are_not_live(city: Parts) -> None:
    view = build_overview(sources_of(city), T)
    assert not view.live
    assert view.last_reading_at is not None
    assert replace(view, now=view.last_reading_at + timedelta(minutes=5)).live
    assert not replace(view, last_reading_at=None).live


def test_without_trips_the_fleet_is_unknown_and_not_zero(city: Parts) -> None:
    fleet = build_overview(sources_of(city), T).fleet
    assert (fleet.day, fleet.in_use, fleet.vehicles, fleet.flagged_trips) == (None, None, 0, 0)


def test_vehicles_are_counted_on_the_last_day_with_figures(own: Parts) -> None:
    def point(vehicle: str, day: date, in_use: float, flagged: float) -> Point:
        fields = {"in_use": in_use, "flagged_trips": flagged, "trips": in_use}
        tags = ("school", vehicle, "other")
        return Point(FLEET_DAY, tags, to_ms(local_day_start(day, ZONE)), fields)

    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    own.store.write(
        [
            point("a", friday, 1, 1),
            point("b", friday, 1, 0),
            point("a", saturday, 1, 0),
            point("b", saturday, 0, 2),
        ]
    )
    fleet = build_overview(sources_of(own), T).fleet
    assert (fleet.day, fleet.in_use, fleet.vehicles, fleet.flagged_trips) == (saturday, 1, 2, 3)


def test_repairs_of_the_last_days_and_the_latest_of_them(own: Parts) -> None:
    sources = sources_of(own)
    request = Request(
        "", "school", "Room 1", "lift", Size.SMALL, Severity.URGENT, "It squeaks", "A", None, NOW
    )
    for days in (0, 3, 40):
        sources.repairs.report(replace(request, reported_at=NOW - timedelta(days=days)))
    view = build_overview(sources, T)
    assert (view.repairs.reported, view.repairs.open) == (2, 3)
    assert view.repairs.overdue_open == 2
    assert view.repairs.on_time_rate == 0.0
    assert view.recent_repairs[0].reported_at == NOW
    assert view.recent_repairs[0].institution == "No. 1 Middle School"


def row(savings: float | None, uncertainty: float | None) -> ContractRow:
    return ContractRow(
        "c", "C", "I", "shared", date(2026, 1, 1), None if savings is None else 100.0, savings, uncertainty,
        1.0, None,
    )  # fmt: skip


def test_uncertainties_of_contracts_add_as_the_root_of_squares() -> None:
    total = portfolio([row(40.0, 3.0), row(20.0, 4.0), row(None, None)])
    assert (total.contracts, total.savings_kwh, total.uncertainty_kwh) == (2, 60.0, hypot(3.0, 4.0))
    assert total.rate == 0.3


def test_no_result_is_no_figure() -> None:
    total = portfolio([row(None, None)])
    assert (total.contracts, total.savings_kwh, total.rate) == (0, None, None)
    assert row(None, None).rate is None


def test_a_month_adds_its_contracts(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.prepare()
    at = to_ms(local_day_start(date(2026, 5, 1), ZONE))
    figures = {"baseline_kwh": 10.0, "actual_kwh": 6.0, "savings_kwh": 4.0, "uncertainty_kwh": 3.0}
    store.write(
        [
            Point(SAVINGS_MONTH, ("a", "x"), at, figures),
            Point(SAVINGS_MONTH, ("b", "x"), at, figures | {"uncertainty_kwh": 4.0}),
        ]
    )
    (month,) = months(store, ZONE)
    assert month.month == date(2026, 5, 1)
    assert (month.savings_kwh, month.uncertainty_kwh) == (8.0, 5.0)


def figures(one: ContractRow) -> tuple[float | None, ...]:
    return one.baseline_kwh, one.savings_kwh, one.uncertainty_kwh, one.coverage


def test_totals_are_what_the_contract_answers_to_the_digit(own: Parts) -> None:
    savings = savings_of(own)
    document = ContractDocument.model_validate(CONTRACT)
    for code, meters in (("emc-02", ["school-main"]), ("emc-03", ["school-lighting", "school-main"])):
        savings.put_contract(document.model_copy(update={"code": code, "meters": tuple(meters)}))
    assert run_cycle(build_jobs(own), own.sessions, own.clock)
    with TestClient(create_app(own)) as client:
        for one in rows(savings, {}, T):
            said = client.get(f"/api/v1/contracts/{one.code}/savings").json()["total"]
            names = ("baseline_kwh", "savings_kwh", "uncertainty_kwh", "coverage")
            assert figures(one) == tuple(said[name] for name in names)
            assert None not in figures(one)


def test_the_page_computes_no_contract_itself(city: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a page must not fit what the job has told")

    before = rows(savings_of(city), {}, T)
    for name in ("history", "savings", "stored"):
        monkeypatch.setattr(SavingsService, name, refuse)
    view = build_overview(sources_of(city), T)
    assert [figures(one) for one in view.contracts] == [figures(one) for one in before]


def test_totals_of_all_contracts_are_one_read(own: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    savings, asked = savings_of(own), list[Measurement]()
    for number in range(2, 6):
        savings.put_contract(ContractDocument.model_validate(CONTRACT | {"code": f"emc-0{number}"}))
    read = SqliteStore.read

    def counted(self: SqliteStore, measurement: Measurement, *where: Any, **options: Any) -> list[Series]:
        asked.append(measurement)
        return read(self, measurement, *where, **options)

    monkeypatch.setattr(SqliteStore, "read", counted)
    assert len(rows(savings, {}, T)) == 5
    assert asked == [SAVINGS_TOTAL]


def test_a_contract_without_a_baseline_or_a_day_is_listed_without_a_figure(own: Parts) -> None:
    savings = savings_of(own)
    late = CONTRACT | {"code": "emc-02", "accepted_on": "2026-11-22"}
    bare = CONTRACT | {"code": "emc-03", "baseline_start": "2020-01-01", "baseline_end": "2020-02-01"}
    for document in (late, bare):
        savings.put_contract(ContractDocument.model_validate(document))
    assert run_cycle(build_jobs(own), own.sessions, own.clock)
    found = rows(savings, {}, T)
    assert [(one.code, one.savings_kwh is None, one.latest_month) for one in found] == [
        ("emc-01", False, date(2026, 10, 1)), ("emc-02", True, None), ("emc-03", True, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "told", [{"accepted_on": "2027-12-31"}, {"baseline_start": "2020-01-01", "baseline_end": "2020-02-01"}]
)
def test_a_total_that_no_longer_holds_is_not_shown(own: Parts, told: dict[str, str]) -> None:
    savings = savings_of(own)
    jobs = build_jobs(own)
    savings.put_contract(ContractDocument.model_validate(CONTRACT | told))
    assert run_cycle(jobs, own.sessions, own.clock)
    (one,) = rows(savings, {}, T)
    assert figures(one) == (None, None, None, None)
    savings.put_contract(ContractDocument.model_validate(CONTRACT | {"accepted_on": "2026-10-20"}))
    assert run_cycle(jobs, own.sessions, own.clock)
    (one,) = rows(savings, {}, T)
    document = ContractDocument.model_validate(CONTRACT | {"accepted_on": "2026-10-20"})
    assert one.savings_kwh == savings.savings(savings.history(document)).total.savings_kwh


def test_an_institution_of_twelve_months(city: Parts) -> None:
    view = build_institution(sources_of(city), "library")
    assert view is not None
    assert (view.months[0].start, view.months[-1].start, len(view.months)) == (
        date(2025, 12, 1), date(2026, 11, 1), 12,
    )  # fmt: skip
    assert view.months[0].total is None
    october = view.months[-2]
    assert october.total == pytest.approx(20.0 * 24 * 31)
    assert view.kwh_per_m2 == pytest.approx((view.kwh or 0) / 20_000)
    assert view.kwh_per_person == pytest.approx((view.kwh or 0) / 80)
    assert {one.meter.code: one.coverage < 0.95 for one in view.meters} == {
        "library-lighting": False, "library-main": True,
    }  # fmt: skip


def test_an_institution_of_unknown_size_has_no_figure_per_size(city: Parts) -> None:
    view = build_institution(sources_of(city), "library")
    assert view is not None
    bare = replace(view, institution=replace(view.institution, floor_area_m2=None, head_count=None))
    assert (bare.kwh_per_m2, bare.kwh_per_person) == (None, None)
    assert build_institution(sources_of(city), "nowhere") is None
