"""The pages over HTTP: what they show, in which language, what they refuse, and what is not there."""

import re
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient

from services.app import Parts, build_parts
from services.database import migrate
from services.settings import Settings
from services.timeseries.store import StoreUnavailable
from services.web.i18n import COOKIE
from tests.services.web.city import NOW
from tests.services.web.clients import client_of
from tests.services.web.outline import outline_of


@pytest.fixture(name="client")
def reading_client(city: Parts) -> TestClient:
    return client_of(city)


PATHS = [
    "/", "/repairs", "/repairs/new", "/statements/emc-01/2026-10", "/institutions/school", "/desk",
    "/quarantine",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_is_sound_html_that_loads_nothing_from_outside(
    client: TestClient, path: str, language: str
) -> None:
    answer = client.get(path, params={"lang": language})
    assert answer.status_code == 200
    outline_of(answer.text)
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
    assert re.search(r'id="hash">[0-9a-f]{64}<', text)
    assert "0.735686" in text


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


def test_an_empty_city_still_has_an_overview(tmp_path: Path) -> None:
    settings = Settings(store_url=f"sqlite:///{tmp_path}/t.db", database_url=f"sqlite:///{tmp_path}/r.db")
    migrate(settings.database_url)
    parts = build_parts(settings, clock=lambda: NOW)
    parts.store.prepare()
    text = client_of(parts).get("/?lang=en").text
    parts.close()
    assert "No contract is registered yet." in text
    assert "No data yet" in text
