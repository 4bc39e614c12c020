"""Both languages say the same things, and no template says anything by itself."""

import re
import string
from pathlib import Path

import pytest
from jinja2 import nodes
from starlette.requests import Request

from services.metering.cases import State
from services.metering.channels import REGISTERS
from services.metering.doubts import CODES
from services.metering.model import MeterUse
from services.metering.rulings import Verdict
from services.repairs.model import EventKind, Severity, Size, Status
from services.repairs.sla import Verdict as OnTime
from services.savings.contract.model import ContractKind
from services.web.i18n import COOKIE, LANGUAGES, Language, choose_language, flatten, texts
from services.web.repairs_form import CATEGORIES
from services.web.templating import HERE, environment

TEMPLATES = sorted((HERE / "templates").glob("*.html"))
SAID = re.compile(r"""(?:aria-label|title|alt|placeholder|data-label)\s*=\s*(["'])(.*?)\1""", re.DOTALL)
TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
CODE = re.compile(r'[a-z-]+="[^"]*"')  # attributes that a macro writes
LETTER = re.compile(r"[^\W\d_]")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert texts("zh").entries.keys() == texts("en").entries.keys()


def test_a_text_has_the_same_placeholders_in_both_languages_or_fewer_in_one() -> None:
    formats = {"format.day", "format.month"}  # 11月 needs no name of the month
    for key, chinese in texts("zh").entries.items():
        if key not in formats:
            assert placeholders(chinese) == placeholders(texts("en")(key)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: Language) -> None:
    assert [key for key, text in texts(language).entries.items() if not text.strip()] == []


def test_chinese_text_uses_chinese_punctuation() -> None:
    half_width = re.compile(r"[\u4e00-\u9fff][,;:!?]")
    assert [text for text in texts("zh").entries.values() if half_width.search(text)] == []


def literal(source: str) -> str:
    """What a template says itself: its text outside tags and expressions, and in attributes that are read."""
    source = re.sub(r"<style>.*?</style>|\{% block body_class %\}\w*", "", source, flags=re.DOTALL)
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
    attributes = " ".join(match[2] for match in SAID.finditer(bare))
    return CODE.sub("", TAG.sub("", bare)) + attributes


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_literal_text(template: Path) -> None:
    said = literal(template.read_text(encoding="utf-8"))
    words = [word for word in said.split() if LETTER.search(word) and word not in {"kWh", "kWh/m²"}]
    assert words == []


def test_the_check_for_literal_text_sees_text() -> None:
    assert "Total" in literal("<p>Total {{ x }}</p>")
    assert "Close" in literal('<button aria-label="Close">{{ x }}</button>')


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_text_a_template_asks_for_is_there(template: Path) -> None:
    tree = environment().parse(template.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if (
            isinstance(call.node, nodes.Name)
            and call.node.name == "t"
            and isinstance(call.args[0], nodes.Const)
        ):
            assert texts("en").has(call.args[0].value), call.args[0].value


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("use", list(MeterUse)),
        ("contract.kind", list(ContractKind)),
        ("repairs.status", list(Status)),
        ("repairs.size", list(Size)),
        ("repairs.severity", list(Severity)),
        ("repairs.verdict", list(OnTime)),
        ("repairs.event", [*EventKind, "report"]),
        ("repairs.rating", ["1", "2", "3", "4"]),
        ("repairs.category", CATEGORIES),
        ("channel", REGISTERS),
        ("quarantine.state", list(State)),
        ("quarantine.reason", CODES),
        ("quarantine.verdict", list(Verdict)),
        ("quarantine.choice", [one for one in Verdict if one is not Verdict.DISCARD]),
    ],
)
def test_every_code_that_data_can_hold_has_its_words(group: str, codes: list[str]) -> None:
    assert [code for code in codes if not texts("zh").has(f"{group}.{code}")] == []


def test_an_unknown_code_shows_itself() -> None:
    assert texts("en").code("repairs.category", "boiler") == "boiler"
    assert texts("en").code("repairs.category", "lift") == "Lift"


def test_nested_tables_become_dotted_keys() -> None:
    assert flatten({"a": {"b": "x", "c": {"1": "y"}}}) == {"a.b": "x", "a.c.1": "y"}


def visit(query: str = "", cookie: str = "") -> Request:
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


def test_the_address_goes_before_the_cookie_and_the_cookie_before_the_setting() -> None:
    assert choose_language(visit(), "zh") == "zh"
    assert choose_language(visit(cookie="en"), "zh") == "en"
    assert choose_language(visit("lang=zh", cookie="en"), "en") == "zh"


def test_a_language_nobody_speaks_here_is_ignored() -> None:
    assert choose_language(visit("lang=fr", cookie="xx"), "zh") == "zh"
