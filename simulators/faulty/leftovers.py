"""What a session of the broker still holds: messages that its collector never acknowledged."""

import socket
import time
from contextlib import closing

import mqtt5

from simulators.faulty.packets import split

_GONE_S = 0.5
"""Mosquitto hands a session over before it has read the last acknowledgements of the client that left."""
_SILENCE_S = 0.5
_CONNECT_S = 5.0


def left_for(client_id: str, port: int, *, leaf: str = "/readings") -> int:
    """How many messages whose topic ends in `leaf` wait for `client_id` at the broker at `port`.

    They are not acknowledged and stay there. The collector itself must be gone.
    """
    time.sleep(_GONE_S)
    waiting: set[int | None] = set()
    with closing(socket.create_connection(("127.0.0.1", port), _CONNECT_S)) as connection:
        connect = mqtt5.ConnectPacket(client_id, clean_start=False, session_expiry_interval=0xFFFF_FFFF)
        connection.sendall(connect.write())
        unread = b""
        while True:
            try:
                data = connection.recv(65_536)
            except TimeoutError:
                return len(waiting)
            if not data:
                raise ConnectionResetError(f"the broker hung up on {client_id}")
            packets, unread = split(unread + data)
            for packet in packets:
                if isinstance(packet, mqtt5.PublishPacket) and packet.topic.endswith(leaf):
                    waiting.add(packet.packet_id)
            connection.settimeout(_SILENCE_S)
