"""A Sparkplug edge node with one meter, the decoder that listens to it, and what it said, sorted."""

from collections.abc import Iterable

from collectors.decoders import Reject, Reply, Report
from collectors.decoders.sparkplug import SparkplugDecoder
from collectors.decoders.sparkplug_nodes import Nodes
from services.timeseries.schema import DEVICE_STATUS, READINGS
from tests.collectors import sparkplug_wire as wire

AT = 1_795_334_400_000
METER = ("plant1", "edge-a.meter1")
NODE = ("plant1", "edge-a")
REQUEST = "spBv1.0/Plant1/NCMD/Edge-A"


class Plant:
    """One edge node with one meter, and the decoder that listens to it."""

    def __init__(self, nodes: Nodes | None = None) -> None:
        self.now_ms = AT
        self.seq = 0
        self.decoder = SparkplugDecoder(clock_ms=lambda: self.now_ms, nodes=nodes)

    def say(
        self, kind: str, *metrics: bytes, seq: int | None = -1, at: int | None = None
    ) -> tuple[str, bytes]:
        """A message of the node, or of the meter for D…; with the next number unless one is given."""
        if seq == -1:
            seq, self.seq = self.seq, (self.seq + 1) % 256
        self.now_ms += 1000
        device = "/Meter1" if kind.startswith("D") else ""
        return f"spBv1.0/Plant1/{kind}/Edge-A{device}", wire.payload(*metrics, at=at or self.now_ms, seq=seq)

    def nbirth(self, session: int = 0) -> tuple[str, bytes]:
        self.seq = 0
        return self.say(
            "NBIRTH",
            wire.metric(session, wire.UINT64, name="bdSeq"),
            wire.metric(False, wire.BOOLEAN, name="Node Control/Rebirth"),
        )

    def dbirth(self, energy: float = 100.0) -> tuple[str, bytes]:
        return self.say(
            "DBIRTH",
            wire.metric(energy, wire.DOUBLE, name="Energy/Active Import", alias=1),
            wire.metric(-3, wire.INT16, name="Power/Active W", alias=2),
            wire.metric("Chint", wire.STRING, name="Properties/Make", alias=3),
        )

    def data(self, energy: float, **more: int | None) -> tuple[str, bytes]:
        return self.say("DDATA", wire.metric(energy, alias=1), **more)

    def death(self, session: int = 0) -> tuple[str, bytes]:
        return self.say("NDEATH", wire.metric(session, wire.UINT64, name="bdSeq"), seq=None)

    def hear(self, *messages: tuple[str, bytes]) -> list[Report | Reject | Reply]:
        return [said for topic, payload in messages for said in self.decoder.decode(topic, payload)]

    def born(self) -> "Plant":
        """After its births."""
        self.hear(self.nbirth(), self.dbirth())
        return self


def readings(said: Iterable[object]) -> list[tuple[object, dict[str, object]]]:
    return [
        (one.time, dict(one.values))
        for one in said
        if isinstance(one, Report) and one.measurement is READINGS
    ]


def online(said: Iterable[object]) -> dict[tuple[str, str], object]:
    found = [one for one in said if isinstance(one, Report) and one.measurement is DEVICE_STATUS]
    assert all(one.time is None for one in found)
    return {one.device: one.values["online"] for one in found}


def reasons(said: Iterable[object]) -> list[str]:
    return [one.reason for one in said if isinstance(one, Reject)]


def requests(said: Iterable[object]) -> list[str]:
    return [one.topic for one in said if isinstance(one, Reply)]
