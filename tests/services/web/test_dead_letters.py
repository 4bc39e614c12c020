"""The dead letter pages over HTTP: what they show, whom they let act, what their forms do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.app import Parts
from services.clock import to_ms
from services.deadletters.box import LetterBox
from services.deadletters.letters import DeadLetters, Letter, Reject, Replayed
from services.deadletters.selection import Selection
from services.web.access import Desk
from services.web.dead_letters_pages import DeadLetterPages, router
from services.web.dead_letters_view import ROWS
from services.web.frame import Frame
from services.web.i18n import LANGUAGES
from tests.services.installation import NOW
from tests.services.savings.parties.people import voices
from tests.services.web.clients import HOST, OURS, client_of
from tests.services.web.outline import outline_of

AT_MS = to_ms(NOW()) - 60_000
ARRAY = b'[{"time": 1, "wind": 1.10}, {"time": 2, "wind": 2}]'
LETTERS = (
    Letter(AT_MS, "a/<b>", ARRAY, "canonical", tuple(Reject("unknown-channel: 'wind'", n) for n in (0, 1))),
    Letter(AT_MS, "gw/1/up", b"\x68\x01\xff", "dlt645", (Reject("bad-checksum: 1"),), collector="west"),
    Letter(AT_MS, "x/y", b"on", "", (Reject("brand-new-code: <i>z</i>"),), collector="east"),
)


@pytest.fixture(name="box")
def letter_box(tmp_path: Path) -> LetterBox:
    return LetterBox(tmp_path / "dead.db", 1)


@pytest.fixture(name="kept")
def three_letters(box: LetterBox) -> Iterator[DeadLetters]:
    letters = DeadLetters(box.path)
    letters.add(LETTERS)
    letters.add([replace(LETTERS[0], received_ms=AT_MS + 5000)])
    yield letters
    letters.close()


@pytest.fixture(name="visitor")
def visiting_client(box: LetterBox) -> TestClient:
    """A browser on these pages alone."""
    app = FastAPI()
    frame = Frame(ZoneInfo("Asia/Shanghai"), "zh")
    app.include_router(router(frame, DeadLetterPages(box, NOW, Desk(voices(writers=None)))))
    return TestClient(app, base_url=HOST, follow_redirects=False)


def act(visitor: TestClient, path: str, **form: str | int) -> str:
    answer = visitor.post(path, data={name: str(value) for name, value in form.items()}, headers=OURS)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/dead-letters", "/dead-letters/1", "/dead-letters/2", "/dead-letters/3"])
def test_the_pages_are_sound(visitor: TestClient, kept: DeadLetters, path: str, language: str) -> None:
    answer = visitor.get(path, params={"lang": language})
    assert answer.status_code == 200
    outline_of(answer.text)


def test_the_list_tells_topic_reason_payload_and_time(visitor: TestClient, kept: DeadLetters) -> None:
    page = visitor.get("/dead-letters?lang=en").text
    for part in (
        *("a/&lt;b&gt;", "Unknown channel", "and 1 more", "68 01 ff", "Wrong checksum", "no decoder"),
        *("22 Nov 2026, 11:59", "2 times, the last", "&lt;i&gt;z&lt;/i&gt;", "brand-new-code"),
    ):
        assert part in page
    assert page.index("x/y") < page.index("gw/1/up") < page.index("a/&lt;b&gt;")


def test_the_list_is_narrowed_and_says_how_many_are_meant(visitor: TestClient, kept: DeadLetters) -> None:
    page = visitor.get("/dead-letters?lang=en&reason=bad-checksum").text
    assert "/dead-letters/2" in page
    assert "/dead-letters/1" not in page
    assert "Replay letters: 1" in page
    page = visitor.get("/dead-letters", params={"lang": "en", "topic": "x/#", "collector": "west"}).text
    assert "No letter meets these conditions." in page
    assert "do-replay" not in page


def test_the_list_goes_on_to_older_letters(visitor: TestClient, kept: DeadLetters) -> None:
    kept.add([Letter(AT_MS, f"many/{n}", b"", "", (Reject("r"),)) for n in range(ROWS)])
    page = visitor.get("/dead-letters").text
    assert page.count('scope="row"><a href="/dead-letters/') == ROWS
    older = page.split('<p><a href="/dead-letters?before=')[1].split('"')[0]
    rest = visitor.get(f"/dead-letters?before={older}").text
    assert rest.count('scope="row"><a href="/dead-letters/') == 3


def test_a_letter_shows_its_reasons_once_and_its_payload_unchanged(
    visitor: TestClient, kept: DeadLetters
) -> None:
    page = visitor.get("/dead-letters/1?lang=en").text
    assert page.count("unknown-channel:") == 1
    assert "array items 0, 1" in page
    assert "× 2" in page
    assert "1.10" in page
    assert page.count("<time") == 2
    assert "000000  68 01 ff" in visitor.get("/dead-letters/2").text
    assert "&lt;i&gt;z&lt;/i&gt;" in visitor.get("/dead-letters/3").text


def test_a_replay_of_one_is_requested(visitor: TestClient, kept: DeadLetters) -> None:
    assert act(visitor, "/dead-letters/2", action="replay") == "/dead-letters/2"
    assert [one.id for one in kept.select(Selection(requested=True))] == [2]
    assert "Replay requested" in visitor.get("/dead-letters/2?lang=en").text
    assert "Replay requested" in visitor.get("/dead-letters?lang=en").text


def test_a_letter_that_was_rejected_again_says_so(visitor: TestClient, kept: DeadLetters) -> None:
    kept.settle([Replayed(2, 1, "dlt645", (Reject("bad-checksum: 1"),))], at_ms=AT_MS)
    assert "Rejected again at its replay" in visitor.get("/dead-letters/2?lang=en").text


def test_one_is_dropped(visitor: TestClient, kept: DeadLetters) -> None:
    assert act(visitor, "/dead-letters/2", action="drop") == "/dead-letters"
    assert kept.get(2) is None
    assert kept.count() == 2
    assert visitor.get("/dead-letters/2").status_code == 404


def test_what_is_shown_is_replayed_or_dropped_and_what_came_since_is_not(
    visitor: TestClient, kept: DeadLetters
) -> None:
    newest = kept.newest(1)[0].id
    kept.add([Letter(AT_MS, "late/1", b"", "", (Reject("bad-checksum: 2"),))])
    back = act(visitor, "/dead-letters", action="replay", reason="bad-checksum", until=newest)
    assert back == "/dead-letters?reason=bad-checksum"
    assert [one.topic for one in kept.select(Selection(requested=True))] == ["gw/1/up"]
    act(visitor, "/dead-letters", action="drop", until=newest)
    assert [one.topic for one in kept.newest(9)] == ["late/1"]


@pytest.mark.parametrize("form", [{}, {"action": "drop"}, {"until": "9"}, {"action": "eat", "until": "9"}])
def test_a_form_that_does_not_say_what_changes_nothing(
    visitor: TestClient, kept: DeadLetters, form: dict[str, str]
) -> None:
    assert visitor.post("/dead-letters", data=form, headers=OURS).status_code == 422
    assert kept.count() == 3


@pytest.mark.parametrize("path", ["/dead-letters", "/dead-letters/1"])
@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}])
def test_a_form_of_another_site_is_refused(
    visitor: TestClient, kept: DeadLetters, path: str, headers: dict[str, str]
) -> None:
    answer = visitor.post(path, data={"action": "drop", "until": "9"}, headers=headers)
    assert answer.status_code == 403
    assert kept.count() == 3


def test_with_a_token_acting_asks_for_it_and_looking_does_not(
    parts: Parts, box: LetterBox, kept: DeadLetters
) -> None:
    token = parts.settings.model_copy(
        update={"api_token": SecretStr("open sesame"), "deadletter_path": box.path}
    )
    visitor = client_of(replace(parts, settings=token))
    assert visitor.get("/dead-letters/1").status_code == 200
    asked = act(visitor, "/dead-letters/1", action="replay")
    assert asked == "/desk?next=%2Fdead-letters%2F1"
    assert kept.count(Selection(requested=True)) == 0
    assert act(visitor, asked, token="open sesame") == "/dead-letters/1"
    act(visitor, "/dead-letters/1", action="replay")
    assert kept.count(Selection(requested=True)) == 1


@pytest.mark.parametrize("number", ["99", "0", "x", "9" * 40, "-1", "١"])
def test_a_letter_nobody_has_is_not_found(visitor: TestClient, kept: DeadLetters, number: str) -> None:
    answer = visitor.get(f"/dead-letters/{number}?lang=en")
    assert answer.status_code == 404
    assert "There is no such letter" in answer.text


def test_an_empty_file_says_so(visitor: TestClient, kept: DeadLetters) -> None:
    kept.drop_all()
    page = visitor.get("/dead-letters?lang=en").text
    assert "There are no dead letters." in page
    assert "do-drop" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_collector_runs_the_page_says_where_to_look(visitor: TestClient, language: str) -> None:
    answer = visitor.get("/dead-letters", params={"lang": language})
    assert answer.status_code == 200
    assert "KILOWITNESS_DEADLETTER_PATH" in answer.text
    outline_of(answer.text)
    assert visitor.get("/dead-letters/1").status_code == 404


def test_a_damaged_file_is_told_and_not_a_crash(visitor: TestClient, box: LetterBox) -> None:
    box.path.write_bytes(b"no database" * 1000)
    answer = visitor.get("/dead-letters?lang=en")
    assert answer.status_code == 503
    assert "cannot be read just now" in answer.text


def test_a_file_that_is_nearly_full_alarms(visitor: TestClient, kept: DeadLetters) -> None:
    assert 'class="alert"' not in visitor.get("/dead-letters").text
    kept.add([Letter(AT_MS, "t", b"x" * 900_000, "", (Reject("r"),))])
    page = visitor.get("/dead-letters?lang=en").text
    assert 'class="alert"' in page
    assert "of 1 MB" in page


def test_every_page_leads_to_the_dead_letters(parts: Parts) -> None:
    visitor = client_of(parts)
    assert '<a href="/dead-letters">' in visitor.get("/repairs").text
    assert '<a href="/dead-letters" aria-current="page">' in visitor.get("/dead-letters").text
