"""A Sparkplug B edge node with one meter: births with names and aliases, data by alias, a death as its will.

Source: Eclipse Sparkplug 3.0.0, chapter 6 (payloads: fields and data types as in sparkplug_b.proto), chapter
5 (session: NBIRTH with `bdSeq` and seq 0, then DBIRTH; every message counts seq modulo 256; NDEATH with the
`bdSeq` of its birth is the will; `Node Control/Rebirth` in an NCMD asks for the births again).
"""

import struct
from collections.abc import Sequence

from simulators.devices.device import Device, Meaning, Message, Sample, online, readings
from simulators.devices.sparkplug_payload import (
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT64,
    REBIRTH,
    asks_for_rebirth,
    metric,
    payload,
)

_ALIASES = {"energy_kwh": 1, "power_kw": 2, "voltage_v": 3}
_DOUBLES = {"energy_kwh"}


class Sparkplug(Device):
    """One edge node and its meter. `lose_next` lets the network swallow the next data message.

    While `offline` it keeps its data, and sends them later as historical metrics, each with its own time.
    """

    def __init__(
        self, group: str = "Plant1", node: str = "Edge-A", device: str = "Meter1", *, session: int = 0
    ) -> None:
        self._where = (group, node, device)
        self._node = (group.lower(), node.lower())
        self._device = (group.lower(), f"{node}.{device}".lower())
        self._session = session
        self._seq = 0
        self._kept: list[Sample] = []
        self.lose_next = self.offline = False
        self.listens = (f"spBv1.0/{group}/NCMD/{node}",)
        death = payload([metric(session, INT64, name="bdSeq")])
        gone = (*online(self._node, yes=False), *online(self._device, yes=False))
        self.will = Message(self._topic("NDEATH"), death, qos=1, means=gone)

    def _topic(self, kind: str) -> str:
        group, node, device = self._where
        return f"spBv1.0/{group}/{kind}/{node}" + (f"/{device}" if kind[0] == "D" else "")

    def _next(self, kind: str, metrics: Sequence[bytes], time_ms: int, *means: Meaning) -> Message:
        body = payload(metrics, time_ms=time_ms, seq=self._seq)
        self._seq = (self._seq + 1) % 256
        return Message(self._topic(kind), body, means=means)

    def connected(self, sample: Sample) -> Sequence[Message]:
        """The births; the device's says its values too."""
        self._seq, time_ms = 0, sample.time_ms
        node = [
            metric(self._session, INT64, time_ms=time_ms, name="bdSeq"),
            metric(False, BOOLEAN, time_ms=time_ms, name=REBIRTH),
        ]
        birth, there = _metrics(sample, named=True), online(self._device, yes=True)
        return (
            self._next("NBIRTH", node, time_ms, *online(self._node, yes=True)),
            self._next("DBIRTH", birth, time_ms, *there, *self._meaning(sample)),
        )

    def report(self, sample: Sample) -> Sequence[Message]:
        """The data, by alias alone, after what was kept."""
        if self.offline:
            self._kept.append(sample)
            return ()
        kept, self._kept = self._kept, []
        metrics = [one for old in kept for one in _metrics(old, historical=True)] + _metrics(sample)
        means = [meaning for one in (*kept, sample) for meaning in self._meaning(one)]
        said = (self._next("DDATA", metrics, sample.time_ms, *means),)
        lost, self.lose_next = self.lose_next, False
        return () if lost else said

    def receive(self, message: Message, sample: Sample) -> Sequence[Message]:
        """The births again when a command asks for them."""
        return self.connected(sample) if asks_for_rebirth(message.payload) else ()

    def _meaning(self, sample: Sample) -> tuple[Meaning, ...]:
        values = {name: getattr(sample, name) for name in _ALIASES}
        for name in _ALIASES.keys() - _DOUBLES:
            (values[name],) = struct.unpack("<f", struct.pack("<f", values[name]))
        return readings(self._device, sample.time_ms, **values)


def _metrics(sample: Sample, *, named: bool = False, historical: bool = False) -> list[bytes]:
    return [
        metric(
            getattr(sample, name), DOUBLE if name in _DOUBLES else FLOAT,
            time_ms=sample.time_ms, name=name if named else "", alias=alias, historical=historical,
        )
        for name, alias in _ALIASES.items()
    ]  # fmt: skip
