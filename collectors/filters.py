"""MQTT topic filters: which of them say the same again.

A broker may deliver a message once for each subscription that matches it, and with shared subscriptions it
does. A reading that bears no time would then be stored at two times of arrival.
"""

from collections.abc import Iterable


def distinct(filters: Iterable[str]) -> tuple[str, ...]:
    """The filters in order, without those that another of them covers."""
    all_ = tuple(dict.fromkeys(filters))
    return tuple(
        pattern for pattern in all_ if not any(covers(wider, pattern) for wider in all_ if wider != pattern)
    )


def covers(wider: str, pattern: str) -> bool:
    """Whether every topic that matches `pattern` matches `wider` too (MQTT 3.1.1, 4.7)."""
    levels = pattern.split("/")
    above = wider.split("/")
    if pattern.startswith("$") and above[0] in {"+", "#"}:
        return False
    for place, level in enumerate(above):
        if level == "#":
            return True
        if place == len(levels) or levels[place] == "#" or level not in {"+", levels[place]}:
            return False
    return len(above) == len(levels)


def overlap(one: str, other: str) -> bool:
    """Whether some topic matches both."""
    first, second = one.split("/"), other.split("/")
    for left, right in zip(first, second, strict=False):
        if "#" in {left, right}:
            return True
        if left != right and "+" not in {left, right}:
            return False
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) == len(longer) or longer[len(shorter) :] == ["#"]
