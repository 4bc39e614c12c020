"""The registry document of `PUT /registry`, and the entries its lists show.

What a document can be wrong in by itself is refused here, naming the field; what only the registry as a whole
can tell (unknown codes, loops, addresses that other meters have) is refused by `coherence`.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from services.metering.channels import CHANNELS
from services.metering.ledger import is_register
from services.metering.model import MeterRole, MeterUse
from services.metering.units import units_of

_NAME = r"[a-z0-9_.-]{1,64}"
Code = Annotated[str, Field(pattern=rf"^{_NAME}$", description="1 to 64 of a-z 0-9 - _ .")]
Address = Annotated[str, Field(pattern=rf"^{_NAME}/{_NAME}$", description="institution/meter as reported")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Register = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Digits = Annotated[int, Field(ge=1, le=12)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; try Asia/Shanghai") from error
    return name


Zone = Annotated[
    str,
    Field(min_length=1, max_length=64, description="IANA name, like Asia/Urumqi"),
    AfterValidator(_known_zone),
]
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


class ChannelEntry(_Entry):
    """How a device reports one channel: reported × `scale` is what it displays, in `unit`.

    `digits`, `closing` and `opening` are for registers that have a face of their own.
    """

    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    unit: str | None = None
    digits: Digits | None = None
    closing: Register | None = None
    opening: Register | None = None


class LedgerEntry(_Entry):
    """A ledger line; `closing` is the old device's last register, `opening` the new one's first.

    `rated_kw` is the circuit's rated power from then on, unless given that of the meter.
    """

    valid_from: Annotated[AwareDatetime, Field(ge=_EARLIEST, lt=_LATEST)]
    ct: Positive = 1.0
    pt: Positive = 1.0
    already_primary: bool = True
    digits: Digits = 8
    closing: Register | None = None
    opening: Register | None = None
    rated_kw: Positive | None = None
    channels: dict[str, ChannelEntry] = {}

    @field_validator("channels")
    @classmethod
    def _fit_their_channel(cls, channels: dict[str, ChannelEntry]) -> dict[str, ChannelEntry]:
        for name, terms in channels.items():
            if name not in CHANNELS:
                raise ValueError(f"{name!r} is none of {', '.join(CHANNELS)}")
            if terms.unit is not None and terms.unit not in units_of(name):
                raise ValueError(f"{name}.unit: {terms.unit!r} is none of {', '.join(units_of(name))}")
            if terms.scale == 0 or (terms.scale < 0 and is_register(name)):
                raise ValueError(f"{name}.scale: a register's is positive, a gauge's is not 0")
            face = (terms.digits, terms.closing, terms.opening)
            if not is_register(name) and face != (None, None, None):
                raise ValueError(f"{name}: a gauge has no digits, closing or opening")
        return channels


class MeterEntry(_Entry):
    """A metering point with its ledger; `address` is `{institution}/{code}` unless it is given.

    `time_zone` is that of the device's clock, for times it sends without offset.
    """

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
    time_zone: Zone | None = None
    ledger: Annotated[list[LedgerEntry], Field(min_length=1)]

    @field_validator("ledger")
    @classmethod
    def _in_order(cls, ledger: list[LedgerEntry]) -> list[LedgerEntry]:
        for index, (old, new) in enumerate(pairwise(ledger), start=1):
            if new.valid_from <= old.valid_from:
                raise ValueError(f"ledger[{index}].valid_from: not after the line before it")
        return ledger

    @model_validator(mode="after")
    def _registers_fit(self) -> Self:
        older: LedgerEntry | None = None
        for index, line in enumerate(self.ledger):
            _refuse_misfits(f"ledger[{index}]", line, older)
            older = line
        return self

    @model_validator(mode="after")
    def _default_address(self) -> Self:
        self.address = self.address or f"{self.institution}/{self.code}"
        return self


def _refuse_misfits(place: str, line: LedgerEntry, older: LedgerEntry | None) -> None:
    """Closing registers fit the old device, opening ones the new; the first line replaces no device."""
    faces: list[tuple[str, LedgerEntry | ChannelEntry]] = [(place, line)]
    faces += [(f"{place}.channels.{name}", terms) for name, terms in line.channels.items()]
    for where, face in faces:
        if face.closing is not None and older is None:
            raise ValueError(
                f"{where}.closing: the first line replaces no device; it belongs on the new one's"
            )
        name = where.rpartition(".channels.")[2]
        if face.closing is not None and older is not None and face.closing >= 10 ** _digits(older, name):
            raise ValueError(f"{where}.closing: more than the old device's {_digits(older, name)} digits")
        if face.opening is not None and face.opening >= 10 ** _digits(line, name):
            raise ValueError(f"{where}.opening: more than the device's {_digits(line, name)} digits")


def _digits(line: LedgerEntry, channel: str) -> int:
    terms = line.channels.get(channel)
    return line.digits if terms is None or terms.digits is None else terms.digits


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
