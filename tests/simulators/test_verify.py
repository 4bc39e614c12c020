"""The verification against a stub: the truth passes, and each figure outside its tolerance fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from simulators.city import City
from simulators.contract_truth import AdjustmentTruth, LampTruth, RateTruth, StepTruth
from simulators.plan import last_midnight
from simulators.service import ServiceRefused
from simulators.truth import Truth, ledger, write_truth
from simulators.verify import verify
from tests.simulators.faithful import FaithfulProduct
from tests.simulators.stub_service import running_stub


@pytest.fixture(scope="module", name="truth")
def _truth(small_city: City) -> Truth:
    """The small city's ledger, with lamps, a rate, an agreed change and a step that it is too short for."""
    first, second, third, fourth, *_ = small_city.contracts
    start = first.reporting_start
    return replace(
        ledger(small_city),
        lamps=[LampTruth(contract=first.code, group="yard", reporting_start=start, count=100, hours=10.5,
                         watts_before=280.0, watts_after=100.0)],
        rates=[RateTruth(contract=second.code, rate=0.55, population=400)],
        adjustments=[AdjustmentTruth(contract=third.code, adjustment="nra-1",
                                     kwh_by_month={"2026-01": 40.0, "2026-02": 90.0, "2026-03": 9.0})],
        steps=[StepTruth(contract=fourth.code, first_day=date(2026, 2, 10))],
    )  # fmt: skip


@pytest.fixture(name="product")
def _product(truth: Truth) -> FaithfulProduct:
    return FaithfulProduct(truth, last_midnight(datetime.now(UTC)))


@pytest.fixture(scope="module", name="path")
def _path(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("truth") / "truth.json"
    write_truth(truth, path)
    return path


def run(product: FaithfulProduct, path: Path, **options: float) -> tuple[int, str]:
    """Exit code and table of a verification."""
    text = StringIO()
    with running_stub(product) as stub:
        code = verify(stub.url, path, console=Console(file=text, width=200), **options)  # type: ignore[arg-type]
    return code, text.getvalue()


def failing(table: str) -> list[str]:
    return [line.split("│")[1].strip() for line in table.splitlines() if "FAIL " in line and "│" in line]


def test_the_exact_truth_agrees(product: FaithfulProduct, path: Path, truth: Truth) -> None:
    code, table = run(product, path)
    assert failing(table) == []
    assert code == 0
    assert "values stored" in table
    for row in truth.savings:
        assert f"savings {row.contract} kWh" in table
    assert "within the single ±" in table
    assert "rows agree" in table.splitlines()[-1]


def scale(holder: dict[str, Any], name: str, factor: float) -> None:
    holder[name] = holder[name] * factor


def scale_all(items: list[dict[str, Any]], name: str, factor: float) -> None:
    for item in items:
        scale(item, name, factor)


Damage = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("damage", "rows"),
    [
        (lambda a: scale(a["/ingest"], "readings_stored", 0.999999), ["values stored"]),
        (lambda a: a["/ingest"].update(positions_stored=1), ["positions stored"]),
        (lambda a: a["/ingest"].update(rejected=30), ["dead letters"]),
        (lambda a: a["/ingest"].update(unregistered=0), ["unregistered meters"]),
        (lambda a: scale(a["/energy"]["items"][1], "electricity_kwh", 1.006), ["electricity yunshan kWh"]),
        (lambda a: scale(a["/energy"]["items"][1], "electricity_kwh", 1.004), []),
        (lambda a: a["/energy"]["items"][0].update(hvac_kwh=None), ["city hvac_kwh"]),
        (lambda a: a["/contracts/emc-001/savings"]["total"].update(uncertainty_kwh=None),
         ["savings emc-001, ± kWh"]),
        (lambda a: scale(a["/contracts/emc-002/savings"]["total"], "savings_kwh", 1.07),
         ["savings emc-002 kWh"]),
        (lambda a: scale(a["/contracts/emc-002/savings"]["total"], "savings_kwh", 1.05), []),
        (lambda a: scale(a["/contracts/emc-003/savings"]["total"], "uncertainty_kwh", 20),
         ["savings emc-003, ± kWh"]),
        (lambda a: scale(a["/contracts/emc-003/savings"]["total"], "actual_kwh", 1.02),
         ["actual use emc-003 kWh"]),
        (lambda a: a["/contracts/emc-001/settlements/2026-02/export"]["results"]["model"]["lamps"][0].update(
            days=27.0), ["lamp hours emc-001 yard"]),
        (lambda a: a["/contracts/emc-002/settlements/2026-02/export"]["results"]["model"]["rate"].update(
            rate=0.6), ["saving rate emc-002"]),
        (lambda a: a["/contracts/emc-003/settlements/2026-02/export"]["inputs"].pop("adjustments"),
         ["months with emc-003 nra-1"]),
        (lambda a: a["/contracts/emc-004/steps"]["proposals"].clear(), ["step emc-004, days off"]),
        (lambda a: a["/contracts/emc-004/adjustments"]["items"].append({}), ["adjustments emc-004"]),
        (lambda a: a["/fleet/summary"]["items"][0].update(trips=1),
         ["trips", "vehicles with another trip count"]),
        (lambda a: scale_all(a["/fleet/summary"]["items"], "distance_km", 1.03),
         ["distance km"]),
        (lambda a: a["/fleet/summary"]["items"][1].update(flagged_trips=99), ["trips flagged"]),
        (lambda a: scale_all(a["/fleet/summary"]["items"], "litres_per_100km", 1.05),
         ["L/100 km, mean of vehicles"]),
        (lambda a: scale(a["/repairs/summary"], "response_minutes_p50", 1.5), ["repairs response p50 min"]),
        (lambda a: a["/repairs/summary"].update(completed_on_time=3), ["repairs completed_on_time"]),
        (lambda a: a["/repairs/summary"].update(overdue_open=99), ["repairs overdue_open"]),
        (lambda a: a["/repairs/summary"].update(on_time_rate=None), ["repairs on_time_rate"]),
    ],
    ids=range(25),
)  # fmt: skip
def test_a_figure_outside_its_tolerance_fails_and_no_other(
    product: FaithfulProduct, path: Path, damage: Damage, rows: list[str]
) -> None:
    damage(product.answers)
    code, table = run(product, path)
    assert failing(table) == rows
    assert code == (1 if rows else 0)


