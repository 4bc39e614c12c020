"""The overview's view model on a real city: savings of all contracts, repairs, vehicles, what is live."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import hypot
from pathlib import Path

import pytest

from services.app import Parts
from services.clock import local_day_start, to_ms
from services.repairs.model import Request, Severity, Size
from services.repairs.promises import load_promises
from services.repairs.service import Repairs
from services.savings.contract.documents import ContractDocument
from services.savings.service import SavingsService
from services.timeseries.schema import FLEET_DAY, SAVINGS_MONTH
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point
from services.web.i18n import texts
from services.web.institution_page import build_institution
from services.web.overview import DAYS_SHOWN, Sources, build_overview
from services.web.savings_view import ContractRow, ContractTotals, months, portfolio
from tests.services.web.city import CONTRACT, NOW, ZONE, build_city, savings_of, used_kwh

T = texts("en")


def sources_of(parts: Parts) -> Sources:
    repairs = Repairs(
        sessions=parts.sessions, institutions=lambda: {"school", "library"}, workdays=parts.workdays,
        promises=load_promises(), clock=parts.clock, zone=parts.zone,
    )  # fmt: skip
    savings = savings_of(parts)
    return Sources(
        parts.store, parts.registry, repairs, savings, ContractTotals(savings), parts.clock, parts.zone
    )


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


def test_totals_are_kept_for_a_minute(city: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    moment = [NOW]
    learn = SavingsService.history

    def history(self: SavingsService, document: ContractDocument) -> object:
        asked.append(document.code)
        return learn(self, document)

    monkeypatch.setattr(SavingsService, "history", history)
    totals = ContractTotals(savings_of(replace(city, clock=lambda: moment[0])))
    for seconds in (0, 59, 61):
        moment[0] = NOW + timedelta(seconds=seconds)
        totals.rows({}, T)
    assert asked == ["emc-01", "emc-01"]


def test_a_contract_without_a_baseline_or_a_day_is_listed_without_a_figure(own: Parts) -> None:
    savings = savings_of(own)
    late = CONTRACT | {"code": "emc-02", "accepted_on": "2026-11-22"}
    bare = CONTRACT | {"code": "emc-03", "baseline_start": "2020-01-01", "baseline_end": "2020-02-01"}
    for document in (late, bare):
        savings.put_contract(ContractDocument.model_validate(document))
    rows = ContractTotals(savings).rows({}, T)
    assert [(one.code, one.savings_kwh is None, one.latest_month) for one in rows] == [
        ("emc-01", False, date(2026, 10, 1)), ("emc-02", True, None), ("emc-03", True, None),
    ]  # fmt: skip


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
