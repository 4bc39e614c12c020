"""An operator's own tariffs, patience and key in a whole city: settled with them, verified without them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.app import Parts, build_jobs, create_app
from services.savings.bundle.archive import pack, unpack
from services.savings.money.tariffs.files import load_tariffs
from services.scheduling import run_cycle
from tests.services.web.city import CONTRACT, build_city
from tests.test_compose import ROOT, first_start

TARIFF = """
[[plan]]
id = "campus"
region = "campus"
structure = "single"
voltage = "<1 kV"
effective_from = 2026-09-01
source = "supply contract 2026-18, annex 2"
mark = "V"
zone = "Asia/Shanghai"
non_tou = 0.6543
"""
PATIENCE = """
[[patience]]
effective_from = 2026-11-01
days = 30
source = "contract, clause 9"
mark = "V"
"""
BODY = {name: CONTRACT[name] for name in CONTRACT if name != "code"} | {
    "valuation": {"by": "current", "tariff": "campus"}
}
OCTOBER = "/api/v1/contracts/emc-01/settlements/2026-10"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the operator wrote, and what the first start made."""
    found = tmp_path_factory.mktemp("operator")
    (found / "tariffs").mkdir()
    (found / "tariffs/campus.toml").write_text(TARIFF, encoding="utf-8")
    (found / "finality.toml").write_text(PATIENCE, encoding="utf-8")
    first_start(found / ".env")
    return found


@pytest.fixture(scope="module")
def parts(folder: Path) -> Iterator[Parts]:
    """The city with the folder of tariffs and the key, its contract valued at the operator's tariff."""
    found = build_city(folder, tariff_dir=folder / "tariffs", issuer_key=folder / "secrets/issuer.pem")
    yield found
    found.close()


@pytest.fixture(scope="module")
def october(parts: Parts) -> TestClient:
    """The service, once October is settled with the operator's tariff."""
    client = TestClient(create_app(parts))
    answer = client.put("/api/v1/contracts/emc-01", json=BODY)
    assert answer.status_code == 200, answer.text
    assert run_cycle(build_jobs(parts), parts.sessions, parts.clock)
    return client


def verify(folder: Path, name: str, content: bytes, *options: str) -> subprocess.CompletedProcess[str]:
    """`kilowitness verify` as anyone runs it: another folder, none of the operator's settings."""
    (folder / name).write_bytes(content)
    rest: Mapping[str, str] = {k: v for k, v in os.environ.items() if not k.startswith("KILOWITNESS_")}
    return subprocess.run(
        [sys.executable, "-m", "kilowitness", "verify", name, "--language", "en", *options],
        cwd=folder, env={**rest, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_month_is_settled_at_the_operators_tariff(october: TestClient) -> None:
    document = october.get(f"{OCTOBER}/export").json()
    (plan,) = document["inputs"]["tariffs"]
    assert (plan["id"], plan["non_tou"]) == ("campus", "0.6543")
    assert plan["source"] == "supply contract 2026-18, annex 2"
    results = document["results"]
    (price,) = (one["value"] for one in results["lines"] if one["key"].startswith("price_yuan_per_kwh"))
    assert Decimal(price) == Decimal("0.6543")
    assert results["esco_fee_yuan"] is not None


def test_an_exported_month_is_verified_without_the_operators_folder(
    october: TestClient, tmp_path: Path
) -> None:
    done = verify(tmp_path, "october.json", october.get(f"{OCTOBER}/export").content)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_bundle_is_verified_with_the_key_of_the_first_start(october: TestClient, tmp_path: Path) -> None:
    (tmp_path / "issuer.pub").write_bytes(october.get("/api/v1/issuer-key").content)
    bundle = october.get(f"{OCTOBER}/bundle").content
    done = verify(tmp_path, "october.kwb", bundle, "--key", "issuer.pub")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_bundle_holds_the_operators_tariff_and_lists_only_the_programmes_tables(
    october: TestClient, tmp_path: Path
) -> None:
    files = unpack(october.get(f"{OCTOBER}/bundle").content)
    tariffs = json.loads(files["tariff.json"])["tariffs"]
    assert tariffs == json.loads(files["settlement.json"])["inputs"]["tariffs"]
    assert [plan["id"] for plan in tariffs] == ["campus"]
    assert not [name for name in json.loads(files["manifest.json"])["editions"] if "campus" in name]
    altered = pack(files | {"tariff.json": files["tariff.json"].replace(b"0.6543", b"0.7543")})
    done = verify(tmp_path, "october.kwb", altered)
    assert done.returncode == 1
    assert "tariff.json" in done.stdout


@pytest.mark.parametrize("changed", ["non_tou", "source"])
def test_a_frozen_tariff_cannot_be_altered(october: TestClient, tmp_path: Path, changed: str) -> None:
    document: dict[str, Any] = october.get(f"{OCTOBER}/export").json()
    document["inputs"]["tariffs"][0][changed] = "0.7543"
    done = verify(tmp_path, "october.json", json.dumps(document).encode())
    assert done.returncode == 1
    assert ("results.lines" if changed == "non_tou" else "input_sha256") in done.stdout


def test_without_the_folder_nobody_knows_the_tariff(parts: Parts) -> None:
    bare = TestClient(create_app(replace(parts, tariffs=load_tariffs())))
    answer = bare.put("/api/v1/contracts/emc-01", json=BODY)
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "body/valuation/tariff: no tariff 'campus'",
    )


def test_a_longer_patience_of_the_operators_waits(tmp_path: Path, folder: Path) -> None:
    """October lacks a night: the built-in patience was over on 11 November, the operator's goes on."""
    for finality_file, months in ((None, ["2026-10"]), (folder / "finality.toml", [])):
        place = tmp_path / str(len(months))
        place.mkdir()
        city = build_city(place, finality_file=finality_file)
        found = [one.month for one in city.savings.settlements.latest("emc-01")]
        city.close()
        assert [month for month in found if month == "2026-10"] == months
