"""Bundles of a real installation: made from its store, sealed once issued, chained, and checked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from services.http import install_problem_details
from services.metering.model import Meter
from services.metering.quarantine import Quarantine
from services.metering.repository import Registry
from services.mv.canonical import canonical
from services.savings.bundle.archive import pack, unpack
from services.savings.bundle.case import Case
from services.savings.bundle.check import Against, check
from services.savings.bundle.jobs import NotSealed, job
from services.savings.bundle.making import sha256
from services.savings.bundle.routes import router
from services.savings.bundle.service import Bundles
from services.savings.bundle.tables import StatementBundleRow
from services.savings.settlement.events import Event, Kind, Role
from services.savings.settlement.faults import Fault
from services.scheduling import run_cycle
from services.timeseries.jobs import job as rollup_job
from services.timeseries.schema import READINGS
from services.timeseries.store import Point
from tests.services.savings.bundles import ISSUER, days_from, instant, readings
from tests.services.savings.conftest import ZONE, Town
from tests.services.savings.examples import document

KNOWN = Against(key=ISSUER.public)
MAY, JUNE, JULY = "2025-05", "2025-06", "2025-07"


def store_readings(town: Town, start: str, end: str, *, remaining: float, base: float = 0.0) -> None:
    told = readings(days_from(start, end), seed=5, remaining=remaining)
    town.store.write(
        [
            Point(READINGS, ("hall", "hall-l1"), time, {"energy_kwh": round(value + base, 2)})
            for time, value in zip(told.times_ms.tolist(), told.values.tolist(), strict=True)
        ]
    )


def roll_up(town: Town) -> None:
    quarantine = Quarantine(town.sessions, lambda: town.now)
    jobs = [rollup_job(store=town.store, registry=town.registry, zone=ZONE, quarantine=quarantine)]
    assert run_cycle(jobs, town.sessions, lambda: town.now)


@pytest.fixture
def metered(town: Town) -> Town:
    """A year and three months of readings, and the contract."""
    store_readings(town, "2024-05-01", "2025-04-30", remaining=1.0)
    store_readings(town, "2025-05-15", "2025-07-31", remaining=0.4, base=20_000.0)
    town.now = datetime(2025, 8, 3, 4, tzinfo=UTC)
    roll_up(town)
    town.service.put_contract(document())
    return town


def bundles_of(town: Town, *, signed: bool = True) -> Bundles:
    issuer = ISSUER if signed else None
    return Bundles(town.sessions, town.store, town.registry, lambda: town.now, ZONE, issuer)


def issue(town: Town, month: str, version: int = 1) -> None:
    for kind, role in (
        (Kind.CONFIRM, Role.CLIENT), (Kind.CONFIRM, Role.ESCO), (Kind.ISSUE, Role.BUREAU),
    ):  # fmt: skip
        town.service.step(document(), month, Event(version, kind, "someone", role, town.now))
        town.now += timedelta(seconds=1)


def content(town: Town, month: str, version: int | None = None, *, signed: bool = True) -> bytes:
    found = bundles_of(town, signed=signed).get("emc-001", month, version)
    assert found is not None
    return found[1]


def faults(data: bytes, against: Against = KNOWN) -> dict[str, Fault]:
    return {one.step: one.fault for one in check(data, against) if one.fault is not None}


def test_a_months_bundle_holds_from_the_stored_readings_up(metered: Town) -> None:
    metered.service.settle(document(), JUNE)
    data = content(metered, JUNE)
    assert not faults(data)
    assert Case(data).manifest["status"] == "preview"
    assert content(metered, JUNE) == data
    assert bundles_of(metered).get("emc-001", "2025-04") is None
    assert bundles_of(metered).get("another", JUNE) is None


def test_issued_statements_are_sealed_in_the_order_of_issue(metered: Town) -> None:
    for month in (MAY, JUNE, JULY):
        metered.service.settle(document(), month)
    issue(metered, JUNE)
    issue(metered, MAY)
    june, may, july = (content(metered, month) for month in (JUNE, MAY, JULY))
    assert Case(june).manifest["previous"] is None
    assert Case(may).manifest["previous"]["month"] == JUNE
    assert [Case(data).manifest["status"] for data in (june, may, july)] == ["issued", "issued", "preview"]
    assert not faults(may, replace(KNOWN, previous=june))
    assert not faults(july, replace(KNOWN, previous=may))
    assert faults(july, replace(KNOWN, previous=june)).keys() == {"chain"}
    with metered.sessions() as session:
        rows = session.scalars(select(StatementBundleRow).order_by(StatementBundleRow.number)).all()
        told = [(row.number, row.month, row.previous_sha256) for row in rows]
    assert told == [(1, JUNE, None), (2, MAY, sha256(unpack(june)["manifest.json"]))]


def test_two_programs_that_seal_at_once_make_one_chain(metered: Town) -> None:
    """The job seals both months while the service is about to seal the first."""
    for month in (JUNE, JULY):
        metered.service.settle(document(), month)
        issue(metered, month)
    jobs = bundles_of(metered)

    def clock() -> datetime:
        jobs.seal("emc-001")
        return metered.now

    assert replace(jobs, clock=clock).seal("emc-001") == 2
    with metered.sessions() as session:
        told = [(row.number, row.month) for row in session.scalars(select(StatementBundleRow))]
    assert sorted(told) == [(1, JUNE), (2, JULY)]
    assert not faults(content(metered, JULY), replace(KNOWN, previous=content(metered, JUNE)))


def test_what_is_sealed_stays_when_later_readings_come(metered: Town) -> None:
    metered.service.settle(document(), JUNE)
    metered.service.settle(document(), JULY)
    issue(metered, JUNE)
    issue(metered, JULY)
    assert run_cycle([job(bundles_of(metered))], metered.sessions, lambda: metered.now)
    june, july = content(metered, JUNE), content(metered, JULY)
    metered.store.write(
        [Point(READINGS, ("hall", "hall-l1"), instant(f"2025-0{n}-10T00:00:00"), {"energy_kwh": 20_500.0})
         for n in (6, 7)]
    )  # fmt: skip
    assert (content(metered, JUNE), content(metered, JULY)) == (june, july)
    assert not faults(july, replace(KNOWN, previous=june))


class Lost(Registry):
    """A registry that has lost the contract's meter."""

    def meter(self, code: str) -> Meter | None:
        return None


