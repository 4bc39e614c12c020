"""A page of letters, and all of them counted."""

from pathlib import Path

import pytest

from services.deadletters.catalogue import EXCERPT_BYTES, Count, entries, summarize
from services.deadletters.letters import DeadLetters, Letter, Reject
from services.deadletters.selection import Selection


@pytest.fixture
def letters(tmp_path: Path) -> DeadLetters:
    kept = DeadLetters(tmp_path / "dead.db", collector="west")
    kept.add(
        [
            Letter(10, "a", b"", "one", (Reject("x: 1"), Reject("x: 2", 4), Reject("y"))),
            Letter(30, "b", b"z" * 1000, "two", (Reject("y: detail: more"),)),
            Letter(20, "c", b"short", "", (Reject("x"),), collector="east"),
            Letter(40, "b", b"z" * 1000, "two", (Reject("y"),)),
        ]
    )
    return kept


def test_an_entry_tells_size_and_beginning_and_first_reason(letters: DeadLetters) -> None:
    third, second, first = entries(letters, most=9)
    assert (first.size, first.excerpt, first.reason, first.rejected) == (0, b"", "x: 1", 3)
    assert (second.size, second.excerpt) == (1000, b"z" * EXCERPT_BYTES)
    assert (second.seen, second.received_ms, second.last_received_ms) == (2, 30, 40)
    assert (third.collector, third.requested_ms, third.replayed_ms) == ("east", None, None)


def test_a_letter_without_a_reason_still_has_an_entry(letters: DeadLetters) -> None:
    letters.add([Letter(50, "d", b"", "", ())])
    assert entries(letters, most=1)[0].reason == ""


def test_entries_go_on_before_a_number(letters: DeadLetters) -> None:
    numbers = [entry.id for entry in entries(letters, most=9)]
    assert [entry.id for entry in entries(letters, most=9, before=numbers[0])] == numbers[1:]
    assert [entry.id for entry in entries(letters, most=1, before=numbers[1])] == numbers[2:]
    assert entries(letters, Selection(topic="c"), most=9, before=numbers[0]) == []


def test_a_letter_counts_once_under_each_of_its_codes(letters: DeadLetters) -> None:
    found = summarize(letters)
    assert found.by_reason == (Count("x", 2, 2), Count("y", 2, 3))
    assert set(found.by_decoder) == {Count("one", 1, 1), Count("two", 1, 2), Count("", 1, 1)}
    assert found.by_collector == (Count("west", 2, 3), Count("east", 1, 1))
    assert (found.letters, found.messages, found.first_ms, found.last_ms) == (3, 4, 10, 40)
    assert (found.newest, found.used_bytes) == (3, letters.used_bytes())


def test_up_to_a_number_means_nothing_that_came_later(letters: DeadLetters) -> None:
    newest = summarize(letters).newest
    letters.add([Letter(60, "late", b"", "", (Reject("x"),))])
    assert letters.drop(Selection(reason="x", until=newest)) == 2
    assert [letter.topic for letter in letters.newest(9)] == ["late", "b"]


def test_an_empty_file_counts_nothing(tmp_path: Path) -> None:
    found = summarize(DeadLetters(tmp_path / "empty.db"))
    assert (found.letters, found.messages, found.first_ms, found.newest) == (0, 0, None, 0)
    assert found.by_reason == found.by_decoder == ()
