"""Sparkplug B edge nodes (Eclipse Sparkplug 3.0.0): `spBv1.0/{group}/{message}/{node}[/{device}]`, protobuf.

A birth names metrics and their types, data may go by the aliases it gave, so the decoder remembers births.
When births or messages seem to have been missed it asks the node for all its births (clause 6.4.23). A value
under an alias of no birth is rejected; replayed after the birth it is understood.
"""

import time
from collections.abc import Callable, Iterator
from functools import lru_cache

import msgspec

from collectors.decoders import Reject, Reply, Report, Unreadable, is_address_part
from collectors.decoders.sparkplug_metrics import MetricMap, load_metrics
from collectors.decoders.sparkplug_nodes import Node, Nodes
from collectors.decoders.sparkplug_payload import Payload, read_payload, rebirth_request, session_of
from collectors.decoders.sparkplug_readings import read_birth, read_metrics
from services.timeseries.schema import DEVICE_STATUS

Said = Iterator[Report | Reject | Reply]


class Sender(msgspec.Struct, frozen=True):
    """A topic's levels as they are written, `device` "" for the node itself; and the address they come to."""

    group: str
    kind: str
    node: str
    device: str
    address: tuple[str, str]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class SparkplugDecoder:
    """`clock_ms`: epoch ms, for the pause between two requests for births and for their timestamps."""

    name = "sparkplug"
    stateful = True
    filters = (
        *(f"spBv1.0/+/{kind}/+" for kind in ("NBIRTH", "NDATA", "NDEATH")),
        *(f"spBv1.0/+/{kind}/+/+" for kind in ("DBIRTH", "DDATA", "DDEATH")),
    )

    def __init__(
        self,
        metrics: MetricMap | None = None,
        *,
        clock_ms: Callable[[], int] = _now_ms,
        nodes: Nodes | None = None,
    ) -> None:
        self._metrics = load_metrics() if metrics is None else metrics
        self._clock_ms = clock_ms
        self._nodes = Nodes() if nodes is None else nodes
        self._handlers: dict[str, Callable[[Sender, Node, Payload], Said]] = {
            "NBIRTH": self._birth,
            "DBIRTH": self._birth,
            "NDATA": self._data,
            "DDATA": self._data,
            "NDEATH": self._end_of_node,
            "DDEATH": self._end_of_device,
        }

    def decode(self, topic: str, payload: bytes) -> Said:
        """Readings by the times of the metrics; who came and went; at most one request for births."""
        sender = _sender(topic)
        said = read_payload(payload)
        node = self._nodes.get((sender.group, sender.node))
        if sender.kind not in {"NBIRTH", "NDEATH"} and said.HasField("seq"):
            node.follow(said.seq % 256, said.timestamp)
        yield from self._handlers[sender.kind](sender, node, said)
        if node.lost and sender.kind != "NDEATH" and node.must_ask(now_ms := self._clock_ms()):
            yield Reply(f"spBv1.0/{sender.group}/NCMD/{sender.node}", rebirth_request(now_ms))

    def _birth(self, sender: Sender, node: Node, said: Payload) -> Said:
        """A node's birth ends what its devices were: their births follow it (clause 6.4.20)."""
        born, rejects = read_birth(said, self._metrics)
        if node.supersedes(born, sender.device):
            if not sender.device:
                self._nodes.drop_all(node)
                node.begin(session_of(said), said.seq % 256, said.timestamp)
            self._nodes.remember(node, sender.device, born)
            yield _status(sender.address, online=True)
        yield from rejects
        yield from read_metrics(said, sender.address, born, self._metrics)[0]

    def _data(self, sender: Sender, node: Node, said: Payload) -> Said:
        born = node.births.get(sender.device)
        found, doubt = read_metrics(said, sender.address, born, self._metrics)
        node.lost |= doubt
        yield from found

    def _end_of_node(self, sender: Sender, node: Node, said: Payload) -> Said:
        """The will of the session that the last birth began; that of an earlier one is late, and void."""
        session = session_of(said)
        if node.session is not None and session is not None and session != node.session:
            return
        devices = sorted({"", *node.births})
        self._nodes.drop_all(node)
        node.lost = True
        yield from (_status(_address(sender.group, sender.node, device), online=False) for device in devices)

    def _end_of_device(self, sender: Sender, node: Node, said: Payload) -> Said:
        born = node.births.get(sender.device)
        if born is None or said.timestamp >= born.at_ms:
            self._nodes.drop(node, sender.device)
            yield _status(sender.address, online=False)

    def replaying(self) -> "ReplayingSparkplug":
        """A decoder of dead letters that knows what this one knows, and leaves it as it is."""
        return ReplayingSparkplug(self._metrics, self._nodes)


class ReplayingSparkplug:
    """Decodes old messages by the births that were heard since; it learns nothing and asks for nothing."""

    name = SparkplugDecoder.name
    stateful = True
    filters = SparkplugDecoder.filters

    def __init__(self, metrics: MetricMap, nodes: Nodes) -> None:
        self._metrics = metrics
        self._nodes = nodes

    def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject]:
        """As `SparkplugDecoder.decode`, without a request for births."""
        sender = _sender(topic)
        decoder = SparkplugDecoder(self._metrics, nodes=self._nodes.copy((sender.group, sender.node)))
        yield from (said for said in decoder.decode(topic, payload) if not isinstance(said, Reply))


def _status(address: tuple[str, str], *, online: bool) -> Report:
    """At the time of arrival: a will was written when its session began."""
    return Report(DEVICE_STATUS, address, None, {"online": float(online)})


@lru_cache(maxsize=65_536)
def _sender(topic: str) -> Sender:
    levels = topic.split("/")
    kinds = {4: ("NBIRTH", "NDATA", "NDEATH"), 5: ("DBIRTH", "DDATA", "DDEATH")}.get(len(levels), ())
    if levels[0] != "spBv1.0" or levels[2:3] == [] or levels[2] not in kinds:
        raise Unreadable("unknown-topic: not a birth, data or death under spBv1.0/{group}/{message}/{node}")
    device = levels[4] if len(levels) == 5 else ""
    address = _address(levels[1], levels[3], device)
    if not all(map(is_address_part, address)) or (len(levels) == 5 and not device):
        raise Unreadable("bad-address: group and node.device are 1 to 64 of a-z 0-9 - _ . in any case")
    return Sender(levels[1], levels[2], levels[3], device, address)


def _address(group: str, node: str, device: str) -> tuple[str, str]:
    """Institution and meter."""
    return group.lower(), (f"{node}.{device}" if device else node).lower()
