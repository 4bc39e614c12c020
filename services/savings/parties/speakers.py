"""Speakers and their voices: a token, a side and a contract in; heard, or refused with what is taken, out.

The writers' token speaks for every side that no speaker is named for; a speaker for its own side alone.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pydantic import SecretStr

from services.savings.settlement.events import Role

EVERY = "*"
"""In place of contracts: all of them."""
WRITERS = "the writers' token"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks for `side` of `contracts` with the token of that SHA-256 (hexadecimal).

    Both local days are counted, and either may be open.
    """

    name: str
    side: Role
    contracts: tuple[str, ...]
    sha256: str
    first_day: date | None = None
    last_day: date | None = None

    def named_for(self, side: str, contract: str) -> bool:
        """Whether it is this side of this contract, on whatever day."""
        return self.side == side and (EVERY in self.contracts or contract in self.contracts)

    def valid(self, today: date) -> bool:
        """Whether its token is taken on that local day."""
        return (self.first_day or today) <= today <= (self.last_day or today)

    def __str__(self) -> str:
        days = (("from", self.first_day), ("until", self.last_day))
        told = " ".join(f"{word} {day}" for word, day in days if day is not None)
        return f"the token of {self.name}" + (f" (valid {told})" if told else "")


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose token was shown: a speaker's, or that of the writers, who have no name."""

    speaker: Speaker | None = None

    @property
    def name(self) -> str | None:
        """The speaker's name, as what is said is kept with."""
        return None if self.speaker is None else self.speaker.name


class NotHeard(Exception):
    """A token speaks for another side, contract or day; `taken` are the speakers whose tokens would be."""

    def __init__(self, message: str, taken: tuple[Speaker, ...] = ()) -> None:
        super().__init__(message)
        self.taken = taken


@dataclass(frozen=True, slots=True)
class Voices:
    """Every token there is: that of the `writers` (None: whoever asks is one), and those of the `speakers`.

    `today` tells the local day.
    """

    writers: SecretStr | None
    speakers: tuple[Speaker, ...]
    today: Callable[[], date]

    def of(self, shown: str) -> Voice | None:
        """Whose token was `shown`, or None where it is nobody's. Compared in constant time."""
        digest = hashlib.sha256(shown.encode()).hexdigest()
        found = [one for one in self.speakers if hmac.compare_digest(one.sha256, digest)]
        if found:
            return Voice(found[0])
        if self.writers is None or hmac.compare_digest(
            shown.encode(), self.writers.get_secret_value().encode()
        ):
            return Voice()
        return None

    def named(self, side: str, contract: str) -> tuple[Speaker, ...]:
        """The speakers of that side of that contract, those whose days are over too."""
        return tuple(one for one in self.speakers if one.named_for(side, contract))

    def may_say(self, voice: Voice, side: str, contract: str) -> None:
        """Nothing where the voice is that side's; raises `NotHeard`.

        A side that was ever named keeps its word for itself: the writers' token does not take it back when a
        speaker's days are over.
        """
        named = self.named(side, contract)
        speaker = voice.speaker
        heard = not named if speaker is None else speaker in named and speaker.valid(self.today())
        if not heard:
            shown = WRITERS if speaker is None else str(speaker)
            wanted = " or ".join(map(str, named)) or WRITERS
            raise NotHeard(f"{side} of {contract}: taken is {wanted}; shown was {shown}", named)

    def may_word(self, voice: Voice, side: str, contract: str) -> None:
        """As `may_say`, but the writers may put words down for anyone: they bind nobody until approved."""
        if voice.speaker is not None:
            self.may_say(voice, side, contract)
