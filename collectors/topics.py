"""Which filter a topic matches (MQTT 5.0, 4.7), by levels instead of filter by filter."""

from collections.abc import Iterable


class _Node:
    __slots__ = ("below", "here", "rest")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.here: int | None = None
        """The first filter that ends here."""
        self.rest: int | None = None
        """The first filter that goes on with `#`."""


class TopicTree:
    """Filters in order; where several match, the first counts."""

    def __init__(self, filters: Iterable[str]) -> None:
        self._root = _Node()
        for number, pattern in enumerate(filters):
            node = self._root
            levels = pattern.split("/")
            open_ended = levels[-1] == "#"
            for level in levels[:-1] if open_ended else levels:
                node = node.below.setdefault(level, _Node())
            if open_ended and node.rest is None:
                node.rest = number
            elif not open_ended and node.here is None:
                node.here = number

    def find(self, topic: str) -> int | None:
        """The number of the first filter that matches, or None.

        A wildcard at the first level matches no topic that begins with `$` (4.7.2).
        """
        levels = topic.split("/")
        nodes = [self._root]
        found: list[int | None] = []
        for depth, level in enumerate(levels):
            wild = depth > 0 or not topic.startswith("$")
            following = []
            for node in nodes:
                if wild:
                    found.append(node.rest)
                    following.append(node.below.get("+"))
                following.append(node.below.get(level))
            nodes = [node for node in following if node is not None]
            if not nodes:
                break
        found += [number for node in nodes for number in (node.here, node.rest)]
        return min((number for number in found if number is not None), default=None)
