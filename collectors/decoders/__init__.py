"""Decoders, one pure module a device family: topic and payload in, what the devices reported out.

A decoder knows only where things stand in a payload. Whether a time or a value can be believed is for
screening, so that every family is held to the same limits.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec

from services.deadletters.letters import Reject
from services.timeseries.schema import Measurement

__all__ = ["Decoder", "Reject", "Reply", "Report", "Unreadable", "is_address_part", "read_json"]


class Report(msgspec.Struct, frozen=True, gc=False):
    """One device at one time, as reported. `device`: tags of `measurement`; `item`: its place in an array.

    A msgspec structure because a city makes millions of them an hour, and it is built three times faster than
    a frozen dataclass.
    """

    measurement: Measurement
    device: tuple[str, str]
    time: object
    values: Mapping[str, object]
    item: int | None = None


class Reply(msgspec.Struct, frozen=True):
    """What a device expects to hear, published at QoS 0 once the message's readings are stored."""

    topic: str
    payload: bytes


class Unreadable(ValueError):
    """Nothing in the message can be taken; the text is the reason."""


class Decoder(Protocol):
    """One device family."""

    @property
    def name(self) -> str:
        """How the family is called in the dead letter."""

    @property
    def filters(self) -> tuple[str, ...]:
        """The MQTT topic filters to subscribe to."""

    @property
    def stateful(self) -> bool:
        """Whether a message is understood by what came before it, so that every collector must hear all."""

    def decode(self, topic: str, payload: bytes) -> Iterable[Report | Reject | Reply]:
        """What the message says, item by item. Raises `Unreadable`; what was yielded before counts."""


_address_part = re.compile(r"[a-z0-9\-_.]{1,64}", re.ASCII).fullmatch
_decode_json = msgspec.json.Decoder().decode


def is_address_part(text: str) -> bool:
    """Whether a string can name an institution or a device."""
    return _address_part(text) is not None


def read_json(payload: bytes) -> Any:
    """The payload as JSON; of a repeated key the last one counts.

    NaN, Infinity and numbers beyond a float are let through as such: they spoil their own value, not the
    message. Raises `Unreadable`.
    """
    try:
        return _decode_json(payload)
    except (ValueError, RecursionError):
        return _read_json_loosely(payload)


def _read_json_loosely(payload: bytes) -> Any:
    if not payload.strip():
        raise Unreadable("empty-payload")
    try:
        return json.loads(payload.decode("utf-8-sig"), parse_int=_integer)
    except RecursionError:
        raise Unreadable("malformed-json: nested too deep") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"malformed-json: not UTF-8 at byte {error.start}") from None
    except ValueError as error:
        raise Unreadable(f"malformed-json: {error}") from None


def _integer(digits: str) -> float:
    """An integer literal; one of more digits than a float can hold is infinite."""
    if len(digits) > 310:
        return -math.inf if digits.startswith("-") else math.inf
    return int(digits)
