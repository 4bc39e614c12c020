"""Forms are taken from pages of this origin only, and what is guarded from those who signed in."""

import hashlib
import hmac

import pytest
from fastapi import Response
from starlette.requests import Request

from services.savings.parties.speakers import Voice
from services.web.access import DESK_COOKIE, Desk, same_origin
from tests.services.savings.parties.people import HALL, LAMPLIGHT, WRITER, token, voices


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


def signed_in(desk: Desk, shown: str) -> str:
    """The header with which the token that was shown is remembered."""
    found, response = desk.voices.of(shown), Response()
    assert found is not None
    desk.remember(response, found, secure=True)
    return response.headers["set-cookie"]


def cookie(desk: Desk, shown: str) -> Request:
    """A request of who signed in with a token."""
    return post(cookie=signed_in(desk, shown).split(";")[0])


def test_a_desk_without_a_token_is_open() -> None:
    desk = Desk(voices(writers=None))
    assert not desk.guarded
    assert desk.admits(post())
    assert desk.voice(post()) == Voice()


def test_a_guarded_desk_knows_the_writers_by_their_cookie() -> None:
    desk = Desk(voices(writers="open sesame"))
    assert desk.guarded
    assert not desk.admits(post())
    assert desk.voice(post()) is None
    assert desk.voices.of("Open sesame") is None
    visitor = cookie(desk, "open sesame")
    assert desk.admits(visitor)
    assert desk.voice(visitor) == Voice()
    assert Desk(voices(writers="open sesame")).admits(visitor)


def test_the_cookie_of_another_token_opens_nothing() -> None:
    other = Desk(voices(writers="new"))
    assert not other.admits(cookie(Desk(voices(writers="old")), "old"))
    assert not other.admits(post(cookie=f"{DESK_COOKIE}="))
    assert not other.admits(post(cookie=f"{DESK_COOKIE}=口令"))


@pytest.mark.parametrize("shown", ["open sesame", token("Lamplight")])
def test_the_cookie_hides_the_token_and_stays_home(shown: str) -> None:
    header = signed_in(Desk(voices(LAMPLIGHT, writers="open sesame")), shown)
    assert shown not in header
    assert LAMPLIGHT.sha256 not in header
    assert {"HttpOnly", "SameSite=strict", "Secure"} <= {part.strip() for part in header.split(";")}


def test_a_speaker_is_known_again_and_is_no_writer() -> None:
    desk = Desk(voices(HALL, LAMPLIGHT))
    visitor = cookie(desk, token("Lamplight"))
    assert desk.voice(visitor) == Voice(LAMPLIGHT)
    assert not desk.admits(visitor)
    assert desk.voice(cookie(desk, token("City Hall"))) == Voice(HALL)


def test_where_all_are_writers_a_speaker_may_do_what_anyone_may() -> None:
    desk = Desk(voices(LAMPLIGHT, writers=None))
    visitor = cookie(desk, token("Lamplight"))
    assert desk.voice(visitor) == Voice(LAMPLIGHT)
    assert desk.admits(visitor)


def test_what_the_file_says_of_a_token_makes_no_cookie() -> None:
    visitor = cookie(Desk(voices(LAMPLIGHT)), token("Lamplight"))
    assert Desk(voices(LAMPLIGHT)).voice(visitor) is None
    key = WRITER.encode()
    for made in (LAMPLIGHT.sha256, hmac.new(key, LAMPLIGHT.sha256.encode(), hashlib.sha256).hexdigest()):
        assert Desk(voices(LAMPLIGHT)).voice(post(cookie=f"{DESK_COOKIE}={made}")) is None
