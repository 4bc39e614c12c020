"""What README.txt of a bundle says is so: its files, its commands as they stand, its rules done by hand."""

import csv
import json
import re
import shutil
import subprocess
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.savings.bundle.readme import README
from services.savings.bundle.verify_command import _parser
from tests.services.savings.bundle.forging import files
from tests.services.savings.bundle.measured import WEATHER, stated, told
from tests.services.savings.bundle.test_measurements import AGREED, LAMPS, RATE
from tests.services.savings.bundles import ISSUER, instant
from tests.services.savings.conftest import ZONE

NO_OPENSSL = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")


def commands(number: int) -> list[str]:
    """The commands of a numbered point, those of several lines together."""
    point = README.partition(f"\n{number}. ")[2].partition(f"\n{number + 1}. ")[0]
    lines = [line[5:] for line in point.split("\n") if line.startswith("     ")]
    return ["\n".join(lines)] if lines[0].startswith("python3") else lines


def told_by(command: str, folder: Path) -> str:
    done = subprocess.run(["bash", "-ec", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def unzipped(found: dict[str, bytes], folder: Path) -> Path:
    for name, content in found.items():
        (folder / name).write_bytes(content)
    return folder


def table(found: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(found[name].decode().splitlines()))


def test_every_file_is_named_and_no_other() -> None:
    listed = {row[2:].split(" ")[0] for row in README.split("\n") if row.startswith("  ") and row[2:3] != " "}
    adjusted = stated(adjustments=AGREED).files
    assert listed - {"kilowitness"} == set(adjusted) - {"README.txt"}
    assert set(files()) == set(adjusted) - {"adjustments.json"}


def test_the_options_named_are_those_of_the_command() -> None:
    named = set(re.findall(r"--[a-z-]+", README.partition("\n1. ")[0]))
    assert named == {"--key", "--previous", "--previous-key", "--calendar-dir"}
    for option in named:
        assert _parser().parse_args(["file.kwb", option, "other"]).file == Path("file.kwb")


def test_lines_are_at_most_as_wide_as_a_window() -> None:
    assert max(map(len, README.split("\n"))) <= 110


def test_hashes_by_hand(tmp_path: Path) -> None:
    (command,) = commands(1)
    sums = told_by(command, unzipped(dict(files()), tmp_path)).splitlines()
    for row in json.loads(files()["manifest.json"])["files"]:
        assert f"{row['sha256']}  {row['name']}" in sums


@NO_OPENSSL
def test_signature_and_fingerprint_by_hand(tmp_path: Path) -> None:
    unzipped(dict(files()), tmp_path)
    (tmp_path / "issuer.pub").write_text(ISSUER.public.pem)
    extract, check, fingerprint = (one.replace("/tmp/signature", "signature") for one in commands(2))
    told_by(extract, tmp_path)
    assert "Verified Successfully" in told_by(check, tmp_path)
    assert told_by(fingerprint, tmp_path).split()[0] == ISSUER.public.fingerprint
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"issued", b"bissue"))
    with pytest.raises(AssertionError):
        told_by(check, tmp_path)


def listed(found: dict[str, bytes], meter: str) -> dict[str, Any]:
    """A meter of the ledger."""
    meters: list[dict[str, Any]] = json.loads(found["ledger.json"])["meters"]
    return next(one for one in meters if one["code"] == meter)


def ratio(found: dict[str, bytes], meter: str) -> float:
    (line,) = listed(found, meter)["ledger"]
    return 1.0 if line["already_primary"] else float(line["ct"] * line["pt"])


def test_energy_by_hand() -> None:
    days = {row[0]: row[3] for row in json.loads(files()["settlement.json"])["inputs"]["reporting_days"]}
    rows = [row for row in table(dict(files()), "intervals.csv") if row["period"] == "reporting"]
    assert {row["first_time"] for row in rows} <= {row["start"] for row in rows}
    for row in rows:
        rise = float(row["last_value"]) - float(row["first_value"])
        kwh = float(row["measured_kwh"]) + float(row["estimated_kwh"])
        assert kwh == pytest.approx(rise * ratio(dict(files()), row["meter"]), abs=1e-3)
        place = ("hall-l1", "hall-l2").index(row["meter"])
        assert days[row["start"][:10]][place][0] == round(float(row["measured_kwh"]), 3)


