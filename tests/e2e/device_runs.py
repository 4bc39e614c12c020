"""One run of every simulated device against the collector's own process, and how to compare its two sides.

Some are there before any collector is: an Acrel gateway that nobody answers, a plug whose state the broker
keeps, a Sparkplug node whose births nobody hears. Then all devices play eight rounds; of one Sparkplug node a
message is lost, and another it keeps for a while. In the end every socket is closed without a goodbye.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product

from services.timeseries.connect import open_store
from services.timeseries.schema import DEVICE_STATUS, POSITIONS, READINGS
from services.timeseries.store import StoreUnavailable
from simulators.devices.acrel_gateway import AcrelGateway
from simulators.devices.catalogue import DIALECTS
from simulators.devices.device import Device, Meaning, Sample
from simulators.devices.player import Session, playing
from simulators.devices.sparkplug import Sparkplug
from simulators.devices.zigbee2mqtt import Zigbee2Mqtt
from tests.e2e.test_collector import Bench, until

ROUNDS = 8
LOST_ROUND, OFFLINE_ROUND = 3, 5
PATIENCE_S = 20.0
Key = tuple[str, tuple[str, ...], int | None, str]
Ledger = Mapping[Key, Sequence[float]]
"""(measurement, device, time, channel) → at an instant the value, on arrival all, of a status the last."""


@dataclass(frozen=True)
class Run:
    """By dialect what its devices meant; what the store had before and after the sockets were closed.

    `plug` is what a plug said before the collector came, `patient` the gateway that waited for it.
    """

    meant: Mapping[str, Ledger]
    stored: Ledger
    plug: Ledger
    wills: Mapping[str, Ledger]
    afterwards: Ledger
    patient: AcrelGateway
    births: Sequence[int]


def ledger(values: Iterable[tuple[Key, float]]) -> Ledger:
    """Values in the order in which they came, as one may compare them."""
    known: dict[Key, list[float]] = defaultdict(list)
    for key, value in values:
        measurement, _device, time_ms, _name = key
        if time_ms is not None or measurement == DEVICE_STATUS.name:
            known[key].clear()
        known[key].append(round(value, 6))
    return dict(known)


def meant(meanings: Iterable[Meaning]) -> Ledger:
    """The ledger of what was said."""
    return ledger(
        ((m.measurement, m.device, m.time_ms, name), value)
        for m in meanings
        for name, value in m.values.items()
    )


def stored(store_url: str, since_ms: int) -> Ledger:
    """The ledger of the store; what devices tell is older than `since_ms`: a time after it is an arrival."""
    found: list[tuple[int, Key, float]] = []
    try:
        store = open_store(store_url)
    except StoreUnavailable:
        return {}
    for measurement in (READINGS, POSITIONS, DEVICE_STATUS):
        for series in store.read(measurement):
            device = tuple(series.tags[tag] for tag in measurement.tags)
            for name, column in series.fields.items():
                for at, value in zip(series.times_ms.tolist(), column.tolist(), strict=True):
                    if name != "quality" and not math.isnan(value):
                        when = None if at >= since_ms or measurement is DEVICE_STATUS else at
                        found.append((at, (measurement.name, device, when, name), value))
    store.close()
    return ledger((key, value) for _, key, value in sorted(found, key=lambda row: row[0]))


def part(whole: Ledger, of: Ledger) -> Ledger:
    """What `whole` has of the devices in `of`."""
    devices = {(measurement, device) for measurement, device, _, _ in of}
    return {key: values for key, values in whole.items() if key[:2] in devices}


def samples(now_ms: int) -> list[Sample]:
    """A sample a minute until ten minutes ago, its values unlike those before."""
    first = Sample(time_ms=now_ms - 60_000 * (ROUNDS + 10))
    return [
        replace(
            first, time_ms=first.time_ms + 60_000 * n, energy_kwh=first.energy_kwh + 0.25 * n,
            power_kw=round(first.power_kw + 0.1 * n, 2), water_m3=first.water_m3 + 0.5 * n,
            odometer_km=first.odometer_km + n,
        )
        for n in range(ROUNDS)
    ]  # fmt: skip


def play(bench: Bench, url: str) -> Run:
    """The run. What is not stored in time is missing in its ledger; nothing is asserted here."""
    since_ms = time.time_ns() // 1_000_000
    rounds = samples(since_ms)
    made = {name: list(dialect.make()) for name, dialect in DIALECTS.items()}
    patient, edge = AcrelGateway("12109132830009", "12109132830010", patience_ms=200), Sparkplug("Plant2")
    with playing(url, [patient, edge, Zigbee2Mqtt("Old_Plug")], rounds[0]) as early:
        for sample, session in product(rounds[:3], early):
            session.report(sample)
        plug = _said(early[2:])
        for session in early:
            session.told.clear()  # nobody heard it
        with bench.collector():
            until(lambda: "subscribed" in bench.log())
            with playing(url, [d for devices in made.values() for d in devices], rounds[0]) as sessions:
                _play_rounds(bench, [*sessions, early[1]], rounds, since_ms)
                _eventually(lambda: _insist(early[0]) and not patient.unconfirmed)
                made["acrel-hw"].append(patient)
                made["sparkplug"].append(edge)
                everyone = [*sessions, *early]
                said = {
                    name: _said(session for session in everyone if session.device in devices)
                    for name, devices in made.items()
                }
                before = _settled(bench, since_ms, said.values())
                wills = {name: meant(_last_words(devices)) for name, devices in made.items()}
                with ThreadPoolExecutor(len(everyone)) as hands:
                    list(hands.map(Session.cut, everyone))
                afterwards = _settled(bench, since_ms, wills.values())
                births = [sum("NBIRTH" in told.topic for told in s.told) for s in everyone]
                return Run(said, before, plug, wills, afterwards, patient, births)


def _play_rounds(bench: Bench, sessions: Sequence[Session], rounds: Sequence[Sample], since_ms: int) -> None:
    """Each round waits until the one before is stored: arrivals in one millisecond would be one point."""
    for number, sample in enumerate(rounds):
        for session in sessions:
            if isinstance(session.device, Sparkplug):
                session.device.lose_next = number == LOST_ROUND
                session.device.offline = number == OFFLINE_ROUND
            session.report(sample)
        _settled(bench, since_ms, [_said(sessions)])


def _said(sessions: Iterable[Session]) -> Ledger:
    return meant(meaning for session in sessions for told in session.told for meaning in told.means)


def _insist(session: Session) -> bool:
    session.insist(time.time_ns() // 1_000_000)
    return True


def _last_words(devices: Sequence[Device]) -> Iterable[Meaning]:
    return (meaning for device in devices if device.will for meaning in device.will.means)


def _settled(bench: Bench, since_ms: int, said: Iterable[Ledger]) -> Ledger:
    """The store as soon as it has all that was said, or as it is after a while."""
    everything = {key: values for one in said for key, values in one.items()}

    def has_all() -> bool:
        known = stored(bench.store_url, since_ms)
        return all(known.get(key) == values for key, values in everything.items())

    _eventually(has_all)
    return stored(bench.store_url, since_ms)


def _eventually(condition: Callable[[], bool]) -> None:
    """Return as soon as it holds, which is at once but for a busy machine or a fault to be found."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
