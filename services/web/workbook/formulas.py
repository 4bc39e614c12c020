"""A printed line's formula as one of a spreadsheet: names become the cells that hold them; pure.

`savings_kwh * esco_share` becomes `ROUND(D4*D6,2)`: rounded as it is printed, half away from zero.
"""

import re
from collections.abc import Mapping, Sequence

from services.savings.money.lines import Line

_NAME = re.compile(r"[a-z_]+")
_SUM = re.compile(r"sum\(([a-z_]+)\)")
_FUNCTIONS = frozenset({"max", "min"})
_CENTS = -2

Cells = Mapping[tuple[str, int | None], str]
"""Where a figure stands: by its name and contract year, None for what holds in all of them."""


def spreadsheet_formula(line: Line, cells: Cells, lines: Sequence[Line]) -> str | None:
    """The formula without its equals sign; None where the line is given, or names what no cell holds."""
    if line.formula is None:
        return None
    missing: list[str] = []

    def added(match: re.Match[str]) -> str:
        found = [cells[one.key, one.year] for one in lines if one.key == match[1] and one.year is not None]
        return f"SUM({','.join(found)})" if found else "0"

    def named(match: re.Match[str]) -> str:
        name = match[0]
        if name in _FUNCTIONS:
            return name.upper()
        cell = cells.get((name, line.year)) or cells.get((name, None))
        if cell is None:
            missing.append(name)
        return cell or name

    plain = [_NAME.sub(named, piece) for piece in _SUM.split(line.formula)[::2]]
    sums = [added(match) for match in _SUM.finditer(line.formula)]
    if missing:
        return None
    whole = "".join(a + b for a, b in zip(plain, [*sums, ""], strict=True)).replace(" ", "")
    return f"ROUND({whole},2)" if line.value.as_tuple().exponent == _CENTS else whole
