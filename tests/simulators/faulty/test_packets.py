"""Packets come out of a stream whatever pieces it comes in."""

import mqtt5
from hypothesis import given
from hypothesis import strategies as st

from simulators.faulty.packets import split

PACKETS = [
    mqtt5.PublishPacket("a/b", bytes(n), qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=n + 1)
    for n in range(0, 300, 7)
] + [mqtt5.PubAckPacket(n) for n in range(1, 30)]
STREAM = b"".join(packet.write() for packet in PACKETS)


def test_nothing_comes_out_of_nothing() -> None:
    assert split(b"") == ([], b"")


def test_a_packet_that_is_not_whole_is_kept_for_later() -> None:
    whole = mqtt5.PubAckPacket(7).write()
    assert split(whole[:3]) == ([], whole[:3])
    (packet,), rest = split(whole + whole[:1])
    assert isinstance(packet, mqtt5.PubAckPacket)
    assert (packet.packet_id, rest) == (7, whole[:1])


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=40))
def test_pieces_make_no_difference(cuts: list[int]) -> None:
    ends = sorted({*cuts, len(STREAM)})
    seen: list[mqtt5.Packet] = []
    unread = b""
    for first, end in zip([0, *ends], ends, strict=False):
        packets, unread = split(unread + STREAM[first:end])
        seen += packets
    assert unread == b""
    assert [packet.write() for packet in seen] == [packet.write() for packet in PACKETS]
