"""`kilowitness decode`: what the decoders make of one message, as JSON, without broker or store."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from collectors.decoders.profile import ProfileError
from collectors.mqtt import now_ms
from collectors.routing import Router, Understood, all_decoders
from collectors.times import UnreadableTime, read_time, rfc3339
from services.metering.model import Quality
from services.settings import SettingsError, load_settings

_DESCRIPTION = """\
Reads one payload from standard input and prints the points it would store and what it would reject.

  kilowitness decode --topic kilowitness/v1/city-hall/main-1/readings < payload.json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Decode one message; 0 if all of it is good, 1 if some is rejected, 2 for a wrong setting or option."""
    parser = argparse.ArgumentParser(
        prog="kilowitness decode",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--topic", required=True, help="the topic it was published to")
    parser.add_argument("--at", metavar="TIME", help="when it arrived (default: now)")
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        zone = settings.zone
        received_ms = read_time(options.at, now_ms(), zone)[0]
        router = Router(all_decoders(settings.profile_dir), zone)
    except (SettingsError, ProfileError, UnreadableTime) as error:
        print(f"kilowitness decode: {error}", file=sys.stderr)  # noqa: T201
        return 2
    understood = router.understand(options.topic, sys.stdin.buffer.read(), received_ms)
    print(json.dumps(as_json(understood, zone), ensure_ascii=False, indent=2))  # noqa: T201
    return 1 if understood.rejects else 0


def as_json(understood: Understood, zone: ZoneInfo | None = None) -> dict[str, Any]:
    """The points and rejects of a message as plain values; times in UTC."""
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
    return {"decoder": understood.decoder, "points": points, "rejects": rejects}


if __name__ == "__main__":
    sys.exit(main())
