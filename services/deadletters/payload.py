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
    text = _printable(shown, cut=cut)
    return Reading("hex", hex_dump(shown), cut) if text is None else Reading("text", text, cut)


def read_line(beginning: bytes, *, cut: bool, most: int) -> str:
    """How a payload begins, on one line of at most `most` characters."""
    text = _printable(beginning, cut=cut)
    line = beginning.hex(" ") if text is None else " ".join(text.split())
    return f"{line[: most - 1]}…" if cut or len(line) > most else line


def _printable(payload: bytes, *, cut: bool) -> str | None:
    """Text that a page can show as it is: no control characters, nothing that changes the direction."""
    text = as_text(payload, cut=cut)
    return text if text is not None and text.translate(_SPACES).isprintable() else None


def hex_dump(payload: bytes) -> str:
    """Sixteen bytes a line: their offset, the bytes, and what of them is ASCII."""
    rows = []
    for start in range(0, len(payload), _ROW):
        row = payload[start : start + _ROW]
        plain = "".join(chr(byte) if byte in _PRINTABLE else "." for byte in row)
        rows.append(f"{start:06x}  {row.hex(' '):<{3 * _ROW - 1}}  {plain}")
    return "\n".join(rows)
