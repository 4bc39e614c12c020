"""What a profile may say: the keys of its TOML file, and nothing of how they are carried out.

A *path* leads to a value: `a.b` within the item that is read, `/a.b` within the whole message, `.` the item
itself. A *template* is text with `{names}`: levels of the topic, keys that `each` went through, or paths.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

Word = str | int | float | bool


class ProfileError(ValueError):
    """A profile says what it may not; the message is one line that names the file."""


@contextmanager
def at_key(key: str) -> Iterator[None]:
    """Let a ValueError within say which key it is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: a key that is not known is refused."""


class Channel(_Table, frozen=True):
    """Where a tag's values go: the channel, the factor to its unit, and what the device's words mean."""

    channel: str
    scale: float = 1.0
    words: dict[str, float] = {}


class Message(_Table, frozen=True):
    """What stands on `topic`; without `values`, `value` and `status` it is known and passed over.

    Of all whose topic fits, every one is read that finds what it names.
    """

    topic: str | list[str]
    """Levels as they are, `{name}` for any one, `{name...}` last for all that follow."""
    when: dict[str, Word | list[Word]] = {}
    """Path → what must stand there for this to be such an item; others are passed over."""
    require: dict[str, Word | list[Word]] = {}
    """Path → what must stand there, if anything does, for an item to be believed."""
    each: str | list[str] = []
    """Path to the items: `a[]` goes through a list, `{name}` or `x:{name}` through the keys of an object."""
    meter: str = ""
    """Template of the address."""
    time: str = ""
    """Path; without it the time of arrival."""
    time_unit: Literal["ms", "s"] = "ms"
    values: str = ""
    """Path to an object of tag → value; objects within it are dotted tags."""
    errors: str = ""
    """Beside `values`, path to an object of tag → error; in a list, path of an entry's error."""
    list: str = ""
    """Path to a list of entries, each with one `tag` and its `value`."""
    tag: str = ""
    """Template of the tag that `value` belongs to."""
    value: str = ""
    """Path to one value; `.` also of a payload that is the bare value."""
    parts: str = ""
    """Template of the address of the `{n}`-th (1, 2, …) value where a tag holds a list."""
    status: str = ""
    """Path or template of the word that says whether the device is there: online, offline, true, false, …"""


class Profile(_Table, frozen=True):
    """A device family. A tag that is no channel's name and in neither `channels` nor `ignore` is rejected."""

    message: tuple[Message, ...]
    channels: dict[str, str | Channel] = {}
    ignore: tuple[str, ...] = ()
    """Tags that are known and passed over; `*` and `?` stand for any characters and any one."""
    only: dict[str, tuple[str, ...]] = {}
    """The words a `{name}` may be; it can then be a part of a level or key, as in `em:{id}`."""
    namespace: str = ""
