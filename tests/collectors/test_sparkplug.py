"""Sparkplug edge nodes: births, data by alias or name, deaths, and bytes of any kind."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject, Reply, Report, Unreadable
from collectors.decoders.sparkplug import SparkplugDecoder
from tests.collectors import sparkplug_wire as wire
from tests.collectors.sparkplug_plant import (
    AT,
    METER,
    NODE,
    REQUEST,
    Plant,
    online,
    readings,
    reasons,
    requests,
)


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
