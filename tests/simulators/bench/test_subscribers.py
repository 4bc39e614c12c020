"""Each client library that is installed: every message once, acknowledged, and what that cost."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.bench.load import FILTER, new_load, publish
from simulators.bench.stand import Broker
from simulators.bench.subscribers import BATCH, LIBRARIES, Tally, installed, main
from simulators.bench.wire import Connection, keep_session
from tests.simulators.bench.parts import published

MESSAGES = BATCH + 700


@given(st.integers(1, 3 * BATCH))
def test_a_tally_gives_every_message_back_once_and_in_order(messages: int) -> None:
    tally = Tally(messages)
    due: list[int] = []
    for number in range(messages):
        assert not tally.complete
        given_back = tally.take(number)
        assert len(given_back) in {0, BATCH} or tally.complete
        due += given_back
    assert tally.complete
    assert due == list(range(messages))


def until_read_by(broker: Broker, client_id: str) -> None:
    """Return once the broker has read all that a client said: its goodbye is the last of it."""
    deadline = time.monotonic() + 60
    while broker.program.log.read_text().count(f"Client {client_id} disconnected") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.mosquitto
@pytest.mark.parametrize("library", [library for library in LIBRARIES if installed(library)])
def test_it_empties_its_session(library: str, broker: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    client_id = f"subscriber-{library}"
    keep_session(broker.port, client_id, FILTER)
    publish(broker.port, new_load(MESSAGES, 10, f"load-{library}"))
    assert main([library, str(broker.port), client_id, str(MESSAGES)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["messages"] == MESSAGES
    assert told["seconds"] > 0
    assert told["cpu_s"] > 0
    assert told["peak_mib"] > 10
    until_read_by(broker, client_id)
    publish(broker.port, new_load(1, 1, "afterwards"))
    with Connection(broker.port, client_id, kept=True) as session:
        [left] = published(session, 1)
    assert left.topic.startswith("kilowitness/v1/afterwards-")


def test_the_product_s_own_library_is_installed() -> None:
    assert installed("mqtt5")
