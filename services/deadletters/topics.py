"""MQTT topic filters, to select letters by: `+` is one level, a final `#` any number of them."""

import re
from functools import lru_cache


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic falls under a filter (MQTT 5.0, 4.7.1)."""
    return _compiled(pattern).fullmatch(topic) is not None


@lru_cache(maxsize=32)
def _compiled(pattern: str) -> re.Pattern[str]:
    levels = pattern.split("/")
    open_ended = levels[-1] == "#"
    if open_ended:
        levels.pop()
    parts = ["[^/]*" if level == "+" else re.escape(level) for level in levels]
    if not open_ended:
        return re.compile("/".join(parts), re.DOTALL)
    return re.compile("/".join(parts) + "(/.*)?" if parts else ".*", re.DOTALL)
