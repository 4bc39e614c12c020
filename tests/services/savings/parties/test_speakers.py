"""Whose token is taken for whose word: each side's own where one is named, the writers' where nobody is."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.parties.speakers import NotHeard, Speaker, Voice, Voices
from services.savings.settlement.events import Role
from tests.services.savings.parties.people import (
    HALL,
    LAMPLIGHT,
    TODAY,
    WRITER,
    speaker,
    token,
    voice,
    voices,
)

SIDES = ("client", "esco", "bureau")
CONTRACTS = ("emc-001", "emc-002", "emc-004")


def heard(found: Voices, shown: str, side: str, contract: str) -> bool:
    """Whether a token is taken for a side's word."""
    try:
        found.may_say(voice(found, shown), side, contract)
    except NotHeard:
        return False
    return True


def worded(found: Voices, shown: str, side: str, contract: str) -> bool:
    """Whether words are taken with a token."""
    try:
        found.may_word(voice(found, shown), side, contract)
    except NotHeard:
        return False
    return True


def test_a_token_is_known_whole_and_only_so() -> None:
    found = voices(HALL, LAMPLIGHT)
    assert found.of(WRITER) == Voice(None)
    assert found.of(token("Lamplight")) == Voice(LAMPLIGHT)
    assert voice(found, token("City Hall")).name == "City Hall"
    assert voice(found, WRITER).name is None
    for shown in ("", "let-m", "let-me ", "Lamplight", token("Lamplight")[1:], LAMPLIGHT.sha256, "口令"):
        assert found.of(shown) is None


def test_without_a_writers_token_whoever_is_no_speaker_is_a_writer() -> None:
    found = voices(LAMPLIGHT, writers=None)
    for shown in ("", "anything"):
        assert found.of(shown) == Voice(None)
    assert found.of(token("Lamplight")) == Voice(LAMPLIGHT)


def test_a_named_side_is_spoken_for_by_its_own_token_alone() -> None:
    found = voices(HALL, LAMPLIGHT)
    esco, client = token("Lamplight"), token("City Hall")
    assert heard(found, esco, "esco", "emc-001")
    assert heard(found, client, "client", "emc-001")
    for shown, side, contract in (
        (WRITER, "esco", "emc-001"), (WRITER, "client", "emc-001"), (WRITER, "esco", "emc-004"),
        (esco, "client", "emc-001"), (client, "esco", "emc-001"), (esco, "bureau", "emc-001"),
        (client, "client", "emc-004"), (esco, "esco", "emc-002"),
    ):  # fmt: skip
        assert not heard(found, shown, side, contract), (shown, side, contract)


def test_a_side_that_nobody_is_named_for_is_the_writers() -> None:
    found = voices(HALL, LAMPLIGHT)
    for side, contract in (("bureau", "emc-001"), ("client", "emc-004"), ("esco", "emc-002")):
        assert heard(found, WRITER, side, contract)
    assert all(heard(voices(), WRITER, side, one) for side in SIDES for one in CONTRACTS)


def test_a_bureau_that_is_named_speaks_for_itself_in_every_contract() -> None:
    found = voices(speaker("Bureau", "bureau"))
    assert all(heard(found, token("Bureau"), "bureau", one) for one in CONTRACTS)
    assert not any(heard(found, WRITER, "bureau", one) for one in CONTRACTS)
    assert not heard(found, token("Bureau"), "client", "emc-001")


@pytest.mark.parametrize(
    ("today", "taken"),
    [("2026-06-30", False), ("2026-07-01", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_both_days_of_a_token_count_and_its_side_stays_its_own_after(today: str, taken: bool) -> None:
    one = speaker("Chen", "esco", first_day=date(2026, 7, 1), last_day=date(2026, 12, 31))
    found = voices(one, today=date.fromisoformat(today))
    assert heard(found, token("Chen"), "esco", "emc-001") is taken
    assert not heard(found, WRITER, "esco", "emc-001")


def test_one_token_follows_another() -> None:
    old = speaker("Chen", "esco", last_day=date(2026, 11, 21))
    found = voices(old, speaker("Sun", "esco", first_day=TODAY))
    assert not heard(found, token("Chen"), "esco", "emc-001")
    assert heard(found, token("Sun"), "esco", "emc-001")


@pytest.mark.parametrize(
    ("shown", "side", "contract", "line"),
    [
        (WRITER, "esco", "emc-001",
         "esco of emc-001: taken is the token of Lamplight; shown was the writers' token"),
        (token("Lamplight"), "client", "emc-004",
         "client of emc-004: taken is the writers' token; shown was the token of Lamplight"),
        (token("City Hall"), "esco", "emc-001",
         "esco of emc-001: taken is the token of Lamplight; shown was the token of City Hall"),
        (token("Chen"), "bureau", "emc-001",
         "bureau of emc-001: taken is the token of Chen (valid until 2026-06-30); "  # noqa: ISC004
         "shown was the token of Chen (valid until 2026-06-30)"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_would_be_taken(shown: str, side: str, contract: str, line: str) -> None:
    found = voices(HALL, LAMPLIGHT, speaker("Chen", "bureau", last_day=date(2026, 6, 30)))
    with pytest.raises(NotHeard) as caught:
        found.may_say(voice(found, shown), side, contract)
    assert str(caught.value) == line
    assert shown not in str(caught.value)
    assert caught.value.taken == found.named(side, contract)


def test_the_writers_put_words_down_for_anyone_and_a_speaker_for_its_own_side() -> None:
    found = voices(HALL, LAMPLIGHT)
    assert all(worded(found, WRITER, side, one) for side in SIDES for one in CONTRACTS)
    own = [(side, one) for side in SIDES for one in CONTRACTS if worded(found, token("Lamplight"), side, one)]
    assert own == [("esco", "emc-001"), ("esco", "emc-004")]


PEOPLE = st.lists(
    st.builds(
        lambda name, side, contracts, first, last: speaker(
            name, side, *contracts, first_day=first, last_day=last
        ),
        st.sampled_from(["a1", "b2", "c3", "d4"]),
        st.sampled_from(SIDES),
        st.lists(st.sampled_from(CONTRACTS), max_size=2, unique=True),
        st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 1)),
        st.none() | st.dates(date(2026, 6, 1), date(2027, 1, 1)),
    ),
    max_size=4,
    unique_by=lambda one: one.name,
)


@given(PEOPLE, st.sampled_from(SIDES), st.sampled_from(CONTRACTS))
def test_no_word_has_two_kinds_of_speakers(people: list[Speaker], side: str, contract: str) -> None:
    found = voices(*people)
    taken = {one.name for one in people if heard(found, token(one.name), side, contract)}
    named = {one.name for one in found.named(side, contract)}
    assert heard(found, WRITER, side, contract) is not bool(named)
    assert taken == {one.name for one in people if one.name in named and one.valid(TODAY)}
    assert all(one.side is Role(side) for one in people if one.name in taken)
