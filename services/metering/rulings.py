"""What a person decided about something that register arithmetic had set aside.

A ruling speaks of figures: the instants and registers that the person saw. When late readings or a corrected
ledger change them, it speaks of them no more, and the case is open again.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.metering.ledger import RegisterLine
from services.metering.spans import Floats, Integers


class Verdict(StrEnum):
    """The closed set of what can be decided. Values are stored: never rename."""

    COUNT = "count"
    """The difference of the two registers is what was consumed."""
    RESET = "reset"
    """The register began again at zero: what it shows since is what was consumed; the rest is unknown."""
    ROLLOVER = "rollover"
    """The register passed its last digit: the difference through 10^digits is what was consumed."""
    RESTORE = "restore"
    """The reading that was set aside is right; the spans beside it are judged with it."""
    DISCARD = "discard"
    """Nothing is proven: the span stays a gap, the reading stays aside."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision in force, with the figures it was made on.

    Of a span: it begins at `at_ms` with the register `before` and ends at `until_ms` with `after`, as
    displayed. Of a `reading`: that stands at `at_ms` between readings of `before` and `after`, the latter at
    `until_ms`.
    """

    at_ms: int
    until_ms: int
    before: float
    after: float
    reading: float | None
    verdict: Verdict

    def speaks_of_span(self, times: Integers, registers: Floats, span: int) -> bool:
        """Whether the span from reading `span` to the next is the one decided on."""
        seen = (int(times[span]), int(times[span + 1]), float(registers[span]), float(registers[span + 1]))
        return self.reading is None and seen == (self.at_ms, self.until_ms, self.before, self.after)

    def speaks_of_reading(self, times: Integers, registers: Floats, place: int) -> bool:
        """Whether the reading at `place`, which has a neighbour on either side, is the one decided on."""
        around = [float(value) for value in registers[place - 1 : place + 2]]
        seen = (int(times[place]), int(times[place + 1]), *around)
        return seen == (self.at_ms, self.until_ms, self.before, self.reading, self.after)


def amount_of(verdict: Verdict, before: float, after: float, line: RegisterLine) -> float:
    """What a span of one device consumed by a verdict [channel's unit]; negative where it makes no sense."""
    displayed = {
        Verdict.COUNT: after - before,
        Verdict.RESET: after if after < before else -1.0,
        Verdict.ROLLOVER: after - before + 10.0**line.digits if after < before else -1.0,
    }
    return displayed.get(verdict, -1.0) * line.ratio
