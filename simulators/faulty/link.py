"""A TCP proxy that can be cut, silenced, or made to break off in the middle of what it carries."""

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_STEP_S = 0.1
_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)


class Link:
    """Carries connections from `port` to `target` on this machine, both ways, until it is closed."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open = True
        self._refusing = False
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._wires: set[_Wire] = set()
        self._allowance: int | None = None
        self.broken = 0
        """Connections that broke off where `break_after` said."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.settimeout(_STEP_S)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name=f"link-{self.port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Reset what is open and listen no more."""
        self._open = False
        self._flowing.set()
        self.reset()
        self._thread.join()
        self._listener.close()

    def reset(self) -> None:
        """Reset every connection; new ones are carried."""
        with self._lock:
            wires = list(self._wires)
        for wire in wires:
            wire.reset()

    def refuse(self) -> None:
        """Reset every connection and every new one, until `restore`."""
        self._refusing = True
        self.reset()

    def silence(self) -> None:
        """Carry nothing more, and let nobody know, until `restore`."""
        self._flowing.clear()

    def restore(self) -> None:
        """Carry again; what waited in a silence goes on as if nothing had been."""
        self._refusing = False
        self._allowance = None
        self._flowing.set()

    def break_after(self, count: int) -> None:
        """Carry `count` more bytes towards the client, then reset that connection within its data."""
        self._allowance = count

    def connections(self) -> int:
        """How many connections are carried."""
        with self._lock:
            return len(self._wires)

    def _accept(self) -> None:
        while self._open:
            try:
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            try:
                if self._refusing:
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self._target), timeout=2)
            except OSError:
                _drop(near)
                continue
            wire = _Wire(self, near, far)
            with self._lock:
                self._wires.add(wire)
            wire.start()

    def forget(self, wire: "_Wire") -> None:
        """A connection has ended."""
        with self._lock:
            self._wires.discard(wire)

    def may_carry(self, count: int) -> int:
        """How many of these bytes for the client may still pass; fewer than `count` before a break."""
        with self._lock:
            if self._allowance is None:
                return count
            granted = min(count, self._allowance)
            self.broken += granted < count
            self._allowance = None if granted < count else self._allowance - granted
            return granted

    def wait_for_flow(self) -> bool:
        """Whether data may pass now; waits a moment for it."""
        return self._flowing.wait(_STEP_S)


class _Wire:
    """One connection: two threads, one for each direction."""

    def __init__(self, link: Link, near: socket.socket, far: socket.socket) -> None:
        self._link = link
        self._ends = (near, far)
        self._cut = threading.Event()
        self._left = 2
        self._lock = threading.Lock()
        for end in self._ends:
            end.settimeout(_STEP_S)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
        near, far = self._ends
        for source, sink, to_client in ((near, far, False), (far, near, True)):
            threading.Thread(target=self._pump, args=(source, sink, to_client), daemon=True).start()

    def reset(self) -> None:
        self._cut.set()
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RD)  # wakes whoever reads; the reset comes with the close

    def _pump(self, source: socket.socket, sink: socket.socket, to_client: bool) -> None:
        try:
            while not self._cut.is_set():
                try:
                    data = source.recv(_CHUNK)
                except TimeoutError:
                    continue
                while not self._link.wait_for_flow() and not self._cut.is_set():
                    pass
                if self._cut.is_set():
                    break
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    break
                granted = self._link.may_carry(len(data)) if to_client else len(data)
                self._send(sink, data[:granted])
                if granted < len(data):
                    self.reset()
        except OSError:
            self.reset()
        finally:
            self._leave()

    def _send(self, sink: socket.socket, data: bytes) -> None:
        view = memoryview(data)
        while view and not self._cut.is_set():
            with suppress(TimeoutError):
                view = view[sink.send(view) :]

    def _leave(self) -> None:
        """The last of the two closes both ends."""
        with self._lock:
            self._left -= 1
            if self._left:
                return
        for end in self._ends:
            if self._cut.is_set():
                _drop(end)
            else:
                end.close()
        self._link.forget(self)


def _drop(end: socket.socket) -> None:
    """Close with a reset."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    end.close()
