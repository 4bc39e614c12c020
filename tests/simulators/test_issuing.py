"""Statements that a demo issues: the oldest two, confirmed by both sides first, and how to verify them."""

from pathlib import Path
from typing import Any

import pytest

from simulators.city import City
from simulators.issuing import Issued, issue_oldest
from simulators.service import Service, ServiceRefused
from tests.simulators.stub_service import Asked, Stub, running_stub


def row(month: str, version: int = 1, state: str = "draft") -> dict[str, Any]:
    return {"month": month, "version": version, "state": state}


def issued(city: City, *answers: list[dict[str, Any]]) -> tuple[Issued | None, Stub]:
    """What comes of it where the contracts, in their order, have these settlements."""
    waiting = list(answers)

    def answer(method: str, path: str) -> tuple[int, Any]:
        return 200, {"items": waiting.pop(0) if waiting else []} if method == "GET" else {}

    with running_stub(answer) as stub, Service(stub.url, token="secret") as service:
        return issue_oldest(service, city.contracts), stub


def posts(stub: Stub) -> list[Asked]:
    return [ask for ask in stub.asked if ask.method == "POST"]


def test_the_oldest_two_are_confirmed_by_both_and_issued_in_order(whole_city: City) -> None:
    found, stub = issued(whole_city, [row("2026-08"), row("2026-06", 4), row("2026-07", 2)])
    assert found == Issued("emc-001", ("2026-06", "2026-07"))
    place = "/contracts/emc-001/settlements"
    steps = [(ask.path, ask.body["version"], ask.body["role"]) for ask in posts(stub)]
    assert steps == [
        (f"{place}/{month}/{step}", version, role)
        for month, version in (("2026-06", 4), ("2026-07", 2))
        for step, role in (("confirm", "client"), ("confirm", "esco"), ("issue", "esco"))
    ]
    assert all(ask.headers["Authorization"] == "Bearer secret" for ask in posts(stub))


def test_a_month_without_an_amount_is_left_to_persons(whole_city: City) -> None:
    held = [row("2026-06", state="held"), row("2026-07"), row("2026-08")]
    assert issued(whole_city, held)[0] == Issued("emc-001", ("2026-07", "2026-08"))


def test_another_contract_is_taken_where_the_first_has_too_few(whole_city: City) -> None:
    found, stub = issued(whole_city, [row("2026-06")], [row("2026-06"), row("2026-07")])
    assert found == Issued("emc-002", ("2026-06", "2026-07"))
    assert [ask.query for ask in stub.asked if ask.method == "GET"] == [
        "contract=emc-001", "contract=emc-002",
    ]  # fmt: skip


def test_nothing_is_issued_where_nothing_is_settled(whole_city: City) -> None:
    found, stub = issued(whole_city)
    assert found is None
    assert not posts(stub)


def test_a_refusal_is_told(whole_city: City) -> None:
    def answer(method: str, path: str) -> tuple[int, Any]:
        months = {"items": [row("2026-06"), row("2026-07")]}
        return (200, months) if method == "GET" else (409, {"detail": "disputed"})

    with (
        running_stub(answer) as stub,
        Service(stub.url) as service,
        pytest.raises(ServiceRefused, match="2026-06/confirm: 409 disputed"),
    ):
        issue_oldest(service, whole_city.contracts)


def test_the_commands_fetch_what_they_verify() -> None:
    rows = Issued("emc-001", ("2026-06", "2026-07")).told("http://127.0.0.1:8000").split("\n")
    *fetched, verify = [line.split() for line in rows]
    assert {words[0] for words in fetched} == {"curl"}
    assert [words[2] for words in fetched] == ["issuer.pub", "2026-06.kwb", "2026-07.kwb"]
    assert fetched[1][3] == "'http://127.0.0.1:8000/api/v1/contracts/emc-001/settlements/2026-06/bundle'"
    assert verify == ["./run", "verify", "2026-07.kwb", "--key", "issuer.pub", "--previous", "2026-06.kwb"]
    assert (Path(__file__).parents[2] / "run").exists()
