"""`kilowitness decode`: what the decoders make of one message, as JSON, without broker or store."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from collectors.decoders import Reply
from collectors.decoders.profile import ProfileError
from collectors.routing import Router, Understood, all_decoders
from collectors.times import UnreadableTime, read_time, rfc3339
from services.clock import system_clock, to_ms
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable
from services.metering.model import Quality
from services.settings import Settings, SettingsError, load_settings

_DESCRIPTION = """\
Reads one payload from standard input and prints the points it would store, what it would reject, and what it
would answer the device.

  kilowitness decode --topic kilowitness/v1/city-hall/main-1/readings < payload.json
  echo '68 AA AA AA AA AA AA 68 13 00 DF 16' | kilowitness decode --topic TOPIC --hex
  kilowitness decode --letter 17
"""


class Unusable(Exception):
    """There is no message to decode; the text says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Decode one message; 0 if all of it is good, 1 if some is rejected, 2 for a wrong setting or option."""
    parser = argparse.ArgumentParser(
        prog="kilowitness decode",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    message = parser.add_mutually_exclusive_group(required=True)
    message.add_argument("--topic", help="the topic it was published to")
    message.add_argument(
        "--letter", type=int, metavar="ID", help="a kept dead letter with its topic and time"
    )
    parser.add_argument("--hex", action="store_true", help="the payload is given as hexadecimal digits")
    parser.add_argument("--at", metavar="TIME", help="when it arrived (default: now)")
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        zone = settings.zone
        router = Router(all_decoders(settings.profile_dir), zone)
        at_ms = None if options.at is None else read_time(options.at, 0, zone)[0]
        if options.letter is None:
            topic, received_ms = options.topic, to_ms(system_clock())
            payload = _given(hexadecimal=options.hex)
        else:
            topic, payload, received_ms = _kept(options.letter, settings)
    except (SettingsError, ProfileError, UnreadableTime, DeadLetterUnavailable, Unusable) as error:
        print(f"kilowitness decode: {error}", file=sys.stderr)  # noqa: T201
        return 2
    understood = router.understand(topic, payload, received_ms if at_ms is None else at_ms)
    print(json.dumps(as_json(understood, zone), ensure_ascii=False, indent=2))  # noqa: T201
    return 1 if understood.rejects else 0


def _given(*, hexadecimal: bool) -> bytes:
    payload = sys.stdin.buffer.read()
    if not hexadecimal:
        return payload
    try:
        return bytes.fromhex(payload.decode("ascii"))
    except ValueError as error:
        raise Unusable(f"--hex: {error}") from None


def _kept(number: int, settings: Settings) -> tuple[str, bytes, int]:
    """Topic, payload and last arrival of a dead letter."""
    if not settings.deadletter_path.exists():
        raise Unusable("there are no dead letters at KILOWITNESS_DEADLETTER_PATH")
    letters = DeadLetters(settings.deadletter_path)
    try:
        letter = letters.get(number)
    finally:
        letters.close()
    if letter is None:
        raise Unusable(f"there is no letter {number}")
    return letter.topic, letter.payload, letter.last_received_ms


def as_json(understood: Understood, zone: ZoneInfo | None = None) -> dict[str, Any]:
    """What a message came to as plain values, times in UTC; `replies` only where there are any."""
    points = []
    for point, item in zip(understood.points, understood.items, strict=True):
        values = dict(point.fields)
        quality = Quality(int(values.pop("quality", 0)))
        entry: dict[str, Any] = {
            "measurement": point.measurement.name,
            **dict(zip(point.measurement.tags, point.tags, strict=True)),
            "time": rfc3339(point.time_ms),
            "values": values,
        }
        if quality:
            entry["quality"] = [flag.name.lower() for flag in Quality if flag & quality and flag.name]
        if item is not None:
            entry["item"] = item
        points.append(entry)
    rejects = [
        {"reason": reject.reason} | ({} if reject.item is None else {"item": reject.item})
        for reject in understood.rejects
    ]
    said: dict[str, Any] = {"decoder": understood.decoder, "points": points, "rejects": rejects}
    if understood.replies:
        said["replies"] = [_reply(reply) for reply in understood.replies]
    return said


def _reply(reply: Reply) -> dict[str, str]:
    try:
        return {"topic": reply.topic, "payload": reply.payload.decode()}
    except UnicodeDecodeError:
        return {"topic": reply.topic, "payload_hex": reply.payload.hex(" ")}


if __name__ == "__main__":
    sys.exit(main())
