"""Adjustments over HTTP: wording, approving, what is refused and where, steps put forward."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.mv.model import Days
from tests.services.mv.circuits import baseline_part, reporting_part, two_years
from tests.services.savings.adjustments.words import LAMPS, PATH, approval, body
from tests.services.savings.conftest import Town
from tests.services.savings.examples import body as contract_body
from tests.services.savings.methods import HALL, TESTS

STEPS = "/contracts/emc-001/steps"


@pytest.fixture
def deal(client: TestClient, town: Town) -> TestClient:
    """The known circuit under contract, measured until 20 September 2025."""
    town.meter_until("2025-09-20")
    assert client.put("/contracts/emc-001", json=contract_body()).status_code == 200
    return client


def put(client: TestClient, code: str = "lamps-1", *, status: int = 201, **fields: Any) -> Any:
    answer = client.put(f"{PATH}/{code}", json=body(**fields))
    assert answer.status_code == status, answer.text
    return answer.json()


def approve(client: TestClient, sha: str, *sides: str, code: str = "lamps-1", **fields: Any) -> Any:
    for side in sides:
        answer = client.post(f"{PATH}/{code}/approve", json=approval(sha, side, **fields))
        assert answer.status_code == 200, answer.text
    return answer.json()


def saved(client: TestClient, month: int) -> float:
    """The saving of a month of 2025 [kWh]."""
    items = client.get("/contracts/emc-001/savings").json()["items"]
    return float(items[month - 5]["savings_kwh"])


def test_an_adjustment_is_worded_and_counts_once_both_approved_it(deal: TestClient) -> None:
    before = saved(deal, 6)
    first = put(deal)
    assert (first["wording"], first["in_force"], first["approvals"]) == (1, None, [])
    assert (first["text"], first["term"]) == ("12 x 40 W x 10 h/d / 1000", LAMPS)
    assert (first["on"], first["half_width_share"], first["by"]) == ("every_day", 0.0, "Li")
    half = approve(deal, first["content_sha256"], "client")
    assert half["in_force"] is None
    assert saved(deal, 6) == before
    both = approve(deal, first["content_sha256"], "esco", by="Zhao", role="project lead")
    assert both["in_force"] == 1
    assert [(one["side"], one["by"], one["role"], one["at"]) for one in both["approvals"]] == [
        ("client", "Wang", "head of logistics", "2025-09-20T12:00:00+08:00"),
        ("esco", "Zhao", "project lead", "2025-09-20T12:00:00+08:00"),
    ]
    assert saved(deal, 6) == pytest.approx(before + 21 * 4.8)


def test_the_same_words_are_one_wording_and_the_same_approval_one(deal: TestClient) -> None:
    first = put(deal)
    assert put(deal, status=200, by="Chen", role="client") == first
    once = approve(deal, first["content_sha256"], "client")
    assert approve(deal, first["content_sha256"], "client", by="Sun") == once
    assert put(deal, status=200)["approvals"] == once["approvals"]
    assert len(deal.get(f"{PATH}/lamps-1").json()["items"]) == 1


def test_other_words_need_both_approvals_again_and_change_nothing_before(deal: TestClient) -> None:
    before = saved(deal, 6)
    first = put(deal)
    approve(deal, first["content_sha256"], "client", "esco")
    second = put(deal, term=LAMPS | {"count": 6})
    assert (second["wording"], second["in_force"], second["approvals"]) == (2, 1, [])
    approve(deal, second["content_sha256"], "esco")
    assert saved(deal, 6) == pytest.approx(before + 21 * 4.8)
    assert approve(deal, second["content_sha256"], "client")["in_force"] == 2
    assert saved(deal, 6) == pytest.approx(before + 21 * 2.4)
    kept = deal.get(f"{PATH}/lamps-1").json()["items"]
    assert [(one["wording"], one["in_force"], len(one["approvals"])) for one in kept] == [
        (1, 2, 2), (2, 2, 2),
    ]  # fmt: skip


def test_words_put_again_after_others_are_not_approved_by_what_was_said_then(deal: TestClient) -> None:
    first = put(deal)
    approve(deal, first["content_sha256"], "client", "esco")
    zero = put(deal, term={"formula": "per_day", "kwh_per_day": 0})
    approve(deal, zero["content_sha256"], "client", "esco")
    again = put(deal)
    assert (again["wording"], again["in_force"], again["approvals"]) == (3, 2, [])
    assert again["content_sha256"] == first["content_sha256"]
    assert approve(deal, again["content_sha256"], "esco")["in_force"] == 2


def test_approving_another_wording_than_the_latest_says_which_is_the_latest(deal: TestClient) -> None:
    first = put(deal)
    second = put(deal, reason="two corridors")
    answer = deal.post(f"{PATH}/lamps-1/approve", json=approval(first["content_sha256"]))
    assert answer.status_code == 409
    assert second["content_sha256"] in answer.json()["detail"]
    assert "the latest wording is number 2" in answer.json()["detail"]
    assert deal.post(f"{PATH}/other/approve", json=approval("0" * 64)).status_code == 404


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"kind": "weather"}, "body/kind"),
        ({"first_day": "2025-07-21"}, "body: Value error, last_day: is before"),
        ({"first_day": "2025-01-01", "last_day": "2025-05-13"}, "body/last_day: emc-001 counts from"),
        ({"first_day": "2030-05-15", "last_day": "2031-01-01"}, "body/first_day: emc-001 counts until"),
        ({"term": {"formula": "guess"}}, "body/term"),
        ({"term": {"formula": "per_day"}}, "body/term/per_day/kwh_per_day"),
        ({"term": {"formula": "per_day", "kwh_per_day": 1e300}}, "body/term/per_day/kwh_per_day"),
        ({"term": LAMPS | {"hours": 25}}, "body/term/lamps/hours"),
        ({"term": LAMPS | {"count": 1.5}}, "body/term/lamps/count"),
        ({"term": LAMPS | {"colour": "red"}}, "body/term/lamps/colour"),
        ({"term": {"formula": "proportional", "quantity": "x", "unit": "h", "before": 0, "after": 1}},
         "body/term/proportional/before"),
        ({"term": {"formula": "total", "total_kwh": 5}, "on": "working_days"}, "on: a total is spread"),
        ({"reason": "  "}, "body/reason"),
        ({"evidence": [""]}, "body/evidence/0"),
        ({"half_width_share": -0.1}, "body/half_width_share"),
        ({"by": ""}, "body/by"),
        ({"role": "service"}, "body/role"),
        ({"approvals": []}, "body/approvals"),
    ],
)  # fmt: skip
def test_bad_words_are_refused_by_their_place(deal: TestClient, fields: dict[str, Any], place: str) -> None:
    assert place in put(deal, status=422, **fields)["detail"]
    assert deal.get(PATH).json()["items"] == []


@pytest.mark.parametrize(
    "fields", [{"side": "bureau"}, {"by": " "}, {"role": ""}, {"content_sha256": "x"}, {"at": "2020-01-01"}]
)
def test_an_approval_that_says_too_little_names_the_field(deal: TestClient, fields: dict[str, str]) -> None:
    sha = put(deal)["content_sha256"]
    answer = deal.post(f"{PATH}/lamps-1/approve", json=approval(sha) | fields)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"body/{next(iter(fields))}")


def test_unknown_contracts_and_strangers_are_refused(deal: TestClient) -> None:
    for path in ("/contracts/other/adjustments", "/contracts/other/steps", f"{PATH}/other"):
        assert deal.get(path).status_code == 404
    assert deal.put("/contracts/other/adjustments/a", json=body()).status_code == 404
    assert deal.put(f"{PATH}/UPPER", json=body()).status_code == 422
    deal.headers.pop("Authorization")
    assert deal.put(f"{PATH}/a", json=body()).status_code == 401
    assert deal.post(f"{PATH}/a/approve", json=approval("0" * 64)).status_code == 401
    assert deal.get(PATH).status_code == 200


def test_the_list_shows_the_latest_wording_of_each_by_pages(deal: TestClient) -> None:
    for code in ("c", "a", "b"):
        put(deal, code)
    put(deal, "a", reason="otherwise")
    first = deal.get(f"{PATH}?limit=2").json()
    assert [(one["code"], one["wording"]) for one in first["items"]] == [("a", 2), ("b", 1)]
    rest = deal.get(f"{PATH}?limit=2&cursor={first['next_cursor']}").json()
    assert [one["code"] for one in rest["items"]] == ["c"]
    assert rest["next_cursor"] is None


def test_adjustments_stay_when_the_contract_is_put_anew(deal: TestClient) -> None:
    sha = put(deal)["content_sha256"]
    approve(deal, sha, "client", "esco")
    changed = contract_body(meters=["hall-l1", "hall-l2"], minimum_completeness="0.9")
    assert deal.put("/contracts/emc-001", json=changed).status_code == 200
    (kept,) = deal.get(PATH).json()["items"]
    assert (kept["content_sha256"], kept["in_force"]) == (sha, 1)


def stepped(town: Town, *, share: float) -> None:
    """The circuit's days, using so much more from 1 December 2025 on."""
    circuit = two_years(seed=7)
    after = reporting_part(circuit, remaining=0.45)
    later = np.array([day.isoformat() >= "2025-12-01" for day in after.days])
    energy = after.energy_kwh * np.where(later, 1 + share, 1.0)
    town.meter(baseline_part(circuit))
    town.meter(Days(after.days, energy, after.coverage, after.working, after.daylight_h))
    town.now = town.now.replace(year=2026, month=4)


