"""Speakers to test with, each with a token that is its name backwards."""

import hashlib
from datetime import date

from pydantic import SecretStr

from services.savings.parties.speakers import Speaker, Voice, Voices
from services.savings.settlement.events import Role

TODAY = date(2026, 11, 22)
WRITER = "let-me"


def token(name: str) -> str:
    """What the speaker of that name shows."""
    return name[::-1]


def speaker(
    name: str, side: str, *contracts: str, first_day: date | None = None, last_day: date | None = None
) -> Speaker:
    """A speaker, of every contract unless some are named."""
    digest = hashlib.sha256(token(name).encode()).hexdigest()
    return Speaker(name, Role(side), contracts or ("*",), digest, first_day, last_day)


LAMPLIGHT = speaker("Lamplight", "esco", "emc-001", "emc-004")
"""The energy service company of two contracts."""
HALL = speaker("City Hall", "client", "emc-001")
"""The client of one of them."""


def voices(*speakers: Speaker, writers: str | None = WRITER, today: date = TODAY) -> Voices:
    """Those who may write, on a day."""
    return Voices(None if writers is None else SecretStr(writers), speakers, lambda: today)


def voice(found: Voices, shown: str) -> Voice:
    """Whose token it is, which someone's is."""
    heard = found.of(shown)
    assert heard is not None
    return heard