def by_hand(samples: list[tuple[datetime, float]], day: date, gap_s: float) -> tuple[float, float]:
    """The mean of a local day and its covered share, from straight lines between samples."""
    start = datetime.combine(day, time(), ZONE)
    end, seconds, area = start + timedelta(days=1), 0.0, 0.0
    for (t0, v0), (t1, v1) in pairwise(samples):
        length = (t1 - t0).total_seconds()
        a, b = max(t0, start), min(t1, end)
        if a < b and length <= gap_s:
            at = [v0 + (v1 - v0) * (one - t0).total_seconds() / length for one in (a, b)]
            seconds += (b - a).total_seconds()
            area += (b - a).total_seconds() * sum(at) / 2
    return area / seconds, seconds / 86_400


SILENCES = ((10, range(3, 19)), (12, range(8, 15)))
"""Hours without a sample: most of the 10th of June, and less than half of the 12th."""


def by_weather() -> dict[str, bytes]:
    """June by weather, with silences."""
    known, series = told(), ("reporting", WEATHER, "temperature_c")
    gone = [instant(f"2025-06-{day:02}T{hour:02}:20:00") for day, hours in SILENCES for hour in hours]
    known[series] = known[series].only(~np.isin(known[series].times_ms, gone))
    return stated({"by": "regression", "weather": WEATHER}, quotes=known).files


def test_outdoor_temperature_by_hand() -> None:
    found = by_weather()
    meter = listed(found, WEATHER)
    scale = meter["ledger"][0]["channels"]["temperature_c"]["scale"]
    days, further = (
        [row for row in table(found, name) if (row["period"], row["meter"]) == ("reporting", WEATHER)]
        for name in ("intervals.csv", "readings.csv")
    )
    quoted = {(row[f"{end}_time"], row[f"{end}_value"]) for row in days for end in ("first", "last")}
    quoted |= {(row["time"], row["value"]) for row in further}
    samples = sorted((datetime.fromisoformat(at), float(value) * scale) for at, value in quoted)
    frozen = {row[0]: row[4] for row in json.loads(found["settlement.json"])["inputs"]["reporting_days"]}
    for row in days:
        day = row["start"][:10]
        mean, covered = by_hand(samples, date.fromisoformat(day), meter["gap_limit_s"])
        assert float(row["mean_c"]) == pytest.approx(mean, abs=1e-6)
        assert frozen[day] == (round(float(row["mean_c"]), 2) if covered >= 0.5 else None)
    assert [day for day, mean in frozen.items() if mean is None] == ["2025-06-10"]


@pytest.mark.parametrize("measurement", [LAMPS, RATE], ids=["lamps", "saving rate"])
def test_what_was_agreed_stands_in_the_contract(measurement: Any) -> None:
    said = json.loads(stated(measurement).files["settlement.json"])["inputs"]["contract"]["measurement"]
    slot = "groups" if measurement is LAMPS else "tests"
    assert len(said[slot]) == len(measurement[slot])


def test_the_hash_of_a_wording_by_hand(tmp_path: Path) -> None:
    found = stated(adjustments=AGREED).files
    (command,) = commands(7)
    hashes = dict(row.split() for row in told_by(command, unzipped(found, tmp_path)).splitlines())
    for one in json.loads(found["adjustments.json"]):
        assert {given["content_sha256"] for given in one["approvals"]} == {hashes[one["code"]]}
    other = found["adjustments.json"].replace(b"a school", b"a club")
    (tmp_path / "adjustments.json").write_bytes(other)
    changed = dict(row.split() for row in told_by(command, tmp_path).splitlines())
    assert not set(changed.values()) & set(hashes.values())
