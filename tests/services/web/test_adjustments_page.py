"""The page of adjustments over HTTP: steps put forward, wordings and approvals by forms, what is refused."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.app import Parts
from services.savings.contract.documents import ContractDocument
from services.web.i18n import LANGUAGES, Language
from tests.services.savings.examples import body as contract_body
from tests.services.savings.methods import HALL, TESTS
from tests.services.web.clients import OURS, client_of
from tests.services.web.hall import CONTRACT, build_hall
from tests.services.web.outline import outline_of

PATH = f"/contracts/{CONTRACT}/adjustments"
WORDS = {
    "code": "corridor", "kind": "lamps", "first_day": "2025-12-01", "last_day": "2030-05-14",
    "formula": "lamps", "count": "12", "watts": "40", "hours": "10", "on": "every_day",
    "half_width_share": "10", "reason": "新增走廊", "evidence": "工作单 17\r\n照片 3", "by": "李堃",
    "role": "esco",
}  # fmt: skip
SHA = re.compile(r'name="content_sha256" value="([0-9a-f]{64})"')


@pytest.fixture(name="parts", scope="module")
def a_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = build_hall(tmp_path_factory.mktemp("hall"))
    yield parts
    parts.close()


@pytest.fixture
def desk(parts: Parts) -> TestClient:
    return client_of(parts)


def another(parts: Parts, code: str, **changes: Any) -> str:
    """Another contract on the same circuit; the path of its adjustments."""
    document = ContractDocument.model_validate({**contract_body(**changes), "code": code})
    parts.savings.put_contract(document)
    return f"/contracts/{code}/adjustments"


def put(desk: TestClient, path: str, **fields: str) -> str:
    """Word an adjustment; the hash of its latest wording as the page carries it."""
    answer = desk.post(path, data=WORDS | fields, headers=OURS)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"{path}#of-{WORDS['code']}"
    found = SHA.search(desk.get(path).text)
    assert found is not None
    return found[1]


def approve(desk: TestClient, path: str, sha: str, side: str, *, status: int = 303, **fields: str) -> str:
    said = {"side": side, "by": "王敏", "role": "总务科科长", "content_sha256": sha, **fields}
    answer = desk.post(f"{path}/{WORDS['code']}/approve", data=said, headers=OURS)
    assert answer.status_code == status, answer.text
    return answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_step_is_put_forward_with_its_picture(desk: TestClient, language: Language) -> None:
    page = desk.get(f"{PATH}?lang={language}").text
    outline = outline_of(page)
    links = [one for one in outline.addresses if "?step=" in one]
    assert len(links) == 1
    assert re.fullmatch(rf"{PATH}\?step=2025-1[12]-\d\d#word", links[0])
    assert page.count("<figure") == 1
    assert "99.5\xa0%" in page
    assert {"zh": "据此提出调整", "en": "Word an adjustment of this"}[language] in page
    assert {"zh": "尚无人提出调整。", "en": "None was worded yet."}[language] in page


def test_a_step_fills_the_form_and_is_not_applied(desk: TestClient, parts: Parts) -> None:
    (link,) = [one for one in outline_of(desk.get(PATH).text).addresses if "?step=" in one]
    page = desk.get(link).text
    day = link[len(PATH) + 6 : -5]
    for name, value in (("code", f"step-{day}"), ("first_day", day), ("last_day", "2030-05-14")):
        assert re.search(rf'id="{name}"[^>]* value="{value}"', page), name
    size = re.search(r'id="kwh_per_day"[^>]* value="([\d.]+)"', page)
    assert size is not None
    assert 3 < float(size[1]) < 20
    assert parts.savings.adjustments.wordings(CONTRACT) == []
    assert 'id="code"' in desk.get(f"{PATH}?step=2020-01-01").text


def test_an_adjustment_is_worded_and_approved_by_both(desk: TestClient, parts: Parts) -> None:
    path = another(parts, "emc-101")
    sha = put(desk, path)
    page = desk.get(f"{path}?lang=en").text
    outline_of(page)
    assert "waiting for approval" in page
    assert "12 lamps × 40 W × 10 h/d ÷ 1000" in page
    assert "± 10.0\xa0% of it, at 90 %" in page
    assert "工作单 17<br>照片 3" in page
    assert page.count("not yet") == 2
    approve(desk, path, sha, "client")
    page = desk.get(f"{path}?lang=en").text
    assert "王敏, 总务科科长" in page
    assert page.count("not yet") == 1
    assert parts.savings.adjustments.counting("emc-101") == ()
    approve(desk, path, sha, "esco", by="李堃", role="项目经理")
    page = desk.get(f"{path}?lang=en").text
    assert 'class="flag accepted">in force' in page
    assert "Approve for the" not in page
    (counts,) = parts.savings.adjustments.counting("emc-101")
    assert counts.content_sha256 == sha
    assert (counts.half_width_share, counts.evidence) == (0.1, ("工作单 17", "照片 3"))


def test_what_is_worded_anew_shows_which_wording_counts(desk: TestClient, parts: Parts) -> None:
    path = another(parts, "emc-102")
    first = put(desk, path)
    for side in ("client", "esco"):
        approve(desk, path, first, side)
    form = desk.get(f"{path}?again=corridor").text
    for name, value in (("count", "12"), ("half_width_share", "10"), ("reason", "新增走廊")):
        assert re.search(rf'id="{name}"[^>]* value="{value}"', form), name
    assert "工作单 17\n照片 3</textarea>" in form
    put(desk, path, count="14")
    page = desk.get(f"{path}?lang=en").text
    outline_of(page)
    assert "Wording 1 is in force until both sides have approved this one." in page
    assert "14 lamps ×" in page
    assert "12 lamps ×" in page
    refused = approve(desk, path, first, "client", status=409)
    outline_of(refused)
    assert "It was worded anew meanwhile." in refused
    assert 'value="王敏"' in refused


def test_an_approval_for_a_side_that_gave_its_own_is_answered_all_the_same(
    desk: TestClient, parts: Parts
) -> None:
    path = another(parts, "emc-103")
    sha = put(desk, path)
    approve(desk, path, sha, "client")
    approve(desk, path, sha, "client", by="another")
    put(desk, path, reason="其他")
    text = approve(desk, path, sha, "bureau", status=422)
    assert 'class="error summary"' in text
    assert "王敏" in desk.get(path).text


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"by": " "}, "请填写此项。"), ({"role": ""}, "请选择一项。"), ({"by": "x" * 101}, "最多 100 个字符。"),
     ({"content_sha256": "x"}, "内容无法识别，请检查。")],
)  # fmt: skip
def test_an_approval_without_name_or_office_opens_its_form_again(
    desk: TestClient, parts: Parts, fields: dict[str, str], message: str
) -> None:
    path = another(parts, "emc-104")
    sha = put(desk, path)
    page = approve(desk, path, sha, "client", status=422, **fields)
    outline_of(page)
    assert message in page
    assert '<details class="step" open>' in page
    assert parts.savings.adjustments.wordings("emc-104")[-1].adjustment.approvals == ()


def test_a_form_with_faults_is_shown_again_with_what_was_typed(desk: TestClient, parts: Parts) -> None:
    path = another(parts, "emc-105")
    typed = {"code": "Corridor!", "kind": "", "count": "many", "reason": "<b>", "by": "", "hours": ""}
    answer = desk.post(path, data=WORDS | typed, headers=OURS)
    assert answer.status_code == 422
    page = answer.text
    outline_of(page)
    assert "有 5 处需要更正。" in page
    assert {"code-error", "kind-error", "count-error", "by-error", "hours-error"} <= set(outline_of(page).ids)
    assert 'value="&lt;b&gt;"' in page
    assert 'value="lamps" checked' in page
    assert 'value="many"' in page
    assert parts.savings.adjustments.wordings("emc-105") == []


def test_forms_of_strangers_are_refused(parts: Parts) -> None:
    desk = client_of(parts)
    assert desk.post(PATH, data=WORDS).status_code == 403
    assert desk.post(f"{PATH}/corridor/approve", data={"side": "client"}).status_code == 403
    settings = parts.settings.model_copy(update={"api_token": SecretStr("let-me")})
    guarded = client_of(replace(parts, settings=settings))
    assert guarded.get(PATH).status_code == 200
    for path in (PATH, f"{PATH}/corridor/approve"):
        answer = guarded.post(path, data=WORDS, headers=OURS)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/desk?next=%2Fcontracts%2Femc-001%2Fadjustments")
    assert parts.savings.adjustments.wordings(CONTRACT) == []


def test_what_is_not_there_is_not_found(desk: TestClient) -> None:
    assert desk.get("/contracts/other/adjustments").status_code == 404
    assert desk.post("/contracts/other/adjustments", data=WORDS, headers=OURS).status_code == 404
    said = {"side": "client", "by": "a", "role": "b", "content_sha256": "0" * 64}
    assert desk.post(f"{PATH}/none/approve", data=said, headers=OURS).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"meters": [], "measurement": {"by": "lamps", "groups": [HALL]}},
         ("不是由学习得到", "learnt baseline")),
        ({"measurement": {"by": "saving_rate", "tests": TESTS, "population": 240}},
         ("不是由学习得到", "learnt baseline")),
        ({"accepted_on": "2026-04-19"}, ("还没有完整的一天", "No whole day")),
        ({"accepted_on": "2026-04-09"}, ("目前为 10 天", "so far there are 10")),
        ({"accepted_on": "2025-12-31"}, ("未见明显阶跃", "No step stands out in 109")),
        ({"meters": ["hall-l2"]}, ("还没有完整的一天", "No whole day")),
    ],
)  # fmt: skip
def test_where_nothing_is_put_forward_the_page_says_why(
    desk: TestClient, parts: Parts, changes: dict[str, object], words: tuple[str, str], language: Language
) -> None:
    page = unescape(desk.get(f"{another(parts, 'emc-106', **changes)}?lang={language}").text)
    outline_of(page)
    assert words[LANGUAGES.index(language)] in page
    assert "?step=" not in page


def test_a_statement_leads_to_the_adjustments_of_its_contract(desk: TestClient, parts: Parts) -> None:
    path = another(parts, "emc-107")
    document = parts.savings.contracts.get("emc-107")
    assert document is not None
    parts.savings.settle(document, "2026-03")
    assert f'href="{path}"' in desk.get("/statements/emc-107/2026-03").text
    assert '/statements/emc-107/2026-03"' in desk.get(path).text
