"""What an issuer with his own key may still do, and what `verify` tells of it beside the statement before."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.metering.rulings import Ruling, Verdict
from services.savings.bundle.archive import unpack
from services.savings.bundle.case import Case
from services.savings.bundle.check import Against
from services.savings.bundle.ledger import read, spelled, unread
from services.savings.bundle.making import Link
from services.savings.bundle.parts import spelled as json_bytes
from services.savings.bundle.register import Register
from services.savings.bundle.since import told_otherwise
from services.savings.bundle.verify_command import main
from services.savings.bundle.verify_words import WORDS, Language
from tests.services.savings.bundle.forging import (
    document,
    faults,
    files,
    rehashed,
    sealed,
    settled_anew,
    until,
)
from tests.services.savings.bundle.measured import stated
from tests.services.savings.bundles import ISSUER, OTHER, made, meter

Change = Callable[[Any], object]
Captured = pytest.CaptureFixture[str]


def july(previous: Link | None = None) -> bytes:
    return made(previous=previous, month="2025-07").content


def june() -> Link:
    return Link("2025-06", 1, sealed().manifest_sha256)


def verify(folder: Path, data: bytes, *options: str, language: Language = "en") -> int:
    file = folder / "statement.kwb"
    file.write_bytes(data)
    return main([str(file), "--language", language, *options])


# Beside the statement before


def test_two_months_of_one_contract_tell_the_same() -> None:
    assert told_otherwise(Case(july(june())), Case(sealed().content)) == []


def dearer(inputs: Any) -> None:
    inputs["contract"]["price_yuan_per_kwh"] = "0.835686"


def fuller(inputs: Any) -> None:
    inputs["baseline_days"][40][3][0][0] += 100.0


@pytest.mark.parametrize(("change", "place"), [(dearer, "contract.price_yuan_per_kwh"),
                                               (fuller, "baseline_days.40.3.0.0")])  # fmt: skip
def test_other_terms_and_other_baseline_days_are_told(change: Change, place: str) -> None:
    (found,) = told_otherwise(Case(settled_anew(change)), Case(sealed().content))
    assert (found.file, found.place) == ("settlement.json", place)


def test_another_reading_at_the_same_instant_is_told() -> None:
    lines = files()["intervals.csv"].decode().split("\n")
    cells = lines[100].split(",")
    other = ",".join(cells).replace(cells[12], repr(float(cells[12]) + 5))
    altered = "\n".join([*lines[:100], other, *lines[101:]]).replace(
        lines[101], _first(lines[101], cells[12])
    )
    (found,) = told_otherwise(
        Case(rehashed({**files(), "intervals.csv": altered.encode()})), Case(made().content)
    )
    assert found.file == "intervals.csv"
    assert found.place == f"hall-l1 energy_kwh {cells[11]}"
    assert float(str(found.said)) - float(str(found.recomputed)) == pytest.approx(5)


def _first(line: str, value: str) -> str:
    """The next day begins with the reading that this one ended with."""
    cells = line.split(",")
    assert cells[9] == value
    return ",".join([*cells[:9], repr(float(value) + 5), *cells[10:]])


def test_another_ratio_is_told() -> None:
    ledger = document("ledger.json")
    ledger["meters"][0]["ledger"][0]["ct"] = 20.0
    (found,) = told_otherwise(
        Case(rehashed({**files(), "ledger.json": json_bytes(ledger)})), Case(made().content)
    )
    assert (found.place, found.said, found.recomputed) == ("ledger.meters.0.ledger.0.ct", "20.0", "10.0")


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_command_tells_what_is_otherwise(tmp_path: Path, language: Language, capsys: Captured) -> None:
    before, now = tmp_path / "june.kwb", settled_anew(dearer)
    before.write_bytes(sealed().content)
    manifest = {"month": "2025-06", "version": 1, "manifest_sha256": sealed().manifest_sha256}
    again = rehashed(unpack(now), ISSUER, previous=manifest, version=2)
    assert verify(tmp_path, again, "--previous", str(before), language=language) == 0
    told = capsys.readouterr().out
    assert f"{WORDS[language]['since']} settlement.json contract.price_yuan_per_kwh" in told
    assert "'0.835686'" in told
    assert "'0.735686'" in told
    (tmp_path / "july.kwb").write_bytes(july(june()))
    assert main([str(tmp_path / "july.kwb"), "--language", language, "--previous", str(before)]) == 0
    assert WORDS[language]["since"] not in capsys.readouterr().out


# The chain


def test_a_preview_is_no_link() -> None:
    preview = rehashed(files(), ISSUER, status="preview")
    link = Case(preview).manifest
    found = faults(july(june()), Against(ISSUER.public, previous=preview))["chain"]
    assert (link["status"], found.place, found.said) == ("preview", "previous: status", "'preview'")


@pytest.mark.parametrize(("version", "holds"), [(1, False), (2, True)])
def test_a_version_follows_an_earlier_one(version: int, holds: bool) -> None:
    """A correction is a new version, so none can name itself, or one to come, as the statement before."""
    previous = {"month": "2025-06", "version": 1, "manifest_sha256": "0" * 64}
    found = until("manifest", rehashed(files(), OTHER, previous=previous, version=version))
    assert (found is None) is holds
    assert holds or (found is not None and found.place == "previous.version")


# What is taken as it stands


def test_a_statement_that_names_none_before_it_says_so(tmp_path: Path, capsys: Captured) -> None:
    assert verify(tmp_path, sealed().content) == 0
    assert WORDS["en"]["first"] in capsys.readouterr().out
    assert verify(tmp_path, july(june())) == 0
    assert WORDS["en"]["first"] not in capsys.readouterr().out


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_readme_of_other_words_is_told(tmp_path: Path, language: Language, capsys: Captured) -> None:
    data = rehashed({**files(), "README.txt": b"Pay to account 1234."}, ISSUER)
    assert verify(tmp_path, data, language=language) == 0
    assert WORDS[language]["readme_differs"] in capsys.readouterr().out
    assert verify(tmp_path, sealed().content, language=language) == 0
    assert WORDS[language]["readme_differs"] not in capsys.readouterr().out


def test_who_released_a_held_month_is_told(tmp_path: Path, capsys: Captured) -> None:
    held = stated(limits={"cvrmse": "0.0001"})
    assert verify(tmp_path, held.content) == 0
    assert "was released" not in capsys.readouterr().out
    word = {"by": "王敏", "role": "bureau", "reason": "双方同意", "at": "2025-07-02T01:00:00+00:00"}
    assert verify(tmp_path, held.altered(lambda inputs: inputs.update(release=word)).content) == 0
    told = capsys.readouterr().out
    assert WORDS["en"]["released"].format(**word) in told


def test_sums_of_earlier_months_are_told_as_not_checked(tmp_path: Path, capsys: Captured) -> None:
    def summed(inputs: Any) -> None:
        inputs.update(months=["2025-05"], so_far={"1": {"savings_kwh": "4000.000"}})

    assert verify(tmp_path, stated().altered(summed).content) == 0
    assert WORDS["en"]["so_far"].format(months="2025-05") in capsys.readouterr().out


# The ledger

LEDGERS: list[tuple[Change, str]] = [
    (lambda one: one.update(more=1), "ledger.more: nothing reads it"),
    (lambda one: one["rulings"].update({"hall-x": []}), "ledger.rulings.hall-x: nothing reads it"),
    (lambda one: one["meters"].append(one["meters"][1]), "ledger.meters"),
    (lambda one: one["meters"][0]["ledger"][0].update(ct=10), "ledger.meters.0.ledger.0.ct: says 10"),
    (lambda one: one["meters"][0]["ledger"][0].update(pt="1.0"), "ledger.meters.0.ledger.0.pt: says '1.0'"),
    (lambda one: one["meters"][0].update(gap_limit_s=5400.0), "ledger.meters.0.gap_limit_s: says 5400.0"),
]


@pytest.mark.parametrize(("change", "place"), LEDGERS)
def test_a_ledger_says_nothing_that_is_not_read(change: Change, place: str) -> None:
    ledger = document("ledger.json")
    change(ledger)
    found = until("readings", rehashed({**files(), "ledger.json": json_bytes(ledger)}, OTHER))
    assert found is not None
    assert place in str(found)


def test_a_ledger_is_read_as_it_is_spelled_and_may_leave_out_defaults() -> None:
    """A field that a later version adds is at its default in what was sealed before."""
    decided = Ruling(1_750_000_000_000, 1_750_001_800_000, 1.0, 2.0, None, Verdict.DISCARD)
    whole = json.loads(json_bytes(spelled([Register(meter("hall-l1"), (decided,))])))
    assert unread(whole, json.loads(json_bytes(spelled(list(read(whole).values()))))) is None
    short = json.loads(json.dumps(whole))
    del short["meters"][0]["parent"]
    assert unread(short, whole) is None
