"""Migrations on both databases: they make the declared tables, and programs may start together."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from services.database import DatabaseUnusable, migrate, migrations, open_database, session_factory
from services.savings.settlement.repository import Settlements

PROGRAMS_AT_ONCE = 4
MIGRATE = "import sys; sys.stdin.readline(); from services.database import migrate; migrate(sys.argv[1])"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/registry.db"
    return str(request.getfixturevalue("postgres_url"))


def tables(url: str) -> set[str]:
    """The names of the tables there are."""
    engine = open_database(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_the_newest_revision_has_the_tables_that_the_product_declares(url: str) -> None:
    migrate(url)
    command.check(migrations(url))  # raises when a further revision would change anything


@pytest.mark.postgres
def test_text_is_sorted_by_code_point_whatever_the_locale(postgres_url: str) -> None:
    migrate(postgres_url)
    engine = open_database(postgres_url)
    query = (
        "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type = 'character varying' AND character_maximum_length IS DISTINCT FROM 40 "
        "AND table_name <> 'alembic_version'"
    )
    with engine.connect() as connection:
        assert connection.execute(text(query)).scalars().all() == ["C"]
    engine.dispose()


def test_migrating_again_changes_nothing(url: str) -> None:
    migrate(url)
    before = tables(url)
    migrate(url)
    assert tables(url) == before
    assert "settlement" in before


def test_every_revision_goes_back(url: str) -> None:
    migrate(url)
    command.downgrade(migrations(url), "base")
    assert tables(url) == {"alembic_version"}
    migrate(url)
    assert "settlement" in tables(url)


def test_programs_that_start_together_migrate_together(url: str) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(PROGRAMS_AT_ONCE)
    ]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("now\n")
        program.stdin.flush()
    ends = [(program.communicate(timeout=60)[1], program.returncode) for program in programs]
    assert ends == [("", 0)] * PROGRAMS_AT_ONCE
    command.check(migrations(url))


def test_a_failing_revision_leaves_nothing_behind(url: str) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE meter_ledger (other TEXT)"))  # in the way of the last table
    engine.dispose()
    with pytest.raises(DatabaseUnusable, match="meter_ledger"):
        migrate(url)
    assert tables(url) == {"meter_ledger"}


def test_tables_of_a_newer_version_are_left_alone(url: str) -> None:
    migrate(url)
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseUnusable, match=r"newer version.*9999"):
        migrate(url)


def test_settlements_of_before_are_given_the_event_they_began_with(url: str) -> None:
    command.upgrade(migrations(url), "0002")
    engine = open_database(url)
    contract = "INSERT INTO contract VALUES ('c', 'i', 'shared', '{}', '2026-01-01 00:00:00+00:00')"
    version = (
        "INSERT INTO settlement (contract, month, version, state, settled_at, input_sha256, esco_fee_yuan, "
        "document) VALUES ('c', '2026-01', {}, '{}', '2026-02-0{} 00:00:00+00:00', 'x', {}, '{{}}')"
    )
    with engine.begin() as connection:
        connection.execute(text(contract))
        connection.execute(text(version.format(1, "superseded", 1, "NULL")))
        connection.execute(text(version.format(2, "draft", 2, "'12.50'")))
    engine.dispose()
    migrate(url)
    engine = open_database(url)
    found = Settlements(session_factory(engine)).standings("c")["2026-01"]
    assert [one.state.value for one in found] == ["superseded", "draft"]
    assert [one.events[0].kind.value for one in found] == ["held", "measured"]
    assert str(found[1].portions[0].yuan) == "12.50"
    engine.dispose()


def test_what_was_said_before_anyone_spoke_for_a_side_stays_and_is_nobodys_token(url: str) -> None:
    command.upgrade(migrations(url), "0005")
    engine = open_database(url)
    columns = "contract, month, number, version, kind, by, role, at, lines"
    event = f"INSERT INTO settlement_event ({columns}) VALUES ('c', '2026-01', {{}}, 1, {{}}, {{}})"
    lines = '[{"year": 1, "yuan": "5.00", "kwh": null}]'
    rows = (
        "INSERT INTO contract VALUES ('c', 'i', 'shared', '{}', '2026-01-01 00:00:00+00:00')",
        event.format(1, "'measured', 'k', 'service', '2026-02-01 00:00:00+00:00'", f"'{lines}'"),
        event.format(2, "'confirm', 'Li', 'client', '2026-02-02 00:00:00+00:00'", "'[]'"),
    )
    with engine.begin() as connection:
        for row in rows:
            connection.exec_driver_sql(row)
    engine.dispose()
    for revision in ("head", "0005", "head"):
        step = command.downgrade if revision == "0005" else command.upgrade
        step(migrations(url), revision)
    engine = open_database(url)
    (standing,) = Settlements(session_factory(engine)).standings("c")["2026-01"]
    assert [(one.by, one.spoken_as) for one in standing.events] == [("k", None), ("Li", None)]
    engine.dispose()
