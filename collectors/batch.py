"""A batch: messages that are stored and acknowledged together, their points merged, their rejects kept."""

from collections.abc import Sequence

from collectors.decoders import Reject, Reply
from collectors.inbox import Message
from collectors.routing import Understood
from services.deadletters.letters import Letter
from services.timeseries.schema import READINGS
from services.timeseries.store import Point

Identity = tuple[str, tuple[str, ...], int]


class Batch:
    """One point a device and time: channels that came in several messages are laid together."""

    def __init__(self) -> None:
        self._taken: list[tuple[Message, Understood]] = []
        self._points: dict[Identity, Point] = {}
        self._values = 0

    def add(self, message: Message, understood: Understood) -> None:
        """Take one message and what it came to."""
        self._taken.append((message, understood))
        points = self._points
        for point in understood.points:
            identity = (point.measurement.name, point.tags, point.time_ms)
            earlier = points.setdefault(identity, point)
            if earlier is not point:
                points[identity] = _merged(earlier, point)
            if point.measurement is READINGS:
                self._values += len(point.fields) - ("quality" in point.fields)

    @property
    def counts(self) -> dict[str, int]:
        """Messages, their readings, and the items of them that were rejected."""
        return {
            "messages": len(self._taken),
            "readings": self._values,
            "rejected": sum(len(understood.rejects) for _, understood in self._taken),
        }

    def __len__(self) -> int:
        """How many points there are to write."""
        return len(self._points)

    def meets(self, other: "Batch") -> bool:
        """Whether both say something of one device at one time, so that their order matters."""
        return not self._points.keys().isdisjoint(other._points.keys())  # noqa: SLF001

    @property
    def messages(self) -> list[Message]:
        """The messages in order of arrival."""
        return [message for message, _ in self._taken]

    def points(self) -> list[Point]:
        """What to write, in order of first appearance."""
        return list(self._points.values())

    def refuse(self, rejected: Sequence[tuple[int, str]]) -> int:
        """Turn points the store will never take (by place in `points()`) into rejects; returns how many."""
        identities = list(self._points)
        reasons = {identities[index]: reason for index, reason in rejected if index < len(identities)}
        refused = 0
        for _, understood in self._taken:
            for point, item in zip(understood.points, understood.items, strict=True):
                reason = reasons.get((point.measurement.name, point.tags, point.time_ms))
                if reason is not None:
                    understood.rejects.append(Reject(f"store-rejected: {reason}", item))
                    refused += 1
        return refused

    def replies(self) -> list[Reply]:
        """What the devices expect to hear."""
        return [reply for _, understood in self._taken for reply in understood.replies]

    def letters(self) -> list[Letter]:
        """One letter for every message of which something was rejected."""
        return [
            Letter(
                message.received_ms, message.topic, message.payload, said.decoder, tuple(said.rejects),
                retained=message.retained,
            )
            for message, said in self._taken
            if said.rejects
        ]  # fmt: skip


def _merged(earlier: Point, later: Point) -> Point:
    fields = {**earlier.fields, **later.fields}
    if "quality" in earlier.fields:
        fields["quality"] = float(int(earlier.fields["quality"]) | int(later.fields.get("quality", 0)))
    return Point(earlier.measurement, earlier.tags, earlier.time_ms, fields)
