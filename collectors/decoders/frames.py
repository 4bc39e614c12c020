"""Frames of serial meters: a payload of raw bytes or hex text → the frames in it and the bytes between them.

A transparent gateway (a DTU) forwards what its serial line hears, so that a payload may hold several frames,
wake-up bytes FEH before each, an echo of the request, and noise.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from collectors.decoders import Reject, Report, Unreadable
from collectors.times import shown

MOST_BYTES = 65_536
"""A longer payload is refused whole: at 9,600 baud a serial line needs over a minute for as much."""

_WAKE_UP = b"\xfe"
_BETWEEN_HEX = b" \t\r\n,;:-\"'"
_only_hex = re.compile(rb"[0-9A-Fa-f]*").fullmatch


class Sender(msgspec.Struct, frozen=True):
    """Who forwarded the frames; either is empty where the topic does not say."""

    institution: str
    gateway: str


class Framing(Protocol):
    """What is a frame, and what it says."""

    def next_start(self, data: bytes, at: int) -> int:
        """The first place from `at` on where a frame may start; -1 when there is none."""

    def length_at(self, data: bytes, at: int) -> int:
        """The length of the frame that starts at `at` whole and with its checksum right; else 0."""

    def fault_of(self, gap: bytes) -> str:
        """Why there is no frame in these bytes, as a reject's reason."""

    def read(self, frame: bytes, before: bytes, sender: Sender, item: int) -> Iterable[Report | Reject]:
        """What a frame says; `before` is the frame just before it in the same payload, or empty."""


def read_frames(payload: bytes, framing: Framing, sender: Sender) -> Iterator[Report | Reject]:
    """All that a payload says. `item` counts frames and the gaps between them. Raises `Unreadable`."""
    before = b""
    for item, (content, is_frame) in enumerate(split(unwrap(payload), framing)):
        if is_frame:
            yield from framing.read(content, before, sender, item)
            before = content
        else:
            yield Reject(framing.fault_of(content), item)
            before = b""


def unwrap(payload: bytes) -> bytes:
    """The bytes of the serial line.

    Hex text may be in either case, with spaces, commas, colons or hyphens between bytes, each byte with or
    without 0x, the whole in quotes. Raw frames cannot be taken for it: they hold 03H, 04H, 16H or
    bytes above 7FH, which are no characters of such text. Raises `Unreadable`.
    """
    if not payload:
        raise Unreadable("empty-payload")
    if len(payload) > MOST_BYTES:
        raise Unreadable(f"too-long: {len(payload)} bytes; a serial gateway sends at most {MOST_BYTES}")
    digits = payload.translate(None, _BETWEEN_HEX)
    if not _only_hex(digits):
        digits = digits.replace(b"0x", b"").replace(b"0X", b"")
        if not _only_hex(digits):
            return payload
    if not digits:
        raise Unreadable("empty-payload")
    if len(digits) % 2:
        raise Unreadable("odd-hex: hex text has two digits a byte")
    return bytes.fromhex(digits.decode("ascii"))


def split(data: bytes, framing: Framing) -> Iterator[tuple[bytes, bool]]:
    """Every frame (True) and every gap between frames that is more than wake-up bytes (False), in order.

    A place where a frame begins but does not hold costs one byte only, so that a broken frame never hides
    the good one after it.
    """
    at = gap_from = 0
    while (at := framing.next_start(data, at)) >= 0:
        length = framing.length_at(data, at)
        if not length:
            at += 1
            continue
        if gap := data[gap_from:at].strip(_WAKE_UP):
            yield gap, False
        yield data[at : at + length], True
        at = gap_from = at + length
    if gap := data[gap_from:].strip(_WAKE_UP):
        yield gap, False


def described(gap: bytes) -> str:
    """The reason of bytes in which nothing resembles a frame."""
    start = gap[:8].hex(" ").upper()
    return f"garbage: {len(gap)} bytes are no frame: {start}{'…' if len(gap) > 8 else ''}"


class SumFraming:
    """68H … L DATA CS 16H: L bytes of data after a head of `head` bytes, CS the sum of all before it mod 256.

    The frame of DL/T 645 and of CJ/T 188.
    """

    head: int

    def is_head(self, data: bytes, at: int) -> bool:
        """Whether the `head` bytes at `at` are as the standard has them."""
        raise NotImplementedError

    def next_start(self, data: bytes, at: int) -> int:
        """Where the next 68H stands."""
        return data.find(b"\x68", at)

    def length_at(self, data: bytes, at: int) -> int:
        """The length of the whole frame at `at`, or 0."""
        if len(data) < at + self.head + 2 or not self.is_head(data, at):
            return 0
        end = at + self.head + data[at + self.head - 1] + 2
        if end > len(data) or data[end - 1] != 0x16 or sum(data[at : end - 2]) & 0xFF != data[end - 2]:
            return 0
        return end - at

    def fault_of(self, gap: bytes) -> str:
        """What is wrong with the first thing that looks like a frame."""
        at = -1
        while (at := self.next_start(gap, at + 1)) >= 0 and len(gap) >= at + self.head:
            if not self.is_head(gap, at):
                continue
            end = at + self.head + gap[at + self.head - 1] + 2
            if end > len(gap):
                return f"cut-short: the frame has {len(gap) - at} of {end - at} bytes"
            if gap[end - 1] != 0x16:
                return f"no-end: the frame ends with {gap[end - 1]:02X}H instead of 16H"
            due = sum(gap[at : end - 2]) & 0xFF
            return f"bad-checksum: the frame says {gap[end - 2]:02X}H, its bytes sum to {due:02X}H"
        return described(gap)


def read_bcd(data: bytes) -> int:
    """The digits of packed BCD, low byte first. Raises ValueError with the bytes as sent."""
    digits = data[::-1].hex()
    if not digits.isdigit():
        raise ValueError(shown(data.hex(" ").upper()))
    return int(digits)
