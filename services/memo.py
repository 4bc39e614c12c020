"""What was computed once is not computed again, within a bound: for keys that come back by the million."""

from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memo(dict[Key, Value], Generic[Key, Value]):
    """`memo[key]` is `make(key)`, kept until `most` are kept; then it starts anew.

    A dict that is hit costs a quarter of `functools.lru_cache` in time and in memory, and a city's devices
    either all fit or, coming in turns, would push each other out of an LRU cache as well.
    """

    def __init__(self, make: Callable[[Key], Value], *, most: int = 262_144) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, key: Key) -> Value:
        value = self._make(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = value
        return value
