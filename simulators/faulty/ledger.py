"""The ledger: what gateways were promised, against what the store and the dead letter hold in the end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from simulators.faulty.messages import Sent, Values

MOST_EXAMPLES = 20

Row = tuple[str, int, Values]
"""Meter, time [epoch ms] and values of one stored row."""

Letter = tuple[str, bytes]
"""Topic and payload of a dead letter."""


@dataclass(slots=True)
class Verdict:
    """What the comparison found, in readings: values of one channel of one meter at one time."""

    published: int = 0
    stored: int = 0
    lost: int = 0
    invented: int = 0
    doubled: int = 0
    letters_due: int = 0
    letters: int = 0
    letters_lost: int = 0
    letters_invented: int = 0
    letters_doubled: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, invented or doubled, neither readings nor bad messages."""
        readings = self.lost + self.invented + self.doubled
        return readings + self.letters_lost + self.letters_invented + self.letters_doubled == 0

    def note(self, example: str) -> None:
        """Keep the first of what is wrong, to be shown."""
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(example)


class Ledger:
    """What the broker took over from the gateways; a message sent again changes nothing."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], Values] = {}
        self._bad: set[Letter] = set()
        self.of_channel: Counter[str] = Counter()
        """How many readings of each channel must be stored."""

    def promise(self, sent: Sent) -> None:
        """A gateway was told that its message arrived."""
        if sent.bad:
            self._bad.add((sent.topic, sent.payload))
        self.expect(sent.meter, sent.time_ms, sent.stored)

    def expect(self, meter: str, time_ms: int, values: Values) -> None:
        """These values must be stored."""
        if values and (meter, time_ms) not in self._rows:
            self._rows[meter, time_ms] = values
            self.of_channel.update(values.keys())

    @property
    def letters(self) -> int:
        """How many messages must be in the dead letter."""
        return len(self._bad)

    def compare(self, rows: Iterable[Row], letters: Mapping[Letter, int]) -> Verdict:
        """Account for every reading and every bad message. A wrong value is an invented one, and one lost."""
        verdict = Verdict(
            published=self.of_channel.total(), letters_due=len(self._bad), letters=sum(letters.values())
        )
        self._compare_rows(rows, verdict)
        for letter, times in letters.items():
            if letter not in self._bad:
                verdict.letters_invented += times
                verdict.note(f"nobody sent the letter {letter}")
            elif times > 1:
                verdict.letters_doubled += times - 1
                verdict.note(f"{times} letters for {letter}")
        for letter in self._bad - letters.keys():
            verdict.letters_lost += 1
            verdict.note(f"no letter for {letter}")
        return verdict

    def _compare_rows(self, rows: Iterable[Row], verdict: Verdict) -> None:
        good: Counter[tuple[str, int]] = Counter()
        seen: set[tuple[str, int, str]] = set()
        for meter, time_ms, values in rows:
            due = self._rows.get((meter, time_ms), {})
            for name, value in values.items():
                verdict.stored += 1
                if (meter, time_ms, name) in seen:
                    verdict.doubled += 1
                    verdict.note(f"doubled: {meter} {time_ms} {name}={value}")
                elif due.get(name) != value:
                    verdict.invented += 1
                    verdict.note(f"invented: {meter} {time_ms} {name}={value}, sent {due.get(name)}")
                else:
                    good[meter, time_ms] += 1
                seen.add((meter, time_ms, name))
        for (meter, time_ms), due in self._rows.items():
            missing = len(due) - good[meter, time_ms]
            if missing:
                verdict.lost += missing
                verdict.note(f"lost: {missing} of {meter} {time_ms} {dict(due)}")
