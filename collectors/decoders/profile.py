"""Devices that speak JSON, described by a TOML profile instead of a module: where things stand."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from collectors.decoders import Reject, Report, Unreadable, is_address_part, read_json
from collectors.decoders.profile_model import Profile, ProfileError, at_key
from collectors.decoders.profile_paths import Names, compile_topic
from collectors.decoders.profile_reading import Address, Reading
from services.memo import Memo

__all__ = ["PROFILES", "ProfileDecoder", "ProfileError", "load_profile", "load_profiles"]

PROFILES = Path(__file__).parent.parent / "profiles"

_LONGEST_WORD = 100


def load_profiles(folder: Path | None = None) -> tuple["ProfileDecoder", ...]:
    """The built-in profiles, by name; one in `folder` comes before them, or in place of its namesake.

    Raises `ProfileError`.
    """
    own = {} if folder is None else _files(folder)
    built_in = {name: path for name, path in _files(PROFILES).items() if name not in own}
    return tuple(load_profile(path) for path in (*own.values(), *built_in.values()))


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ProfileError(f"{folder} is not a folder of profiles")
    return {path.name: path for path in sorted(folder.glob("*.toml"))}


def load_profile(path: Path) -> "ProfileDecoder":
    """One profile. Raises `ProfileError`."""
    try:
        profile = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Profile)
        return ProfileDecoder(path.stem, profile)
    except (OSError, ValueError) as error:
        raise ProfileError(f"profile {path.name}: {error}") from None


class _Route(msgspec.Struct, frozen=True):
    """What a topic comes to: its readings with the address if the topic tells it, and the names in it."""

    readings: tuple[tuple[Reading, Address | None], ...]
    names: Names
    bare: bool
    """Whether the payload may be a word instead of JSON."""


_PASSED_OVER = _Route((), {}, bare=False)


class ProfileDecoder:
    """The decoder a profile describes; its namespace is the file's name unless it says otherwise."""

    stateful = False

    def __init__(self, name: str, profile: Profile) -> None:
        """Raises ValueError with the key that is wrong."""
        self.name = name
        namespace = profile.namespace or name
        if not is_address_part(namespace):
            raise ValueError(f"namespace: {namespace!r} is not 1 to 64 of a-z 0-9 - _ .")
        by_topic: dict[str, list[Reading]] = {}
        for number, message in enumerate(profile.message, 1):
            try:
                reading = Reading(message, profile, namespace)
            except ValueError as error:
                raise ValueError(f"message {number}: {error}") from None
            for topic in [message.topic] if isinstance(message.topic, str) else message.topic:
                by_topic.setdefault(topic, []).append(reading)
        if not by_topic:
            raise ValueError("no [[message]] says which topic to listen to")
        with at_key("topic"):
            compiled = [(*compile_topic(topic, profile.only), found) for topic, found in by_topic.items()]
        self.filters = tuple(dict.fromkeys(pattern for patterns, _, _ in compiled for pattern in patterns))
        self._patterns = [(expression.fullmatch, readings) for _, expression, readings in compiled]
        self._route = Memo(self._find)

    def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject]:
        """What each reading finds; raises `Unreadable` if the message has none of their forms."""
        route = self._route[topic]
        if not route.readings:
            return
        content = _read_word(payload) if route.bare else read_json(payload)
        if content is None and not payload.strip():
            return
        known = False
        for reading, address in route.readings:
            said = reading.read(content, route.names, address)
            if said is not None:
                known = True
                yield from said
        if not known:
            raise Unreadable("unknown-form: the message has none of the profile's forms")

    def _find(self, topic: str) -> _Route:
        """The route of a topic; one without readings is passed over. Raises `Unreadable`."""
        for fullmatch, readings in self._patterns:
            if match := fullmatch(topic):
                if all(reading.passes_all for reading in readings):
                    return _PASSED_OVER
                names = match.groupdict()
                addressed = tuple((reading, reading.topic_address(names)) for reading in readings)
                kept = names if any(reading.needs_names for reading in readings) else {}
                return _Route(addressed, kept, bare=any(reading.bare for reading in readings))
        raise Unreadable(f"unknown-topic: {self.name} reads no such topic")


def _read_word(payload: bytes) -> Any:
    """A payload that is JSON, or a bare word; None of an empty one, which only clears a retained message."""
    text = payload.strip()
    if text[:1].isalpha() and text.isascii() and len(text) <= _LONGEST_WORD:
        return text.decode()
    return read_json(payload) if text else None