def test_a_step_in_the_data_is_put_forward_and_never_applied(deal: TestClient, town: Town) -> None:
    stepped(town, share=0.3)
    before = deal.get("/contracts/emc-001/savings").json()
    found = deal.get(STEPS).json()
    (proposal,) = found["proposals"]
    assert "2025-11-27" <= proposal["first_day"] <= "2025-12-05"
    assert proposal["last_day"] is None
    assert proposal["size_kwh_per_day"] > 0
    assert proposal["confidence"] >= 0.95
    assert proposal["share_after"] > proposal["share_before"]
    assert found["reason"] is None
    assert [one["what"] for one in found["records"]] == ["step_days", "steps_proposed"]
    assert deal.get("/contracts/emc-001/savings").json() == before
    assert deal.get(PATH).json()["items"] == []


def test_a_step_that_was_agreed_is_not_put_forward_again(deal: TestClient, town: Town) -> None:
    stepped(town, share=0.3)
    (proposal,) = deal.get(STEPS).json()["proposals"]
    size = proposal["size_kwh_per_day"]
    # The share of the baseline that is used stays where both grow alike: 30 % more of 45 % asks for 30 %.
    term = {"formula": "proportional", "quantity": "hours", "unit": "h/d", "before": 10, "after": 13}
    days = {"first_day": proposal["first_day"], "last_day": "2030-05-14"}
    words = put(deal, "hours-1", kind="hours", term=term, **days)
    assert len(deal.get(STEPS).json()["proposals"]) == 1
    approve(deal, words["content_sha256"], "client", "esco", code="hours-1")
    assert size > 0
    assert deal.get(STEPS).json()["proposals"] == []


