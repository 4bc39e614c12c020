"""Sparkplug payloads: what stands on the wire and what it means."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Unreadable
from collectors.decoders.sparkplug_payload import (
    WrongType,
    name_of,
    quality_of,
    read_payload,
    read_value,
    rebirth_request,
    session_of,
)
from tests.collectors import sparkplug_wire as wire

WIDTHS = {wire.INT8: 8, wire.INT16: 16, wire.INT32: 32, wire.INT64: 64}


def only(data: bytes) -> object:
    """The value of a payload's one metric, by the type it tells."""
    (metric,) = read_payload(data).metrics
    return read_value(metric, metric.datatype)


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        (7, wire.UINT8, 7),
        (2**32 - 1, wire.UINT32, 2**32 - 1),
        (2**64 - 1, wire.UINT64, 2**64 - 1),
        (-1, wire.INT8, -1),
        (-32768, wire.INT16, -32768),
        (-5, wire.INT32, -5),
        (-5, wire.INT64, -5),
        (12.5, wire.FLOAT, 12.5),
        (12345.678, wire.DOUBLE, 12345.678),
        (True, wire.BOOLEAN, 1.0),
        (False, wire.BOOLEAN, 0.0),
        ("12.5", wire.STRING, "12.5"),
        ("äöü", wire.TEXT, "äöü"),
        (b"\xff\xfe", wire.STRING, None),
        (None, wire.DOUBLE, None),
    ],
)
def test_a_value_of_every_type(value: wire.Value, kind: int, read: object) -> None:
    found = only(wire.payload(wire.metric(value, kind)))
    assert found == read
    assert type(found) is type(read)


@given(st.sampled_from(sorted(WIDTHS)), st.data())
def test_signed_integers_of_any_width_come_back(kind: int, data: st.DataObject) -> None:
    bits = WIDTHS[kind]
    value = data.draw(st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
    assert only(wire.payload(wire.metric(value, kind))) == value


def test_a_negative_number_cut_to_its_width_is_the_same_as_one_extended_beyond_it() -> None:
    for raw in (0xFB, 0xFFFFFFFB):
        (metric,) = read_payload(wire.payload(wire.metric(raw, wire.UINT32))).metrics
        assert read_value(metric, wire.INT8) == -5


def test_an_integer_whose_type_nobody_told_is_refused() -> None:
    for kind in (0, wire.DOUBLE, wire.STRING, 99):
        (metric,) = read_payload(wire.payload(wire.metric(5))).metrics
        with pytest.raises(WrongType, match=str(kind or "untold")):
            read_value(metric, kind)


def test_a_float_is_the_binary32_that_was_sent() -> None:
    assert (
        only(wire.payload(wire.metric(12.1, wire.FLOAT))) == struct.unpack("<f", struct.pack("<f", 12.1))[0]
    )


def test_names_quality_and_session() -> None:
    said = read_payload(
        wire.payload(
            wire.metric(3, wire.INT64, name="bdSeq"),
            wire.metric(1.0, wire.DOUBLE, name=b"\xff", quality=500),
            wire.metric(1.0, wire.DOUBLE, alias=4),
            at=9,
            seq=255,
        )
    )
    assert (said.timestamp, said.seq, session_of(said)) == (9, 255, 3)
    assert [name_of(metric) for metric in said.metrics] == ["bdSeq", "�", ""]
    assert [quality_of(metric) for metric in said.metrics] == [192, 500, 192]


def test_the_session_may_come_in_a_narrow_field_or_not_at_all() -> None:
    assert session_of(read_payload(wire.payload(wire.metric(3, wire.UINT8, name="bdSeq")))) == 3
    assert session_of(read_payload(wire.payload())) is None


def test_fields_of_no_meter_are_skipped() -> None:
    unknown = wire.varint(17 << 3 | 2) + b"\x03abc" + wire.varint(8 << 3 | 2) + b"\x02\x08\x01"
    inner = wire.metric(2.5, wire.DOUBLE, name="Voltage") + unknown
    data = wire.payload(inner, seq=1) + wire.varint(5 << 3 | 2) + b"\x04body"
    (metric,) = read_payload(data).metrics
    assert read_value(metric, metric.datatype) == 2.5


def test_what_is_no_protobuf_is_unreadable() -> None:
    for data in (b"\xff", b"{}", b"\x12\x05\x0a", b"\x08"):
        with pytest.raises(Unreadable, match="malformed-protobuf"):
            read_payload(data)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    try:
        said = read_payload(data)
    except Unreadable:
        return
    session_of(said)
    for metric in said.metrics:
        assert isinstance(name_of(metric), str)
        assert isinstance(quality_of(metric), int)
        with suppress(WrongType):
            assert isinstance(read_value(metric, metric.datatype), (float, int, str, type(None)))


def test_a_request_for_births_is_what_the_specification_shows() -> None:
    request = dict(wire.fields(rebirth_request(1_486_144_502_122)))
    assert request.keys() == {1, 2}
    assert request[1] == 1_486_144_502_122
    assert isinstance(request[2], bytes)
    assert dict(wire.fields(request[2])) == {
        1: b"Node Control/Rebirth", 3: 1_486_144_502_122, 4: wire.BOOLEAN, 14: 1,
    }  # fmt: skip
