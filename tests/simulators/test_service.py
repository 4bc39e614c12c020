"""The HTTP client: patience while a service starts, one line when it refuses."""

import pytest

from simulators.service import Service, ServiceRefused
from tests.conftest import free_port
from tests.simulators.stub_service import Answer, running_stub


def test_the_token_is_shown_and_queries_are_sent() -> None:
    with running_stub(lambda _method, _path: (200, {"items": []})) as stub:
        with Service(stub.url + "/", token="secret") as service:
            assert service.get("/energy", start="2026-01-01") == {"items": []}
        [asked] = stub.asked
    assert (asked.method, asked.path, asked.query) == ("GET", "/energy", "start=2026-01-01")
    assert asked.headers["Authorization"] == "Bearer secret"


def test_without_a_token_none_is_shown() -> None:
    with running_stub(lambda _method, _path: (200, {})) as stub, Service(stub.url) as service:
        service.post("/refuels", [{"litres": 1}])
        service.put("/vehicles", [])
    assert [asked.body for asked in stub.asked] == [[{"litres": 1}], []]
    assert "Authorization" not in stub.asked[0].headers


def test_a_service_that_starts_is_waited_for() -> None:
    answers = iter([(503, {}), (502, {}), (200, {"meters": 3})])
    with running_stub(lambda _method, _path: next(answers)) as stub, Service(stub.url) as service:
        assert service.put("/registry", {}) == {"meters": 3}
    assert len(stub.asked) == 3


def test_patience_ends() -> None:
    with (
        running_stub(lambda _method, _path: (503, {})) as stub,
        Service(stub.url, patience_s=0) as service,
        pytest.raises(ServiceRefused, match="still 503"),
    ):
        service.get("/ingest")


def test_an_absent_service_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with Service(url, patience_s=0) as service, pytest.raises(ServiceRefused, match=f"no answer from {url}"):
        service.get("/ingest")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((422, {"detail": "meters/0/use: unknown"}), "PUT /registry: 422 meters/0/use: unknown"),
        ((401, {"detail": "show the token"}), "PUT /registry: 401 show the token"),
        ((500, "broken"), 'PUT /registry: 500 "broken"'),
    ],
)
def test_a_refusal_prints_the_problem(answer: Answer, expected: str) -> None:
    with (
        running_stub(lambda _method, _path: answer) as stub,
        Service(stub.url) as service,
        pytest.raises(ServiceRefused) as refused,
    ):
        service.put("/registry", {})
    assert str(refused.value) == expected
    assert len(stub.asked) == 1
