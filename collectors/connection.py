"""One connection to a broker: MQTT 5 packets out, MQTT 5 packets in, over TCP or TLS.

All reading and writing of the socket is done by the thread that calls `receive`; other threads only lay
packets into the outgoing buffer and wake it. (An SSL object may not be used by two threads at once.)
"""

import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Protocol

import mqtt5

from collectors.broker import BrokerAddress

READ_BYTES = 262_144
CONNECT_S = 10.0
ILL_FORMED_TOPIC = "(a topic or property that is not UTF-8)"
_PUBLISH = 3


class Outgoing(Protocol):
    """A packet that can be sent."""

    def write(self) -> bytes:
        """Its bytes."""


class ConnectionClosed(Exception):
    """The connection is gone; the text says how."""


class Connection:
    """An open connection. Raises `ConnectionClosed` from every method once it broke."""

    def __init__(self, address: BrokerAddress) -> None:
        try:
            plain = socket.create_connection((address.host, address.port), CONNECT_S)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = (
                plain if address.tls is None else address.tls.wrap_socket(plain, server_hostname=address.host)
            )
        except OSError as error:
            raise ConnectionClosed(str(error)) from error
        self._socket.setblocking(False)
        self._bell, self._rung = socket.socketpair()
        self._bell.setblocking(False)
        self._rung.setblocking(False)
        self._lock = threading.Lock()
        self._out = bytearray()
        self._in = b""
        self.heard_s = self.spoke_s = time.monotonic()

    def send(self, packets: Iterable[Outgoing]) -> None:
        """Lay packets into the outgoing buffer, to be written by the thread that receives."""
        data = b"".join([packet.write() for packet in packets])
        with self._lock:
            self._out += data
        self.wake()

    def wake(self) -> None:
        """Let a waiting `receive` return."""
        try:
            self._bell.send(b"\0")
        except OSError:
            return  # the bell rings already, or the connection is closed

    def receive(self, timeout_s: float, *, reading: bool = True) -> Sequence[mqtt5.Packet]:
        """Write what waits, and return the packets that arrived, none after `timeout_s` or when woken.

        Without `reading` what the broker sends stays in the socket.
        """
        self._flush()
        if reading and isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return self._read()
        readable, _, _ = select.select(
            [self._rung, self._socket] if reading else [self._rung],
            [self._socket] if self._out else [],
            [],
            timeout_s,
        )
        if self._rung in readable:
            self._rung.recv(4096)
        self._flush()
        return self._read() if self._socket in readable else ()

    def flush(self, timeout_s: float) -> None:
        """Write what waits, for at most so long."""
        deadline = time.monotonic() + timeout_s
        while self._out and time.monotonic() < deadline:
            self._flush()
            select.select([], [self._socket] if self._out else [], [], 0.1)

    def close(self) -> None:
        """Release the socket."""
        for one in (self._socket, self._bell, self._rung):
            one.close()

    def _read(self) -> Sequence[mqtt5.Packet]:
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return ()
        except OSError as error:
            raise ConnectionClosed(str(error)) from error
        if not data:
            raise ConnectionClosed("the broker closed it")
        self.heard_s = time.monotonic()
        return self._parse(self._in + data if self._in else data)

    def _parse(self, data: bytes) -> Sequence[mqtt5.Packet]:
        packets: list[mqtt5.Packet] = []
        rest, done, end = memoryview(data), 0, len(data)
        while done < end:
            try:
                packet, length = mqtt5.read(rest[done:])
            except IndexError:
                break  # the last packet has not arrived whole
            except BaseException as error:  # noqa: BLE001  the codec panics at text that is not UTF-8
                packet, length = _ill_formed(data[done:], error)
            done += length
            packets.append(packet)
        self._in = data[done:]
        return packets

    def _flush(self) -> None:
        with self._lock:
            if not self._out:
                return
            try:
                sent = self._socket.send(self._out)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                raise ConnectionClosed(str(error)) from error
            del self._out[:sent]
        self.spoke_s = time.monotonic()


def _ill_formed(data: bytes, error: BaseException) -> tuple[mqtt5.Packet, int]:
    """A publication whose topic or properties are not UTF-8, which some brokers pass on: it must be
    acknowledged like every other, or it comes again for ever. Anything else ends the connection.
    """
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error
    at_qos_1 = data[0] >> 4 == _PUBLISH and data[0] & 0b110
    try:
        if not at_qos_1:
            raise ConnectionClosed(f"the broker sent what is not MQTT 5: {error}")
        remaining, start = _variable(data, 1)
        topic_end = start + 2 + int.from_bytes(data[start : start + 2], "big")
        packet_id = int.from_bytes(data[topic_end : topic_end + 2], "big")
        properties, at = _variable(data, topic_end + 2)
        payload = data[at + properties : start + remaining]
        packet = mqtt5.PublishPacket(
            ILL_FORMED_TOPIC, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=packet_id
        )
    except (ValueError, IndexError):
        raise ConnectionClosed(f"the broker sent what is not MQTT 5: {error}") from None
    return packet, start + remaining


def _variable(data: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer (MQTT 5.0, 1.5.5) and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
