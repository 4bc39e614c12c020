"""`GET /energy` over HTTP."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.clock import fixed_clock
from services.http import install_problem_details
from services.indicators.coefficients import CoefficientError
from services.indicators.routes import router
from tests.services.indicators.conftest import NOW, ZONE, City, meter


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    app = FastAPI()
    install_problem_details(app)
    clock = fixed_clock(NOW)
    app.include_router(
        router(store=city.store, registry=city.registry, clock=clock, zone=ZONE, region="hubei")
    )
    with TestClient(app) as found:
        yield found


def energy(client: TestClient, start: str = "2026-03-01", end: str = "2026-03-03") -> dict[str, Any]:
    answer = client.get("/energy", params={"start": start, "end": end})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_figures_with_their_indicators(city: City, client: TestClient) -> None:
    city.institution("a", meter("m1"), meter("gas", "gas"), meter("water", "water"), meter("heat", "heat"))
    city.days("m1", [600, 400])
    city.days("gas", [10, 10], channel="gas_m3")
    city.days("water", [5, 5], channel="water_m3")
    city.days("heat", [0.5, 0.5], channel="heat_gj")
    (item,) = energy(client)["items"]
    assert item["institution"] == "a"
    assert item["electricity_kwh"] == 1000
    assert item["estimated_kwh"] == 0
    assert item["heat_gj"] == 1
    assert item["energy_kgce"] == pytest.approx(122.9 + 24.286 + 34.12)
    assert item["energy_kgce_per_m2"] == pytest.approx(item["energy_kgce"] / 1000)
    assert item["energy_kgce_per_person"] == pytest.approx(item["energy_kgce"] / 50)
    assert item["electricity_kwh_per_m2"] == 1
    assert item["water_m3_per_person"] == pytest.approx(0.2)
    assert item["carbon_kg"] == pytest.approx(404.4 + 39.2 + 110)
    assert item["coverage"] == 1


def test_every_answer_names_its_coefficients(city: City, client: TestClient) -> None:
    answer = energy(client)
    assert answer["coefficient_set"] == "GB/T 2589-2020 dangliang; grid hubei 2023"
    assert answer["grid_factor"] == {
        "region": "hubei",
        "data_year": 2023,
        "published_on": "2025-12-31",
        "kg_per_kwh": 0.4044,
        "source": "MEE announcement 2025 no. 47",
        "mark": "V2",
    }


def test_no_meter_and_nothing_known_are_null(city: City, client: TestClient) -> None:
    city.institution("a", meter("m1"))
    (item,) = energy(client)["items"]
    assert item["electricity_kwh"] is None
    assert item["gas_m3"] is None
    assert item["energy_kgce"] is None
    assert item["coverage"] == 0


def test_days_to_come_are_not_missing(city: City, client: TestClient) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [10, 10], first=date(2026, 3, 11))
    (item,) = energy(client, "2026-03-11", "2026-04-01")["items"]
    assert item["electricity_kwh"] == 20
    assert item["coverage"] == 1


@pytest.mark.parametrize(
    ("start", "end", "complaint"),
    [
        ("2026-03-02", "2026-03-02", "end: after start"),
        ("2010-01-01", "2026-03-02", "end: after start"),
        ("2026-03-13", "2026-03-14", "start: lies in the future"),
        ("2026-03-xx", "2026-03-14", "start"),
    ],
)
def test_a_wrong_period_is_a_problem(client: TestClient, start: str, end: str, complaint: str) -> None:
    answer = client.get("/energy", params={"start": start, "end": end})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert complaint in answer.json()["detail"]


def test_an_unknown_region_stops_at_the_start(city: City) -> None:
    clock = fixed_clock(NOW)
    with pytest.raises(CoefficientError, match="atlantis"):
        router(store=city.store, registry=city.registry, clock=clock, zone=ZONE, region="atlantis")
