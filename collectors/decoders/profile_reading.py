"""One `[[message]]` of a profile, compiled: what is read of a message's content, and from whom."""

import math
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from collectors.decoders import Reject, Report, Unreadable, is_address_part
from collectors.decoders.profile_forms import compile_form
from collectors.decoders.profile_model import Message, Profile, Word, at_key
from collectors.decoders.profile_paths import (
    NOTHING,
    Each,
    Getter,
    Names,
    Template,
    compile_path,
    compile_template,
    named_in,
    references,
)
from collectors.decoders.profile_tags import Tags, Values
from collectors.screening import read_number
from collectors.times import shown
from services.memo import Memo
from services.timeseries.schema import DEVICE_STATUS, READINGS

Said = Report | Reject
Address = tuple[str, str]
Gate = tuple[str, Getter, tuple[Word, ...]]

_UNKNOWN_FORM = "unknown-form: the item has none of the profile's forms"
_separators = re.compile(r"[ :/]")


class Reading:
    """Reads the items of one form."""

    def __init__(self, message: Message, profile: Profile, namespace: str) -> None:
        """Raises ValueError with the key that is wrong."""
        topics = [message.topic] if isinstance(message.topic, str) else message.topic
        eaches = [message.each] if isinstance(message.each, str) else message.each
        self._namespace = namespace
        self._addresses = Memo(partial(_address, namespace))
        with at_key("each"):
            self._each = [Each(text, profile.only) for text in eaches]
        on_way = [name for each in self._each for name in each.names]
        names = [*named_in(topics), *on_way]
        addressed = references(message.meter)
        other = {message.time, message.errors, *message.when, *message.require, *addressed} - {"", *names}
        tags = Tags(profile.channels, profile.ignore, _within(message.values, other))
        self._find = compile_form(message, tags, names)
        if self._find is not None and not message.meter:
            raise ValueError("meter: it says whose values they are")
        self._measurement = DEVICE_STATUS if message.status else READINGS
        with at_key("when"):
            self._when = _gates(message.when)
        with at_key("require"):
            self._require = _gates(message.require)
        with at_key("meter"):
            self._meter = compile_template(message.meter, names)
        with at_key("parts"):
            self._parts = compile_template(message.parts, [*names, "n"]) if message.parts else None
        with at_key("time"):
            self._time = compile_path(message.time) if message.time else None
        self._in_seconds = message.time_unit == "s"
        self.by_topic = not self._each and not set(addressed) - set(names)
        """Whether the topic alone says whose values they are."""
        told = [*references(message.tag), *references(message.status), *references(message.parts)]
        self.needs_names = bool(set(names) & {*told, *(() if self.by_topic else addressed)})
        """Whether anything but the address is told by names of the topic."""
        self.passes_all = self._find is None and not self._when
        self.bare = bool(message.status) or message.value == "."
        """Whether the payload may be a word instead of JSON."""

    def read(self, content: Any, names: Names, address: Address | None) -> list[Said] | None:
        """What the message says; None if it is not of this form. Raises `Unreadable`.

        `address` is that of the topic, if it tells.
        """
        if not self._each:
            if self._when and not _pass(self._when, content, content):
                return None
            return self._read_item(content, content, names, address, None)
        said: list[Said] | None = None
        for each in self._each:
            items = each.items(content)
            if items is not None:
                said = [] if said is None else said
                self._read_items(items, content, names, said, in_list=each.lists)
        return said

    def _read_items(
        self, items: list[tuple[Any, Names]], content: Any, names: Names, said: list[Said], *, in_list: bool
    ) -> None:
        for place, (item, on_way) in enumerate(items):
            index = place if in_list else None
            if self._when and item is not NOTHING and not _pass(self._when, item, content):
                continue
            try:
                bound = {**on_way, **names} if on_way else names
                found = None if item is NOTHING else self._read_item(item, content, bound, None, index)
            except Unreadable as error:
                found = [Reject(str(error), index)]
            said += [Reject(_UNKNOWN_FORM, index)] if found is None else found

    def _read_item(
        self, item: Any, content: Any, names: Names, address: Address | None, index: int | None
    ) -> list[Said] | None:
        if self._find is None:
            return []
        values: Values = {}
        faults: list[str] = []
        if not self._find(item, content, names, values, faults):
            return None
        if address is None:
            address = self._address(self._meter, names, item, content)
        for path, at, accepted in self._require:
            found = at(item, content)
            if found is not None and found not in accepted:
                return [Reject(f"device-doubts: {path} is {shown(found)}, not {shown(accepted[0])}", index)]
        said: list[Said] = [Reject(fault, index) for fault in faults]
        time = self._time_of(item, content)
        if self._parts is not None:
            for number, part in _split(values).items():
                owner = self._address(self._parts, {**names, "n": str(number)}, item, content)
                said.append(Report(self._measurement, owner, time, part, index))
        if values:
            said.append(Report(self._measurement, address, time, values, index))
        return said

    def topic_address(self, names: Names) -> Address | None:
        """The address, if the topic alone tells it. Raises `Unreadable`."""
        if self._find is None or not self.by_topic:
            return None
        return _address(self._namespace, self._meter(names, None, None) or "")

    def _address(self, template: Template, names: Names, item: Any, content: Any) -> Address:
        text = template(names, item, content)
        if text is None:
            raise Unreadable("bad-address: neither topic nor payload names the device")
        return self._addresses[text]

    def _time_of(self, item: Any, content: Any) -> Any:
        time = self._time(item, content) if self._time is not None else None
        if not self._in_seconds or time is None:
            return time
        try:
            ms = read_number(time) * 1000
        except ValueError:
            return time
        return round(ms) if math.isfinite(ms) else ms


def _address(namespace: str, text: str) -> Address:
    """Lower case, with `_` for a space, a colon and a slash. Raises `Unreadable`."""
    address = text.lower()
    if not is_address_part(address):
        address = _separators.sub("_", address)
        if not is_address_part(address):
            raise Unreadable(f"bad-address: {shown(text)} is not 1 to 64 of a-z 0-9 - _ .")
    return namespace, address


def _within(values: str, paths: Iterable[str]) -> list[str]:
    """The tags under `values` that some of the paths lead to."""
    inside = "" if values in {".", "/"} else f"{values}."
    return [path.removeprefix(inside).lstrip("/") for path in paths if path.startswith(inside)]


def _split(values: Values) -> dict[int, Values]:
    """Take the lists out of `values`: place, from 1, → channel → the value at that place."""
    parts: dict[int, Values] = {}
    for channel, held in list(values.items()):
        if isinstance(held, list):
            del values[channel]
            for number, part in enumerate(held, 1):
                if part is not None:
                    parts.setdefault(number, {})[channel] = part
    return parts


def _gates(table: Mapping[str, Word | list[Word]]) -> tuple[Gate, ...]:
    return tuple(
        (path, compile_path(path), tuple(words) if isinstance(words, list) else (words,))
        for path, words in table.items()
    )


def _pass(gates: tuple[Gate, ...], item: Any, content: Any) -> bool:
    return all(at(item, content) in accepted for _, at, accepted in gates)
