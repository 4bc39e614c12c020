"""`kilowitness collect --dry-run`: what would be stored, live, and nothing is stored, answered or kept.

It listens beside the collectors with a session of its own that ends with it, so it takes no message away.
"""

import json
import threading
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from collectors.decode import as_json
from collectors.inbox import Message
from collectors.mqtt import MqttSession
from collectors.routing import Router, Understood

_MOST_MESSAGES = 1000


def watch(
    session: MqttSession, router: Router, zone: ZoneInfo, *, stop: threading.Event, as_lines: bool
) -> None:
    """Print every message's readings and rejects until `stop`; `as_lines`: one JSON object a message."""
    console = Console(soft_wrap=True, highlight=False)
    while not stop.is_set():
        messages = session.take(_MOST_MESSAGES, 0.5)
        for message in messages:
            said = router.understand(message.topic, message.payload, message.received_ms, message.retained)
            if as_lines:
                row = {"topic": message.topic, **as_json(said)}
                console.out(json.dumps(row, ensure_ascii=False), highlight=False)
            else:
                for line in _lines(message, said, zone):
                    console.print(line)
        session.acknowledge(messages)


def _lines(message: Message, said: Understood, zone: ZoneInfo) -> Iterable[Text]:
    arrived = datetime.fromtimestamp(message.received_ms / 1000, zone).strftime("%H:%M:%S")
    yield Text.assemble((arrived, "dim"), " ", message.topic, (f"  {said.decoder or '(no decoder)'}", "dim"))
    for point in said.points:
        values = "  ".join(
            f"{name} {value:g}" if abs(value) < 1e6 else f"{name} {value!r}"
            for name, value in point.fields.items()
        )
        at = datetime.fromtimestamp(point.time_ms / 1000, zone).isoformat(sep=" ", timespec="seconds")
        yield Text.assemble("  + ", ("/".join(point.tags), "bold"), f"  {at}  ", (values, "green"))
    for reject in said.rejects:
        place = "" if reject.item is None else f"item {reject.item}: "
        yield Text.assemble("  ! ", (place + reject.reason, "red"))
    for reply in said.replies:
        yield Text.assemble("  > would answer ", reply.topic)
