"""Sparkplug edge nodes: births, data by alias, deaths, gaps, duplicates and replays."""

from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject, Reply, Report, Unreadable
from collectors.decoders.sparkplug import SparkplugDecoder
from collectors.decoders.sparkplug_nodes import FIRST_PAUSE_MS, Nodes
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


def test_births_tell_values_and_presence_and_data_goes_by_alias() -> None:
    plant = Plant()
    births = plant.hear(plant.nbirth(), plant.dbirth())
    assert online(births) == {NODE: 1.0, METER: 1.0}
    assert readings(births) == [(AT + 2000, {"energy_kwh": 100.0, "power_kw": -0.003})]
    data = plant.hear(
        plant.say("DDATA", wire.metric(101.5, alias=1), wire.metric(-7, alias=2), wire.metric("x", alias=3))
    )
    assert [one for one in data if not isinstance(one, Report)] == []
    assert readings(data) == [(AT + 3000, {"energy_kwh": 101.5, "power_kw": -0.007})]
    assert {one.device for one in data if isinstance(one, Report)} == {METER}


def test_a_nodes_own_metrics_are_those_of_the_node() -> None:
    plant = Plant()
    plant.hear(plant.say("NBIRTH", wire.metric(230.0, wire.DOUBLE, name="Voltage", alias=9)))
    (report,) = plant.hear(plant.say("NDATA", wire.metric(231.0, alias=9)))
    assert isinstance(report, Report)
    assert (report.device, report.values) == (NODE, {"voltage_v": 231.0})


def test_data_may_go_by_name() -> None:
    plant = Plant().born()
    said = plant.hear(
        plant.say("DDATA", wire.metric(-4, name="Power/Active W"), wire.metric(7.0, name="water_m3"))
    )
    assert readings(said) == [(plant.now_ms, {"power_kw": -0.004, "water_m3": 7.0})]
    assert len(said) == 1


def test_each_metrics_time_wins_over_the_payloads_and_late_values_are_values() -> None:
    plant = Plant().born()
    said = plant.hear(
        plant.say(
            "DDATA",
            wire.metric(90.0, alias=1, at=AT - 60_000, historical=True),
            wire.metric(91.0, alias=1, at=AT - 30_000, historical=True),
            wire.metric(-4, alias=2, at=AT - 30_000),
            wire.metric(92.0, alias=1),
        )
    )
    assert readings(said) == [
        (AT - 60_000, {"energy_kwh": 90.0}),
        (AT - 30_000, {"energy_kwh": 91.0, "power_kw": -0.004}),
        (plant.now_ms, {"energy_kwh": 92.0}),
    ]


def test_without_any_time_it_is_that_of_arrival() -> None:
    plant = Plant().born()
    topic, _ = plant.data(1.0)
    assert readings(plant.hear((topic, wire.payload(wire.metric(92.0, alias=1))))) == [
        (None, {"energy_kwh": 92.0})
    ]


def test_null_transient_and_doubtful_values_are_no_readings() -> None:
    plant = Plant().born()
    assert plant.hear(plant.say("DDATA", wire.metric(None, alias=1, null=True))) == []
    assert plant.hear(plant.say("DDATA", wire.metric(5.0, alias=1, transient=True))) == []
    said = plant.hear(
        plant.say("DDATA", wire.metric(5.0, alias=1, quality=0), wire.metric(6.0, alias=1, quality=192))
    )
    assert reasons(said) == ["bad-quality: the device marks energy_kwh 0, not 192"]
    assert readings(said) == [(plant.now_ms, {"energy_kwh": 6.0})]


def test_data_before_any_birth_is_rejected_and_one_request_goes_out() -> None:
    plant = Plant()
    plant.seq = 40
    first, second = plant.hear(plant.data(100.0)), plant.hear(plant.data(101.0))
    assert reasons(first) == reasons(second) == ["unknown-alias: 1 was in no birth heard of this device"]
    assert requests(first) == [REQUEST]
    assert requests(second) == []


def test_named_values_before_any_birth_are_kept_all_the_same() -> None:
    plant = Plant()
    said = plant.hear(
        plant.say("DDATA", wire.metric(12.5, name="energy_kwh"), wire.metric(3, name="power_kw"))
    )
    assert readings(said) == [(plant.now_ms, {"energy_kwh": 12.5})]
    assert reasons(said) == ["wrong-type: power_kw is an integer, its type untold"]
    assert requests(said) == [REQUEST]


