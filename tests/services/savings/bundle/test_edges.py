"""Bundles at the edge: no readings, names of any script, the same bytes in every process."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from services.savings.bundle.archive import unpack
from services.savings.bundle.check import Against, check
from services.savings.bundle.making import Bundle, Making, Status, bundle, sha256
from services.savings.bundle.register import Quote
from services.savings.bundle.rows import Key
from services.savings.settlement.document import Settlement, settle
from tests.services.savings.bundle.forging import document, faults, sealed
from tests.services.savings.bundles import ISSUER, MADE_AT, made, quoted, registers, settled, stored
from tests.services.savings.conftest import ZONE

MAKING = Making(Status.ISSUED, MADE_AT, None, ISSUER, ZONE)
KNOWN = Against(ISSUER.public)
NONE = Quote.none()


def bundled(quotes: dict[Key, Quote], settlement: Settlement | None = None) -> Bundle:
    """The bundle of June from these readings, settled from them unless it is given."""
    known = registers()
    found = settlement or settled(quotes, known)
    return bundle(found, known, quoted(quotes, found, known), MAKING)


def table(made_of: Bundle, name: str = "intervals.csv") -> list[list[str]]:
    lines = unpack(made_of.content)[name].decode().split("\n")
    return [line.split(",") for line in lines[1:-1]]


# No readings


def silent(period: str) -> dict[Key, Quote]:
    """All readings but those of a period."""
    return {key: NONE if key[0] == period else quote for key, quote in stored().items()}


def test_a_month_without_a_reading_is_a_bundle_that_holds_and_pays_nothing() -> None:
    found = bundled(silent("reporting"))
    assert not found.unproven
    assert not faults(found.content)
    results = json.loads(unpack(found.content)["settlement.json"])["results"]
    assert (results["state"], results["esco_fee_yuan"]) == ("held", None)
    rows = [row for row in table(found) if row[0] == "reporting"]
    assert len(rows) == 2 * 30
    assert {tuple(row[5:]) for row in rows} == {("",) * 9}


def test_a_meter_without_a_reading_leaves_all_days_unknown() -> None:
    lost = ("reporting", "hall-l2")
    found = bundled({key: NONE if key[:2] == lost else quote for key, quote in stored().items()})
    assert not faults(found.content)
    assert json.loads(unpack(found.content)["settlement.json"])["results"]["period"]["days_measured"] == 0


def test_figures_without_any_reading_are_made_and_told_to_be_unproven() -> None:
    """Readings lost from the store do not keep an issuer from a bundle; it says what it cannot show."""
    known = registers()
    settlement = settled(stored(), known)
    found = bundle(settlement, known, dict.fromkeys(stored(), NONE), MAKING)
    assert len(found.unproven) == 3 * 2 * (365 + 30)
    told = faults(found.content)
    assert told.keys() == {"values"}
    assert told["values"].recomputed == "nothing"


def test_a_single_reading_proves_nothing() -> None:
    one = {key: quote.only(quote.times_ms == quote.times_ms[700]) for key, quote in stored().items()}
    known = registers()
    found = bundle(settled(stored(), known), known, one, MAKING)
    assert len(found.unproven) == 3 * 2 * (365 + 30)
    assert "values" in faults(found.content)


# Names


def renamed(**names: str) -> Settlement:
    """June under a contract with other names."""
    inputs = document()["inputs"]
    inputs["contract"] |= names
    made_anew = settle(inputs)
    own = settled(stored(), registers())
    return replace(own, document=made_anew, input_sha256=made_anew["input_sha256"])


@pytest.mark.parametrize(
    "name",
    [
        "𠮷野堂 · 照明改造",
        "مدرسة النور",
        "e\u0301cole vs école",
        "a, b \"c\" 'd' <e> & \\ / = @",
        "🏫",
        "x" * 200,
    ],
)
def test_names_of_any_script_are_in_the_bundle_as_they_were_given(name: str) -> None:
    found = bundled(stored(), renamed(name_zh=name, esco_en=name, price_source=name))
    assert not faults(found.content)
    files = unpack(found.content)
    assert name in files["statement.txt"].decode()
    assert json.loads(files["tariff.json"])["price_source"] == name
    assert json.loads(files["settlement.json"])["inputs"]["contract"]["esco_en"] == name


def test_names_that_look_alike_are_not_the_same() -> None:
    """é in one sign and in two: other bytes, another hash."""
    one, two = (bundled(stored(), renamed(name_en=name)) for name in ("école", "e\u0301cole"))
    assert one.manifest_sha256 != two.manifest_sha256


# The same bytes


def test_nothing_of_a_bundle_hangs_on_the_order_of_what_it_is_made_of() -> None:
    backwards = dict(reversed(stored().items()))
    known = dict(reversed(registers().items()))
    settlement = settled(stored(), registers())
    again = bundle(settlement, known, quoted(backwards, settlement, known), MAKING)
    assert again.content == sealed().content


def test_an_instant_is_the_same_in_every_zone_of_its_clock() -> None:
    """The same moment told in another zone is spelled as it was told; figures do not move with it."""
    shanghai = MAKING.made_at.astimezone(timezone(timedelta(hours=8)))
    known, settlement = registers(), settled(stored(), registers())
    other = bundle(settlement, known, quoted(stored(), settlement, known), replace(MAKING, made_at=shanghai))
    ours, theirs = unpack(sealed().content), unpack(other.content)
    assert {name for name in ours if ours[name] != theirs[name]} == {"manifest.json", "signature.json"}
    assert not faults(other.content)


PRINT = (
    "import hashlib; from tests.services.savings.bundles import made;"
    "print(hashlib.sha256(made().content).hexdigest())"
)


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_another_process_makes_the_same_bytes(seed: str) -> None:
    """Whatever the order of its sets, its locale and its time zone."""
    run = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "America/New_York", "LC_ALL": "C",
           "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True, env=run)
    assert done.stdout.strip() == sha256(sealed().content)


def test_a_moment_later_it_is_another_bundle_of_the_same_statement() -> None:
    later = replace(MAKING, made_at=datetime(2025, 7, 3, 4, 0, 1, tzinfo=UTC))
    known, settlement = registers(), settled(stored(), registers())
    other = bundle(settlement, known, quoted(stored(), settlement, known), later)
    assert other.manifest_sha256 != sealed().manifest_sha256
    assert (other.name, other.unproven) == (sealed().name, sealed().unproven)


# Other months and meters


@pytest.mark.parametrize("month", ["2025-07", "2025-12"])
def test_every_month_has_its_own_bundle(month: str) -> None:
    found = made(month=month)
    assert found.name == f"statement-emc-001-{month}-v1.kwb"
    assert not faults(found.content)
    manifest: Any = json.loads(unpack(found.content)["manifest.json"])
    assert (manifest["month"], manifest["status"], manifest["unproven_values"]) == (month, "issued", 0)


def test_readings_beside_midnight_are_cut_and_proven() -> None:
    found = bundled(stored(offset_min=11))
    assert not faults(found.content)
    row = next(row for row in table(found) if row[0] == "reporting")
    assert row[8].startswith("2025-05-31T23:41:00")
    assert row[11].startswith("2025-06-02T00:11:00")
    assert len(list(check(found.content, KNOWN))) > 8
