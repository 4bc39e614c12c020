"""Reading back from a real influxd and a real letter file, whatever should not be there too."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from simulators.faulty.contents import Contents, letters_in
from simulators.faulty.messages import START_MS, TYPED
from simulators.faulty.programs import Database
from simulators.processes import ProgramFailed
from tests.conftest import free_port


@pytest.fixture(name="port", scope="module")
def port_of_a_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Database(tmp_path_factory.mktemp("database")) as database:
        yield database.port


@pytest.fixture(name="contents")
def fresh_contents(port: int) -> Contents:
    query = {"q": 'DROP DATABASE "faults"'}
    httpx2.post(f"http://127.0.0.1:{port}/query", params=query, trust_env=False).raise_for_status()
    contents = Contents(port)
    contents.create(TYPED)
    return contents


def write(port: int, *lines: str, precision: str = "ms") -> int:
    """Write as anybody might; returns the status."""
    query = {"db": "faults", "precision": precision}
    url = f"http://127.0.0.1:{port}/write"
    return httpx2.post(url, params=query, content="\n".join(lines), trust_env=False).status_code


@pytest.mark.influxd
def test_only_the_planted_line_is_there_at_first(contents: Contents) -> None:
    assert contents.count() == 0
    assert list(contents.rows()) == [("typed", START_MS, {"lamp_on": 1})]


@pytest.mark.influxd
def test_rows_come_with_every_field_but_the_marks(port: int, contents: Contents) -> None:
    write(
        port,
        f"readings,institution=faults,meter=m7 energy_kwh=0.1,power_kw=2.5,quality=4 {START_MS}",
        f"readings,institution=faults,meter=m7 energy_kwh=3.0 {START_MS + 1}",
        f"readings,institution=faults,meter=m11 voltage_v=230.0 {START_MS}",
    )
    assert contents.count() == 2
    assert [row for row in contents.rows() if row[0] != "typed"] == [
        ("m7", START_MS, {"energy_kwh": 0.1, "power_kw": 2.5}),
        ("m7", START_MS + 1, {"energy_kwh": 3.0}),
        ("m11", START_MS, {"voltage_v": 230.0}),
    ]


@pytest.mark.influxd
def test_what_is_nobodys_is_seen_and_told_apart(port: int, contents: Contents) -> None:
    write(port, f"readings,institution=elsewhere,meter=m7 energy_kwh=1.0 {START_MS}",
          f"readings,institution=faults,meter=m999 energy_kwh=1.0 {START_MS}")  # fmt: skip
    between = f"readings,institution=faults,meter=m7 energy_kwh=1.0 {START_MS * 1_000_000 + 1}"
    write(port, between, precision="ns")
    found = {row[0] for row in contents.rows()}
    assert found == {"elsewhere/m7", "m999", "m7 between milliseconds", "typed"}


@pytest.mark.influxd
def test_the_database_itself_refuses_what_the_planted_line_forbids(port: int, contents: Contents) -> None:
    assert write(port, f"readings,institution=faults,meter=m1 lamp_on=1.0 {START_MS}") == 400
    assert write(port, f"readings,institution=faults,meter=m1 energy_kwh=1.0 {START_MS}") == 204
    assert contents.count() == 1


@pytest.mark.influxd
def test_a_database_that_refuses_is_named(port: int, contents: Contents) -> None:
    with pytest.raises(ProgramFailed, match="400"):
        contents.create("not line protocol")


def test_a_database_that_is_gone_is_an_error() -> None:
    with pytest.raises(OSError, match="refused"):
        Contents(free_port()).count()


def test_letters_are_counted_by_topic_and_payload(tmp_path: Path) -> None:
    path = tmp_path / "letters.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE letter (id INTEGER PRIMARY KEY, topic TEXT, payload BLOB)")
        rows = [("a", b"1"), ("a", b"1"), ("a", b"\xff"), ("b", b"1")]
        db.executemany("INSERT INTO letter (topic, payload) VALUES (?, ?)", rows)
    db.close()
    assert letters_in(path) == {("a", b"1"): 2, ("a", b"\xff"): 1, ("b", b"1"): 1}


def test_a_letter_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        letters_in(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