def test_the_request_is_repeated_while_no_birth_comes_and_not_after_it() -> None:
    plant = Plant()
    asked = 0
    for _ in range(95):  # one message a second
        asked += len(requests(plant.hear(plant.data(1.0))))
    assert asked == 3  # at once, after 30 s and after 60 s more
    plant.born()
    plant.now_ms += 3_600_000
    assert requests(plant.hear(*(plant.data(1.0) for _ in range(100)))) == []


def test_a_gap_asks_once_and_loses_nothing() -> None:
    plant = Plant().born()
    plant.data(101.0)  # on its way it is lost
    said = plant.hear(plant.data(102.0), plant.data(103.0))
    assert [values["energy_kwh"] for _, values in readings(said)] == [102.0, 103.0]
    assert requests(said) == [REQUEST]
    assert requests(plant.born().hear(plant.data(104.0))) == []


def test_an_alias_of_no_birth_asks_and_the_rest_of_the_message_is_kept() -> None:
    plant = Plant().born()
    said = plant.hear(plant.say("DDATA", wire.metric(7.0, alias=77), wire.metric(103.0, alias=1)))
    assert said[0] == Reject("unknown-alias: 77 was in no birth heard of this device", 0)
    assert readings(said) == [(plant.now_ms, {"energy_kwh": 103.0})]
    assert requests(said) == [REQUEST]


def test_a_value_of_another_type_than_was_born_asks_too() -> None:
    plant = Plant().born()
    said = plant.hear(plant.say("DDATA", wire.metric(7, alias=1)))
    assert said[0] == Reject("wrong-type: energy_kwh is an integer, its type 10", 0)
    assert requests(said) == [REQUEST]


def test_what_nobody_maps_is_rejected_at_the_birth_and_then_passed_over() -> None:
    plant = Plant()
    plant.hear(plant.nbirth())
    births = plant.hear(
        plant.say(
            "DBIRTH",
            wire.metric(1.0, wire.DOUBLE, name="Oil Level", alias=5),
            wire.metric(2.0, wire.DOUBLE, name="Energy/Active Import", alias=6),
            wire.metric(3.0, wire.DOUBLE, name="Active Energy Import", alias=7),
        )
    )
    assert [one for one in births if isinstance(one, Reject)] == [
        Reject("unknown-metric: no line maps 'Oil Level'", 0),
        Reject("ambiguous-metric: 'Active Energy Import' is energy_kwh, as is 'Energy/Active Import'", 2),
    ]
    assert readings(births) == [(plant.now_ms, {"energy_kwh": 2.0})]
    said = plant.hear(plant.say("DDATA", *(wire.metric(float(alias), alias=alias) for alias in (5, 6, 7))))
    assert readings(said) == [(plant.now_ms, {"energy_kwh": 6.0})]
    assert len(said) == 1


def test_a_name_that_no_birth_told_and_nobody_maps_is_rejected_without_a_request() -> None:
    plant = Plant().born()
    assert plant.hear(plant.say("DDATA", wire.metric(1.0, name="Oil Level"))) == [
        Reject("unknown-metric: no line maps 'Oil Level'", 0)
    ]


def test_the_end_of_a_session_takes_node_and_devices_offline() -> None:
    plant = Plant().born()
    assert online(plant.hear(plant.death())) == {NODE: 0.0, METER: 0.0}
    said = plant.hear(plant.data(5.0))
    assert reasons(said)[0].startswith("unknown-alias")
    assert requests(said) == [REQUEST]


def test_the_end_of_an_earlier_session_says_nothing() -> None:
    plant = Plant()
    plant.hear(plant.nbirth(session=4), plant.dbirth())
    assert plant.hear(plant.death(session=3)) == []
    assert readings(plant.hear(plant.data(5.0)))
    assert online(plant.hear(plant.death(session=4))) == {NODE: 0.0, METER: 0.0}


def test_a_death_is_believed_where_no_birth_was_heard_or_no_session_is_told() -> None:
    assert online(Plant().hear(Plant().death(session=9))) == {NODE: 0.0}
    plant = Plant().born()
    assert online(plant.hear(plant.say("NDEATH", seq=None))) == {NODE: 0.0, METER: 0.0}


def test_a_device_may_end_alone() -> None:
    plant = Plant().born()
    said = plant.hear(plant.say("DDEATH"))
    assert online(said) == {METER: 0.0}
    assert requests(said) == []
    again = plant.hear(plant.dbirth())
    assert online(again) == {METER: 1.0}
    assert requests(again) == []


