"""What the harness's gateways send: the message of a number, and what must come of it.

Everything follows from the number, and every value is a binary fraction, so that what is stored can be
compared exactly. Every `BAD_EVERY`th message is one that cannot be taken whole; the kinds take turns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

INSTITUTION = "faults"
METERS = 200
START_MS = 1_736_121_600_000
"""2025-01-06T00:00:00Z, a Monday: InfluxDB 1.x keeps a field's type by shard, and a shard is such a week."""
BAD_EVERY = 97
TYPED = f"readings,institution={INSTITUTION},meter=typed lamp_on=1i {START_MS}"
"""A line that makes `lamp_on` an integer in this week, so that the database refuses one that is not."""
TYPED_ROW = ("typed", START_MS)

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: what must be stored of it, and whether it must be found in the dead letter."""

    topic: str
    payload: bytes
    meter: str
    time_ms: int
    stored: Values
    bad: bool = False


def message(number: int) -> Sent:
    """The message of a number; a number has only one."""
    place, tick = number % METERS, number // METERS
    meter, time_ms = f"m{place}", START_MS + tick * 1000
    values = {
        "energy_kwh": number + 0.25,
        "power_kw": number % 99_991 / 16,
        "voltage_v": 100 + number % 65_521 / 64,
    }
    if number % BAD_EVERY == BAD_EVERY // 2:
        kinds = tuple(BAD)
        return BAD[kinds[number // BAD_EVERY % len(kinds)]](number, meter, time_ms, values)
    return Sent(_topic(meter), b"{%s}" % _body(time_ms, values), meter, time_ms, values)


def messages_for(readings: int) -> int:
    """How many messages, from the first on, carry at least so many readings that must be stored."""
    round_of = BAD_EVERY * len(BAD)
    rounds, rest = divmod(readings, sum(len(message(number).stored) for number in range(round_of)))
    number = rounds * round_of
    while rest > 0:
        rest -= len(message(number).stored)
        number += 1
    return number


def _topic(meter: str) -> str:
    return f"kilowitness/v1/{INSTITUTION}/{meter}/readings"


def _body(time_ms: int, values: Values) -> bytes:
    pairs = [f'"{name}":{value}' for name, value in {"time": time_ms, **values}.items()]
    return ",".join(pairs).encode()


def _cut_off(number: int, meter: str, time_ms: int, values: Values) -> Sent:
    return Sent(_topic(meter), b"{%s" % _body(time_ms, values), meter, time_ms, {}, bad=True)


def _bytes(number: int, meter: str, time_ms: int, values: Values) -> Sent:
    return Sent(_topic(meter), b"\xff\x00\xfe" + number.to_bytes(4, "big"), meter, time_ms, {}, bad=True)


def _stranger(number: int, meter: str, time_ms: int, values: Values) -> Sent:
    payload = b'{%s,"moon_phase":%d}' % (_body(time_ms, values), number)
    return Sent(_topic(meter), payload, meter, time_ms, values, bad=True)


def _too_much(number: int, meter: str, time_ms: int, values: Values) -> Sent:
    payload = b"{%s}" % _body(time_ms, {**values, "power_kw": 1e9 + number})
    good = {name: value for name, value in values.items() if name != "power_kw"}
    return Sent(_topic(meter), payload, meter, time_ms, good, bad=True)


def _future(number: int, meter: str, time_ms: int, values: Values) -> Sent:
    return Sent(
        _topic(meter), b"{%s}" % _body(4_102_444_800_000 + number, values), meter, time_ms, {}, bad=True
    )


def _list(number: int, meter: str, time_ms: int, values: Values) -> Sent:
    payload = b'[{%s},"item %d"]' % (_body(time_ms, values), number)
    return Sent(_topic(meter), payload, meter, time_ms, values, bad=True)


def _shouted(number: int, meter: str, time_ms: int, values: Values) -> Sent:
    topic = f"kilowitness/v1/{INSTITUTION.upper()}/{meter}/readings"
    return Sent(topic, b"{%s}" % _body(time_ms, values), meter, time_ms, {}, bad=True)


def _refused(number: int, meter: str, time_ms: int, values: Values) -> Sent:
    payload = b"{%s}" % _body(time_ms, {**values, "lamp_on": 1.0})
    return Sent(_topic(meter), payload, meter, time_ms, {}, bad=True)


BAD: dict[str, Callable[[int, str, int, Values], Sent]] = {
    "cut off": _cut_off,
    "not text": _bytes,
    "an unknown channel": _stranger,
    "out of range": _too_much,
    "from the future": _future,
    "one bad item": _list,
    "a bad address": _shouted,
    "refused by the database": _refused,
}
"""Ways a message cannot be taken. Of some the good part must be stored; the last the database refuses."""
