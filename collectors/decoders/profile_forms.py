"""The forms an item can have, compiled: each finds the values of an item, or that it has not this form."""

from collections.abc import Callable, Sequence
from typing import Any

from collectors.decoders.profile_model import Message, at_key
from collectors.decoders.profile_paths import Getter, Names, compile_path, compile_template
from collectors.decoders.profile_tags import Tags, Values, as_word
from collectors.times import shown

Form = Callable[[Any, Any, Names, Values, list[str]], bool]
"""(item, message, names, values to fill, reasons to fill) → whether the item has this form."""

_ONLINE = {
    "online": 1.0, "true": 1.0, "connect": 1.0, "connected": 1.0,
    "offline": 0.0, "false": 0.0, "disconnect": 0.0, "disconnected": 0.0,
}  # fmt: skip


def compile_form(message: Message, tags: Tags, names: Sequence[str]) -> Form | None:
    """The one form that the table describes; None if it reads nothing. Raises ValueError."""
    given = [key for key in ("values", "list", "status") if getattr(message, key)]
    if message.value and not message.list:
        given.append("value")
    if len(given) > 1:
        raise ValueError(f"{given[1]}: an item has one form, and {given[0]} is given too")
    if not given:
        return None
    if given[0] in {"list", "value"} and not (message.tag and message.value):
        raise ValueError("tag: a value belongs to a tag, so both are given")
    compile_ = {"values": _values, "list": _list, "status": _status, "value": _value}[given[0]]
    with at_key(given[0]):
        return compile_(message, tags, names)


def _values(message: Message, tags: Tags, names: Sequence[str]) -> Form:
    at, errors_at = compile_path(message.values), _optional(message.errors)

    def find(item: Any, content: Any, bound: Names, values: Values, faults: list[str]) -> bool:
        held = at(item, content)
        if type(held) is not dict:
            return False
        tags.sort(held, values, faults)
        errors = errors_at(item, content) if errors_at is not None else None
        if type(errors) is dict:
            faults += [_error(tag, error) for tag, error in errors.items() if error is not None]
        return True

    return find


def _list(message: Message, tags: Tags, names: Sequence[str]) -> Form:
    at, value_at, errors_at = (
        compile_path(message.list),
        compile_path(message.value),
        _optional(message.errors),
    )
    tag_of = compile_template(message.tag, names)

    def find(item: Any, content: Any, bound: Names, values: Values, faults: list[str]) -> bool:
        held = at(item, content)
        if type(held) is not list:
            return False
        for entry in held:
            tag = tag_of(bound, entry, content)
            error = errors_at(entry, content) if errors_at is not None else None
            if tag is None:
                faults.append("unknown-channel: an entry without a tag")
            elif error is not None:
                faults.append(_error(tag, error))
            else:
                tags.sort_one(tag, value_at(entry, content), values, faults)
        return True

    return find


def _value(message: Message, tags: Tags, names: Sequence[str]) -> Form:
    at, tag_of = compile_path(message.value), compile_template(message.tag, names)

    def find(item: Any, content: Any, bound: Names, values: Values, faults: list[str]) -> bool:
        value, tag = at(item, content), tag_of(bound, item, content)
        if value is None or type(value) is dict or tag is None:
            return False
        tags.sort_one(tag, value, values, faults)
        return True

    return find


def _status(message: Message, tags: Tags, names: Sequence[str]) -> Form:
    """A payload that is no object is the word itself, wherever the word of an object stands."""
    template = compile_template(message.status, names) if "{" in message.status else None
    at = compile_path(message.status) if template is None else None

    def find(item: Any, content: Any, bound: Names, values: Values, faults: list[str]) -> bool:
        if at is None:
            word: Any = template(bound, item, content) if template is not None else None
        else:
            word = item if type(item) is not dict else at(item, content)
        if word is None or type(word) is dict or type(word) is list:
            return False
        online = _ONLINE.get(as_word(word))
        if online is None:
            faults.append(f"unknown-status: {shown(word)} is neither online nor offline")
        else:
            values["online"] = online
        return True

    return find


def _optional(text: str) -> Getter | None:
    return compile_path(text) if text else None


def _error(tag: str, error: Any) -> str:
    return f"device-error: {shown(tag)} is {shown(error)}"