def test_a_devices_end_from_before_its_birth_says_nothing() -> None:
    plant = Plant()
    plant.hear(plant.nbirth(), plant.dbirth())
    assert plant.hear(plant.say("DDEATH", seq=1, at=AT)) == []
    assert readings(plant.hear(plant.data(7.0)))


def test_a_nodes_birth_ends_what_its_devices_were() -> None:
    plant = Plant().born()
    plant.hear(plant.nbirth())
    assert reasons(plant.hear(plant.data(5.0)))[0].startswith("unknown-alias")


def test_messages_delivered_again_store_the_same_and_ask_for_nothing() -> None:
    plant = Plant()
    messages = [plant.nbirth(), plant.dbirth(), *(plant.data(100.0 + n) for n in range(300))]
    once = plant.hear(*messages)
    other = Plant()
    twice = []
    for end in range(1, len(messages) + 1):
        twice += other.hear(messages[end - 1])
        if end % 40 == 0:
            twice += other.hear(messages[0], *messages[max(0, end - 250) : end])
    assert requests(once) == requests(twice) == []
    assert reasons(once) == reasons(twice) == []
    assert dict(readings(twice)) == dict(readings(once))


def test_births_delivered_again_change_nothing_even_while_lost() -> None:
    plant = Plant()
    births = [plant.nbirth(), plant.dbirth()]
    plant.hear(*births)
    plant.data(1.0)
    plant.hear(plant.data(2.0))  # after a gap
    assert online(plant.hear(*births)) == {}
    assert readings(plant.hear(plant.data(3.0)))


def test_a_birth_from_before_is_understood_by_itself_and_changes_nothing() -> None:
    plant = Plant()
    old = plant.say("DBIRTH", wire.metric(900.0, wire.DOUBLE, name="Water/Volume", alias=1), seq=1)
    plant.born()
    said = plant.hear(old)
    assert readings(said) == [(AT + 1000, {"water_m3": 900.0})]
    assert online(said) == {}
    assert readings(plant.hear(plant.data(101.0)))[0][1] == {"energy_kwh": 101.0}


def test_a_replayed_letter_costs_at_most_one_request() -> None:
    for number in (*range(12), *range(12, 256, 9)):
        plant = Plant()
        plant.hear(plant.nbirth(), plant.dbirth())
        old = plant.data(50.0, seq=number, at=AT - 86_400_000)
        said = plant.hear(*(plant.data(100.0 + n) for n in range(5)))
        said += plant.hear(old)
        said += plant.hear(*(plant.data(105.0 + n) for n in range(300)))
        assert len(requests(said)) <= 1
        assert len(readings(said)) == 306


def test_after_a_clock_stepped_back_a_lost_node_takes_its_birth() -> None:
    plant = Plant().born()
    plant.hear(plant.death())
    plant.now_ms -= 86_400_000
    assert online(plant.hear(plant.nbirth(), plant.dbirth())) == {NODE: 1.0, METER: 1.0}
    said = plant.hear(plant.data(3.0), plant.data(4.0))
    assert len(readings(said)) == 2
    assert requests(said) == []


def test_letters_are_replayed_by_the_births_heard_since_and_leave_no_trace() -> None:
    plant = Plant()
    plant.seq = 7
    letter = plant.data(99.0)
    assert reasons(plant.hear(letter))
    plant.born()
    replaying = plant.decoder.replaying()
    assert (replaying.name, replaying.filters, replaying.stateful) == (
        "sparkplug",
        plant.decoder.filters,
        True,
    )
    said = list(replaying.decode(*letter))
    assert readings(said) == [(AT + 1000, {"energy_kwh": 99.0})]
    assert len(said) == 1
    assert not requests(replaying.decode(*plant.data(1.0, seq=200)))
    assert list(replaying.decode(*plant.death()))
    assert requests(plant.hear(plant.data(100.0))) == []


def test_nodes_do_not_know_each_others_aliases() -> None:
    plant = Plant().born()
    topic, payload = plant.data(1.0)
    other = plant.hear((topic.replace("Edge-A", "Edge-B"), payload))
    assert reasons(other)[0].startswith("unknown-alias")
    assert requests(other) == ["spBv1.0/Plant1/NCMD/Edge-B"]


