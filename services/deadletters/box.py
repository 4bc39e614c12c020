"""The dead letters of the collectors on this machine, opened for a moment by those who only look or mark."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.deadletters.letters import DeadLetters

MIB = 1024 * 1024


class LettersElsewhere(Exception):
    """There is no dead letter file on this machine: its collectors run elsewhere, or none ran yet."""

    def __init__(self) -> None:
        super().__init__(
            "no dead letters are kept on this machine: there is no file at KILOWITNESS_DEADLETTER_PATH; "
            "ask where the collector runs, or let both programs share its file"
        )


@dataclass(frozen=True, slots=True)
class LetterBox:
    """Where the letters are, and how many MiB they may take."""

    path: Path
    most_mb: int

    @property
    def most_bytes(self) -> int:
        """The limit in bytes."""
        return self.most_mb * MIB

    @contextmanager
    def opened(self) -> Iterator[DeadLetters]:
        """The letters. Raises `LettersElsewhere` and `DeadLetterUnavailable`; it never makes a file."""
        if not self.path.exists():
            raise LettersElsewhere
        letters = DeadLetters(self.path, most_bytes=self.most_bytes)
        try:
            yield letters
        finally:
            letters.close()
