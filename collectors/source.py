"""Where messages come from, as the pipeline sees it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from collectors.decoders import Reply
from collectors.inbox import Message


class Source(Protocol):
    """`mqtt.MqttSession` is one. Safe to use from several threads."""

    def take(self, most: int, timeout_s: float) -> list[Message]:
        """The next messages, in order; none after `timeout_s` of silence."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """These are safe."""

    def reply(self, replies: Sequence[Reply]) -> None:
        """Tell devices what they expect to hear."""

    def tell(self, health: Mapping[str, str]) -> None:
        """Let those who watch over this collector know how it is."""

    def pending(self) -> int:
        """How many wait to be taken."""