def test_the_job_names_what_it_could_not_seal_and_tries_again(metered: Town) -> None:
    metered.service.settle(document(), JUNE)
    issue(metered, JUNE)
    lost = replace(bundles_of(metered), registry=Lost(metered.sessions))
    with pytest.raises(NotSealed, match="emc-001: no meter 'hall-l1'"):
        job(lost).run(None)
    assert job(bundles_of(metered)).run("0") == "0"
    with metered.sessions() as session:
        assert [row.month for row in session.scalars(select(StatementBundleRow))] == [JUNE]


def test_a_statement_whose_readings_have_changed_since_says_so(metered: Town) -> None:
    metered.service.settle(document(), JUNE)
    before = Case(content(metered, JUNE)).manifest
    readings_now = readings(days_from("2025-05-15", "2025-07-31"), seed=5, remaining=0.4)
    at = int((readings_now.times_ms == instant("2025-06-10T00:00:00")).nonzero()[0][0])
    changed = float(readings_now.values[at]) + 20_000.01
    metered.store.write(
        [Point(READINGS, ("hall", "hall-l1"), instant("2025-06-10T00:00:00"), {"energy_kwh": changed})]
    )
    data = content(metered, JUNE)
    assert before["unproven_values"] == 0
    assert Case(data).manifest["unproven_values"] == 2
    found = faults(data)["values"]
    assert found.place == "inputs reporting 2025-06-09 hall-l1 measured_kwh"
    assert float(str(found.recomputed)) == pytest.approx(float(str(found.said)) + 0.01)


def test_without_a_key_bundles_are_unsigned_and_none_is_sealed(metered: Town) -> None:
    metered.service.settle(document(), JUNE)
    issue(metered, JUNE)
    unsigned = content(metered, JUNE, signed=False)
    assert faults(unsigned, Against()).keys() == {"signature"}
    assert bundles_of(metered, signed=False).seal("emc-001") == 0
    assert Case(content(metered, JUNE)).manifest["status"] == "issued"
    assert content(metered, JUNE, signed=False) == content(metered, JUNE)


def test_the_baseline_is_taken_from_the_bundle_before(metered: Town) -> None:
    for month in (JUNE, JULY):
        metered.service.settle(document(), month)
    fresh = unpack(content(metered, JULY))
    issue(metered, JUNE)
    after = unpack(content(metered, JULY))
    assert after["intervals.csv"] == fresh["intervals.csv"]
    assert after["readings.csv"] == fresh["readings.csv"]


def test_hours_that_prices_by_period_rest_on_are_proven_too(metered: Town) -> None:
    deal = document(valuation={"by": "periods", "tariff": "hubei-single-1kv"})
    store_readings(metered, "2026-01-01", "2026-01-31", remaining=0.4, base=40_000.0)
    metered.now = datetime(2026, 2, 3, 4, tzinfo=UTC)
    roll_up(metered)
    metered.service.put_contract(deal)
    settlement, _ = metered.service.settle(deal, "2026-01")
    assert len(settlement.document["inputs"]["hours"]) == 31
    data = content(metered, "2026-01")
    assert not faults(data)
    assert b"hubei-single-1kv" in unpack(data)["tariff.json"]
    changed = json.loads(canonical(settlement.document))
    changed["inputs"]["hours"][4][1][13] = "7.000"
    found = faults(pack({**unpack(data), "settlement.json": canonical(changed).encode()}))["values"]
    assert found.place == "inputs hours 2026-01-05 all meters 13:00"
    assert found.said == "7.000"


@pytest.fixture
def client(metered: Town) -> Iterator[TestClient]:
    app = FastAPI()
    install_problem_details(app)
    app.include_router(router(bundles_of(metered)))
    with TestClient(app) as found:
        yield found


def test_the_routes_give_the_file_and_the_key(metered: Town, client: TestClient, tmp_path: Path) -> None:
    metered.service.settle(document(), JUNE)
    answer = client.get(f"/contracts/emc-001/settlements/{JUNE}/bundle")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-emc-001-2025-06-v1.kwb"'
    assert not faults(answer.content)
    assert client.get("/issuer-key").text == ISSUER.public.pem
    assert client.get(f"/contracts/emc-001/settlements/{JUNE}/bundle?version=2").status_code == 404
    assert client.get("/contracts/emc-001/settlements/2025-13/bundle").status_code == 422