def test_a_saving_outside_the_single_band_says_so(product: FaithfulProduct, path: Path) -> None:
    scale(product.answers["/contracts/emc-001/savings"]["total"], "savings_kwh", 1.04)
    code, table = run(product, path)
    assert code == 0
    assert "outside the single ±" in table


def test_a_contract_without_savings_fails_plainly(product: FaithfulProduct, path: Path) -> None:
    product.answers["/contracts/emc-001/savings"]["total"] = None
    code, table = run(product, path)
    assert code == 1
    assert "savings emc-001 kWh" in failing(table)
    assert "none" in table


def test_months_that_began_after_the_history_are_not_compared(
    product: FaithfulProduct, path: Path, truth: Truth
) -> None:
    """A service that is asked later has settled them too, with the adjustment that still is in force."""
    agreed = "/contracts/emc-003/settlements"
    later = product.answers[f"{agreed}/2026-02/export"]
    for month in ("2026-03", "2027-01"):
        product.answers[agreed]["items"].append({"month": month, "version": 1})
        product.answers[f"{agreed}/{month}/export"] = {**later, "inputs": {**later["inputs"], "month": month}}
    assert truth.until == date(2026, 3, 1)
    assert failing(run(product, path)[1]) == []


def test_two_vehicles_that_trade_a_trip_are_noticed(product: FaithfulProduct, path: Path) -> None:
    items = product.answers["/fleet/summary"]["items"]
    items[0]["trips"] += 1
    items[1]["trips"] -= 1
    assert failing(run(product, path)[1]) == ["vehicles with another trip count"]


def test_it_waits_for_a_product_whose_jobs_still_run(product: FaithfulProduct, path: Path) -> None:
    true = product.answers["/ingest"]["readings_stored"]
    told = iter([0, 0])

    class Growing(FaithfulProduct):
        def __init__(self) -> None:
            self.answers = product.answers

        def __call__(self, method: str, where: str) -> tuple[int, Any]:
            if where == "/ingest":
                self.answers["/ingest"]["readings_stored"] = next(told, true)
            return super().__call__(method, where)

    code, _ = run(Growing(), path, wait_s=20)
    assert code == 0


def test_a_missing_route_is_one_line(product: FaithfulProduct, path: Path) -> None:
    del product.answers["/energy"]
    with pytest.raises(ServiceRefused, match="GET /energy: 404 no /energy"):
        run(product, path)


def test_an_absent_ledger_is_an_error(product: FaithfulProduct, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        run(product, tmp_path / "absent.json")
