"""The registry document of `PUT /registry`, and the entries its lists show.

What a document can be wrong in by itself is refused here, naming the field; what only the registry as a whole
can tell (unknown codes, loops, addresses that other meters have) is refused by `coherence`.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.metering.model import MeterRole, MeterUse

_NAME = r"[a-z0-9_.-]{1,64}"
Code = Annotated[str, Field(pattern=rf"^{_NAME}$", description="1 to 64 of a-z 0-9 - _ .")]
Address = Annotated[str, Field(pattern=rf"^{_NAME}/{_NAME}$", description="institution/meter as reported")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Register = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
InstitutionKind = Literal[
    "state_organ", "education", "science", "culture", "health", "sport", "other", "group"
]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class InstitutionEntry(_Entry):
    """A public institution; `parent` is the code of the body above it."""

    code: Code
    name_zh: Name
    name_en: Name
    kind: InstitutionKind
    county: Name
    parent: Code | None = None
    floor_area_m2: Positive | None = None
    head_count: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class BuildingEntry(_Entry):
    """A building of an institution."""

    code: Code
    institution: Code
    name_zh: Name
    name_en: Name
    floor_area_m2: Positive | None = None


class LedgerEntry(_Entry):
    """A ledger line; `closing` is the old device's last register, `opening` the new one's first."""

    valid_from: Annotated[AwareDatetime, Field(ge=_EARLIEST, lt=_LATEST)]
    ct: Positive = 1.0
    pt: Positive = 1.0
    already_primary: bool = True
    digits: Annotated[int, Field(ge=1, le=12)] = 8
    closing: Register | None = None
    opening: Register | None = None


class MeterEntry(_Entry):
    """A metering point with its ledger; `address` is `{institution}/{code}` unless it is given."""

    code: Code
    institution: Code
    building: Code | None = None
    name_zh: Name
    name_en: Name
    role: MeterRole
    use: MeterUse
    parent: Code | None = None
    address: Address | None = None
    rated_kw: Positive | None = None
    gap_limit_s: Annotated[int, Field(ge=1, le=31 * 86_400)] = 5400
    ledger: Annotated[list[LedgerEntry], Field(min_length=1)]

    @model_validator(mode="after")
    def _ledger_in_order(self) -> Self:
        if self.ledger[0].closing is not None:
            raise ValueError(
                "ledger[0].closing: the first line replaces no device; it belongs on the new one's"
            )
        for index, (old, new) in enumerate(zip(self.ledger, self.ledger[1:], strict=False), start=1):
            if new.valid_from <= old.valid_from:
                raise ValueError(f"ledger[{index}].valid_from: not after the line before it")
            if new.closing is not None and new.closing >= 10**old.digits:
                raise ValueError(f"ledger[{index}].closing: more than the old device's {old.digits} digits")
        for index, line in enumerate(self.ledger):
            if line.opening is not None and line.opening >= 10**line.digits:
                raise ValueError(f"ledger[{index}].opening: more than the device's {line.digits} digits")
        return self

    @model_validator(mode="after")
    def _default_address(self) -> Self:
        self.address = self.address or f"{self.institution}/{self.code}"
        return self


class RegistryDocument(_Entry):
    """Institutions, buildings and meters to add or replace by code; the order inside does not matter."""

    institutions: list[InstitutionEntry] = []
    buildings: list[BuildingEntry] = []
    meters: list[MeterEntry] = []

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        _refuse_repeats("institutions.code", (row.code for row in self.institutions))
        _refuse_repeats("buildings.code", (row.code for row in self.buildings))
        _refuse_repeats("meters.code", (row.code for row in self.meters))
        _refuse_repeats("meters.address", (row.address for row in self.meters if row.address))
        return self


def _refuse_repeats(field: str, values: Iterable[str]) -> None:
    repeated = [value for value, times in Counter(values).items() if times > 1]
    if repeated:
        raise ValueError(f"{field}: {repeated[0]!r} occurs more than once")


class Applied(BaseModel):
    """How many entries a document brought."""

    institutions: int
    buildings: int
    meters: int
