"""Takes Telegraf's place in a test: `--config FILE --drop TEXT`, over the network as Telegraf would be."""

import argparse
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import mqtt5
import msgspec

from simulators.bench.wire import Connection


def main() -> None:
    """Consume, write, acknowledge, until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--drop", type=str.encode, required=True)
    options = parser.parse_args()
    found = tomllib.loads(options.config.read_text(encoding="utf-8"))
    [consumer], [output] = found["inputs"]["mqtt_consumer"], found["outputs"]["influxdb"]
    port = urlsplit(consumer["servers"][0]).port
    assert port is not None
    with (
        httpx2.Client(base_url=output["urls"][0], trust_env=False) as client,
        Connection(port, consumer["client_id"], kept=consumer["persistent_session"]) as connection,
    ):
        client.post("/query", params={"q": f"CREATE DATABASE {output['database']}"}).raise_for_status()
        connection.subscribe(consumer["topics"][0])
        while True:
            told = [packet for packet in connection.receive() if isinstance(packet, mqtt5.PublishPacket)]
            lines = [line(packet, consumer) for packet in told if options.drop not in packet.payload]
            written = client.post(
                "/write",
                params={"db": output["database"], "precision": "ms"},
                content="\n".join(lines).encode(),
            )
            written.raise_for_status()
            connection.send(b"".join(mqtt5.PubAckPacket(p.packet_id).write() for p in told if p.packet_id))


def line(packet: mqtt5.PublishPacket, consumer: dict[str, Any]) -> str:
    """A message as line protocol, tags from its topic."""
    [rule] = consumer["topic_parsing"]
    pairs = zip(rule["tags"].split("/"), packet.topic.split("/"), strict=True)
    tags = ",".join(f"{name}={value}" for name, value in pairs if name != "_")
    content = msgspec.json.decode(packet.payload)
    at = datetime.fromisoformat(content.pop(consumer["json_time_key"]))
    fields = ",".join(f"{name}={value}" for name, value in content.items())
    return f"{consumer['name_override']},{tags} {fields} {round(at.timestamp() * 1000)}"


if __name__ == "__main__":
    main()