def test_a_node_forgotten_for_room_is_asked_again() -> None:
    plant = Plant(Nodes(most_metrics=12)).born()
    topic, payload = plant.nbirth()
    for name in ("b", "c", "d"):
        plant.hear((topic.replace("Edge-A", name), payload))
    assert requests(plant.hear(plant.data(1.0))) == [REQUEST]


@pytest.mark.parametrize(
    ("topic", "code"),
    [
        ("spBv1.0/Plant1/NDATA", "unknown-topic"),
        ("spBv1.0/Plant1/NDATA/n/d", "unknown-topic"),
        ("spBv1.0/Plant1/DDATA/n", "unknown-topic"),
        ("spBv1.0/Plant1/NCMD/n", "unknown-topic"),
        ("spBv1.0/STATE/host", "unknown-topic"),
        ("spBv1.0", "unknown-topic"),
        ("spAv1.0/Plant1/NDATA/n", "unknown-topic"),
        ("spBv1.0/Sparkplug B Devices/NBIRTH/Raspberry Pi", "bad-address"),
        ("spBv1.0//NDATA/n", "bad-address"),
        ("spBv1.0/g/NDATA/", "bad-address"),
        ("spBv1.0/g/DDATA/n/", "bad-address"),
        (f"spBv1.0/g/DDATA/{'n' * 60}/ddddd", "bad-address"),
    ],
)
def test_other_topics_are_refused(topic: str, code: str) -> None:
    with pytest.raises(Unreadable, match=code):
        list(SparkplugDecoder().decode(topic, wire.payload(seq=1)))


def test_bytes_that_are_no_payload_are_unreadable_and_remember_nothing() -> None:
    plant = Plant().born()
    with pytest.raises(Unreadable, match="malformed-protobuf"):
        plant.hear(("spBv1.0/Plant1/DDATA/Edge-A/Meter1", b"\xff"))
    assert requests(plant.hear(plant.data(5.0))) == []


KINDS = ("NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH")


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.binary(max_size=60)), max_size=8))
def test_no_bytes_make_it_fail(messages: list[tuple[str, bytes]]) -> None:
    decoder = SparkplugDecoder()
    for kind, payload in messages:
        topic = f"spBv1.0/g/{kind}/n" + ("/d" if kind.startswith("D") else "")
        try:
            said = list(decoder.decode(topic, payload))
        except Unreadable as error:
            said = [Reject(str(error))]
        assert all(isinstance(one, (Report, Reject, Reply)) for one in said)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 10_000), st.binary(min_size=1, max_size=4)), max_size=12
    )
)
def test_no_mutation_of_valid_messages_makes_it_fail(mutations: list[tuple[int, int, bytes]]) -> None:
    plant = Plant()
    messages = [plant.nbirth(), plant.dbirth(), plant.data(101.0), plant.death()]
    for which, where, new in mutations:
        topic, payload = messages[which]
        where %= len(payload)
        messages[which] = topic, payload[:where] + new + payload[where + len(new) :]
    for message in messages * 2:
        with suppress(Unreadable):
            assert all(isinstance(one, (Report, Reject, Reply)) for one in plant.hear(message))


@given(st.data())
def test_whatever_is_lost_or_delivered_again_what_arrives_is_stored_or_kept_as_a_letter(
    data: st.DataObject,
) -> None:
    """Data that arrives is a right reading or a reject; replayed after the births all of it is readings."""
    plant = Plant()
    sent = [plant.nbirth(), plant.dbirth(), *(plant.data(100.0 + n) for n in range(8))]
    sent += [plant.nbirth(), plant.dbirth(), *(plant.data(200.0 + n) for n in range(8))]
    arrivals = [
        index for index in range(len(sent)) for _ in range(data.draw(st.sampled_from([0, 1, 1, 1, 2])))
    ]
    again = data.draw(st.lists(st.sampled_from(arrivals), max_size=6)) if arrivals else []
    for index in arrivals + again:
        said = plant.hear(sent[index])
        if "DATA" in sent[index][0]:
            energy = (100.0 if index < 10 else 200.0) + index % 10 - 2
            assert [values for _, values in readings(said)] == [{"energy_kwh": energy}] or (
                reasons(said) and not readings(said)
            )
    plant.now_ms += FIRST_PAUSE_MS
    plant.born()
    letters = plant.decoder.replaying()
    for index in {index for index in arrivals if "DATA" in sent[index][0]}:
        energy = (100.0 if index < 10 else 200.0) + index % 10 - 2
        assert [values for _, values in readings(letters.decode(*sent[index]))] == [{"energy_kwh": energy}]
