"""The repair pages over HTTP: forms taken and refused, an order's way, the desk and its token."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.app import Parts
from services.web.access import DESK_COOKIE
from tests.services.web.city import build_city
from tests.services.web.clients import OURS, client_of

REPORT = {
    "institution": "school", "location": "2 号楼 305", "category": "lift", "size": "small",
    "severity": "urgent", "description": "电梯异响", "reporter": "王敏", "contact": "027-1234",
}  # fmt: skip


@pytest.fixture(name="parts", scope="module")
def city_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = build_city(tmp_path_factory.mktemp("own"))
    yield parts
    parts.close()


@pytest.fixture(name="desk")
def writing_client(parts: Parts) -> TestClient:
    return client_of(parts)


def report(desk: TestClient, **changes: str) -> str:
    answer = desk.post("/repairs/new", data=REPORT | changes, headers=OURS)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_an_empty_form_says_next_to_each_field_what_is_missing(desk: TestClient) -> None:
    answer = desk.post("/repairs/new", data={}, headers=OURS)
    assert answer.status_code == 422
    for field in ("institution", "location", "category", "size", "description", "reporter"):
        assert f'id="{field}-error"' in answer.text
    assert 'id="contact-error"' not in answer.text


def test_a_faulty_form_keeps_what_was_typed(desk: TestClient) -> None:
    answer = desk.post("/repairs/new", data=REPORT | {"location": "", "reporter": "<王>"}, headers=OURS)
    assert answer.status_code == 422
    assert "请填写此项。" in answer.text
    assert "电梯异响" in answer.text
    assert 'value="&lt;王&gt;"' in answer.text
    assert '<option value="school" selected>' in answer.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"institution": "nowhere"}, "请选择一项。"),
        ({"institution": "no where!"}, "请选择一项。"),
        ({"size": "huge"}, "请选择一项。"),
        ({"reporter": "x" * 201}, "最多 200 个字符。"),
        ({"location": "   "}, "请填写此项。"),
    ],
)
def test_what_cannot_be_taken_is_told(desk: TestClient, change: dict[str, str], message: str) -> None:
    answer = desk.post("/repairs/new", data=REPORT | change, headers=OURS)
    assert answer.status_code == 422
    assert message in answer.text


def test_a_report_goes_to_its_order_and_on_the_board(desk: TestClient) -> None:
    path = report(desk, description="顶层漏水\n请尽快")
    assert re.fullmatch(r"/repairs/R20261122-\d{4}", path)
    order = desk.get(path).text
    assert "顶层漏水\n请尽快" in order
    assert "2026年11月23日 17:30" in order
    assert "027-1234" in order
    board = desk.get("/repairs").text
    assert f'href="{path}"' in board
    assert f'href="{path}"' not in desk.get("/repairs?institution=library").text


def test_an_order_is_responded_to_paused_completed_and_rated(desk: TestClient) -> None:
    path = report(desk)

    def act(**form: str) -> None:
        assert desk.post(path, data=form, headers=OURS).headers["location"] == path

    assert 'id="do-respond"' in desk.get(path).text
    act(kind="respond", by="张师傅")
    act(kind="pause", by="张师傅", reason="parts")
    assert "等待配件" in desk.get(path).text
    act(kind="resume", by="张师傅")
    act(kind="complete", by="张师傅")
    act(kind="rate", by="王敏", rating="4")
    text = desk.get(path).text
    assert "评价：满意" in text
    assert "do-" not in text


def test_an_action_out_of_turn_or_without_a_name_is_refused_on_the_page(desk: TestClient) -> None:
    path = report(desk)
    for form, message in (
        ({"kind": "complete", "by": "张"}, "此操作与维修单的当前状态不符"),
        ({"kind": "respond", "by": " "}, "请填写此项。"),
        ({"kind": "explode", "by": "张"}, "内容无法识别"),
        ({"kind": "rate", "by": "张"}, "内容无法识别"),
    ):
        answer = desk.post(path, data=form, headers=OURS)
        assert answer.status_code == 422
        assert message in answer.text


def test_an_order_nobody_knows_takes_no_action(desk: TestClient) -> None:
    answer = desk.post("/repairs/R0", data={"kind": "respond", "by": "张"}, headers=OURS)
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/repairs/new", "/repairs/R1", "/desk"])
@pytest.mark.parametrize(
    "headers", [{}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_a_form_of_another_site_is_refused(desk: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = desk.post(path, data=REPORT | {"kind": "rate", "token": "x"}, headers=headers)
    assert answer.status_code == 403
    assert "已拒绝" in answer.text


def test_a_script_in_a_report_stays_text(desk: TestClient) -> None:
    path = report(desk, description="<script>alert(1)</script>", location="<b>x</b>")
    for page in (path, "/repairs", "/"):
        assert "<script>alert" not in desk.get(page).text
        assert "<b>x</b>" not in desk.get(page).text


@pytest.fixture(name="guarded")
def guarded_client(parts: Parts) -> TestClient:
    token = parts.settings.model_copy(update={"api_token": SecretStr("open sesame")})
    return client_of(replace(parts, settings=token))


def test_with_a_token_reporting_stays_open_and_the_desk_asks_for_it(guarded: TestClient) -> None:
    path = report(guarded)
    assert "027-1234" not in guarded.get(path).text
    asked = guarded.post(path, data={"kind": "respond", "by": "张"}, headers=OURS)
    assert asked.headers["location"] == f"/desk?next={path.replace('/', '%2F')}"
    sign_in = asked.headers["location"]
    wrong = guarded.post(sign_in, data={"token": "open"}, headers=OURS)
    assert wrong.status_code == 403
    assert "口令不正确" in wrong.text
    right = guarded.post(sign_in, data={"token": "open sesame"}, headers=OURS)
    assert right.headers["location"] == path
    assert DESK_COOKIE in guarded.cookies
    guarded.post(path, data={"kind": "respond", "by": "张师傅"}, headers=OURS)
    assert "do-complete" in guarded.get(path).text
    assert "027-1234" in guarded.get(path).text


def test_the_sign_in_goes_nowhere_but_to_the_repairs(guarded: TestClient) -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/repairs.evil.example/../..//x"):
        answer = guarded.post(
            "/desk", params={"next": elsewhere}, data={"token": "open sesame"}, headers=OURS
        )
        assert answer.headers["location"].startswith("/repairs")


def test_rating_needs_no_token(guarded: TestClient, desk: TestClient) -> None:
    path = report(desk)
    for kind in ("respond", "complete"):
        desk.post(path, data={"kind": kind, "by": "张"}, headers=OURS)
    guarded.post(path, data={"kind": "rate", "by": "王敏", "rating": "3"}, headers=OURS)
    assert "评价：较满意" in desk.get(path).text
