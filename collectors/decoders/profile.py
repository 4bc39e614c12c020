"""Devices that speak JSON, described by a TOML profile instead of a module: where things stand."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from collectors.decoders import Reject, Report, Unreadable, is_address_part, read_json
from collectors.screening import read_number
from collectors.times import shown
from services.metering.channels import CHANNELS
from services.timeseries.schema import READINGS

PROFILES = Path(__file__).parent.parent / "profiles"


class ProfileError(ValueError):
    """A profile says what it may not; the message is one line that names the file."""


class Scaled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tag's channel and the factor from the device's unit to the channel's."""

    channel: str
    scale: float = 1.0


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where values stand: an object `values` of tag → value, or a `list` of objects with `name` and `value`.

    All are dotted paths. `errors`, or `error` in a list, is where the device says what it could not read.
    """

    values: str = ""
    errors: str = ""
    list: str = ""
    name: str = ""
    value: str = ""
    error: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device family. `{names}` of `meter` are levels of `topic`, or else top keys of the payload."""

    topic: str
    meter: str
    form: tuple[Form, ...]
    time: str = ""
    namespace: str = ""
    channels: dict[str, str | Scaled] = {}


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


class ProfileDecoder:
    """The decoder a profile describes; its namespace is the file's name unless it says otherwise."""

    stateful = False

    def __init__(self, name: str, profile: Profile) -> None:
        self.name = name
        self.filters = (re.sub(r"\{\w+\}", "+", profile.topic),)
        self._profile = profile
        self._namespace = profile.namespace or name
        if not is_address_part(self._namespace):
            raise ValueError(f"namespace {self._namespace!r} is not 1 to 64 of a-z 0-9 - _ .")
        if not profile.form or not all(form.values or (form.list and form.name) for form in profile.form):
            raise ValueError("every form has 'values', or 'list' and 'name'")
        levels = re.split(r"\{(\w+)\}", profile.topic)
        pattern = "".join(f"(?P<{p}>[^/]+)" if i % 2 else re.escape(p) for i, p in enumerate(levels))
        self._levels = re.compile(pattern).fullmatch
        self._channels = {name: Scaled(name) for name in CHANNELS}
        for tag, target in profile.channels.items():
            self._channels[tag] = target if isinstance(target, Scaled) else Scaled(target)
            if self._channels[tag].channel not in CHANNELS:
                raise ValueError(f"channels: {self._channels[tag].channel!r} is not a channel")

    def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject]:
        """One report a message."""
        content = read_json(payload)
        if not isinstance(content, dict):
            raise Unreadable("not-an-object: this family sends an object")
        device = (self._namespace, self._meter(topic, content))
        values: dict[str, object] = {}
        for tag, value, error in self._tags(content):
            target = self._channels.get(tag)
            if target is None:
                yield Reject(f"unknown-channel: the profile maps no tag {shown(tag)}")
            elif error is not None:
                yield Reject(f"device-error: {shown(tag)} is {shown(error)}")
            else:
                values[target.channel] = _scaled(value, target.scale)
        if values:
            yield Report(READINGS, device, _at(content, self._profile.time), values)

    def _meter(self, topic: str, content: dict[str, Any]) -> str:
        match = self._levels(topic)
        if match is None:
            raise Unreadable(f"unknown-topic: not {self._profile.topic}")
        names = {name: value for name, value in content.items() if isinstance(value, (str, int))}
        try:
            meter = self._profile.meter.format_map(names | match.groupdict()).lower()
        except KeyError as error:
            raise Unreadable(f"bad-address: neither topic nor payload has {error}") from None
        if not is_address_part(meter):
            raise Unreadable("bad-address: a meter is 1 to 64 of a-z 0-9 - _ .")
        return meter

    def _tags(self, content: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
        """(tag, value, error) of the first form that the message has."""
        for form in self._profile.form:
            held = _at(content, form.values or form.list)
            if form.values and isinstance(held, dict):
                errors = _at(content, form.errors)
                yield from ((tag, value, None) for tag, value in held.items())
                if isinstance(errors, dict):
                    yield from ((tag, None, error) for tag, error in errors.items())
                return
            if form.list and isinstance(held, list):
                for entry in held:
                    yield str(_at(entry, form.name)), _at(entry, form.value), _at(entry, form.error)
                return
        raise Unreadable("unknown-form: the message has none of the profile's forms")


def _at(content: Any, path: str) -> Any:
    """What stands at a dotted path, or None."""
    if not path:
        return None
    for key in path.split("."):
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _scaled(value: object, scale: float) -> object:
    """The value in the channel's unit; one that is no number stays as it is, for screening to name."""
    if scale == 1.0:
        return value
    try:
        return read_number(value) * scale
    except ValueError:
        return value
