"""Paths, templates, topics and `each` of a profile, compiled at load to functions that are cheap to call."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

Names = dict[str, str]
Getter = Callable[[Any, Any], Any]
"""(item, message) → what stands at the path, or None."""
Template = Callable[[Names, Any, Any], str | None]
"""(names, item, message) → the text, or None where something it names is absent."""
Only = Mapping[str, Sequence[str]]
_Step = str | Callable[[str], Names | None] | None
"""A key, what a key says by its pattern, or through a list."""

NOTHING = object()
"""An item that `each` names and the message does not have in that form."""

_name = re.compile(r"\{(\w+)\}")
_tail = re.compile(r"\{(\w+)\.\.\.\}").fullmatch
_reference = re.compile(r"\{([^{}]+)\}")


def compile_path(text: str) -> Getter:
    """`a.b` from the item, `/a.b` from the whole message, `.` and `/` themselves."""
    whole = text.startswith("/")
    keys = text.lstrip("/").split(".") if text not in {".", "/"} else []
    if "" in keys:
        raise ValueError(f"{text!r} is not a path such as a.b")
    if len(keys) == 1:
        key = keys[0]
        if whole:
            return lambda item, message: message.get(key) if type(message) is dict else None
        return lambda item, message: item.get(key) if type(item) is dict else None

    def walk(item: Any, message: Any) -> Any:
        held = message if whole else item
        for key in keys:
            held = held.get(key) if type(held) is dict else None
        return held

    return walk


def compile_template(text: str, names: Sequence[str]) -> Template:
    """Text whose `{…}` are `names`, or else paths to a string or a whole number."""
    start, *pieces = _reference.split(text)
    if any("{" in piece or "}" in piece for piece in (start, *pieces[1::2])):
        raise ValueError(f"{text!r} has a brace without its partner")
    steps = [
        (name, None if name in names else compile_path(name), literal)
        for name, literal in zip(pieces[::2], pieces[1::2], strict=True)
    ]

    def fill(bound: Names, item: Any, message: Any) -> str | None:
        filled = start
        for name, path, literal in steps:
            held = bound[name] if path is None else path(item, message)
            if type(held) is str:
                filled += held
            elif type(held) is int:
                filled += str(held)
            else:
                return None
            filled += literal
        return filled

    return fill


def references(text: str) -> list[str]:
    """What stands in the braces of a template."""
    return _reference.findall(text)


def named_in(topics: Sequence[str]) -> list[str]:
    """The names that every one of the topics has."""
    names = [set(re.findall(r"\{(\w+)(?:\.\.\.)?\}", topic)) for topic in topics]
    return sorted(set.intersection(*names)) if names else []


def compile_topic(text: str, only: Only) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """The MQTT filters of a topic pattern, and the expression that tells its names."""
    levels: list[Sequence[str]] = []
    pattern = []
    for place, level in enumerate(parts := text.split("/")):
        if tail := _tail(level):
            if place < len(parts) - 1:
                raise ValueError(f"{level} can only be the last level")
            levels.append("#")
            pattern.append(f"(?P<{tail[1]}>.+)")
            continue
        words = _words_of(level, only)
        if words is None and not _name.fullmatch(level):
            raise ValueError(f"{level!r}: a name within a level needs its words under [only]")
        levels.append(words or "+")
        pattern.append(_expression(level, only, "[^/]+"))
    try:
        expression = re.compile("/".join(pattern))
    except re.error as error:
        raise ValueError(f"{text!r}: {error}") from None
    return tuple("/".join(filter_) for filter_ in product(*levels)), expression


def _words_of(level: str, only: Only) -> list[str] | None:
    """Every text that a level or key with `only` names can be; None if any text can stand there."""
    pieces = _name.split(level)
    if any(set(piece) & set("{}+#") for piece in pieces[::2]):
        raise ValueError(f"{level!r} is no level of a topic pattern")
    if any(name not in only for name in pieces[1::2]):
        return None
    choices = [only[piece] if i % 2 else (piece,) for i, piece in enumerate(pieces)]
    return ["".join(choice) for choice in product(*choices)]


def _expression(level: str, only: Only, free: str) -> str:
    """`free`: what a name that has no words can be."""
    pieces = _name.split(level)
    for i, name in enumerate(pieces):
        choice = "|".join(map(re.escape, only[name])) if i % 2 and name in only else free
        pieces[i] = f"(?P<{name}>{choice})" if i % 2 else re.escape(name)
    return "".join(pieces)


class Each:
    """The items of a message, with the names of the keys on the way."""

    def __init__(self, text: str, only: Only) -> None:
        self.lists = "[]" in text
        self.names: list[str] = _name.findall(text)
        self._steps: list[_Step] = []
        for step in text.lstrip("/").split("."):
            key = step.removesuffix("[]")
            if _name.search(key):
                self._steps.append(_keys(key, only))
            elif key:
                self._steps.append(key)
            elif key == step:
                raise ValueError(f"{text!r} is not a path such as a.b[]")
            if key != step:
                self._steps.append(None)
        if not self.lists and not self.names:
            raise ValueError(f"{text!r} goes through nothing: write a[] for a list or {{name}} for keys")

    def items(self, message: Any) -> list[tuple[Any, Names]] | None:
        """(item, names) of each; None if the message has no such list or object, which may be empty."""
        depth = 0
        while isinstance(step := self._steps[depth], str):
            message = message.get(step) if type(message) is dict else None
            depth += 1
        if type(message) is not (list if step is None else dict):
            return None
        found: list[tuple[Any, Names]] = []
        self._go(message, {}, depth, found)
        return found

    def _go(self, held: Any, names: Names, depth: int, found: list[tuple[Any, Names]]) -> None:
        if depth == len(self._steps):
            found.append((held, names))
            return
        step = self._steps[depth]
        depth += 1
        if step is None and type(held) is list:
            for entry in held:
                self._go(entry, names, depth, found)
        elif step is None or type(held) is not dict:
            found.append((NOTHING, names))
        elif isinstance(step, str):
            self._go(held.get(step, NOTHING), names, depth, found)
        else:
            for key, entry in held.items():
                bound = step(key)
                if bound is not None:
                    self._go(entry, {**names, **bound}, depth, found)


def _keys(key: str, only: Only) -> Callable[[str], Names | None]:
    """What a key of an object says by a pattern such as `em:{id}`; None if it is not of that pattern."""
    fullmatch = re.compile(_expression(key, only, ".*"), re.DOTALL).fullmatch
    words = _words_of(key, only)
    if words is not None:
        return {word: match.groupdict() for word in words if (match := fullmatch(word))}.get

    def read(text: str) -> Names | None:
        match = fullmatch(text)
        return match.groupdict() if match else None

    return read
