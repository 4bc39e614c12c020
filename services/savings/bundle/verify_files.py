"""The files that `kilowitness verify` is given: bytes up to a limit, and an exported settlement from them."""

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MOST_BYTES = 256 * 1024 * 1024
"""Of a file. A year of 200 meters, hours and a gauge of every minute among them, has a third of that."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises `OSError`, also for a file beyond the limit or one that never ends."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return data


def exported(data: bytes) -> Any:
    """The document of an exported settlement. Raises `ValueError` for what two readers may read in two ways,
    and `RecursionError`.
    """
    return json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")
