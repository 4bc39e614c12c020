"""From a message to points and rejects, whatever the message."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject, Reply, Report, Unreadable
from collectors.routing import Router, all_decoders
from services.timeseries.schema import READINGS

ZONE = ZoneInfo("Asia/Shanghai")
ARRIVAL_MS = 1_795_334_400_000
TOPIC = "kilowitness/v1/city-hall/main-1/readings"
ROUTER = Router(all_decoders(), ZONE)


class Faulty:
    """A decoder that says one good thing and then fails as it is told to."""

    name = "faulty"
    filters = ("faulty/#",)
    stateful = False

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject]:
        yield Report(READINGS, ("a", "b"), ARRIVAL_MS, {"energy_kwh": 1})
        raise self.error


def test_all_families_are_subscribed() -> None:
    assert {
        "kilowitness/v1/+/+/readings",
        "kilowitness/v1/+/+/positions",
        "kilowitness/v1/+/+/status",
        "platform/acrel/meter/json-v2/analog/+",
        "/neuron/+/+/+",
    } <= set(ROUTER.filters())


def test_a_group_shares_what_needs_no_memory_and_hears_all_of_the_rest() -> None:
    class Remembering(Faulty):
        name = "remembering"
        filters = ("remembering/#",)
        stateful = True

    router = Router([Faulty(ValueError()), Remembering(ValueError())], ZONE)
    assert router.filters("north") == ("$share/north/faulty/#", "remembering/#")


def test_replies_and_zones_of_devices() -> None:
    class Asking:
        name = "asking"
        filters = ("asking/#",)
        stateful = False

        def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject | Reply]:
            yield Report(READINGS, ("a", "b"), "2026-11-22 08:00:00", {"energy_kwh": 1})
            yield Reply("asking/b/answer", b"ok")

    abroad = Router([Asking()], ZONE, zones={("a", "b"): ZoneInfo("Asia/Urumqi")})
    at_home = Router([Asking()], ZONE)
    there = abroad.understand("asking/b", b"", ARRIVAL_MS)
    here = at_home.understand("asking/b", b"", ARRIVAL_MS)
    assert there.replies == [Reply("asking/b/answer", b"ok")]
    assert there.points[0].time_ms - here.points[0].time_ms == 2 * 3600 * 1000


def test_a_kept_value_without_a_time_is_of_any_age_but_a_kept_status_holds() -> None:
    kept = ROUTER.understand(TOPIC, b'{"energy_kwh": 1}', ARRIVAL_MS, True)
    assert kept.points == []
    assert kept.rejects[0].reason.startswith("retained-without-time: ")
    dated = ROUTER.understand(TOPIC, b'{"time": 1795334400000, "energy_kwh": 1}', ARRIVAL_MS, True)
    assert len(dated.points) == 1
    status = ROUTER.understand("kilowitness/v1/city-hall/gw-1/status", b"offline", ARRIVAL_MS, True)
    assert status.points[0].fields == {"online": 0.0}


def test_a_failing_decoder_keeps_what_it_said_and_names_the_fault() -> None:
    for error in (KeyError("val"), RecursionError("deep"), MemoryError(), ZeroDivisionError()):
        understood = Router([Faulty(error)], ZONE).understand("faulty/x", b"", ARRIVAL_MS)
        assert len(understood.points) == 1
        assert understood.rejects[0].reason.startswith(f"decoder-failed: {type(error).__name__}")


def test_unreadable_is_the_reason_itself() -> None:
    understood = Router([Faulty(Unreadable("no-data: gone"))], ZONE).understand("faulty/x", b"", ARRIVAL_MS)
    assert understood.rejects == [Reject("no-data: gone")]


def test_a_reason_stays_short_however_long_the_fault() -> None:
    understood = Router([Faulty(KeyError("x" * 10_000))], ZONE).understand("faulty/x", b"", ARRIVAL_MS)
    assert len(understood.rejects[0].reason) < 250


def test_a_topic_of_nobody_is_a_reject() -> None:
    for topic in ("", "faulty/x", "kilowitness/v1/a/readings", "kilowitness/v1/a/b/c/readings", "$SYS/x"):
        assert ROUTER.understand(topic, b"{}", ARRIVAL_MS).rejects[0].reason.startswith("unknown-topic")


def test_ten_megabytes_of_readings_are_taken() -> None:
    item = b'{"time": 1795331700000, "energy_kwh": 12345.678, "power_kw": 3.21}'
    payload = b"[" + b",".join([item] * 150_000) + b"]"
    assert len(payload) > 10_000_000
    understood = ROUTER.understand(TOPIC, payload, ARRIVAL_MS)
    assert len(understood.points) == 150_000
    assert not understood.rejects


def test_ten_megabytes_of_anything_else_are_one_reject() -> None:
    for payload in (b"\x00" * 10_000_000, b"[" * 10_000_000, b'"' + b"a" * 10_000_000, b"9" * 10_000_000):
        assert len(ROUTER.understand(TOPIC, payload, ARRIVAL_MS).rejects) == 1


@given(
    st.sampled_from([TOPIC, "kilowitness/v1/a/b/positions", "kilowitness/v1/a/b/status", "/neuron/a/b/c",
                     "platform/acrel/meter/json-v2/analog/0"]),
    st.binary(max_size=60),
)  # fmt: skip
def test_no_bytes_make_it_fail(topic: str, payload: bytes) -> None:
    understood = ROUTER.understand(topic, payload, ARRIVAL_MS)
    assert not any("decoder-failed" in reject.reason for reject in understood.rejects)


fragments = st.sampled_from(
    [b'{"data":', b'{"values":', b'{"tags":', b'{"point":', b'"id":', b'"val":', b"0", b"28", b"{", b"}",
     b"[", b"]", b",", b":", b'"name":', b'"value":', b"null", b"true", b'"x"', b"1e999", b"NaN"]
)  # fmt: skip


@given(
    st.sampled_from(["/neuron/a/b/c", "platform/acrel/meter/json-v2/analog/0"]),
    st.lists(fragments, max_size=14),
)
def test_no_shape_of_json_makes_a_vendor_decoder_fail(topic: str, parts: list[bytes]) -> None:
    understood = ROUTER.understand(topic, b"".join(parts), ARRIVAL_MS)
    assert not any("decoder-failed" in reject.reason for reject in understood.rejects)


def test_dead_letters_are_decoded_by_the_births_heard_since() -> None:
    case = Path(__file__).parents[1] / "golden" / "sparkplug" / "data-by-alias"
    told = [(path.read_text("utf-8").strip(), path.with_suffix(".payload").read_bytes())
            for path in sorted(case.glob("*.topic"))]  # fmt: skip
    live = Router(all_decoders(), ZONE)
    *births, letter = told
    assert not Router(all_decoders(), ZONE).understand(*letter, ARRIVAL_MS).points, "nobody knows its aliases"
    for birth in births:
        live.understand(*birth, ARRIVAL_MS)
    replayed = live.replaying().understand(*letter, ARRIVAL_MS)
    assert replayed.points
    assert not replayed.rejects
    assert not replayed.replies
    assert live.understand(*letter, ARRIVAL_MS).points == replayed.points
