"""What the devices' tests share: one sample, and whether a document has the shape of a vendor's example."""

import json
from typing import Any

from simulators.devices.device import Message, Sample

EIGHT_MS = 1_795_305_600_000
"""2026-11-22T08:00:00+08:00."""
SAMPLE = Sample(time_ms=EIGHT_MS + 345)


def content(message: Message) -> Any:
    """A message's payload as JSON."""
    return json.loads(message.payload)


def has_shape_of(sent: object, example: object) -> bool:
    """Whether every key of `sent` is in the example with a value of the same kind; null stands for any kind.

    Of a list each item is compared with the first of the example's.
    """
    if sent is None or example is None:
        return True
    if isinstance(sent, dict) and isinstance(example, dict):
        return all(key in example and has_shape_of(value, example[key]) for key, value in sent.items())
    if isinstance(sent, list) and isinstance(example, list):
        return not example or all(has_shape_of(item, example[0]) for item in sent)
    if isinstance(sent, bool) or isinstance(example, bool):
        return type(sent) is type(example)
    return isinstance(sent, (int, float)) == isinstance(example, (int, float))
