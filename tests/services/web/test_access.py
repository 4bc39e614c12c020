"""Forms are taken from pages of this origin only, and the desk's actions from those who know its token."""

import pytest
from fastapi import Response
from pydantic import SecretStr
from starlette.requests import Request

from services.web.access import DESK_COOKIE, Desk, same_origin


def post(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": pairs})


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "a.gov:8000", "origin": "http://a.gov:8000"},
        {"host": "a.gov", "origin": "https://a.gov"},
        {"host": "a.gov", "sec_fetch_site": "same-origin"},
        {"host": "a.gov", "origin": "https://a.gov", "sec_fetch_site": "same-origin"},
    ],
)
def test_a_page_of_this_host_may_post(headers: dict[str, str]) -> None:
    assert same_origin(post(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "a.gov"},
        {"host": "a.gov", "origin": "null"},
        {"host": "a.gov", "origin": ""},
        {"host": "a.gov", "origin": "https://evil.example"},
        {"host": "a.gov", "origin": "https://a.gov.evil.example"},
        {"host": "a.gov:8000", "origin": "http://a.gov:9000"},
        {"host": "a.gov", "origin": "https://a.gov", "sec_fetch_site": "cross-site"},
        {"host": "a.gov", "origin": "https://a.gov", "sec_fetch_site": "same-site"},
        {"host": "a.gov", "sec_fetch_site": "none"},
    ],
)
def test_anything_else_may_not(headers: dict[str, str]) -> None:
    assert not same_origin(post(**headers))


def signed_in(desk: Desk) -> str:
    response = Response()
    desk.remember(response, secure=True)
    return response.headers["set-cookie"]


def test_a_desk_without_a_token_is_open() -> None:
    desk = Desk(None)
    assert not desk.guarded
    assert desk.admits(post())
    assert desk.opens("anything")


def test_a_guarded_desk_knows_its_token_and_its_cookie() -> None:
    desk = Desk(SecretStr("open sesame"))
    assert desk.guarded
    assert not desk.admits(post())
    assert not desk.opens("Open sesame")
    assert desk.opens("open sesame")
    cookie = signed_in(desk).split(";")[0]
    assert desk.admits(post(cookie=cookie))


def test_the_cookie_of_another_token_opens_nothing() -> None:
    cookie = signed_in(Desk(SecretStr("old"))).split(";")[0]
    assert not Desk(SecretStr("new")).admits(post(cookie=cookie))
    assert not Desk(SecretStr("new")).admits(post(cookie=f"{DESK_COOKIE}="))
    assert not Desk(SecretStr("new")).admits(post(cookie=f"{DESK_COOKIE}=口令"))


def test_the_cookie_hides_the_token_and_stays_home() -> None:
    header = signed_in(Desk(SecretStr("open sesame")))
    assert "sesame" not in header
    assert {"HttpOnly", "SameSite=strict", "Secure"} <= {part.strip() for part in header.split(";")}
