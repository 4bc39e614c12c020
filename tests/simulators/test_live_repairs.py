"""Repairs while someone watches: reported, answered, done, rated, each when its time has come."""

import logging

import pytest

from simulators.city import City
from simulators.live_repairs import LiveRepairs
from simulators.service import Service
from tests.simulators.stub_service import Answer, Stub, running_stub


def run(stub: Stub, city: City, seconds: range, *, every_s: float = 120.0) -> LiveRepairs:
    """Let so many simulated seconds pass."""
    with Service(stub.url, patience_s=0) as service:
        repairs = LiveRepairs(city, service, every_s=every_s)
        for second in seconds:
            repairs.step(float(second))
    return repairs


class Numbered:
    """Gives each order the next number."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _method: str, path: str) -> Answer:
        self.count += path == "/work-orders"
        return 201, {"number": f"W-{self.count}"}


def test_repairs_come_now_and_then(small_city: City) -> None:
    with running_stub(Numbered()) as stub:
        run(stub, small_city, range(0, 7_200, 10))
    orders = stub.bodies("POST", "/work-orders")
    assert 35 < len(orders) < 90
    places = {place.code for place in small_city.places}
    for order in orders:
        assert order["institution"] in places
        assert order["size"] == "small"
        assert order["severity"] in {"normal", "urgent"}
        assert order["description"]
        assert order["location"]


def test_each_is_answered_done_and_rated_in_that_order(small_city: City) -> None:
    with running_stub(Numbered()) as stub:
        run(stub, small_city, range(0, 7_200, 10))
    kinds: dict[str, list[str]] = {}
    for asked in stub.asked:
        if asked.path.endswith("/events"):
            kinds.setdefault(asked.path.split("/")[2], []).append(asked.body["kind"])
    assert len(kinds) > 20
    whole = ["respond", "complete", "rate"]
    assert all(found == whole[: len(found)] for found in kinds.values())
    assert sum(found == whole for found in kinds.values()) > 15


def test_nothing_happens_before_its_time(small_city: City) -> None:
    with running_stub(Numbered()) as stub:
        run(stub, small_city, range(3), every_s=1e9)
    assert stub.asked == []


def test_a_refusal_is_logged_and_the_city_goes_on(small_city: City, caplog: pytest.LogCaptureFixture) -> None:
    with running_stub(lambda _method, _path: (422, {"detail": "institution: unknown"})) as stub:
        with caplog.at_level(logging.WARNING):
            run(stub, small_city, range(0, 1_200, 10))
        assert len(stub.asked) > 3
    assert "422 institution: unknown" in caplog.text
