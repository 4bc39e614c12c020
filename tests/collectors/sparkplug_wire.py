"""Sparkplug B payloads written byte by byte from the field numbers of the specification (clause 6.4.1).

It shares nothing with the decoder, so that a wrong number there cannot hide.
"""

import struct
from collections.abc import Iterator

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 = range(1, 9)
FLOAT, DOUBLE, BOOLEAN, STRING, DATETIME, TEXT = range(9, 15)

Value = float | int | bool | str | bytes | None


def varint(value: int) -> bytes:
    """An unsigned integer in groups of seven bits, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _whole(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def _block(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def metric(
    value: Value = None,
    kind: int | None = None,
    *,
    name: str | bytes | None = None,
    alias: int | None = None,
    at: int | None = None,
    null: bool = False,
    transient: bool = False,
    historical: bool = False,
    quality: int | None = None,
) -> bytes:
    """One metric; `kind` is told unless it is None, and says in which field the value goes."""
    out = b"" if name is None else _block(1, name.encode() if isinstance(name, str) else name)
    out += b"" if alias is None else _whole(2, alias)
    out += b"" if at is None else _whole(3, at)
    out += b"" if kind is None else _whole(4, kind)
    for number, flag in ((5, historical), (6, transient), (7, null)):
        out += _whole(number, 1) if flag else b""
    if quality is not None:
        out += _block(9, _block(1, b"Quality") + _block(2, _whole(1, INT32) + _whole(3, quality)))
    return out + _value(value, kind)


def _value(value: Value, kind: int | None) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bool):
        return _whole(14, value)
    if isinstance(value, (str, bytes)):
        return _block(15, value.encode() if isinstance(value, str) else value)
    if isinstance(value, float):
        packed = struct.pack("<f", value) if kind == FLOAT else struct.pack("<d", value)
        return varint((12 if kind == FLOAT else 13) << 3 | (5 if kind == FLOAT else 1)) + packed
    if kind in {INT64, UINT64, DATETIME}:
        return _whole(11, value % 2**64)
    return _whole(10, value % 2**32)


def payload(*metrics: bytes, at: int | None = None, seq: int | None = None) -> bytes:
    """A payload of these metrics."""
    out = b"" if at is None else _whole(1, at)
    out += b"".join(_block(2, one) for one in metrics)
    return out if seq is None else out + _whole(3, seq)


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and content of the fields of a message, as they stand."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _read_varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _read_varint(data, at)
        else:
            length = {1: 8, 5: 4}[kind]
        yield key >> 3, data[at : at + length]
        at += length


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at
