"""Parts the benches' tests share."""

import mqtt5

from simulators.bench.wire import Connection


def published(session: Connection, count: int) -> list[mqtt5.PublishPacket]:
    """The next `count` messages of a session, each acknowledged."""
    found: list[mqtt5.PublishPacket] = []
    while len(found) < count:
        new = [packet for packet in session.receive() if isinstance(packet, mqtt5.PublishPacket)]
        session.send(b"".join(mqtt5.PubAckPacket(p.packet_id).write() for p in new if p.packet_id))
        found += new
    return found
