"""Just enough Protocol Buffers to write Sparkplug B payloads by hand, and to read a command.

Source: protobuf.dev, "Encoding": a field is its number and wire type as a varint, then a varint (0), eight
bytes (1), a length and as many bytes (2), or four bytes (5).
"""

import struct
from collections.abc import Iterator


def varint(value: int) -> bytes:
    """An unsigned integer, seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer(number: int, value: int) -> bytes:
    """A field of integer or boolean type."""
    return varint(number << 3) + varint(value)


def single(number: int, value: float) -> bytes:
    """A field of type float."""
    return varint(number << 3 | 5) + struct.pack("<f", value)


def double(number: int, value: float) -> bytes:
    """A field of type double."""
    return varint(number << 3 | 1) + struct.pack("<d", value)


def block(number: int, value: bytes | str) -> bytes:
    """A field of type string, bytes or message."""
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message in order: number, and its integer or its bytes."""
    position = 0

    def read() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while position < len(data):
        number, kind = divmod(read(), 8)
        if kind == 0:
            yield number, read()
            continue
        length = read() if kind == 2 else {1: 8, 5: 4}[kind]
        yield number, data[position : position + length]
        position += length
