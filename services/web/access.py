"""Who may post a form: pages of this origin only, and for what is guarded those who signed in with a token.

A browser tells where a request comes from (`Sec-Fetch-Site`, `Origin`); whatever says nothing, or another
place, is refused, so that no foreign page can post in a visitor's name. The sign-in keeps a keyed digest in a
cookie that scripts and foreign sites never see: of the writers' token by itself, of a speaker's by a key that
lives as long as the program, for what is known of that token is written in a file.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request, Response

from services.savings.parties.speakers import Voice, Voices

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
    """Where visitors sign in: with the writers' token, or with that of a speaker for a party.

    What asks for the writers is open to all while they have no token.
    """

    def __init__(self, voices: Voices) -> None:
        self.voices = voices
        self._key = secrets.token_bytes(32)

    @property
    def guarded(self) -> bool:
        """Whether the writers' token is asked for."""
        return self.voices.writers is not None

    def admits(self, request: Request) -> bool:
        """Whether the visitor may act as the writers do."""
        return not self.guarded or self._shows(request, Voice())

    def voice(self, request: Request) -> Voice | None:
        """Whose token the visitor signed in with; None where a sign-in is asked for first."""
        for speaker in self.voices.speakers:
            if self._shows(request, Voice(speaker)):
                return Voice(speaker)
        return Voice() if self.admits(request) else None

    def remember(self, response: Response, voice: Voice, *, secure: bool) -> None:
        """Let the visitor act with that voice for a working day."""
        response.set_cookie(
            DESK_COOKIE, self._mark(voice), max_age=_DESK_SECONDS, httponly=True, samesite="strict",
            secure=secure,
        )  # fmt: skip

    def _shows(self, request: Request, voice: Voice) -> bool:
        shown = request.cookies.get(DESK_COOKIE, "")
        return hmac.compare_digest(shown.encode(), self._mark(voice).encode())

    def _mark(self, voice: Voice) -> str:
        if voice.speaker is not None:
            return hmac.new(self._key, voice.speaker.sha256.encode(), hashlib.sha256).hexdigest()
        token = self.voices.writers
        key = b"" if token is None else token.get_secret_value().encode()
        return hmac.new(key, b"kilowitness repair desk", hashlib.sha256).hexdigest()
