"""Transparent gateways: which topics carry which frames.

Always `kilowitness/v1/{institution}/{gateway}/frames/{protocol}`; a vendor's topics as a profile:

    topic = "dtu/{gateway}/up"
    protocol = "dlt645"             # or cjt188, or modbus-MAP for the register map MAP
    namespace = "north-depot"       # the institution in the address, where the topic names none
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from collectors.decoders import Reject, Report, Unreadable, is_address_part
from collectors.decoders.cjt188 import Cjt188Framing
from collectors.decoders.dlt645 import Dlt645Framing
from collectors.decoders.frames import Framing, Sender, read_frames
from collectors.decoders.modbus import ModbusFraming
from collectors.decoders.profile import PROFILES, ProfileError
from collectors.decoders.register_map import load_maps

FRAME_PROFILES = PROFILES / "frames"

_name = re.compile(r"\{([a-z_]+)\}").fullmatch


class FrameProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Topics whose payloads are frames of `protocol`; `{institution}` and `{gateway}` are levels of them."""

    topic: str
    protocol: str
    namespace: str = ""


class FrameDecoder:
    """The decoder a profile describes. Raises ValueError for what a profile may not say."""

    stateful = False

    def __init__(self, name: str, profile: FrameProfile, framings: Mapping[str, Framing]) -> None:
        self.name = name
        framing = framings.get(profile.protocol)
        if framing is None:
            raise ValueError(f"protocol {profile.protocol!r} is none of {', '.join(sorted(framings))}")
        self._framing = framing
        self._topic = profile.topic
        self.filters, self._match, names = _understood(profile.topic)
        if isinstance(framing, ModbusFraming) and "gateway" not in names:
            raise ValueError("topic: Modbus frames hold no meter number; the topic has to name the {gateway}")
        self._sender = lru_cache(maxsize=65_536)(self._read_topic)
        self._namespace = profile.namespace or ("" if "institution" in names else name)
        if self._namespace and not is_address_part(self._namespace):
            raise ValueError(f"namespace {self._namespace!r} is not 1 to 64 of a-z 0-9 - _ .")

    def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject]:
        """What the frames in the payload say, each reading at the time of arrival."""
        yield from read_frames(payload, self._framing, self._sender(topic))

    def _read_topic(self, topic: str) -> Sender:
        match = self._match(topic)
        if match is None:
            raise Unreadable(f"unknown-topic: not {self._topic}")
        named = match.groupdict()
        institution = self._namespace or named["institution"]
        gateway = named.get("gateway", "-").lower()
        if not (is_address_part(institution) and is_address_part(gateway)):
            raise Unreadable("bad-address: institution and gateway are 1 to 64 of a-z 0-9 - _ .")
        return Sender(institution, gateway)


def _understood(topic: str) -> tuple[tuple[str], Callable[[str], re.Match[str] | None], set[str]]:
    """The MQTT filter, the pattern and the names of a topic. Raises ValueError."""
    wanted, pattern = [], []
    names: set[str] = set()
    for level in topic.split("/"):
        if match := _name(level):
            wanted.append("+")
            pattern.append(f"(?P<{match[1]}>[^/]*)")
            if match[1] in names:
                raise ValueError(f"topic {topic!r}: {level} stands twice")
            names.add(match[1])
        elif set(level) & set("{}+#"):
            raise ValueError(f"topic {topic!r}: {level!r} is neither a {{name}} nor plain")
        else:
            wanted.append(level)
            pattern.append(re.escape(level))
    return ("/".join(wanted),), re.compile("/".join(pattern)).fullmatch, names


def load_frame_decoders(profile_dir: Path | None = None) -> tuple[FrameDecoder, ...]:
    """The profiles of `profile_dir`/frames, then the built-in ones and the canonical topic of every protocol.

    Register maps are those of `profile_dir`/modbus and the built-in ones. Raises `ProfileError`.
    """
    framings: dict[str, Framing] = {"cjt188": Cjt188Framing(), "dlt645": Dlt645Framing()}
    framings |= {f"modbus-{registers.name}": ModbusFraming(registers) for registers in load_maps(profile_dir)}
    folders = (FRAME_PROFILES,) if profile_dir is None else (profile_dir / "frames", FRAME_PROFILES)
    paths: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            paths.setdefault(path.name, path)
    canonical = (
        FrameDecoder(
            name, FrameProfile(f"kilowitness/v1/{{institution}}/{{gateway}}/frames/{name}", name), framings
        )
        for name in framings
    )
    return (*(load_frame_profile(path, framings) for path in paths.values()), *canonical)


def load_frame_profile(path: Path, framings: Mapping[str, Framing]) -> FrameDecoder:
    """One profile. Raises `ProfileError`."""
    try:
        profile = msgspec.convert(tomllib.loads(path.read_text("utf-8")), FrameProfile)
        return FrameDecoder(path.stem, profile, framings)
    except (OSError, ValueError) as error:
        raise ProfileError(f"frame profile {path.name}: {error}") from None
