"""Who may post a form: pages of this origin only, and for the repair desk's actions those who know its token.

A browser tells where a request comes from (`Sec-Fetch-Site`, `Origin`); whatever says nothing, or another
place, is refused, so that no foreign page can post in a visitor's name. The desk's sign-in keeps a keyed
digest of the token in a cookie that scripts and foreign sites never see.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import Request, Response
from pydantic import SecretStr

DESK_COOKIE = "kilowitness_desk"
_DESK_SECONDS = 12 * 3600


def same_origin(request: Request) -> bool:
    """Whether a page of this very host made the request."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc == request.headers.get("host")


class Desk:
    """The repair desk: those who respond to and complete orders. Open to all while no token is set."""

    def __init__(self, token: SecretStr | None) -> None:
        self._token = token

    @property
    def guarded(self) -> bool:
        """Whether a token is asked for."""
        return self._token is not None

    def admits(self, request: Request) -> bool:
        """Whether the visitor may act for the desk."""
        shown = request.cookies.get(DESK_COOKIE, "")
        return not self.guarded or hmac.compare_digest(shown.encode(), self._mark().encode())

    def opens(self, shown: str) -> bool:
        """Whether `shown` is the token."""
        if self._token is None:
            return True
        return hmac.compare_digest(shown.encode(), self._token.get_secret_value().encode())

    def remember(self, response: Response, *, secure: bool) -> None:
        """Let the visitor act for the desk for a working day."""
        response.set_cookie(
            DESK_COOKIE, self._mark(), max_age=_DESK_SECONDS, httponly=True, samesite="strict", secure=secure
        )

    def _mark(self) -> str:
        key = b"" if self._token is None else self._token.get_secret_value().encode()
        return hmac.new(key, b"kilowitness repair desk", hashlib.sha256).hexdigest()
