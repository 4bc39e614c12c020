"""The small scripts of deploy/: first start, entry point, health of the jobs."""

import json
import os
import re
import subprocess
from pathlib import Path

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


def test_first_start_never_overwrites(tmp_path: Path) -> None:
    file = first_start(tmp_path / "env")
    before = file.read_text()
    again = subprocess.run([ROOT / "deploy/first-start", file], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "nothing changed" in again.stderr
    assert file.read_text() == before


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
