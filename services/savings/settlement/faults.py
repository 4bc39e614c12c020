"""What does not hold: where it stands, what is said there, and what follows when it is computed again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing wrong with something: `place` is a path or a row with its field, `said` and
    `recomputed` are as spelled there; `recomputed` is None where nothing can be computed.
    """

    place: str
    said: str | None = None
    recomputed: str | None = None
    file: str | None = None

    def within(self, file: str) -> "Fault":
        """The same, in a named file."""
        return Fault(self.place, self.said, self.recomputed, file)

    def __str__(self) -> str:
        return self.told(says="says", gives="the inputs give")

    def told(self, *, says: str, gives: str) -> str:
        """One line in the words of a language."""
        where = self.place if self.file is None else f"{self.file} {self.place}"
        pairs = ((says, self.said), (gives, self.recomputed))
        parts = [f"{word} {value}" for word, value in pairs if value is not None]
        return f"{where}: {', '.join(parts)}" if parts else where
