"""Pages beside a contract on file that today's rules refuse: theirs say so, all others are as ever."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from services.app import Parts
from services.mv.canonical import canonical
from services.savings.contract.documents import ContractDocument
from services.savings.tables import ContractRow
from tests.services.web.city import CONTRACT, build_city, savings_of
from tests.services.web.clients import OURS, client_of

OLD = "emc-77"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """A month was settled under the contract before a rule came that refuses it."""
    parts = build_city(tmp_path_factory.mktemp("refused"))
    savings = savings_of(parts)
    document = ContractDocument.model_validate(CONTRACT | {"code": OLD})
    savings.put_contract(document)
    savings.settle(document, "2026-10")
    with savings.sessions.begin() as session:
        row = session.get(ContractRow, OLD)
        assert row is not None
        row.document = canonical(document.model_dump(mode="json") | {"meters": document.meters * 2})
    yield parts
    parts.close()


@pytest.fixture
def desk(parts: Parts) -> TestClient:
    return client_of(parts)


def test_the_overview_is_that_of_the_others(desk: TestClient) -> None:
    answer = desk.get("/")
    assert answer.status_code == 200
    assert str(CONTRACT["code"]) in answer.text


def test_what_waits_names_its_months_by_the_code(desk: TestClient) -> None:
    answer = desk.get("/settlements?lang=en")
    assert answer.status_code == 200
    assert f'<a href="/statements/{OLD}/2026-10">{OLD}</a>' in answer.text


def test_its_statement_is_still_shown(desk: TestClient) -> None:
    assert desk.get(f"/statements/{OLD}/2026-10").status_code == 200


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "The contract cannot be read"), ("zh", "无法读取该合同")],
)
def test_what_computes_says_which_rule(desk: TestClient, language: str, said: str) -> None:
    answer = desk.get(f"/contracts/{OLD}/adjustments?lang={language}")
    assert answer.status_code == 409
    assert said in answer.text
    assert OLD in answer.text
    assert "meters: one is named twice" in answer.text


def test_a_correction_by_form_says_it_too(desk: TestClient) -> None:
    form = {"version": "1", "by": "王敏", "role": "client", "reason": "late data"}
    answer = desk.post(f"/statements/{OLD}/2026-10/correct?lang=en", data=form, headers=OURS)
    assert answer.status_code == 409
    assert "meters: one is named twice" in answer.text
