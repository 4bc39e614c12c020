"""A blocking MQTT 5 connection over one socket: what the benches publish with, listen with and count with."""

import socket
from types import TracebackType
from typing import Self

import mqtt5

from simulators.processes import ProgramFailed

PATIENCE_S = 30.0
"""How long the broker may be silent when an answer is due."""
KEPT_S = 3600
"""How long a session that is kept outlives its connection."""
_MOST_READ = 262_144


class Connection:
    """A connection to the broker on this machine's `port`; it resumes or begins the session of `client_id`.

    `kept`: the session and its subscriptions stay when the connection ends, so that messages wait in it.
    Raises `ProgramFailed` when the broker refuses, closes or says nothing for `PATIENCE_S`.
    """

    def __init__(self, port: int, client_id: str, *, kept: bool = False) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._expiry_s = KEPT_S if kept else 0
        self._unread = b""
        self._early: list[mqtt5.Packet] = []
        try:
            self._introduce(client_id, clean_start=not kept)
        except BaseException:
            self._socket.close()
            raise

    def _introduce(self, client_id: str, *, clean_start: bool) -> None:
        packet = mqtt5.ConnectPacket(
            client_id,
            clean_start=clean_start,
            session_expiry_interval=self._expiry_s,
            receive_max=65_535,
        )
        self.send(packet.write())
        first, *self._early = self.receive()
        accepted = mqtt5.ConnAckReasonCode.SUCCESS
        if not isinstance(first, mqtt5.ConnAckPacket) or first.reason_code != accepted:
            raise ProgramFailed(f"the broker refuses {client_id}: {first}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.send(mqtt5.DisconnectPacket(session_expiry_interval=self._expiry_s).write())
        self._socket.close()

    def send(self, packets: bytes) -> None:
        """Send encoded packets, all of them."""
        self._socket.sendall(packets)

    def receive(self) -> list[mqtt5.Packet]:
        """The next packets, at least one."""
        packets, self._early = self._early, []
        while not packets:
            try:
                data = self._socket.recv(_MOST_READ)
            except TimeoutError:
                raise ProgramFailed(f"the broker said nothing for {PATIENCE_S:g} s") from None
            if not data:
                raise ProgramFailed("the broker closed the connection")
            packets = self._parse(data)
        return packets

    def _parse(self, data: bytes) -> list[mqtt5.Packet]:
        view = memoryview(self._unread + data if self._unread else data)
        at, packets = 0, []
        while at < len(view):
            try:
                packet, used = mqtt5.read(view[at:])
            except IndexError:
                break
            except ValueError as error:
                raise ProgramFailed(f"the broker sent {bytes(view[at : at + 20])!r}: {error}") from None
            at += used
            packets.append(packet)
        self._unread = bytes(view[at:])
        return packets

    def subscribe(self, pattern: str) -> None:
        """Subscribe at QoS 1; returns once the broker has granted it, and keeps what came before."""
        wanted = mqtt5.TopicFilter(pattern, max_qos=mqtt5.QoS.AT_LEAST_ONCE)
        self.send(mqtt5.SubscribePacket(1, [wanted]).write())
        early: list[mqtt5.Packet] = []
        granted: list[mqtt5.SubAckPacket] = []
        while not granted:
            answers = self.receive()
            early += [packet for packet in answers if not isinstance(packet, mqtt5.SubAckPacket)]
            granted = [packet for packet in answers if isinstance(packet, mqtt5.SubAckPacket)]
        self._early = early
        if granted[0].reason_codes != [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]:
            raise ProgramFailed(f"the broker refuses a subscription to {pattern}")


def keep_session(port: int, client_id: str, pattern: str) -> None:
    """Leave a session at the broker in which the messages of `pattern` wait."""
    with Connection(port, client_id, kept=True) as connection:
        connection.subscribe(pattern)
