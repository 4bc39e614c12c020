"""The small scripts of deploy/: first start, entry point, health of the jobs."""

import json
import os
import re
import shlex
import subprocess
from datetime import date
from pathlib import Path

import pytest

from services.savings.bundle.issuer import Issuer
from services.savings.money.tariffs.files import load_tariffs
from services.savings.parties.command import main
from services.savings.parties.files import load_speakers
from services.savings.settlement.finality import load_patience
from tests.test_compose import ROOT, SECRET, TEXT, first_start, variables


def test_first_start_writes_every_variable_and_no_other(tmp_path: Path) -> None:
    written = variables(first_start(tmp_path / "env"))
    assert set(written) == set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))


def test_first_start_makes_different_secrets_for_its_owner_alone(tmp_path: Path) -> None:
    file = first_start(tmp_path / "env")
    other = variables(first_start(tmp_path / "other"))
    assert file.stat().st_mode & 0o777 == 0o600
    secrets = {name: value for name, value in variables(file).items() if SECRET.search(name)}
    assert len(secrets) == 7
    assert len(set(secrets.values())) == 7
    for name, value in secrets.items():
        assert re.fullmatch(r"[0-9a-f]{48}", value)
        assert value != other[name]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_first_start_never_overwrites(tmp_path: Path) -> None:
    file = first_start(tmp_path / "env")
    before = contents(tmp_path)
    assert before.keys() == {"env", "secrets/issuer.pem"}
    again = subprocess.run([ROOT / "deploy/first-start", file], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "nothing changed" in again.stderr
    assert contents(tmp_path) == before


@pytest.mark.parametrize("lost", ["env", "secrets/issuer.pem"])
def test_first_start_makes_what_is_missing_and_keeps_the_rest(tmp_path: Path, lost: str) -> None:
    file = first_start(tmp_path / "env")
    before = contents(tmp_path)
    (tmp_path / lost).unlink()
    said = subprocess.run([ROOT / "deploy/first-start", file], capture_output=True, text=True, check=True)
    assert said.stdout == f"made {tmp_path / lost}. Next: docker compose up -d\n"
    after = contents(tmp_path)
    assert {name for name in before if before[name] != after[name]} == {lost}


def test_first_start_makes_a_key_that_signs(tmp_path: Path) -> None:
    keys = [first_start(tmp_path / name / "env").parent / "secrets/issuer.pem" for name in ("a", "b")]
    issuer, other = map(Issuer.load, keys)
    signature = issuer.sign(b"a manifest")
    assert issuer.public.holds(signature, b"a manifest")
    assert not issuer.public.holds(signature, b"another")
    assert not other.public.holds(signature, b"a manifest")


def test_the_key_is_for_the_programs_in_the_containers_and_its_owner(tmp_path: Path) -> None:
    folder = first_start(tmp_path / "env").parent / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "issuer.pem").stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_key_is_right_by_every_shell(tmp_path: Path, shell: str) -> None:
    subprocess.run([shell, ROOT / "deploy/first-start", tmp_path / "env"], check=True, capture_output=True)
    Issuer.load(tmp_path / "secrets/issuer.pem")


def test_without_random_numbers_no_key_is_made(tmp_path: Path) -> None:
    (tmp_path / "head").write_text("#!/bin/sh\n")
    (tmp_path / "head").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        [ROOT / "deploy/first-start", tmp_path / "env"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "first-start: no key could be made\n")
    assert contents(tmp_path).keys() == {"head"}


def test_the_tariff_that_is_shown_can_be_used(tmp_path: Path) -> None:
    told = (ROOT / "deploy/tariffs/README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```toml\n(.*?)```", told, re.DOTALL)[0]
    (tmp_path / "mine.toml").write_text(shown, encoding="utf-8")
    plan = load_tariffs(tmp_path).on("hubei-single-1kv", date(2026, 2, 1))
    assert plan is not None
    assert plan.mark == "V"


def test_the_patience_that_is_shown_can_be_used(tmp_path: Path) -> None:
    told = (ROOT / "deploy/finality.toml").read_text(encoding="utf-8")
    mine = tmp_path / "finality.toml"
    mine.write_text(told.partition("\n\n")[2].replace("# ", ""), encoding="utf-8")
    assert [line.days for line in load_patience(mine)] == [10, 15]


def test_the_speaker_that_is_shown_can_be_used(tmp_path: Path) -> None:
    told = (ROOT / "deploy/parties.toml").read_text(encoding="utf-8")
    mine = tmp_path / "parties.toml"
    mine.write_text(told.partition("\n\n")[2].replace("# ", ""), encoding="utf-8")
    (one,) = load_speakers(mine)
    assert (one.side, one.contracts, one.first_day) == ("esco", ("emc-001", "emc-004"), date(2026, 7, 1))
    words = shlex.split(re.findall(r"service party (.+)", told)[0])
    assert main(words) == 0


def test_jobs_are_fresh_says_so_by_its_exit_code(tmp_path: Path) -> None:
    answers = {"2020-01-01T00:00:00+00:00": 1, "2999-01-01T00:00:00+00:00": 0, None: 1}
    for ran_at, code in answers.items():
        answer = tmp_path / "jobs.json"
        answer.write_text(json.dumps({"items": [{"name": "rollup", "ran_at": ran_at, "error": None}]}))
        command = [str(ROOT / "deploy/jobs-are-fresh"), answer.as_uri()]
        assert subprocess.run(command, check=False).returncode == code


def test_entrypoint_takes_the_store_url_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "kilowitness").write_text('#!/bin/sh\necho "$KILOWITNESS_STORE_URL $*"\n')
    (tmp_path / "kilowitness").chmod(0o755)
    (tmp_path / "store_url").write_text("influxdb2://token@influxdb:8086/b?org=o")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "STORE_URL_FILE": str(tmp_path / "store_url")}
    done = subprocess.run(
        [ROOT / "deploy/entrypoint", "collect"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "influxdb2://token@influxdb:8086/b?org=o collect\n"
