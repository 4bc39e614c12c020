"""Computes the formulas of a workbook that openpyxl has read, in decimals; knows what we write."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

_REFERENCE = re.compile(r"(?:'([^']+)'!)?\$?([A-Z])\$?(\d+)(?::\$?([A-Z])\$?(\d+))?")
_TEXT = re.compile(r'"([^"]*)"')


class Calculator:
    """A workbook's cells, with every formula computed anew from what it refers to."""

    def __init__(self, content: bytes) -> None:
        self.formulas = load_workbook(BytesIO(content))
        self.shown = load_workbook(BytesIO(content), data_only=True)

    def value(self, sheet: str, cell: str) -> Any:
        """A cell's value, computed."""
        found = self.formulas[sheet][cell].value
        if isinstance(found, str) and found.startswith("="):
            return self._compute(found[1:], sheet)
        return Decimal(str(found)) if isinstance(found, int | float) else found

    def _compute(self, formula: str, sheet: str) -> Any:
        texts: list[str] = []

        def text(match: re.Match[str]) -> str:
            texts.append(match[1])
            return f"texts[{len(texts) - 1}]"

        def refer(match: re.Match[str]) -> str:
            name, column, row, _, last = match.groups()
            return f"cells({name or sheet!r}, {column!r}, {int(row)}, {int(last or 0)})"

        plain = _REFERENCE.sub(refer, _TEXT.sub(text, formula))
        plain = re.sub(r"(?<!=)=(?!=)", "==", plain.replace("ROUND(", "rounded("))
        functions: dict[str, Any] = {
            "rounded": _rounded,
            "SUM": _sum,
            "MAX": lambda *values: max(Decimal(value) for value in values),
            "IF": lambda is_so, yes, no: yes if is_so else no,
            "SUMIF": self._sum_if, "SUMIFS": self._sum_ifs, "cells": self._cells, "texts": texts,
        }  # fmt: skip
        return eval(plain, functions)

    def _cells(self, sheet: str, column: str, first: int, last: int) -> Any:
        if not last:
            return self.value(sheet, f"{column}{first}")
        return [self.value(sheet, f"{column}{row}") for row in range(first, last + 1)]

    def _sum_if(self, of: Sequence[Any], wish: Any, summed: Sequence[Any]) -> Decimal:
        return self._sum_ifs(summed, of, wish)

    @staticmethod
    def _sum_ifs(summed: Sequence[Any], *conditions: Any) -> Decimal:
        pairs = list(zip(conditions[::2], conditions[1::2], strict=True))
        chosen = [
            value
            for i, value in enumerate(summed)
            if value is not None and all(("" if of[i] is None else of[i]) == wish for of, wish in pairs)
        ]
        return sum(chosen, Decimal())


def _rounded(value: Any, digits: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _sum(*values: Any) -> Decimal:
    """Of figures and of ranges, whose empty cells and words count as nothing."""
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return sum((one for one in flat if isinstance(one, Decimal)), Decimal())
