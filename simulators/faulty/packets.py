"""MQTT 5 packets out of a stream of bytes."""

import mqtt5


def split(data: bytes) -> tuple[list[mqtt5.Packet], bytes]:
    """The packets that are whole, and the bytes of the one that is not yet."""
    packets: list[mqtt5.Packet] = []
    rest = memoryview(data)
    try:
        while rest:
            packet, length = mqtt5.read(rest)
            packets.append(packet)
            rest = rest[length:]
    except IndexError:
        pass
    return packets, bytes(rest)
