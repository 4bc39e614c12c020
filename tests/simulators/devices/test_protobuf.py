"""Protocol Buffers against the examples of their documentation."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.devices import protobuf as pb


@pytest.mark.parametrize(("value", "sent"), [(0, "00"), (1, "01"), (150, "96 01"), (86942, "9e a7 05")])
def test_varints_of_the_documentation(value: int, sent: str) -> None:
    assert pb.varint(value) == bytes.fromhex(sent)


def test_fields_of_the_documentation() -> None:
    assert pb.integer(1, 150) == bytes.fromhex("08 96 01")
    assert pb.block(2, "testing") == bytes.fromhex("12 07 74 65 73 74 69 6e 67")
    assert pb.block(3, pb.integer(1, 150)) == bytes.fromhex("1a 03 08 96 01")


def test_fixed_widths_are_little_endian() -> None:
    assert pb.single(12, 1.0) == bytes.fromhex("65 00 00 80 3f")
    assert pb.double(13, 1.0) == bytes.fromhex("69 00 00 00 00 00 00 f0 3f")


@given(st.integers(1, 2**20), st.integers(0, 2**64 - 1), st.binary(max_size=300), st.floats(width=32))
def test_what_was_written_is_read(number: int, value: int, data: bytes, small: float) -> None:
    message = (
        pb.integer(number, value) + pb.block(number, data) + pb.single(number, small) + pb.double(1, 0.5)
    )
    assert list(pb.fields(message)) == [
        (number, value), (number, data), (number, struct.pack("<f", small)), (1, struct.pack("<d", 0.5)),
    ]  # fmt: skip
