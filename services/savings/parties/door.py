"""Who passes over HTTP: a request's bearer token in, its voice out, or a problem that says what is taken."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Header

from services.http import Problem
from services.savings.parties.speakers import WRITERS, NotHeard, Voice, Voices

Authorization = Annotated[str | None, Header()]


@dataclass(frozen=True, slots=True)
class Door:
    """The dependencies of routes that write, and the checks of what they are told."""

    voices: Voices

    def voice(self, authorization: Authorization = None) -> Voice:
        """Whose token is shown; `Problem` 401 where it is nobody's."""
        found = self.voices.of((authorization or "").removeprefix("Bearer "))
        if found is None:
            speakers = ", or that of one who speaks for a party" if self.voices.speakers else ""
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                f"Authorization: show the bearer token KILOWITNESS_API_TOKEN{speakers}",
            )
        return found

    def writer(self, authorization: Authorization = None) -> None:
        """Let the writers pass; `Problem` 403 for a speaker's token, 401 for nobody's."""
        found = self.voice(authorization)
        if found.speaker is not None:
            raise Problem(HTTPStatus.FORBIDDEN, f"taken is {WRITERS}; shown was {found.speaker}")

    def may_say(self, voice: Voice, side: str, contract: str) -> None:
        """`Problem` 403 unless the voice is that side's."""
        try:
            self.voices.may_say(voice, side, contract)
        except NotHeard as error:
            raise Problem(HTTPStatus.FORBIDDEN, str(error)) from error

    def may_word(self, voice: Voice, side: str, contract: str) -> None:
        """`Problem` 403 unless the voice may put words down for that side."""
        try:
            self.voices.may_word(voice, side, contract)
        except NotHeard as error:
            raise Problem(HTTPStatus.FORBIDDEN, str(error)) from error
