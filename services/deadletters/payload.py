"""Bytes of a payload as people read them: indented JSON, text, or a dump in hexadecimal."""

import string
from codecs import getincrementaldecoder
from dataclasses import dataclass
from typing import Literal

import msgspec

_ROW = 16
_PRINTABLE = frozenset(string.printable.encode()) - frozenset(b"\t\n\r\x0b\x0c")
_SPACES = {ord(space): None for space in "\t\n\r"}

Form = Literal["json", "text", "hex"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A payload's text and the form it is in; `cut` says that it goes on."""

    form: Form
    text: str
    cut: bool


def as_text(payload: bytes, *, cut: bool = False) -> str | None:
    """The payload as text, or None when it is not UTF-8; a `cut` one may end within a character."""
    try:
        return getincrementaldecoder("utf-8")().decode(payload, final=not cut)
    except UnicodeDecodeError:
        return None


def excerpt(beginning: bytes, *, cut: bool) -> str:
    """The beginning of a payload: text, or else its bytes in hexadecimal."""
    text = as_text(beginning, cut=cut)
    return beginning.hex(" ") if text is None else text


def read_payload(payload: bytes, *, most: int) -> Reading:
    """The payload, of which at most `most` bytes are shown; numbers and repeated keys stay as they came."""
    if len(payload) <= most:
        try:
            indented = msgspec.json.format(payload, indent=2).decode()
        except (ValueError, RecursionError):
            pass
        else:
            return Reading("json", indented, cut=False)
    shown = payload[:most]
    cut = len(shown) < len(payload)
    text = as_text(shown, cut=cut)
    if text is None or not text.translate(_SPACES).isprintable():
        return Reading("hex", hex_dump(shown), cut)
    return Reading("text", text, cut)


def hex_dump(payload: bytes) -> str:
    """Sixteen bytes a line: their offset, the bytes, and what of them is ASCII."""
    rows = []
    for start in range(0, len(payload), _ROW):
        row = payload[start : start + _ROW]
        plain = "".join(chr(byte) if byte in _PRINTABLE else "." for byte in row)
        rows.append(f"{start:06x}  {row.hex(' '):<{3 * _ROW - 1}}  {plain}")
    return "\n".join(rows)
