"""The dated limits that figures are held against, with the source of each (limits.toml)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit and where it comes from; `mark` is `S` when read in the source, else `practice`."""

    figure: float
    source: str
    mark: str


@cache
def _limits() -> dict[str, dict[str, Limit]]:
    document = tomllib.loads(Path(__file__).with_name("limits.toml").read_text("utf-8"))
    return {
        group: {name: Limit(float(row["limit"]), row["source"], row["mark"]) for name, row in rows.items()}
        for group, rows in document.items()
        if isinstance(rows, dict)
    }


def limit(group: str, name: str) -> Limit:
    """One limit by its group and name; `KeyError` when the file has no such line."""
    return _limits()[group][name]
