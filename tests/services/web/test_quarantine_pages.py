"""The quarantine page over HTTP: what it shows, who may decide, and what becomes of a decision."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.app import Parts, build_jobs
from services.clock import to_ms
from services.metering.cases import Kind, State
from services.metering.schemas import RegistryDocument
from services.scheduling import run_cycle
from services.timeseries.schema import DEVICE_CLOCK, READINGS
from services.timeseries.store import Point
from tests.services.web.city import METERS, NOW, build_city
from tests.services.web.clients import OURS, client_of
from tests.services.web.outline import outline_of

HOUR_MS = 3_600_000
T0 = to_ms(NOW) // HOUR_MS * HOUR_MS - 48 * HOUR_MS
PERSON = {"by": "王敏", "reason": "<b>现场核对</b>"}


@pytest.fixture(name="parts", scope="module")
def city_in_doubt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Beside its sound meters, the city has one that fell, spiked and was replaced, and four clocks."""
    parts = build_city(tmp_path_factory.mktemp("doubt"))
    odd = {
        **METERS[0], "code": "school-odd", "name_zh": "<i>备用表</i>", "name_en": "Spare",
        "address": "school/odd",
        "ledger": [
            {"valid_from": "2026-08-20T00:00:00+08:00", "digits": 6,
             "channels": {"energy_kwh": {"scale": 0.1}}},
            {"valid_from": "2026-11-22T00:30:00+08:00", "digits": 6},
        ],
    }  # fmt: skip
    parts.registry.apply(RegistryDocument.model_validate({"meters": [odd]}))
    counts = [123_000.0 + 50 * n for n in range(20)]
    counts[5] = 9_000_000.0
    counts += [2.0 + 50 * n for n in range(20)] + [500.0, 501.0]
    parts.store.write(
        [
            Point(READINGS, ("school", "odd"), T0 + n * HOUR_MS, {"energy_kwh": v})
            for n, v in enumerate(counts)
        ]
    )
    clocks = {"gw-a": -3601.25, "gw-b": 12.0}
    parts.store.write(
        [
            Point(DEVICE_CLOCK, ("school", name), T0, {"offset_s": offset, "delay_s": 0.5})
            for name, offset in clocks.items()
        ]
    )
    assert run_cycle(build_jobs(parts), parts.sessions, parts.clock)
    yield parts
    parts.close()


@pytest.fixture(name="desk")
def deciding_client(parts: Parts) -> TestClient:
    return client_of(parts)


def path(hour: int, kind: Kind = Kind.SPAN) -> str:
    single = ":reading" if kind is Kind.READING else ""
    return f"/quarantine/school-odd:energy_kwh:{T0 + hour * HOUR_MS}{single}"


