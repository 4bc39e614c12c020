"""The pages of settlements over HTTP: steps by forms, what is refused, the list of what waits."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.app import Parts
from services.savings.contract.documents import ContractDocument
from services.savings.settlement.events import REASONED, Amount, Kind
from services.web.i18n import LANGUAGES, texts
from services.web.settlement_form import Invalid, read_step
from tests.services.web.city import CONTRACT, NOW, build_city, savings_of
from tests.services.web.clients import OURS, client_of
from tests.services.web.outline import outline_of

PATH = "/statements/{}/2026-10"
SAID = {"version": "1", "by": "王敏", "role": "client"}


@pytest.fixture(name="parts", scope="module")
def city_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = build_city(tmp_path_factory.mktemp("settling"))
    yield parts
    parts.close()


@pytest.fixture
def desk(parts: Parts) -> TestClient:
    return client_of(parts)


def settled(parts: Parts, code: str, **changes: object) -> str:
    """Another contract on the same circuit, its October settled; the path of its statement."""
    document = ContractDocument.model_validate(CONTRACT | {"code": code, **changes})
    savings = savings_of(parts)
    savings.put_contract(document)
    savings.settle(document, "2026-10")
    return PATH.format(code)


def take(desk: TestClient, path: str, step: str, **fields: str) -> None:
    answer = desk.post(f"{path}/{step}", data=SAID | fields, headers=OURS)
    assert (answer.status_code, answer.headers.get("location")) == (303, path), answer.text


def test_a_settlement_goes_its_way_by_forms(desk: TestClient, parts: Parts) -> None:
    path = settled(parts, "emc-10")
    assert 'id="step-confirm"' in desk.get(path).text
    take(desk, path, "confirm")
    take(desk, path, "confirm", role="esco", by="李强")
    page = desk.get(path).text
    assert "双方已确认" in page
    assert 'id="step-confirm"' not in page
    take(desk, path, "issue", role="esco", by="李强")
    take(desk, path, "pay")
    page = desk.get(f"{path}?lang=en").text
    outline_of(page)
    assert "Version 1, paid" in page
    assert "Version 1 issued" in page
    assert "李强 <small>energy service company</small>" in page
    assert 'id="step-correct"' in page
    assert 'id="step-pay"' not in page


def test_the_list_asks_both_parties_to_confirm_and_leads_to_adjustments(
    desk: TestClient, parts: Parts
) -> None:
    path = settled(parts, "emc-16")

    def row() -> str:
        return next(
            one for one in desk.get("/settlements?lang=en").text.split("<tr>") if f'href="{path}"' in one
        )

    assert "client and energy service company: Confirm" in row()
    assert '<a href="/contracts/emc-16/adjustments">Non-routine adjustments</a>' in row()
    take(desk, path, "confirm")
    assert "<span>energy service company: Confirm" in row()


def test_disputed_and_undisputed_amounts_stand_side_by_side(desk: TestClient, parts: Parts) -> None:
    path = settled(parts, "emc-11")
    take(desk, path, "dispute", reason="新增 12 盏灯", year="1", yuan="1,00.50")
    page = desk.get(f"{path}?lang=en").text
    assert "100.50" in page
    assert "by 王敏, client:" in page
    assert "新增 12 盏灯" in page
    take(desk, path, "confirm")
    take(desk, path, "confirm", role="esco")
    assert "emc-11" in desk.get("/settlements?state=disputed").text
    take(desk, path, "resolve", reason="已核对")
    assert "emc-11" not in desk.get("/settlements?state=disputed").text


def test_a_held_month_is_released_and_says_so(desk: TestClient, parts: Parts) -> None:
    path = settled(parts, "emc-12", minimum_completeness="0.99")
    assert "本月暂不结算" in desk.get(path).text
    assert "emc-12" in desk.get("/settlements?state=held").text
    take(desk, path, "release", reason="双方同意")
    page = desk.get(path).text
    assert "本月已由人员放行" in page
    assert 'id="fee">—' not in page
    assert "第 2 版，草稿" in page
    old = desk.get(f"{path}?version=1").text
    assert "查看最新的第 2 版" in old
    assert 'class="step"' not in old


def test_a_restatement_waits_on_the_page_until_it_is_corrected(desk: TestClient, parts: Parts) -> None:
    path = settled(parts, "emc-13")
    take(desk, path, "confirm")
    settled(parts, "emc-13", price_yuan_per_kwh="0.8")
    page = desk.get(f"{path}?lang=en").text
    assert "Later data or terms would change this version:" in page
    assert "due to the ESCO +" in page
    assert "emc-13" in desk.get("/settlements?state=restatement").text
    take(desk, path, "correct", reason="补充协议", role="bureau")
    page = desk.get(f"{path}?lang=en").text
    assert "Versions and their differences" in page
    assert "Version 2, draft" in page
    assert "would change this version" not in page


def test_a_form_that_says_too_little_is_shown_again_with_what_was_typed(
    desk: TestClient, parts: Parts
) -> None:
    path = settled(parts, "emc-14")
    answer = desk.post(f"{path}/dispute", data=SAID | {"reason": " ", "by": "<王>"}, headers=OURS)
    assert answer.status_code == 409
    assert "请填写：理由。" in answer.text
    assert 'value="&lt;王&gt;"' in answer.text
    assert '<details class="step" open id="step-dispute">' in answer.text
    outline_of(answer.text)


def test_a_step_out_of_turn_is_refused_on_the_page(desk: TestClient, parts: Parts) -> None:
    path = settled(parts, "emc-15")
    for step, fields in (("pay", {}), ("confirm", {"role": "bureau"}), ("confirm", {"version": "2"})):
        answer = desk.post(f"{path}/{step}", data=SAID | fields, headers=OURS)
        assert answer.status_code == 409
        assert "此操作与结算的当前进度不符" in answer.text


@pytest.mark.parametrize("path", [PATH.format("nobody"), PATH.format("emc-01").replace("10", "03")])
def test_what_is_not_settled_has_no_steps(desk: TestClient, path: str) -> None:
    assert desk.get(path).status_code == 404
    assert desk.post(f"{path}/confirm", data=SAID, headers=OURS).status_code == 404


def test_no_other_step_is_known(desk: TestClient) -> None:
    for step in ("measured", "explode"):
        assert desk.post(f"{PATH.format('emc-01')}/{step}", data=SAID, headers=OURS).status_code == 404


def test_a_form_of_another_site_is_refused(desk: TestClient) -> None:
    answer = desk.post(
        f"{PATH.format('emc-01')}/confirm", data=SAID, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_with_a_token_the_steps_ask_for_it(parts: Parts) -> None:
    token = parts.settings.model_copy(update={"api_token": SecretStr("open sesame")})
    guarded, path = client_of(replace(parts, settings=token)), settled(parts, "emc-16")
    asked = guarded.post(f"{path}/confirm", data=SAID, headers=OURS)
    assert asked.headers["location"] == f"/desk?next={path.replace('/', '%2F')}"
    right = guarded.post(asked.headers["location"], data={"token": "open sesame"}, headers=OURS)
    assert right.headers["location"] == path
    take(guarded, path, "confirm")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_shows_what_waits_and_of_whom(desk: TestClient, parts: Parts, language: str) -> None:
    settled(parts, "emc-17")
    page = desk.get(f"/settlements?lang={language}&state=draft").text
    outline_of(page)
    assert PATH.format("emc-17") in page
    assert texts("zh" if language == "zh" else "en")("settlement.step.confirm") in page
    assert desk.get("/settlements?state=nonsense&after=x").status_code == 200
    assert "emc-17" not in desk.get("/settlements?state=draft&after=2026-10%7Cemc-17").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_and_event_has_words(language: str) -> None:
    t = texts("zh" if language == "zh" else "en")
    persons = [kind for kind in Kind if t.has(f"settlement.step.{kind}")]
    assert set(persons) >= REASONED
    assert [kind for kind in Kind if not t.has(f"settlement.event.{kind}")] == []
    assert [kind for kind in persons if not t.has(f"settlement.what.{kind}")] == []


def test_a_form_is_read_as_the_interface_reads_its_body() -> None:
    t = texts("en")
    whole = read_step(Kind.DISPUTE, SAID | {"reason": "x", "year": "whole", "yuan": ""}, t, at=NOW)
    assert whole.lines == (Amount(None, None),)
    part = read_step(Kind.DISPUTE, SAID | {"reason": "x", "year": "2", "yuan": " 1,200.50 "}, t, at=NOW)
    assert part.lines == (Amount(2, Decimal("1200.50")),)
    with pytest.raises(Invalid, match="cannot be understood: Amount in yuan"):
        read_step(Kind.DISPUTE, SAID | {"reason": "x", "yuan": "many"}, t, at=NOW)
    with pytest.raises(Invalid, match="fill in: For whom"):
        read_step(Kind.CONFIRM, {"version": "1", "by": "Li"}, t, at=NOW)
