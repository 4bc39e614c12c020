"""`kilowitness mv`: measure and verify one saving from two CSV files, without service or database."""

import argparse
import csv
import json
import math
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from services.mv.accounting import account
from services.mv.baseline import NoBaseline, fit
from services.mv.canonical import plain, sha256_of
from services.mv.daylight import daylight_hours
from services.mv.gates import gates
from services.mv.model import ENGINE, Days, Record
from services.mv.uncertainty import error_model
from services.workdays import Workdays

_MONTH_DAYS = 365.25 / 12


class FileRefused(ValueError):
    """A file cannot be read; the message names it, the line and the reason."""


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 with the JSON object on standard output, 2 with one line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        print(json.dumps(_measure(options), ensure_ascii=False, indent=2))  # noqa: T201
    except (FileRefused, NoBaseline) as error:
        print(f"kilowitness mv: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "kilowitness mv",
        description="Fit a baseline to daily energy and account for the saving of the reporting period.",
        epilog="Columns: time (a local date), energy_kwh (empty where unknown); temperature is not used yet.",
    )
    parser.add_argument("--baseline", type=Path, required=True, help="CSV of the baseline period")
    parser.add_argument("--reporting", type=Path, required=True, help="CSV of the reporting period")
    parser.add_argument(
        "--calendar",
        choices=("cn", "none"),
        default="cn",
        help="day types from the Chinese working calendar, or none",
    )
    parser.add_argument(
        "--latitude", type=float, help="degrees north; with --longitude, daylight is a driver"
    )
    parser.add_argument("--longitude", type=float, help="degrees east")
    parser.add_argument("--json", action="store_true", help="print JSON, which is what is always printed")
    return parser


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    if (options.latitude is None) != (options.longitude is None):
        raise FileRefused("--latitude and --longitude go together")
    before, after = (_read(file, options) for file in (options.baseline, options.reporting))
    model = error_model(fit(before))
    savings = account(model, after)
    total, figures = savings.total, model.baseline.fit
    records: tuple[Record, ...] = (*model.baseline.records, *savings.records)
    inputs = {"baseline": _plain_days(before), "reporting": _plain_days(after)}
    found = {
        "form": model.baseline.form,
        "coefficients": model.baseline.coefficients,
        "cvrmse": figures.cvrmse,
        "nmbe": figures.nmbe,
        "r2": figures.r2,
        "n_effective": figures.n_effective,
        "gates": gates(
            figures,
            savings_kwh=total.savings_kwh,
            band=savings.band,
            reporting_months=len(after.days) / _MONTH_DAYS,
        ),
        "baseline_kwh": round(float(model.baseline.days.energy_kwh.sum()), 3),
        "reporting_kwh": total.actual_kwh,
        "adjusted_baseline_kwh": total.baseline_kwh,
        "savings_kwh": total.savings_kwh,
        "uncertainty_kwh": total.uncertainty_kwh,
        "records": records,
        "engine": ENGINE,
        "input_sha256": sha256_of(inputs),
    }
    answer: dict[str, Any] = plain(found)
    return answer


def _plain_days(days: Days) -> list[list[Any]]:
    daylight = [None] * len(days.days) if days.daylight_h is None else days.daylight_h.tolist()
    energy = [None if math.isnan(value) else value for value in days.energy_kwh.tolist()]
    return [list(row) for row in zip(map(str, days.days), energy, days.working, daylight, strict=True)]


def _read(file: Path, options: argparse.Namespace) -> Days:
    rows: dict[date, float] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            if not {"time", "energy_kwh"} <= set(reader.fieldnames or ()):
                raise FileRefused(f"{file}, line 1: needs the columns time and energy_kwh")
            for row in reader:
                day, energy = _row(f"{file}, line {reader.line_num}", row)
                if day in rows:
                    raise FileRefused(f"{file}, line {reader.line_num}: {day} is there twice")
                rows[day] = energy
    except (OSError, UnicodeDecodeError) as error:
        raise FileRefused(f"{file}: {error}") from error
    if not rows:
        raise FileRefused(f"{file}: no rows")
    days = tuple(sorted(rows))
    energies = np.array([rows[day] for day in days])
    return Days(
        days,
        energies,
        np.isfinite(energies).astype(np.float64),
        tuple(Workdays().is_working_day(day) if options.calendar == "cn" else True for day in days),
        None if options.latitude is None else daylight_hours(days, options.latitude, options.longitude),
    )


def _row(where: str, row: dict[str, str | None]) -> tuple[date, float]:
    try:
        day = date.fromisoformat((row["time"] or "").strip())
    except ValueError as error:
        raise FileRefused(f"{where}: time {row['time']!r} is not a local date like 2026-05-31") from error
    text = (row["energy_kwh"] or "").strip()
    try:
        energy = float(text) if text else math.nan
    except ValueError as error:
        raise FileRefused(f"{where}: energy_kwh {text!r} is not a number") from error
    if text and not 0 <= energy < math.inf:
        raise FileRefused(f"{where}: energy_kwh {text!r} is not a finite number from 0 on")
    return day, energy
