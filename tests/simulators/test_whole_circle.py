"""The whole circle: what the city sends and registers is enough to find the truth again."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from simulators.city import City, build_city
from simulators.faults import plan_faults
from simulators.history import history_messages
from simulators.plan import Fault
from simulators.registration import register_city
from simulators.truth import ledger, write_truth
from simulators.verify import verify
from tests.simulators.conftest import SMALL
from tests.simulators.little_product import LittleProduct
from tests.simulators.stub_service import running_stub


@pytest.fixture(scope="module", name="city")
def _city() -> City:
    """Fifteen months of three institutions under contract, with every fault."""
    return build_city(
        replace(SMALL, months=15, baseline_months=12, institutions=3, vehicles=3, repairs_per_month=15)
    )


@pytest.fixture(scope="module", name="product")
def _product(city: City) -> LittleProduct:
    with running_stub(lambda _method, _path: (200, {})) as office:
        register_city(city, office.url)
    plan = city.plan
    return LittleProduct(history_messages(city), office, start=plan.start, until=plan.until)


def test_a_product_made_of_what_was_sent_finds_the_truth(
    city: City, product: LittleProduct, tmp_path: Path
) -> None:
    path, text = tmp_path / "truth.json", StringIO()
    write_truth(ledger(city), path)
    with running_stub(product) as stub:
        code = verify(stub.url, path, console=Console(file=text, width=200))
    assert code == 0, text.getvalue()
    assert len(city.contracts) == 3


def test_a_product_that_forgets_a_ratio_is_found_out(
    city: City, product: LittleProduct, tmp_path: Path
) -> None:
    path, text = tmp_path / "truth.json", StringIO()
    write_truth(ledger(city), path)
    [line] = next(meter for meter in product.registry["meters"] if meter["code"] == "yunshan-e1")["ledger"]
    ratio = line.pop("already_primary")
    with running_stub(product) as stub:
        code = verify(stub.url, path, console=Console(file=text, width=200))
    line["already_primary"] = ratio
    assert code == 1
    failing = [row.split("│")[1].strip() for row in text.getvalue().splitlines() if "FAIL │" in row]
    assert failing == ["electricity yunshan kWh", "city electricity_kwh"]


def test_a_product_that_ignores_the_swap_is_found_out(
    city: City, product: LittleProduct, tmp_path: Path
) -> None:
    """Without its ledger line the new device's first register looks like a rollover."""
    path, text = tmp_path / "truth.json", StringIO()
    write_truth(ledger(city), path)
    meter = next(meter for meter in product.registry["meters"] if meter["code"] == "gov-h1")
    swap = meter["ledger"].pop()
    with running_stub(product) as stub:
        code = verify(stub.url, path, console=Console(file=text, width=200))
    meter["ledger"].append(swap)
    assert code == 1
    failing = [row.split("│")[1].strip() for row in text.getvalue().splitlines() if "FAIL │" in row]
    assert failing == ["city hvac_kwh"]


def test_the_city_of_the_circle_has_its_faults(city: City) -> None:
    faults = plan_faults(city.plan, city.meters, city.contracts)
    assert faults.missing
    assert faults.late
    assert faults.twice
    assert faults.shuffled
    assert {Fault.SWAP, Fault.ROLLOVER, Fault.ZONELESS} <= city.plan.faults
