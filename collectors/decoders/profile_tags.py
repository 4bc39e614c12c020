"""A profile's tags: which channel each goes to, in which unit, and which are known but not kept."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from collectors.decoders.profile_model import Channel, at_key
from collectors.screening import read_number
from collectors.times import shown
from services.metering.channels import CHANNELS

Values = dict[str, object]

_LONGEST_TAG = 200
_MOST_PASSED_OVER = 4096
_UNKNOWN = object()
_IGNORED = None


class Target:
    """A channel and how its values are brought to the channel's unit."""

    __slots__ = ("_divisor", "_factor", "_words", "channel", "plain")

    def __init__(self, channel: Channel) -> None:
        """Raises ValueError."""
        if channel.channel not in CHANNELS:
            raise ValueError(f"{channel.channel!r} is not a channel; there are {', '.join(CHANNELS)}")
        if not 1e-12 <= abs(channel.scale) <= 1e12:
            raise ValueError(f"scale: {channel.scale} is no factor between two units")
        self.channel = channel.channel
        # As the ratio of the decimal that is written: 1234567 Wh / 1000 is exact, times 0.001 is not.
        factor, divisor = Decimal(repr(channel.scale)).as_integer_ratio()
        self._factor, self._divisor = float(factor), float(divisor)
        self._words = {word.lower(): number for word, number in channel.words.items()}
        self.plain = channel.scale == 1.0 and not self._words
        """Whether values are taken as they are."""

    def read(self, value: Any) -> Any:
        """The value in the channel's unit, or each of a list; what is no number stays as it is."""
        return [self._number(part) for part in value] if type(value) is list else self._number(value)

    def _number(self, value: Any) -> Any:
        if self._words and (word := as_word(value)) in self._words:
            return self._words[word]
        try:
            return read_number(value) * self._factor / self._divisor
        except ValueError:
            return value


def as_word(value: object) -> str:
    """A string or a boolean as a word of lower case; empty for anything else."""
    if type(value) is bool:
        return "true" if value else "false"
    return value.strip().lower() if type(value) is str else ""


class Tags:
    """Tag → target, for tags that stand in nested objects and for dotted names alike."""

    def __init__(
        self, channels: Mapping[str, str | Channel], ignore: Iterable[str], elsewhere: Iterable[str] = ()
    ) -> None:
        """`elsewhere`: paths that the profile reads as something other than a value. Raises ValueError."""
        self._tree: dict[str, Any] = {}
        for name in CHANNELS:
            self._put(name, Target(Channel(name)))
        for path in (*elsewhere, *ignore):
            self._put(path, _IGNORED)
        for tag, channel in channels.items():
            with at_key(f"channels.{tag}"):
                self._put(tag, Target(Channel(channel) if isinstance(channel, str) else channel))
        patterns = [re.escape(path).replace(r"\*", ".*").replace(r"\?", ".") for path in ignore]
        expression = rf"(?:{'|'.join(patterns)})(?:\..*)?" if patterns else "(?!)"
        self._passed_over = re.compile(expression, re.DOTALL).fullmatch
        self._room = _MOST_PASSED_OVER

    def _put(self, path: str, target: Target | None) -> None:
        """Under its nested place, and under every place where the rest of its name is one dotted key."""
        level, keys = self._tree, path.split(".")
        for depth, key in enumerate(keys):
            rest = ".".join(keys[depth:])
            if not isinstance(level.get(rest), dict):
                level[rest] = target
            if rest != key:
                if not isinstance(level.get(key), dict):
                    level[key] = {}
                level = level[key]

    def sort(self, held: Mapping[str, Any], values: Values, faults: list[str]) -> None:
        """Put every value under its channel, and a reason for every tag that is not known into `faults`.

        A null says that there is no value, and is passed over.
        """
        self._sort(held, self._tree, "", values, faults)

    def _sort(
        self, held: Mapping[str, Any], tree: dict[str, Any], above: str, values: Values, faults: list[str]
    ) -> None:
        for key, value in held.items():
            found = tree.get(key, _UNKNOWN)
            if type(found) is Target:
                if value is not None:
                    values[found.channel] = value if found.plain else found.read(value)
            elif found is _IGNORED or value is None:
                continue
            elif type(found) is dict and type(value) is dict:
                self._sort(value, found, f"{above}{key}.", values, faults)
            else:
                self._miss(above + key, key, tree, faults)

    def sort_one(self, tag: str, value: Any, values: Values, faults: list[str]) -> None:
        """The same for one tag that is told by name."""
        found = self._tree.get(tag, _UNKNOWN)
        if type(found) is Target:
            if value is not None:
                values[found.channel] = value if found.plain else found.read(value)
        elif found is not _IGNORED:
            self._miss(tag, tag, self._tree, faults)

    def _miss(self, tag: str, key: str, tree: dict[str, Any], faults: list[str]) -> None:
        """Reject a tag, or pass it over and remember that under its key."""
        if len(tag) > _LONGEST_TAG or not self._passed_over(tag):
            faults.append(f"unknown-channel: the profile maps no tag {shown(tag)}")
        elif self._room and key not in tree:
            self._room -= 1
            tree[key] = _IGNORED
