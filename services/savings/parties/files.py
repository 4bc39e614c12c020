"""The file of speakers: TOML in, speakers out."""

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from services.savings.contract.fields import Day, OneLine
from services.savings.parties.speakers import EVERY, Speaker
from services.savings.settlement.events import Role

SpeakerName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), OneLine]


class PartiesError(ValueError):
    """The file cannot be used; the message names it, the place and the reason."""


def _contracts(given: tuple[str, ...]) -> tuple[str, ...]:
    if EVERY in given and len(given) > 1:
        raise ValueError(f'"{EVERY}" is all contracts: no other stands beside it')
    return given


ContractCode = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z0-9_.-]{1,64})$")]
Contracts = Annotated[
    tuple[ContractCode, ...], Field(min_length=1, max_length=10_000), AfterValidator(_contracts)
]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpeakerDocument(_Document):
    """One `[[speaker]]`."""

    name: SpeakerName
    side: Literal["client", "esco", "bureau"]
    contracts: Contracts
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    first_day: Day | None = None
    last_day: Day | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("last_day is before first_day")
        return self


class _File(_Document):
    speaker: tuple[SpeakerDocument, ...] = ()


def load_speakers(file: Path | None, writers: SecretStr | None = None) -> tuple[Speaker, ...]:
    """The speakers of a file, in its order; nobody without one.

    Raises `PartiesError`, also where a token is that of two speakers or that of the `writers`.
    """
    if file is None:
        return ()
    rows = _read(file).speaker
    seen = {} if writers is None else {_digest(writers): "of the writers (KILOWITNESS_API_TOKEN)"}
    for number, row in enumerate(rows):
        if row.sha256 in seen:
            raise PartiesError(f"{file}: speaker.{number} {row.name}: its token is that {seen[row.sha256]}")
        seen[row.sha256] = f"of speaker.{number} {row.name}"
    return tuple(Speaker(**row.model_dump() | {"side": Role(row.side)}) for row in rows)


def _read(file: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise PartiesError(f"{file}: {key}: {str(first['msg']).removeprefix('Value error, ')}") from None
    except OSError as error:
        raise PartiesError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise PartiesError(f"{file}: not TOML ({error})") from error


def _digest(token: SecretStr) -> str:
    return hashlib.sha256(token.get_secret_value().encode()).hexdigest()
