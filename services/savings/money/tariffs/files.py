"""The tariffs on file: the built-in TOML files and a folder of one's own in, checked plans out."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.savings.money.tariffs.document import read
from services.savings.money.tariffs.plan import Plan, Tariffs

BUILT_IN = Path(__file__).parent
_TABLES = frozenset({"hours", "plan"})


class TariffError(ValueError):
    """A file of tariffs cannot be used; the message names the file, the plan, the key and the reason."""


def load_tariffs(folder: Path | None = None) -> Tariffs:
    """The built-in plans and those of every `*.toml` in a folder.

    A plan of the folder takes the place of a built-in one with the same id and first day. Raises
    `TariffError`, also where two plans of one id are in force on the same day.
    """
    found: dict[tuple[str, date], tuple[Plan, Path]] = {}
    for directory in [BUILT_IN] if folder is None else [BUILT_IN, folder]:
        rows = [(plan, file) for file in sorted(directory.glob("*.toml")) for plan in plans_of(file)]
        _refuse_overlap(rows)
        found |= {(plan.id, plan.effective_from): (plan, file) for plan, file in rows}
    kept = [found[key] for key in sorted(found)]
    _refuse_overlap(kept)
    return Tariffs(tuple(plan for plan, _ in kept))


def plans_of(file: Path) -> list[Plan]:
    """The plans of one file. What stands above its tables holds for each plan that does not say otherwise."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise TariffError(f"{file}: cannot be read ({error})") from error
    shared = {key: value for key, value in document.items() if key not in _TABLES}
    hours = {_id(row): row for row in _rows(file, document, "hours")}
    plans = [_plan(file, {**shared, **row}, hours) for row in _rows(file, document, "plan")]
    if not plans:
        raise TariffError(f"{file}: plan: none; written [[plan]], once for each")
    return plans


def _rows(file: Path, document: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    rows = document.get(table, [])
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise TariffError(f"{file}: {table}: written [[{table}]], once for each")
    return rows


def _plan(file: Path, row: dict[str, Any], hours: Mapping[str, Any]) -> Plan:
    named = row.get("hours")
    if named is not None:
        if named not in hours:
            raise TariffError(f"{file}: plan {_id(row)}: hours: the file has no [[hours]] {named!r}")
        row = {**row, "hours": hours[named]}
    try:
        return read(row)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = str(first["msg"]).removeprefix("Value error, ")
        where = f"{file}: plan {_id(row)}: {key + ': ' if key else ''}"
        raise TariffError(f"{where}{reason}") from None


def _id(row: Mapping[str, Any]) -> str:
    return str(row.get("id", "without an id"))


def _refuse_overlap(rows: Iterable[tuple[Plan, Path]]) -> None:
    before: dict[str, tuple[Plan, Path]] = {}
    for plan, file in sorted(rows, key=lambda row: (row[0].id, row[0].effective_from)):
        other = before.get(plan.id)
        if other is not None and other[0].on(plan.effective_from):
            raise TariffError(
                f"{file}: plan {plan.id}: effective_from: {plan.effective_from} lies within the plan of "
                f"{other[0].effective_from} in {other[1]}"
            )
        before[plan.id] = (plan, file)
