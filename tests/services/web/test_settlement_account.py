"""The account of a corrected month, as it is printed: who paid, who owes whom and why, on every paper."""

import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from services.app import Parts
from services.savings.contract.documents import ContractDocument
from services.web.settlement_account import Moved, account, moved
from services.web.statement_sources import Found, find_statement
from services.web.workbook.statement import workbook
from tests.services.savings.settlement.test_dues import PAID, course
from tests.services.web.city import CONTRACT, build_city, savings_of
from tests.services.web.clients import OURS, client_of
from tests.services.web.outline import outline_of
from tests.services.web.papers import formats
from tests.services.web.workbook.calculator import Calculator

FIRST, LOWER, BETWEEN = "1,133.03", "971.17", "1,052.10"
"""The fees of the circuit's October at 0.7, 0.6 and 0.65 yuan/kWh."""


@pytest.fixture(name="parts", scope="module")
def city_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = build_city(tmp_path_factory.mktemp("accounts"))
    yield parts
    parts.close()


class Month:
    """October of a contract of its own, moved on by forms."""

    def __init__(self, parts: Parts, code: str) -> None:
        self.parts, self.code, self.desk = parts, code, client_of(parts)
        self.path, self.version = f"/statements/{code}/2026-10", 1

    def settle(self, price: str) -> None:
        terms = {"code": self.code, "price_yuan_per_kwh": price}
        document = ContractDocument.model_validate(CONTRACT | terms)
        savings_of(self.parts).put_contract(document)
        savings_of(self.parts).settle(document, "2026-10")

    def take(self, *steps: str, **fields: str) -> None:
        for step in steps:
            name, _, role = step.partition(":")
            said = {"version": str(self.version), "by": "王敏", "role": role or "client"} | fields
            answer = self.desk.post(f"{self.path}/{name}", data=said, headers=OURS)
            assert answer.status_code == 303, answer.text

    def issue(self) -> None:
        self.take("confirm", "confirm:esco", "issue:esco")

    def correct(self, price: str, reason: str) -> None:
        self.settle(price)
        self.take("correct:bureau", reason=reason)
        self.version += 1

    def found(self, version: int | None = None) -> Found:
        found = find_statement(savings_of(self.parts), self.code, "2026-10", version)
        assert found is not None
        return found

    def account(self, language: str = "en", version: int | None = None) -> tuple[str, ...]:
        paper = self.found(version).paper(formats("zh" if language == "zh" else "en"))
        titles = {"This version follows a correction", "本版为更正后的版本"}
        return next((one.lines for one in paper.notices if one.title in titles), ())

    def page(self) -> str:
        page = self.desk.get(f"{self.path}?lang=en").text
        outline_of(page)
        return page


def test_a_statement_says_who_pays_back_whom_and_why(parts: Parts) -> None:
    month = Month(parts, "emc-20")
    month.settle("0.7")
    month.issue()
    month.take("pay")
    assert month.account() == ()
    assert "Still due" not in month.page()
    month.correct("0.6", "a meter was read late")
    assert month.account() == (
        f"Under version 1, on 22 Nov 2026, the client paid {FIRST} yuan.",
        f"This version comes to {LOWER} yuan.",
        "Still due: the ESCO pays back 161.86 yuan.",
        "Reason for correcting version 1: a meter was read late",
    )
    assert month.account("zh") == (
        f"第 1 版：2026年11月22日由用能单位支付 {FIRST} 元。",
        f"本版金额为 {LOWER} 元。",
        "尚须结清：节能服务公司应退还 161.86 元。",
        "更正第 1 版的理由：a meter was read late",
    )
    page = month.page()
    assert f"{LOWER}</a></b><small>yuan · Still due: the ESCO pays back 161.86 yuan.</small>" in page
    month.issue()
    assert "Recorded here: the ESCO pays back 161.86 yuan." in month.page()
    assert "the ESCO pays back 161.86 yuan." in listed(month.desk, month.code, "issued")
    month.take("pay")
    assert month.account()[1:4] == (
        "Under version 2, on 22 Nov 2026, the ESCO paid back 161.86 yuan.",
        f"This version comes to {LOWER} yuan.",
        "Still due: nothing.",
    )
    assert "Version 2 paid <small>the ESCO paid back 161.86 yuan</small>" in month.page()


def listed(desk: TestClient, code: str, state: str) -> str:
    page = desk.get(f"/settlements?lang=en&state={state}").text
    outline_of(page)
    return page.partition(f"/statements/{code}/")[2].partition("</tr>")[0]


def test_the_second_correction_tells_what_is_owed_and_not_its_own_difference(parts: Parts) -> None:
    month = Month(parts, "emc-21")
    month.settle("0.7")
    month.issue()
    month.take("pay")
    month.correct("0.6", "first")
    month.take("confirm")
    month.correct("0.65", "second")
    lines = month.account()
    assert "Still due: the ESCO pays back 80.93 yuan." in lines
    assert lines[-2:] == ("Reason for correcting version 1: first", "Reason for correcting version 2: second")
    paper = month.found().paper(formats())
    assert "Its fee differs from that of the version before by +80.93 yuan." in paper.lines
    replaced = month.account(version=2)
    assert replaced[1] == f"This version comes to {LOWER} yuan."
    assert not any("Still due" in line for line in replaced)


