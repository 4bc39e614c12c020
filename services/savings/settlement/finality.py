"""When a month is final: its day values in, whether it may be settled out. The patience is configuration."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.savings.meter_days import MeterDays

BUILT_IN = Path(__file__).with_name("finality.toml")
_WHOLE = 0.9995
"""Coverage is kept to a thousandth: from here on nothing of the day is missing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many days after a month's end its data are still waited for, from a date on, and who says so."""

    effective_from: date
    days: int
    source: str
    mark: str


class PatienceError(ValueError):
    """The file cannot be used; the message names it, the key and the reason."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Line(_Document):
    effective_from: date
    days: int = Field(ge=0, le=366, strict=True)
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    mark: Literal["V", "V2", "M", "mem"]


class _File(_Document):
    patience: tuple[_Line, ...] = ()


def load_patience(file: Path | None = None) -> tuple[Patience, ...]:
    """The dated lines of the product, and those of a file of one's own, oldest first.

    A line of the file takes the place of a built-in one of the same first day. Raises `PatienceError`.
    """
    lines = _lines(BUILT_IN) if file is None else _lines(BUILT_IN) | _lines(file)
    return tuple(lines[day] for day in sorted(lines))


def _lines(file: Path) -> dict[date, Patience]:
    try:
        read = _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise PatienceError(f"{file}: {key}: {first['msg']}") from None
    except OSError as error:
        raise PatienceError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise PatienceError(f"{file}: not TOML ({error})") from error
    lines = {row.effective_from: Patience(**row.model_dump()) for row in read.patience}
    if len(lines) < len(read.patience):
        raise PatienceError(f"{file}: patience: two lines have the same effective_from")
    return lines


def final_from(end: date, lines: Sequence[Patience]) -> date:
    """The first local day on which the period that ended before `end` is final whatever is missing.

    `lines` are those of `load_patience`.
    """
    line = next((one for one in reversed(lines) if one.effective_from <= end), lines[0])
    return end + timedelta(days=line.days)


def is_final(days: MeterDays, *, end: date, today: date, lines: Sequence[Patience]) -> bool:
    """Whether the period of `days` up to `end` (excluded) is over and nothing of it is still open.

    Nothing is open once every day of every meter is covered whole and its weather, where that is asked for,
    is known, or once patience has ended.
    """
    if today < end:
        return False
    known = np.all(np.nan_to_num(days.coverage) >= _WHOLE)
    if days.outdoor_c is not None:
        known &= np.all(np.isfinite(days.outdoor_c))
    return today >= final_from(end, lines) or bool(known)