@pytest.mark.parametrize(
    ("measurement", "meters"),
    [
        ({"by": "lamps", "groups": [HALL]}, []),
        ({"by": "saving_rate", "tests": TESTS, "population": 240}, ["hall-l1"]),
    ],
)
def test_where_no_step_could_show_it_says_why(
    deal: TestClient, measurement: dict[str, Any], meters: list[str]
) -> None:
    changed = contract_body(meters=meters, measurement=measurement)
    assert deal.put("/contracts/emc-001", json=changed).status_code == 200
    found = deal.get(STEPS).json()
    assert (found["proposals"], found["records"]) == ([], [])
    assert found["reason"] == "emc-001: without a baseline of its own a step cannot show"


@pytest.mark.parametrize(
    ("measurement", "meters"),
    [
        ({"by": "lamps", "groups": [HALL]}, []),
        ({"by": "saving_rate", "tests": TESTS, "population": 240}, ["hall-l1"]),
    ],
)
def test_lamps_and_saving_rates_take_adjustments_too(
    deal: TestClient, measurement: dict[str, Any], meters: list[str]
) -> None:
    changed = contract_body(meters=meters, measurement=measurement)
    assert deal.put("/contracts/emc-001", json=changed).status_code == 200
    before = saved(deal, 7)
    words = put(deal)
    approve(deal, words["content_sha256"], "client", "esco")
    assert saved(deal, 7) == pytest.approx(before + 20 * 4.8)


def test_before_the_first_whole_day_there_is_nothing_to_look_at(deal: TestClient, town: Town) -> None:
    town.now = town.now.replace(month=5, day=14)
    found = deal.get(STEPS).json()
    assert found["reason"] == "emc-001: savings count from 2025-05-15 on"
