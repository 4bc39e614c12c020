"""The TCP proxy: it carries, cuts, refuses, is silent, and breaks off where it is told."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from simulators.faulty.link import Link
from tests.conftest import free_port


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture(name="echo")
def echo_server() -> Iterator[int]:
    """The port of a server that sends back what it gets."""
    server = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = []

    def serve(end: socket.socket) -> None:
        try:
            while data := end.recv(65_536):
                end.sendall(data)
            end.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def accept() -> None:
        while True:
            try:
                end, _ = server.accept()
            except OSError:
                return
            ends.append(end)
            threading.Thread(target=serve, args=(end,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for end in ends:
        end.close()


@pytest.fixture(name="link")
def link_to_echo(echo: int) -> Iterator[Link]:
    with Link(echo) as link:
        yield link


def connect(link: Link) -> socket.socket:
    """A connection through the link."""
    return socket.create_connection(("127.0.0.1", link.port), 10)


def heard(end: socket.socket, count: int) -> bytes:
    """The next `count` bytes, or fewer when the connection ends in order."""
    data = b""
    while len(data) < count and (part := end.recv(count - len(data))):
        data += part
    return data


def heard_before_reset(end: socket.socket) -> bytes:
    """What comes before the connection is reset, which may overtake what was not read yet."""
    data = b""
    try:
        while part := end.recv(1):
            data += part
    except ConnectionResetError:
        return data
    raise AssertionError("it ended in order")


def test_it_carries_both_ways_until_both_ends_have_closed(link: Link) -> None:
    said = bytes(range(256)) * 4096
    with closing(connect(link)) as end:
        sender = threading.Thread(target=end.sendall, args=(said,))
        sender.start()
        assert heard(end, len(said)) == said
        sender.join()
        end.shutdown(socket.SHUT_WR)
        assert end.recv(1) == b""
    until(lambda: link.connections() == 0)


def test_a_reset_ends_what_is_open_and_nothing_else(link: Link) -> None:
    with closing(connect(link)) as old:
        old.sendall(b"a")
        assert old.recv(1) == b"a"
        link.reset()
        with pytest.raises(ConnectionResetError):
            old.recv(1)
    with closing(connect(link)) as new:
        new.sendall(b"b")
        assert new.recv(1) == b"b"


def test_refused_connections_are_reset_until_it_is_restored(link: Link) -> None:
    link.refuse()
    with pytest.raises(ConnectionResetError), closing(connect(link)) as end:
        end.recv(1)  # or the reset meets the attempt to connect
    link.restore()
    with closing(connect(link)) as end:
        end.sendall(b"c")
        assert end.recv(1) == b"c"


def test_a_silence_delays_and_loses_nothing(link: Link) -> None:
    with closing(connect(link)) as end:
        end.sendall(b"before")
        assert heard(end, 6) == b"before"
        link.silence()
        end.sendall(b"during")
        end.settimeout(0.3)
        with pytest.raises(TimeoutError):
            end.recv(1)
        link.restore()
        end.settimeout(60)
        assert heard(end, 6) == b"during"


def test_a_silence_may_end_in_a_reset(link: Link) -> None:
    with closing(connect(link)) as end:
        link.silence()
        end.sendall(b"lost")
        until(lambda: link.connections() == 1)
        link.reset()
        with pytest.raises(ConnectionResetError):
            end.recv(1)


def test_it_breaks_off_after_so_many_bytes_once(link: Link) -> None:
    link.break_after(10)
    with closing(connect(link)) as end:
        end.sendall(b"0123456")
        assert heard(end, 7) == b"0123456"
        assert link.broken == 0
        end.sendall(b"789abc")
        until(lambda: link.broken == 1)
        assert heard_before_reset(end) in {b"", b"7", b"78", b"789"}
    assert link.broken == 1
    with closing(connect(link)) as end:
        end.sendall(b"0123456789abc")
        assert heard(end, 13) == b"0123456789abc"


def test_a_target_that_is_gone_is_a_reset() -> None:
    with Link(free_port()) as link, pytest.raises(ConnectionResetError), closing(connect(link)) as end:
        end.recv(1)


def test_closing_ends_every_connection(echo: int) -> None:
    with Link(echo) as link:
        end = connect(link)
        end.sendall(b"x")
        assert end.recv(1) == b"x"
        port = link.port
    with closing(end), pytest.raises(ConnectionResetError):
        end.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
