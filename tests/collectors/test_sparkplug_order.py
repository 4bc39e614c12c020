"""Sparkplug messages that are lost, delivered again or replayed: nothing is lost, little is asked."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject
from collectors.decoders.sparkplug_nodes import FIRST_PAUSE_MS, Nodes
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