def test_the_workbook_adds_up_what_was_paid_and_takes_it_from_the_fee(parts: Parts) -> None:
    month = Month(parts, "emc-22")
    month.settle("0.7")
    month.issue()
    month.take("pay")
    assert "Still due" not in str(rows(month))
    month.correct("0.6", "first")
    month.issue()
    month.take("pay")
    month.correct("0.65", "second")
    book, places = Calculator(workbook(month.found(), formats())), rows(month)
    row = places["Still due (below zero: by the ESCO)"]
    assert book.value("Statement", f"B{row}") == Decimal("80.93")
    assert book.value("Statement", f"B{row - 1}") == Decimal(LOWER)
    assert book.shown["Statement"][f"B{row}"].value == 80.93
    assert book.formulas["Statement"][f"D{row}"].value == "the client pays 80.93 yuan"
    paid = [book.formulas["Statement"][f"{column}{row - 2}"].value for column in "ABD"]
    assert paid == ["Version 2 · 22 Nov 2026", -161.86, "the ESCO paid back 161.86 yuan"]
    month.take("dispute", reason="too much", year="1", yuan="52.10")
    book = Calculator(workbook(month.found(), formats()))
    assert book.value("Statement", f"B{row}") == Decimal("28.83")


def rows(month: Month) -> dict[str, int]:
    sheet = Calculator(workbook(month.found(), formats())).formulas["Statement"]
    return {str(cell.value): cell.row for cell in sheet["A"] if cell.value is not None}


def test_a_part_in_dispute_is_told_and_not_due(parts: Parts) -> None:
    month = Month(parts, "emc-23")
    month.settle("0.7")
    month.issue()
    month.take("pay")
    month.correct("0.6", "first")
    month.take("dispute", reason="too much", year="1", yuan="71.17")
    _, told, due, _ = month.account()
    assert told.startswith(f"This version comes to {LOWER} yuan, of which 71.17 yuan is disputed: until")
    assert told.endswith("it is not due, and nothing paid for it goes back.")
    assert due == "Still due: the ESCO pays back 161.86 yuan."


def test_a_correction_of_what_was_issued_and_never_paid_says_so(parts: Parts) -> None:
    month = Month(parts, "emc-24")
    month.settle("0.7")
    month.issue()
    month.correct("0.6", "first")
    assert month.account()[:3] == (
        "Nothing was paid under earlier versions.",
        f"This version comes to {LOWER} yuan.",
        f"Still due: the client pays {LOWER} yuan.",
    )
    assert "Still due" not in listed(month.desk, month.code, "draft")


def test_the_pdf_says_it_too(parts: Parts) -> None:
    month = Month(parts, "emc-25")
    month.settle("0.7")
    month.issue()
    month.take("pay")
    month.correct("0.6", "first")
    content = month.desk.get(f"{month.path}.pdf?lang=en").content
    text = PdfReader(BytesIO(content)).pages[0].extract_text()
    assert "the ESCO pays back 161.86 yuan" in re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    ("yuan", "before", "expected"),
    [
        ("5.00", "0.00", ("client", "5.00")),
        ("-5.00", "9.00", ("esco_back", "5.00")),
        ("-9.00", "9.00", ("esco_back", "9.00")),
        ("-9.01", "9.00", ("esco", "9.01")),
        ("-5.00", "-9.00", ("esco", "5.00")),
        ("5.00", "-9.00", ("client_back", "5.00")),
        ("0.00", "9.00", ("nothing", "0.00")),
        ("-0.00", "9.00", ("nothing", "0.00")),
    ],
)
def test_an_amount_is_paid_back_as_far_as_it_only_returns_what_was_paid(
    yuan: str, before: str, expected: tuple[str, str]
) -> None:
    found = moved(Decimal(yuan), Decimal(before))
    assert (found.by, str(found.yuan)) == expected


def test_a_month_that_nobody_corrected_has_no_account() -> None:
    assert account(course("1000.00")) is None
    assert account(course("1000.00", PAID)) is None
    assert account(course("1000.00 900.00")) is None
    assert account(course("held release 900.00")) is None


def test_an_account_of_a_held_version_has_no_amounts() -> None:
    found = account(course("1000.00", PAID, "correct held"))
    assert found is not None
    assert (found.fee_yuan, found.due, len(found.payments), len(found.corrections)) == (None, None, 1, 1)
    released = account(course("1000.00", PAID, "correct held release 700.00"))
    assert released is not None
    assert released.due == Moved("esco_back", Decimal("300.00"))
    assert len(released.corrections) == 1


def test_corrections_are_told_since_the_last_payment() -> None:
    found = account(course("1000.00", PAID, "correct 900.00", PAID, "correct 800.00 correct 700.00"))
    assert found is not None
    assert [one.version for one in found.corrections] == [2, 3]
    assert [one.by for _, one in found.payments] == ["client", "esco_back"]
    assert found.due == Moved("esco_back", Decimal("200.00"))
