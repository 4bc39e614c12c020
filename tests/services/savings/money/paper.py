"""A reader with a pencil: the formula text of a printed line worked out in fractions, from what it names."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from services.savings.money.lines import Line

_TOKEN = re.compile(r"\s*(?:([0-9.]+)|([a-z_]+)|(.))")

Known = Mapping[str, Fraction]


def to_the_fen(value: Fraction) -> Decimal:
    """Rounded half up, away from zero, from the exact value."""
    cents = abs(value) * 100
    whole = int(cents + Fraction(1, 2))
    with localcontext(prec=60):
        return (Decimal(whole) / 100 * (1 if value >= 0 or not whole else -1)).quantize(
            Decimal("0.01"), ROUND_HALF_UP
        )


class Pencil:
    """Sums, products and brackets, `max(a, b)`, and `sum(name)` over the lines of all contract years."""

    def __init__(self, text: str, known: Known, lines: Sequence[Line]) -> None:
        self.tokens: list[str] = [
            next(group for group in found if group) for found in _TOKEN.findall(text.strip())
        ]
        self.known, self.lines = known, lines
        self.at = 0

    def value(self) -> Fraction:
        """The whole text's value. Raises `KeyError` for a name that stands nowhere."""
        found = self._sum()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return found

    def _take(self, *wanted: str) -> str | None:
        if self.at < len(self.tokens) and (not wanted or self.tokens[self.at] in wanted):
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def _sum(self) -> Fraction:
        found = self._product()
        while sign := self._take("+", "-"):
            more = self._product()
            found = found + more if sign == "+" else found - more
        return found

    def _product(self) -> Fraction:
        found = self._one()
        while sign := self._take("*", "/"):
            more = self._one()
            found = found * more if sign == "*" else found / more
        return found

    def _one(self) -> Fraction:
        token = self._take()
        assert token is not None
        if token == "(":
            return self._closed(self._sum())
        if token[0].isdigit():
            return Fraction(token)
        if token in {"max", "sum"}:
            assert self._take("(")
            return self._closed(self._max() if token == "max" else self._added())
        return self.known[token]

    def _max(self) -> Fraction:
        one = self._sum()
        assert self._take(",")
        return max(one, self._sum())

    def _added(self) -> Fraction:
        name = self._take()
        return sum((Fraction(one.value) for one in self.lines if one.key == name and one.year), Fraction())

    def _closed(self, found: Fraction) -> Fraction:
        assert self._take(")")
        return found


def worked_out(lines: Sequence[Line], given: Callable[[int | None], Known]) -> Iterator[tuple[Line, Decimal]]:
    """Each line that has a formula, with what it comes to from the lines printed before it.

    Only lines of the same contract year count, and of the month for those of the month; `given` are the
    figures that the contract and the calendar know for a contract year.
    """
    for number, line in enumerate(lines):
        if line.formula is None:
            continue
        before = lines[:number]
        known = {one.key: Fraction(one.value) for one in before if one.year == line.year}
        yield line, to_the_fen(Pencil(line.formula, {**given(line.year), **known}, before).value())
