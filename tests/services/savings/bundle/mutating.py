"""Every small lie about a document or a table: each part altered, removed, doubled, reversed or respelled."""

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

Path = tuple[str | int, ...]
Change = Callable[[Any], Any]
_FEW = 6
"""Of a longer list the first, the middle and the last stand for all."""


def mutations(document: Any) -> Iterator[tuple[Path, str, Change]]:
    """Where, what is done there, and a function that does it to a copy."""
    for path in _places(document):
        value = _at(document, path)
        if path:
            yield path, "removed", _without(path)
        for other in _others(value):
            if other != value or type(other) is not type(value):
                yield path, repr(other)[:40], _with(path, other)


def lines_of(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Of a table with its head: what is done, and the lines that are left."""
    for row in sorted({0, 1, len(lines) // 2, len(lines) - 2}):
        before, line, after = lines[:row], lines[row], lines[row + 1 :]
        yield f"line {row + 1} removed", before + after
        yield f"line {row + 1} doubled", [*before, line, line, *after]
        yield f"line {row + 1} ends otherwise", [*before, f"{line}\r", *after]
        if row + 2 < len(lines):
            yield f"line {row + 1} later", [*before, after[0], line, *after[1:]]
        cells = line.split(",")
        for column, cell in enumerate(cells):
            for other in dict.fromkeys(_cells(cell)):
                if other != cell:
                    changed = ",".join([*cells[:column], other, *cells[column + 1 :]])
                    yield f"line {row + 1} cell {column} {other!r}", [*before, changed, *after]
    yield "another line", [*lines[:-1], "x", ""]
    yield "no last line end", lines[:-1]


def _places(node: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    keys: list[Any] = []
    if isinstance(node, dict):
        keys = list(node)
    elif isinstance(node, list):
        count = len(node)
        keys = list(range(count)) if count <= _FEW else [0, count // 2, count - 1]
    for key in keys:
        yield from _places(node[key], (*path, key))


def _others(value: Any) -> list[Any]:
    match value:
        case bool():
            return [not value, int(value), None]
        case int():
            return [value + 1, float(value), str(value), None]
        case float():
            return [
                value * 1.01,
                value + 0.0002,
                str(value),
                None,
                *([int(value)] if value.is_integer() else []),
            ]
        case None:
            return [0, "", False, "x"]
        case list():
            return [value[::-1], value + value[-1:], [], None]
        case dict():
            return [{**value, "more": 1}, {}, None]
    return [f"{value}x", f" {value}", "", None, value.swapcase(), *_numbers(value)]


def _numbers(text: str) -> list[Any]:
    try:
        return [str(Decimal(text) + 1), f"+{text}", float(text)]
    except InvalidOperation:
        return [f"{text[:10]}T00:00:00"] if text[:4].isdigit() else []


def _cells(cell: str) -> list[str]:
    return [f"{cell}0", f" {cell}", f"{cell}1", f"-{cell}", "", "nan", "1e999", cell.replace("0", "０"),
            cell.replace("+08:00", "Z"), cell.replace(".0", ""), cell.replace("2025", "2024")]  # fmt: skip


def _at(document: Any, path: Path) -> Any:
    for key in path:
        document = document[key]
    return document


def _with(path: Path, value: Any) -> Change:
    def change(document: Any) -> Any:
        if not path:
            return copy.deepcopy(value)
        found = copy.deepcopy(document)
        _at(found, path[:-1])[path[-1]] = copy.deepcopy(value)
        return found

    return change


def _without(path: Path) -> Change:
    def change(document: Any) -> Any:
        found = copy.deepcopy(document)
        del _at(found, path[:-1])[path[-1]]
        return found

    return change
