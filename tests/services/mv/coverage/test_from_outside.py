"""The ± as a stranger would try it: files with a known saving, written without the project's ensembles, and
`kilowitness mv` run on them; errors in date order, some multiplied, some small on days off."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from services.mv.command.main import main

Floats = npt.NDArray[np.float64]
FIRST, GAP, COUNT = date(2024, 3, 1), 31, 761
DAYS = [FIRST + timedelta(days=i) for i in range(COUNT)]
BUILDINGS = 6


@dataclass(frozen=True)
class Kind:
    """How a made-up building answers to weather [kWh/d per K], and how it errs."""

    heating: float
    cooling: float
    errs: str
    rho: float


KINDS = (
    Kind(0, 0, "multiplied", 0.3),
    Kind(0, 22, "less on days off", 0.6),
    Kind(10, 22, "alike", 0.6),
)


def wandering(rng: np.random.Generator, rho: float) -> Floats:
    found = rng.standard_normal(COUNT)
    for i in range(1, COUNT):
        found[i] = rho * found[i - 1] + (1 - rho * rho) ** 0.5 * found[i]
    return found


def made(kind: Kind, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Outdoor temperature [°C] and energy without any retrofit [kWh], shape (COUNT,)."""
    of_year = np.array([day.timetuple().tm_yday for day in DAYS])
    outdoor = 13 - 14 * np.cos(2 * np.pi * (of_year - 18) / 365.25) + 3.2 * wandering(rng, 0.7)
    works = np.array([day.weekday() < 5 for day in DAYS])
    mean = np.where(works, 400.0, 260.0)
    mean = mean + kind.cooling * np.maximum(outdoor - 21, 0) + kind.heating * np.maximum(12 - outdoor, 0)
    error = wandering(rng, kind.rho)
    if kind.errs == "multiplied":
        return outdoor, mean * np.exp(0.15 * error - 0.5 * 0.15**2)
    return outdoor, mean + np.where(works | (kind.errs == "alike"), 0.1, 0.02) * mean.mean() * error


def written(file: Path, rows: range, outdoor: Floats, energy: Floats) -> str:
    lines = [f"{DAYS[i]},{outdoor[i]:.2f},{energy[i]:.3f}" for i in rows]
    file.write_text("time,temperature,energy_kwh\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def answered(files: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*files, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def tried(
    kind: Kind, folder: Path, capsys: pytest.CaptureFixture[str], *, learnt: range
) -> Iterator[tuple[float, dict[str, Any]]]:
    """Error of a saving, of nothing or a fifth, in half-widths, and the answer: a month, quarter, year."""
    rng = np.random.default_rng([2026, KINDS.index(kind)])
    for number in range(BUILDINGS):
        saved = 0.2 * (number % 2)
        outdoor, energy = made(kind, rng)
        before = written(folder / "b.csv", learnt, outdoor, energy)
        for length in (30, 90, 365):
            first = 365 + GAP + int(rng.integers(0, 365 - length + 1))
            rows = range(first, first + length)
            after = written(folder / "r.csv", rows, outdoor, (1 - saved) * energy)
            answer = answered(["--baseline", before, "--reporting", after], capsys)
            truth = saved * float(energy[rows].sum())
            yield (answer["savings_kwh"] - truth) / answer["uncertainty_kwh"], answer


def test_errors_of_known_savings_spread_as_the_band_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half-widths at 90 % are 1.645 standard errors: 0.61 of one at the root mean square."""
    year = range(365)
    off = np.array([off for kind in KINDS for off, _ in tried(kind, tmp_path, capsys, learnt=year)])
    assert len(off) == 9 * BUILDINGS
    assert 0.45 <= np.sqrt(np.mean(off**2)) <= 0.75
    assert abs(off.mean()) < 0.2
    assert np.mean(np.abs(off) <= 1) >= 0.85


def test_where_a_baseline_of_summer_speaks_of_winter_the_answer_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summer = range(61, 243)
    proven: dict[bool, list[bool]] = {True: [], False: []}
    for off, answer in tried(KINDS[2], tmp_path, capsys, learnt=summer):
        found = {record["what"]: record["ok"] for record in answer["records"]}
        proven[found["reporting_share_beyond_weather"]].append(abs(off) <= 1)
    assert np.mean(proven[True]) > 0.75
    assert np.mean(proven[False]) < 0.5
    assert min(len(held) for held in proven.values()) >= 4
