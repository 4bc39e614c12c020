"""What a transparent gateway does to frames: it passes the bytes on as they come, or writes them as hex.

Numbers inside the frames are binary-coded decimals, the lowest byte first; two digits a byte.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gateway:
    """A serial line made a topic: `kilowitness/v1/{institution}/{gateway}/frames/{protocol}`."""

    institution: str = "city-hall"
    name: str = "gw-7"
    as_hex: bool = False

    def topic(self, protocol: str) -> str:
        """Where frames of a protocol go."""
        return f"kilowitness/v1/{self.institution}/{self.name}/frames/{protocol}"

    def write(self, frame: bytes) -> bytes:
        """The payload of one packet."""
        return frame.hex(" ").upper().encode() if self.as_hex else frame


def bcd(value: float, *, digits: int, decimals: int) -> bytes:
    """A number as BCD, lowest byte first. Raises ValueError for one that needs more digits."""
    text = f"{round(abs(value) * 10**decimals):0{digits}d}"
    if len(text) > digits:
        raise ValueError(f"{value} has more than {digits} digits with {decimals} decimals")
    return digits_of(text)


def digits_of(text: str) -> bytes:
    """An even number of digits, the last pair first."""
    return bytes.fromhex(text)[::-1]


def summed(frame: bytes) -> bytes:
    """The frame with its checksum, the sum of its bytes modulo 256, and the end mark 16H."""
    return frame + bytes([sum(frame) % 256, 0x16])
