"""The pages over HTTP: what they show, in which language, what they refuse, and who may post."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.app import Parts, create_app
from services.timeseries.store import StoreUnavailable
from services.web.access import DESK_COOKIE
from services.web.i18n import COOKIE
from tests.services.web.city import build_city

HOST = "http://bureau.test"
OURS = {"origin": HOST}
REPORT = {
    "institution": "school", "location": "2 号楼 305", "category": "lift", "size": "small",
    "severity": "urgent", "description": "电梯异响", "reporter": "王敏", "contact": "027-1234",
}  # fmt: skip
VOID = {"meta", "link", "img", "input", "br", "rect"}


def client_of(parts: Parts) -> TestClient:
    return TestClient(create_app(parts), base_url=HOST, follow_redirects=False)


@pytest.fixture(name="client")
def reading_client(city: Parts) -> TestClient:
    return client_of(city)


@pytest.fixture(name="parts", scope="module")
def city_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = build_city(tmp_path_factory.mktemp("own"))
    yield parts
    parts.close()


@pytest.fixture(name="desk")
def writing_client(parts: Parts) -> TestClient:
    return client_of(parts)


class Outline(HTMLParser):
    """Notes unbalanced elements, ids, labels and what they point at."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.addresses: list[str] = []
        self.fields: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.named += [
            v for n in ("for", "aria-labelledby", "aria-describedby") for v in (found.get(n) or "").split()
        ]
        self.addresses += [value for name, value in attrs if name in {"src", "href", "action"} and value]
        if tag in {"select", "textarea"} or (tag == "input" and found.get("type") not in {"hidden", "radio"}):
            self.fields.append(found.get("id") or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} at {self.getpos()}")


PATHS = ["/", "/repairs", "/repairs/new", "/statements/emc-01/2026-10", "/institutions/school", "/desk"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_is_sound_html_that_loads_nothing_from_outside(
    client: TestClient, path: str, language: str
) -> None:
    answer = client.get(path, params={"lang": language})
    assert answer.status_code == 200
    outline = Outline()
    outline.feed(answer.text)
    assert (outline.faults, outline.open) == ([], [])
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.named) <= set(outline.ids)
    assert set(outline.fields) <= set(outline.named)
    assert [one for one in outline.addresses if re.match(r"\w+:|//", one)] == []
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_english_pages_hold_no_chinese_but_names(client: TestClient, path: str) -> None:
    text = re.sub(r"合同第 5 条|中文", "", client.get(path, params={"lang": "en"}).text)
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


def test_chinese_is_the_default_and_a_wish_is_remembered(client: TestClient) -> None:
    assert "能耗与服务总览" in client.get("/").text
    answer = client.get("/?lang=en")
    assert "Energy and services today" in answer.text
    assert answer.cookies[COOKIE] == "en"
    assert "Energy and services today" in client.get("/").text


def test_the_setting_gives_the_first_language(city: Parts) -> None:
    english = replace(city, settings=city.settings.model_copy(update={"language": "en"}))
    assert "Energy and services today" in client_of(english).get("/").text


def test_the_overview_shows_the_figures_of_the_city(client: TestClient) -> None:
    text = client.get("/?lang=en").text
    assert text.count('role="img"') == 6
    assert "Last reading 22 Nov 2026, 14:00" in text
    assert 'href="/statements/emc-01/2026-10"' in text
    assert "Meters under 95 %: 1" in text
    assert "City Library · main meter" in text


def test_the_statement_shows_its_calculation(client: TestClient) -> None:
    text = client.get("/statements/emc-01/2026-10?lang=en").text
    assert "Statement of savings" in text
    assert "value of the saving × ESCO&#39;s share" in text
    assert "left out: incomplete" in text
    assert "29 days measured, 2 left out" in text
    assert re.search(r"<code>[0-9a-f]{64}</code>", text)
    assert "0.735686 yuan/kWh" in text


def test_a_version_can_be_asked_for(client: TestClient) -> None:
    assert client.get("/statements/emc-01/2026-10?version=1").status_code == 200
    assert client.get("/statements/emc-01/2026-10?version=9").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/statements/emc-01/2026-11",
        "/statements/emc-99/2026-10",
        "/statements/emc-01/x",
        "/institutions/none",
        "/repairs/R0",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "返回总览" in answer.text


def test_a_store_that_does_not_answer_is_a_page_too(client: TestClient, city: Parts) -> None:
    with patch.object(type(city.store), "read", side_effect=StoreUnavailable("down")):
        answer = client.get("/")
    assert answer.status_code == 503
    assert "暂时无法读取数据" in answer.text


def test_static_files_are_kept_by_browsers_and_nothing_else_is_served(client: TestClient) -> None:
    answer = client.get("/static/style.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/..%2fpages.py").status_code == 404
    assert client.get("/static/none.css").status_code == 404


def test_pages_do_not_stand_in_the_api_description(client: TestClient) -> None:
    assert not [
        path
        for path in client.get("/openapi.json").json()["paths"]
        if not path.startswith(("/api", "/healthz", "/readyz", "/metrics"))
    ]


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


def test_an_empty_city_still_has_an_overview(tmp_path: Path) -> None:
    from services.app import build_parts
    from services.database import migrate
    from services.settings import Settings
    from tests.services.web.city import NOW

    settings = Settings(store_url=f"sqlite:///{tmp_path}/t.db", database_url=f"sqlite:///{tmp_path}/r.db")
    migrate(settings.database_url)
    parts = build_parts(settings, clock=lambda: NOW)
    parts.store.prepare()
    text = client_of(parts).get("/?lang=en").text
    parts.close()
    assert "No contract is registered yet." in text
    assert "No data yet" in text
