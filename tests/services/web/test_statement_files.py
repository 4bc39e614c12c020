"""The statement's files over HTTP."""

from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from pypdf import PdfReader

from services.app import Parts
from tests.services.web.clients import HOST, client_of

PATH = "/statements/emc-01/2026-10"


@pytest.fixture(scope="module")
def client(city: Parts) -> TestClient:
    return client_of(city)


@pytest.mark.parametrize(("language", "title"), [("zh", "节能量结算单"), ("en", "Statement of savings")])
def test_the_pdf_comes_in_the_language_asked_for(client: TestClient, language: str, title: str) -> None:
    answer = client.get(f"{PATH}.pdf?lang={language}")
    assert answer.headers["content-type"] == "application/pdf"
    assert f'filename="emc-01-2026-10-v1-{language}.pdf"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert title in PdfReader(BytesIO(answer.content)).pages[0].extract_text()


def test_links_of_the_pdf_lead_back_to_this_service(client: TestClient) -> None:
    reader = PdfReader(BytesIO(client.get(f"{PATH}.pdf").content))
    found = [one.get_object() for page in reader.pages for one in page.get("/Annots", [])]
    links = {one["/A"]["/URI"] for one in found if "/A" in one}
    assert links
    assert all(link.startswith(f"{HOST}/") for link in links)
    assert {client.get(link.removeprefix(HOST)).status_code for link in sorted(links)[:6]} == {200}


def test_the_workbook_opens(client: TestClient) -> None:
    answer = client.get(f"{PATH}.xlsx?lang=en&version=1")
    assert "spreadsheetml" in answer.headers["content-type"]
    assert load_workbook(BytesIO(answer.content)).sheetnames[0] == "Statement"


def test_the_page_offers_both_files_and_the_bundle(client: TestClient) -> None:
    page = client.get(f"{PATH}?lang=en").text
    assert 'href="/statements/emc-01/2026-10.pdf?version=1&amp;lang=en"' in page
    assert 'href="/statements/emc-01/2026-10.xlsx?version=1&amp;lang=en"' in page
    bundle = "/api/v1/contracts/emc-01/settlements/2026-10/bundle?version=1"
    assert f'href="{bundle}"' in page
    assert client.get(bundle).status_code == 200


@pytest.mark.parametrize("kind", ["pdf", "xlsx"])
def test_what_was_never_settled_has_no_file(client: TestClient, kind: str) -> None:
    for path in ("/statements/emc-99/2026-10", "/statements/emc-01/2026-11"):
        assert client.get(f"{path}.{kind}").status_code == 404
    assert client.get(f"{PATH}.{kind}?version=9").status_code == 404
