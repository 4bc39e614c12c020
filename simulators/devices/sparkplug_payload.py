"""Sparkplug B payloads: metrics written field by field, and the one command that an edge node must obey.

Source: Eclipse Sparkplug 3.0.0, chapter 6, and its sparkplug_b.proto: Payload (1 timestamp, 2 metrics,
3 seq), Metric (1 name, 2 alias, 3 timestamp, 4 datatype, 5 is_historical, 11 long, 12 float, 13 double,
14 boolean value).
"""

from collections.abc import Sequence

from simulators.devices import protobuf as pb

INT64, FLOAT, DOUBLE, BOOLEAN = 4, 9, 10, 11
REBIRTH = "Node Control/Rebirth"


def metric(
    value: float,
    kind: int,
    *,
    time_ms: int | None = None,
    name: str = "",
    alias: int | None = None,
    historical: bool = False,
) -> bytes:
    """One metric, with a name, an alias, or both; a `historical` one was kept while there was no network."""
    head = pb.block(1, name) if name else b""
    head += b"" if alias is None else pb.integer(2, alias)
    head += b"" if time_ms is None else pb.integer(3, time_ms)
    head += pb.integer(4, kind) + (pb.integer(5, 1) if historical else b"")
    if kind == FLOAT:
        return head + pb.single(12, value)
    if kind == DOUBLE:
        return head + pb.double(13, value)
    return head + pb.integer(14 if kind == BOOLEAN else 11, int(value))


def payload(metrics: Sequence[bytes], *, time_ms: int | None = None, seq: int | None = None) -> bytes:
    """A payload; a death has no seq, and its time would be that of the connection."""
    head = b"" if time_ms is None else pb.integer(1, time_ms)
    body = head + b"".join(pb.block(2, one) for one in metrics)
    return body if seq is None else body + pb.integer(3, seq)


def asks_for_rebirth(command: bytes) -> bool:
    """Whether a payload holds the metric that asks for the births, set to true."""
    for number, content in pb.fields(command):
        if number == 2 and isinstance(content, bytes):
            parts = dict(pb.fields(content))
            if parts.get(1) == REBIRTH.encode() and parts.get(14) == 1:
                return True
    return False