def version(desk: TestClient, case: str) -> str:
    page = desk.get("/quarantine").text
    found = re.search(rf'action="{case}".*?name="version" value="(\w+)"', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_open_cases_show_their_figures_their_reason_and_a_picture(desk: TestClient) -> None:
    text = desk.get("/quarantine?lang=en").text
    outline_of(text)
    assert "The register fell by 12,394.8. One that passes its last digit would stand above 900,000." in text
    assert "12,395 → 0.2" in text  # counts of tenths, as the face shows them
    assert "a register that began again at zero" in text
    assert "Reading set aside" in text
    assert "900,000 <small>" in text
    assert "the ledger lacks its closing or opening register" in text
    assert "Only the meter&#39;s ledger can tell" in text
    assert text.count('role="img"') == 2 * text.count("<form")  # for wide screens and for narrow ones


def test_names_from_the_registry_stay_text(desk: TestClient) -> None:
    text = desk.get("/quarantine").text
    assert "<i>备用表" not in text
    assert "&lt;i&gt;备用表&lt;/i&gt;" in text


def test_clocks_stand_the_furthest_off_first_and_marked(desk: TestClient) -> None:
    text = desk.get("/quarantine?lang=en").text
    assert text.index("school/gw-a") < text.index("school/gw-b")
    assert "−3,601.3 s" in text
    assert text.count(">off</strong>") == 1
    assert "of 2</small>" in text


def test_a_decision_needs_a_name_and_a_reason_and_keeps_what_was_typed(desk: TestClient) -> None:
    for form, message in (
        ({"by": "王敏", "reason": " "}, "请填写此项。"),
        ({"by": "", "reason": "x"}, "请填写此项。"),
        ({"by": "王" * 101, "reason": "x"}, "最多 100 个字符。"),
    ):
        answer = desk.post(path(19), data={"decision": "accept", **form}, headers=OURS)
        assert answer.status_code == 422
        assert message in answer.text
        assert f'value="{form["by"]}"' in answer.text
        outline_of(answer.text)


def test_a_case_is_accepted_stands_with_who_and_why_and_is_counted(desk: TestClient, parts: Parts) -> None:
    case = path(19)
    form = {"decision": "accept", "counts_as": "reset", "version": version(desk, case), **PERSON}
    answer = desk.post(case, data=form, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/quarantine")
    text = desk.get("/quarantine?lang=en").text
    decided = text[text.index("Decided</h2>") :]
    assert "Counted from zero" in decided
    assert "0.2 kWh" in decided
    assert "22 Nov 2026, 14:40" in decided
    assert "王敏 · &lt;b&gt;现场核对&lt;/b&gt;" in decided
    assert run_cycle(build_jobs(parts), parts.sessions, parts.clock)
    (found,) = parts.quarantine.cases(states=[State.ACCEPTED])
    assert found.decisions[0].stands
    answer = desk.post(case, data={"decision": "reject", **PERSON}, headers=OURS)
    assert answer.status_code == 303
    again = desk.get("/quarantine?lang=en").text
    assert "no longer in force" in again


def test_figures_that_changed_meanwhile_are_shown_before_one_decides(desk: TestClient) -> None:
    form = {"decision": "reject", "version": "000000000000", **PERSON}
    answer = desk.post(path(5, Kind.READING), data=form, headers=OURS)
    assert answer.status_code == 422
    assert "数值在此期间已有变化" in answer.text


@pytest.mark.parametrize(
    ("case", "form"),
    [
        (path(7), {"decision": "reject"}), ("/quarantine/x", {"decision": "reject"}),
        (path(19), {"decision": "maybe"}), (path(19), {"decision": "accept", "counts_as": "gold"}),
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_decided(desk: TestClient, case: str, form: dict[str, str]) -> None:
    assert desk.post(case, data={**form, **PERSON}, headers=OURS).status_code == 404


def test_a_form_of_another_site_is_refused(desk: TestClient) -> None:
    for headers in ({}, {"origin": "https://evil.example"}):
        assert desk.post(path(19), data={"decision": "reject", **PERSON}, headers=headers).status_code == 403


def test_with_a_token_only_those_who_know_it_decide(parts: Parts) -> None:
    token = parts.settings.model_copy(update={"api_token": SecretStr("open sesame")})
    guarded = client_of(replace(parts, settings=token))
    form = {"decision": "reject", **PERSON}
    asked = guarded.post(path(5, Kind.READING), data=form, headers=OURS)
    assert asked.headers["location"] == "/desk?next=%2Fquarantine"
    signed = guarded.post(asked.headers["location"], data={"token": "open sesame"}, headers=OURS)
    assert signed.headers["location"] == "/quarantine"
    assert guarded.post(path(5, Kind.READING), data=form, headers=OURS).headers["location"] == "/quarantine"


def test_more_cases_than_fit_are_a_page_further(desk: TestClient, parts: Parts) -> None:
    for n in range(16):
        values = {"energy_kwh": 5_000.0 if n % 2 else 10.0, "energy_export_kwh": 100.0 - n}
        parts.store.write([Point(READINGS, ("school", "odd"), T0 - (100 - n) * HOUR_MS, values)])
    assert run_cycle(build_jobs(parts), parts.sessions, parts.clock)
    first = desk.get("/quarantine").text
    following = re.search(r'href="(/quarantine\?after=[^"]+)"', first)
    assert following is not None
    second = desk.get(following[1]).text
    ids = re.compile(r'<form[^>]* id="([^"]+)"')
    waiting = [set(ids.findall(text.partition("已裁定</h2>")[0])) for text in (first, second)]
    assert len(waiting[0]) == 12
    assert waiting[1]
    assert not waiting[0] & waiting[1]


def test_a_place_that_is_none_begins_at_the_beginning(desk: TestClient) -> None:
    assert desk.get("/quarantine?after=nonsense").status_code == 200


def test_a_quiet_city_says_so(city: Parts) -> None:
    text = client_of(city).get("/quarantine?lang=en").text
    assert "Nothing waits for a decision." in text
    assert "No clock was estimated yet." in text
