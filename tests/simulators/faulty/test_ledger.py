"""The ledger finds each planted fault, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.faulty.ledger import Ledger, Letter, Row, Verdict
from simulators.faulty.messages import BAD_EVERY, Sent, message

NUMBERS = range(4 * BAD_EVERY)


def promised() -> Ledger:
    """A ledger of all `NUMBERS`."""
    ledger = Ledger()
    for number in NUMBERS:
        ledger.promise(message(number))
    return ledger


def stored() -> list[Row]:
    """What a faultless product stores of them."""
    sent = [message(number) for number in NUMBERS]
    return [(one.meter, one.time_ms, one.stored) for one in sent if one.stored]


def letters() -> dict[Letter, int]:
    """What it keeps of them."""
    return {(one.topic, one.payload): 1 for one in map(message, NUMBERS) if one.bad}


def wrong(verdict: Verdict) -> dict[str, int]:
    """What a verdict found, without what is zero."""
    names = ("lost", "invented", "doubled", "letters_lost", "letters_invented", "letters_doubled")
    return {name: getattr(verdict, name) for name in names if getattr(verdict, name)}


def test_a_faultless_product_is_sound() -> None:
    verdict = promised().compare(stored(), letters())
    assert verdict.sound
    assert verdict.published == verdict.stored == sum(len(values) for _, _, values in stored())
    assert verdict.letters == verdict.letters_due == 4
    assert verdict.examples == []


def test_a_message_sent_again_changes_nothing() -> None:
    ledger = promised()
    before = ledger.of_channel.copy()
    for number in NUMBERS:
        ledger.promise(message(number))
    assert ledger.of_channel == before
    assert ledger.compare(stored(), letters()).sound


def test_a_row_that_is_missing_is_lost() -> None:
    rows = stored()
    meter, time_ms, values = rows.pop(17)
    verdict = promised().compare(rows, letters())
    assert wrong(verdict) == {"lost": 3}
    assert verdict.examples == [f"lost: 3 of {meter} {time_ms} {dict(values)}"]
    assert not verdict.sound


def test_a_channel_that_is_missing_is_lost() -> None:
    meter, time_ms, values = stored()[5]
    rows = [*stored()[:5], (meter, time_ms, {"energy_kwh": values["energy_kwh"]}), *stored()[6:]]
    assert wrong(promised().compare(rows, letters())) == {"lost": 2}


def test_a_wrong_value_is_invented_and_the_right_one_lost() -> None:
    meter, time_ms, values = stored()[5]
    rows = [*stored()[:5], (meter, time_ms, {**values, "power_kw": values["power_kw"] + 2**-20})]
    verdict = promised().compare([*rows, *stored()[6:]], letters())
    assert wrong(verdict) == {"lost": 1, "invented": 1}
    assert "power_kw" in verdict.examples[0]


@pytest.mark.parametrize(
    "row",
    [
        ("m0", 1, {"energy_kwh": 1.0}),
        ("nobody", message(0).time_ms, dict(message(0).stored)),
        ("m0", message(0).time_ms, {"gas_m3": 0.0}),
    ],
    ids=["another time", "another meter", "another channel"],
)
def test_what_nobody_sent_is_invented(row: Row) -> None:
    verdict = promised().compare([*stored(), row], letters())
    assert wrong(verdict) == {"invented": len(row[2])}
    assert all(example.startswith("invented") for example in verdict.examples)


def test_a_row_that_is_there_twice_is_doubled() -> None:
    verdict = promised().compare([*stored(), stored()[9]], letters())
    assert wrong(verdict) == {"doubled": 3}


def test_letters_are_accounted_for_one_by_one() -> None:
    first, second, *_ = letters()
    assert wrong(promised().compare(stored(), {**letters(), first: 3})) == {"letters_doubled": 2}
    missing = {letter: 1 for letter in letters() if letter != second}
    assert wrong(promised().compare(stored(), missing)) == {"letters_lost": 1}
    strange = {**letters(), ("topic", b"payload"): 1}
    assert wrong(promised().compare(stored(), strange)) == {"letters_invented": 1}


def test_a_good_message_in_the_dead_letter_is_one_that_does_not_belong_there() -> None:
    good = message(0)
    found = promised().compare(stored(), {**letters(), (good.topic, good.payload): 1})
    assert wrong(found) == {"letters_invented": 1}


def test_an_empty_store_has_lost_everything() -> None:
    verdict = promised().compare([], {})
    assert verdict.lost == verdict.published
    assert verdict.letters_lost == 4
    assert 0 < len(verdict.examples) <= 20


@given(missing=st.sets(st.sampled_from(NUMBERS)), unpromised=st.sets(st.sampled_from(NUMBERS)))
def test_lost_is_what_was_promised_and_invented_what_was_not(missing: set[int], unpromised: set[int]) -> None:
    ledger = Ledger()
    for number in NUMBERS:
        if number not in unpromised:
            ledger.promise(message(number))

    def rows() -> Iterator[Row]:
        for number in set(NUMBERS) - missing:
            one: Sent = replace(message(number))
            yield one.meter, one.time_ms, one.stored

    verdict = ledger.compare(rows(), {})
    assert verdict.lost == sum(len(message(n).stored) for n in missing - unpromised)
    assert verdict.invented == sum(len(message(n).stored) for n in unpromised - missing)
