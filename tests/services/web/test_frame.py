"""What all pages share: the language and its cookie, errors as pages, safe templates, headers."""

import re
import threading
import time
from http import HTTPStatus
from zoneinfo import ZoneInfo

import jinja2
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from services.timeseries.store import StoreUnavailable
from services.web.frame import Frame, PageProblem, Visit, see
from services.web.i18n import COOKIE
from services.web.templating import STATIC, environment, page, render
from tests.services.web.outline import outline_of

ZONE = ZoneInfo("Asia/Shanghai")
WORDS = {"heading": "<b>& more", "detail": "d"}


def site() -> TestClient:
    """A page for each thing that can happen."""
    app, frame = FastAPI(), Frame(ZONE, "zh")

    @app.get("/well")
    def well(request: Request) -> Response:
        return frame(request, lambda visit: visit.page("problem.html", heading=WORDS["heading"], detail="d"))

    @app.get("/gone")
    def gone(request: Request) -> Response:
        def answer(_visit: Visit) -> Response:
            raise PageProblem(HTTPStatus.NOT_FOUND, "not_found")

        return frame(request, answer)

    @app.get("/down")
    def down(request: Request) -> Response:
        def answer(_visit: Visit) -> Response:
            raise StoreUnavailable("connection refused at 10.0.0.7")

        return frame(request, answer)

    return TestClient(app)


def test_a_page_escapes_what_it_is_given() -> None:
    text = site().get("/well").text
    assert "&lt;b&gt;&amp; more" in text
    outline_of(text)


def test_a_problem_is_a_page_in_the_visitors_language_with_its_status() -> None:
    answer = site().get("/gone?lang=en")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_a_store_that_is_down_is_told_without_its_address() -> None:
    answer = site().get("/down")
    assert answer.status_code == 503
    assert "时序数据库没有应答" in answer.text
    assert "10.0.0.7" not in answer.text


def test_only_a_wish_for_a_known_language_sets_the_cookie() -> None:
    client = site()
    assert "set-cookie" not in client.get("/well").headers
    assert "set-cookie" not in client.get("/well?lang=tlh").headers
    cookie = client.get("/well?lang=en").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=en;")
    assert "SameSite=lax" in cookie


def test_a_language_is_remembered_by_a_page_that_failed_too() -> None:
    client = site()
    client.get("/gone?lang=en")
    assert '<html lang="en">' in client.get("/well").text


def test_pages_are_framed_by_nobody_kept_by_nobody_and_load_only_from_here() -> None:
    headers = page("x").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]  # so that scripts are 'self', never inline
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_no_template_has_a_script_of_its_own() -> None:
    for template in (STATIC.parent / "templates").iterdir():
        text = template.read_text(encoding="utf-8")
        assert "<script>" not in text
        assert "onclick" not in text
        assert "style=" not in text


def test_after_a_form_the_browser_is_sent_on() -> None:
    answer = see("/repairs/R1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/repairs/R1")


def test_a_template_that_names_nothing_known_stops() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("problem.html", language="zh", zone=ZONE, here="/", heading="only")


def test_the_place_where_one_is_is_marked_for_everyone() -> None:
    text = render("problem.html", language="en", zone=ZONE, here="/repairs", **WORDS)
    assert '<a href="/repairs" aria-current="page">' in text
    assert text.count("aria-current") == 1


def test_the_other_language_is_offered_in_its_own_words() -> None:
    assert 'lang="en" hreflang="en">English</a>' in render(
        "problem.html", language="zh", zone=ZONE, here="/", **WORDS
    )
    assert 'hreflang="zh-CN">中文</a>' in render("problem.html", language="en", zone=ZONE, here="/", **WORDS)


def test_static_files_are_small_and_ask_no_one() -> None:
    for file in STATIC.iterdir():
        content = file.read_text(encoding="utf-8")
        assert len(content) < 20_000, file
        assert "@import" not in content
        assert "url(" not in content
        assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", content) == []


def test_a_changed_file_has_a_new_address() -> None:
    mark = environment().globals["assets"]
    assert isinstance(mark, str)
    assert f"/static/style.css?{mark}" in render("problem.html", language="zh", zone=ZONE, here="/", **WORDS)


def test_the_service_warms_up_charts_as_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    from services.web import pages

    warmed = threading.Event()
    monkeypatch.setattr(pages, "warm_up", warmed.set)
    app = FastAPI(lifespan=pages._warmed_up)
    started = time.monotonic()
    with TestClient(app):
        assert warmed.wait(5)
    assert time.monotonic() - started < 10
