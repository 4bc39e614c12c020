"""The words of `manifest.json`: which there are, and of what kind each is; whether they are true is checked
beside.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from services.savings.bundle.making import MANIFEST
from services.savings.settlement.faults import Fault


def _instant(text: str) -> str:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.isoformat() != text:
        raise ValueError("not an instant with its offset, as ISO 8601 spells it")
    return text


Instant = Annotated[str, AfterValidator(_instant)]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[int, Field(ge=1)]


class _Words(BaseModel):
    """Nothing unknown, nothing taken for what it is not."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _File(_Words):
    name: str
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class _Link(_Words):
    month: Month
    version: Version
    manifest_sha256: Sha256


class _Issuer(_Words):
    public_key: str
    fingerprint: Sha256


class _Manifest(_Words):
    format: Literal["kilowitness-bundle/1"]
    status: Literal["issued", "preview"]
    contract: str
    month: Month
    version: Version
    created_at: Instant
    settled_at: Instant
    engine: str
    calendar: str
    time_zone: str
    editions: dict[str, Sha256]
    input_sha256: Sha256
    unproven_values: int
    previous: _Link | None
    signature: Literal["none", "Ed25519"]
    issuer: _Issuer | None
    files: list[_File]


def manifest_fault(said: Any) -> Fault | None:
    """The first word of a manifest that is missing, unknown or of another kind than it should be."""
    try:
        found = _Manifest.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        given = None if first["type"] == "missing" else repr(first["input"])
        return Fault(".".join(map(str, first["loc"])), given, first["msg"], MANIFEST)
    before = found.previous
    if before is not None and before.month == found.month and before.version >= found.version:
        return Fault("previous.version", str(before.version), f"less than {found.version}", MANIFEST)
    return None
