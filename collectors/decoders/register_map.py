"""Register maps: which Modbus registers of a device hold which channels, as TOML.

    [[poll]]                # what the gateway asks; a reply alone says only how many registers it has
    function = 3
    start = 20
    count = 46

    [registers]             # address as in the request, counted from 0
    36 = { channel = "power_kw", type = "s32", scale = 0.001 }

`type`: u16, s16, u32, s32, u64, s64, f32 or f64, the high word first; `words = "low-first"` where the device
has them the other way round. The bytes of a register are always sent high first (Modbus Application Protocol
V1.1b3, clause 4.2).
"""

import struct
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from collectors.decoders.profile import PROFILES, ProfileError
from services.metering.channels import CHANNELS

MAPS = PROFILES / "modbus"
MOST_REGISTERS = 125
"""In one reply (Modbus Application Protocol V1.1b3, clause 6.3)."""

_FORMATS = {
    "u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "u64": ">Q", "s64": ">q", "f32": ">f", "f64": ">d",
}  # fmt: skip

Type = Literal["u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"]


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel and the factor from the register's unit to the channel's."""

    channel: str
    type: Type
    scale: float = 1.0
    words: Literal["high-first", "low-first"] = "high-first"


class Poll(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request of the gateway: `count` registers from `start` on."""

    start: int
    count: int
    function: Literal[3, 4] = 3


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    poll: tuple[Poll, ...]
    registers: dict[str, Register]


class _Place(msgspec.Struct, frozen=True):
    channel: str
    first: int
    words: int
    read: struct.Struct
    factor: float
    divisor: int
    """Instead of the factor where its reciprocal is whole: 3 × 0.1 is not quite 0.3, and 3 / 10 is."""
    is_low_first: bool


class RegisterMap:
    """A device's registers. Raises ValueError for what a map may not say."""

    def __init__(self, name: str, document: _Document) -> None:
        self.name = name
        self.starts: dict[tuple[int, int], int] = {}
        """(function, count) of a reply → the register it starts at."""
        for poll in document.poll:
            if not (1 <= poll.count <= MOST_REGISTERS and 0 <= poll.start <= 65_536 - poll.count):
                raise ValueError(f"poll: {poll.count} registers from {poll.start} on cannot be asked for")
            if self.starts.setdefault((poll.function, poll.count), poll.start) != poll.start:
                raise ValueError(
                    f"poll: function {poll.function} with {poll.count} registers stands twice; "
                    "a reply would not tell which"
                )
        self._places = [_place(address, register) for address, register in document.registers.items()]
        if not self._places:
            raise ValueError("registers: none is mapped")

    def values(self, start: int, content: bytes) -> dict[str, object]:
        """Channel → value of the registers that stand whole in `content`, the registers from `start` on."""
        found: dict[str, object] = {}
        for place in self._places:
            at = (place.first - start) * 2
            end = at + place.words * 2
            if at < 0 or end > len(content):
                continue
            words = content[at:end]
            if place.is_low_first:
                words = b"".join(words[i : i + 2] for i in range(len(words) - 2, -1, -2))
            (raw,) = place.read.unpack(words)
            found[place.channel] = raw / place.divisor if place.divisor else raw * place.factor
        return found


def _place(address: str, register: Register) -> _Place:
    read = struct.Struct(_FORMATS[register.type])
    words = read.size // 2
    if not (address.isascii() and address.isdigit() and int(address) + words <= 65_536):
        raise ValueError(f"registers: {address} is no register of type {register.type}")
    if register.channel not in CHANNELS:
        raise ValueError(f"registers: {register.channel!r} is not a channel")
    if not register.scale or abs(register.scale) == float("inf") or register.scale != register.scale:
        raise ValueError(f"registers: {address} has the scale {register.scale}")
    reciprocal = 1 / register.scale
    is_whole = abs(reciprocal - round(reciprocal)) < 1e-9 * abs(reciprocal)
    return _Place(
        channel=register.channel,
        first=int(address),
        words=words,
        read=read,
        factor=register.scale,
        divisor=round(reciprocal) if is_whole else 0,
        is_low_first=register.words == "low-first",
    )


def load_maps(profile_dir: Path | None = None) -> tuple[RegisterMap, ...]:
    """The built-in maps and those of `profile_dir`/modbus, which come in place of namesakes.

    Raises `ProfileError`.
    """
    paths = dict(_files(MAPS))
    if profile_dir is not None:
        paths |= _files(profile_dir / "modbus")
    return tuple(load_map(path) for _, path in sorted(paths.items()))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    return ((path.stem, path) for path in folder.glob("*.toml"))


def load_map(path: Path) -> RegisterMap:
    """One map. Raises `ProfileError`."""
    try:
        document = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Document)
        return RegisterMap(path.stem, document)
    except (OSError, ValueError) as error:
        raise ProfileError(f"register map {path.name}: {error}") from None
