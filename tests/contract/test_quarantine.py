"""The quarantine and the ledger's terms on both databases; upgrades that lose nothing."""

from pathlib import Path

import pytest
from alembic import command
from fastapi.testclient import TestClient
from sqlalchemy import text

from services.app import Parts
from services.clock import to_ms
from services.database import migrate, migrations, open_database, session_factory
from services.metering.doubts import Doubt
from services.metering.repository import Registry
from services.metering.rulings import Verdict
from tests.services.installation import NOW
from tests.services.metering.documents import document, institution, line, meter
from tests.services.metering.test_quarantine import SPIKE

AT = to_ms(NOW())
FALL = Doubt(AT, AT, AT + 1, 500.1, 0.1 + 0.2, None, "step-back", {"fell": 1 / 3, "top": 9e5},
             {Verdict.RESET: 0.1 + 0.2, Verdict.COUNT: 5.0})  # fmt: skip
TERMS = {"energy_kwh": {"scale": 0.1 + 0.2, "unit": "MWh"}}


def prepare(parts: Parts) -> None:
    ledger = [line(rated_kw=80, channels=TERMS)]
    entries = [meter(code, "a", ledger=ledger, time_zone="Asia/Urumqi") for code in ("m-1", "m.1", "m_1")]
    parts.registry.apply(document(institutions=[institution("a")], meters=entries))
    for code in ("m_1", "m.1", "m-1"):
        parts.quarantine.round().settle(code, "energy_kwh", [FALL, SPIKE])


def test_figures_come_back_bit_by_bit_in_the_same_order(parts: Parts, client: TestClient) -> None:
    prepare(parts)
    listed = client.get("/api/v1/quarantine").json()["items"]
    assert [row["meter"] for row in listed] == ["m-1", "m.1", "m_1"] * 2
    assert (listed[0]["after"], listed[0]["figures"]["fell"]) == (0.1 + 0.2, 1 / 3)
    assert list(listed[0]["choices"]) == ["reset", "count"]
    seen, cursor = [], None
    for _ in listed:
        page = client.get("/api/v1/quarantine", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        seen += page.json()["items"]
        cursor = page.json()["next_cursor"]
    assert seen == listed
    assert cursor is None
    (shown,) = [row for row in client.get("/api/v1/meters").json()["items"] if row["code"] == "m-1"]
    assert shown["ledger"][0]["channels"]["energy_kwh"]["scale"] == 0.1 + 0.2
    assert (shown["ledger"][0]["rated_kw"], shown["time_zone"]) == (80, "Asia/Urumqi")


def test_a_decision_made_is_in_force_and_superseded(parts: Parts, client: TestClient) -> None:
    prepare(parts)
    case = f"/api/v1/quarantine/m-1:energy_kwh:{AT}"
    for decision in ("accept", "accept", "reject"):
        told = {"decision": decision, "by": "王敏", "reason": "现场"}
        assert client.post(f"{case}/decision", json=told).status_code == 200
    assert [row["counts_as"] for row in client.get(case).json()["decisions"]] == ["reset", "discard"]
    fresh = parts.quarantine.round()
    assert fresh.waiting() == [("m-1", AT, AT + 1)] * 2
    fresh.settle("m-1", "energy_kwh", [FALL])
    fresh.followed()
    assert parts.quarantine.round().waiting() == []
    states = {row["id"]: row["state"] for row in client.get("/api/v1/quarantine?meter=m-1").json()["items"]}
    assert states == {f"m-1:energy_kwh:{AT}": "rejected", "m-1:energy_kwh:8500:reading": "withdrawn"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/registry.db"
    return str(request.getfixturevalue("postgres_url"))


OLD = """
INSERT INTO institution (code, name_zh, name_en, kind, county) VALUES ('a', '局', 'A', 'state_organ', 'x');
INSERT INTO meter (code, institution, name_zh, name_en, role, use, address, gap_limit_s, revision, rolled_up)
VALUES ('m', 'a', '表', 'M', 'main', 'electricity', 'a/m', 5400, 3, 3);
INSERT INTO meter_ledger (meter, valid_from, ct, pt, already_primary, digits)
VALUES ('m', '2025-01-01 00:00:00+00:00', 40, 1, false, 6)
"""


def test_an_upgrade_keeps_the_ledger_and_looks_at_every_meter_again(url: str) -> None:
    command.upgrade(migrations(url), "0001")
    engine = open_database(url)
    with engine.begin() as connection:
        for statement in OLD.split(";"):
            connection.execute(text(statement))
    migrate(url)
    registry = Registry(session_factory(engine))
    ((kept, revision),) = registry.awaiting_rollup()
    assert revision == 4
    assert (kept.time_zone, kept.ledger[0].ct, kept.ledger[0].channels, kept.ledger[0].rated_kw) == (
        None, 40, {}, None,
    )  # fmt: skip
    engine.dispose()
    command.downgrade(migrations(url), "0001")
    migrate(url)
