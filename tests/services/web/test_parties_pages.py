"""Each side speaks for itself on the pages: signing in, whose word is taken, and how that is shown."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.app import Parts
from services.savings.contract.documents import ContractDocument
from services.savings.parties.speakers import Speaker
from tests.services.savings.parties.people import WRITER, speaker, token
from tests.services.web.clients import OURS, client_of
from tests.services.web.hall import build_hall
from tests.services.web.outline import outline_of
from tests.services.web.test_adjustments_page import another, approve, put

CLIENT = speaker("City Hall", "client")
ESCO = speaker("Lamplight", "esco")
ENDED = speaker("Bureau", "bureau", last_day=date(2020, 1, 1))
SAID = {"version": "1", "by": "王敏", "role": "client"}


@pytest.fixture(name="parts", scope="module")
def a_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Both parties of every contract speak for themselves; the bureau's token is of the past."""
    parts = build_hall(tmp_path_factory.mktemp("parties"))
    guarded = parts.settings.model_copy(update={"api_token": SecretStr(WRITER)})
    yield replace(parts, settings=guarded, speakers=(CLIENT, ESCO, ENDED))
    parts.close()


def visitor(parts: Parts, shown: str, following: str = "/repairs") -> TestClient:
    """A browser that signed in with a token, which led on to where it came from."""
    found = client_of(parts)
    answer = found.post(f"/desk?next={following}", data={"token": shown}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, following)
    return found


def settled(parts: Parts, code: str) -> str:
    """Another contract on the circuit, its March settled; the path of its statement."""
    another(parts, code)
    document = parts.savings.contracts.get(code)
    assert isinstance(document, ContractDocument)
    parts.savings.settle(document, "2026-03")
    return f"/statements/{code}/2026-03"


def test_each_side_confirms_after_signing_in_and_the_statement_says_with_whose_token(parts: Parts) -> None:
    path = settled(parts, "emc-201")
    client, esco = visitor(parts, token("City Hall"), path), visitor(parts, token("Lamplight"), path)
    assert client.post(f"{path}/confirm", data=SAID, headers=OURS).headers["location"] == path
    taken = esco.post(f"{path}/confirm", data=SAID | {"role": "esco", "by": "李堃"}, headers=OURS)
    assert taken.status_code == 303
    page = client.get(f"{path}?lang=en").text
    assert "王敏 <small>client · verified by the token of City Hall</small>" in page
    assert "李堃 <small>energy service company · verified by the token of Lamplight</small>" in page
    assert "经 Lamplight 的口令验证" in client.get(f"{path}?lang=zh").text


@pytest.mark.parametrize(
    ("shown", "role", "words"),
    [
        (WRITER, "client",
         "本合同的用能单位须由其本方表态，请用下列持有人的口令登录：City Hall。"),
        (token("Lamplight"), "client", "请用下列持有人的口令登录：City Hall。"),
        (token("Bureau"), "bureau", "Bureau 的口令今日不在有效期内，不能代表本合同的机关事务管理部门。"),
    ],
)  # fmt: skip
def test_a_step_with_another_token_is_refused_with_what_is_taken(
    parts: Parts, shown: str, role: str, words: str
) -> None:
    path = settled(parts, "emc-202")
    answer = visitor(parts, shown, path).post(
        f"{path}/dispute", data=SAID | {"role": role, "reason": "<新增>"}, headers=OURS
    )
    assert answer.status_code == 403
    outline_of(answer.text)
    assert words in answer.text
    assert f'<a href="/desk?next={path}">换用其他口令登录</a>' in answer.text
    assert 'value="&lt;新增&gt;"' in answer.text
    (standing,) = parts.savings.settlements.standings("emc-202", "2026-03")["2026-03"]
    assert not standing.fast


def test_a_speaker_for_other_contracts_is_told_so(parts: Parts) -> None:
    digest = hashlib.sha256(b"elsewhere").hexdigest()
    one = Speaker("Elsewhere", ESCO.side, ("emc-999",), digest)
    elsewhere = replace(parts, speakers=(one,))
    path = settled(parts, "emc-203")
    answer = visitor(elsewhere, "elsewhere", path).post(
        f"{path}/confirm?lang=en", data=SAID | {"role": "esco"}, headers=OURS
    )
    assert answer.status_code == 403
    assert "does not speak for the energy service company of this contract" in answer.text


def test_approvals_are_each_sides_own_and_shown_so(parts: Parts) -> None:
    path = another(parts, "emc-204")
    client, esco = visitor(parts, token("City Hall"), path), visitor(parts, token("Lamplight"), path)
    sha = put(esco, path)
    for stranger, side, name in (
        (visitor(parts, WRITER), "client", "City Hall"),
        (client, "esco", "Lamplight"),
    ):
        page = approve(stranger, path, sha, side, status=403)
        outline_of(page)
        assert f"请用下列持有人的口令登录：{name}。" in page
        assert f'href="/desk?next={path}"' in page
        assert '<details class="step" open>' in page
    assert parts.savings.adjustments.wordings("emc-204")[-1].verified == {}
    approve(client, path, sha, "client")
    approve(esco, path, sha, "esco")
    page = esco.get(f"{path}?lang=en").text
    outline_of(page)
    assert page.count("<small>verified by the token of Lamplight</small>") == 2
    assert page.count("<small>verified by the token of City Hall</small>") == 1
    assert len(parts.savings.adjustments.counting("emc-204")) == 1


def test_words_for_another_side_are_shown_again_with_what_was_typed(parts: Parts) -> None:
    path = another(parts, "emc-205")
    client = visitor(parts, token("City Hall"), path)
    form = {"code": "corridor", "kind": "lamps", "first_day": "2025-12-01", "last_day": "2030-05-14",
            "formula": "lamps", "count": "12", "watts": "40", "hours": "10", "on": "every_day",
            "reason": "新增走廊", "by": "李堃", "role": "esco"}  # fmt: skip
    answer = client.post(path, data=form, headers=OURS)
    assert answer.status_code == 403
    outline_of(answer.text)
    assert 'id="role-error"' in answer.text
    assert "Lamplight" in answer.text
    assert 'value="新增走廊"' in answer.text
    assert client.post(path, data=form | {"role": "client"}, headers=OURS).status_code == 303
    assert visitor(parts, WRITER).post(path, data=form | {"reason": "b"}, headers=OURS).status_code == 303
    kept = parts.savings.adjustments.wordings("emc-205")
    assert [(one.role, one.spoken_as) for one in kept] == [("client", "City Hall"), ("esco", None)]


def test_a_speaker_is_no_writer_elsewhere(parts: Parts) -> None:
    client = visitor(parts, token("City Hall"))
    for path in ("/repairs/WO-1", "/quarantine/m:energy_kwh:0", "/dead-letters/1"):
        answer = client.post(path, data={"kind": "respond"}, headers=OURS)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/desk?")
    wrong = client_of(parts).post("/desk", data={"token": CLIENT.sha256}, headers=OURS)
    assert wrong.status_code == 403
    assert "口令不正确。" in wrong.text
