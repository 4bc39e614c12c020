"""docker-compose.yml and its folder: valid by the Compose schema; every path, variable and secret counted."""

import json
import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dashboards.provisioning import DASHBOARD_FOLDER, PROVISIONING, TOKEN_FILE
from services.savings.money.tariffs.files import load_tariffs
from services.savings.settlement.finality import load_patience
from services.settings import Settings
from services.timeseries.setup_command import ROLES
from tests.services.installation import parts_in

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"setup", "collector", "service", "jobs", "simulator"}
EACH_SERVICE = pytest.mark.parametrize("name", SERVICES)
SECRET = re.compile(r"PASSWORD|TOKEN")
REQUIRED = re.compile(r"\$\{\w+:\?set \w+ in \.env; \./deploy/first-start writes one\}")


def test_valid_by_the_compose_schema() -> None:
    schema = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(COMPOSE)


def variables(file: Path) -> dict[str, str]:
    """The variables of an env file."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def first_start(file: Path) -> Path:
    """Run the script; returns the file it wrote."""
    subprocess.run([ROOT / "deploy/first-start", file], check=True, capture_output=True)
    return file


@pytest.mark.skipif(
    shutil.which("docker") is None
    or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0,
    reason="docker compose is not on this machine",
)
def test_docker_compose_reads_it(tmp_path: Path) -> None:
    environment = first_start(tmp_path / "env")
    command = ["docker", "compose", "--env-file", str(environment), "config", "--quiet"]
    subprocess.run(command, cwd=ROOT, check=True)


def test_services() -> None:
    assert set(SERVICES) == {"mosquitto", "influxdb", "postgres", "grafana", *OURS}
    assert [name for name in SERVICES if "profiles" in SERVICES[name]] == ["simulator"]


@EACH_SERVICE
def test_images_are_pinned(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.fullmatch(r"[a-z/-]+:\d+\.\d+(\.\d+)?", image), image
    if name in OURS:
        assert SERVICES[name]["build"] == "."
        assert image == f"kilowitness:{_project_version()}"


def _project_version() -> str:
    found = re.search(
        r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found
    return found[1]


@EACH_SERVICE
def test_long_running_services_have_a_health_check_and_come_back(name: str) -> None:
    service = SERVICES[name]
    if name == "setup":
        assert service["restart"].startswith("on-failure")
        return
    assert service["restart"] == "unless-stopped"
    check = service["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()


@EACH_SERVICE
def test_dependencies_wait_for_health_or_for_the_end(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        ends = SERVICES[other]["restart"].startswith("on-failure")
        assert wait["condition"] == ("service_completed_successfully" if ends else "service_healthy")


@EACH_SERVICE
def test_mounted_paths_and_volumes_exist(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, target, *mode = mount.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]


def test_every_volume_is_used() -> None:
    mounts = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert set(COMPOSE["volumes"]) == {mount for mount in mounts if not mount.startswith(".")}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_token_is_seen_by_setup_and_its_program_alone(role: Any) -> None:
    volume, target = f"{role.name}-token", f"/run/kilowitness/{role.name}"
    mounts = {name: m for name in SERVICES for m in SERVICES[name].get("volumes", []) if m.startswith(volume)}
    assert mounts == {"setup": f"{volume}:{target}", role.name: f"{volume}:{target}:ro"}
    if role.bare:
        assert f"{target}/token" == TOKEN_FILE
    else:
        assert SERVICES[role.name]["environment"]["STORE_URL_FILE"] == f"{target}/store_url"
    assert target in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_only_setup_and_the_server_see_the_administrators_token() -> None:
    seen = {name for name, service in SERVICES.items() if "${INFLUXDB_ADMIN_TOKEN" in json.dumps(service)}
    assert seen == {"influxdb", "setup"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_settings_are_real_ones(name: str) -> None:
    environment = SERVICES[name]["environment"]
    ours = {key.removeprefix("KILOWITNESS_").lower() for key in environment if key.startswith("KILOWITNESS_")}
    assert ours <= set(Settings.model_fields)


def test_settings_validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = variables(first_start(tmp_path / "env"))
    for name in sorted(OURS):
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            for key, value in SERVICES[name]["environment"].items():
                patch.setenv(key, re.sub(r"\$\{(\w+)[^}]*\}", lambda found: written[found[1]], value))
            settings = Settings()
            assert "$" not in settings.model_dump_json()
            if name in {"service", "jobs"}:
                assert settings.http_host == "0.0.0.0"
                assert settings.api_token is not None


def test_the_service_is_asked_whether_it_can_serve() -> None:
    assert "http://127.0.0.1:8000/readyz" in SERVICES["service"]["healthcheck"]["test"][-1]


def test_the_broker_is_asked_for_a_topic_that_the_shell_leaves_alone() -> None:
    command = SERVICES["mosquitto"]["healthcheck"]["test"][1].replace("$$", "$")
    script = f"""MQTT_COLLECTOR_PASSWORD=secret; mosquitto_sub() {{ printf '%s\\n' "$@"; }}; {command}"""
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert said[:8] == ["-h", "127.0.0.1", "-u", "collector", "-P", "secret", "-t", "$SYS/broker/uptime"]


@pytest.mark.parametrize("name", ["collector", "simulator"])
def test_a_session_with_the_broker_is_a_line_of_the_kernels_table(name: str, tmp_path: Path) -> None:
    command = SERVICES[name]["healthcheck"]["test"][1]
    assert f":{1883:04X} 01 " in command
    table = "  sl  local_address rem_address   st\n   0: 0100007F:A1B2 0200A8C0:075B {} 00000000:00000000\n"
    for state, code in (("01", 0), ("02", 1), ("06", 1)):
        (tmp_path / "tcp").write_text(table.format(state))
        read = command.replace("/proc/net/tcp6", "").replace("/proc/net/tcp", str(tmp_path / "tcp"))
        assert subprocess.run(["sh", "-c", read], check=False).returncode == code


def test_our_programs_run_with_nothing_to_spare() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER kilowitness$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)


def test_ports_are_closed_to_the_network_unless_asked() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("${BIND_ADDRESS:-127.0.0.1}:") for port in ports)


def test_the_issuers_key_is_seen_by_what_signs_alone() -> None:
    assert COMPOSE["secrets"] == {"issuer_key": {"file": "./secrets/issuer.pem"}}
    assert {name for name in SERVICES if "secrets" in SERVICES[name]} == {"service", "jobs"}
    for name in ("service", "jobs"):
        assert SERVICES[name]["secrets"] == ["issuer_key"]
        assert SERVICES[name]["environment"]["KILOWITNESS_ISSUER_KEY"] == "/run/secrets/issuer_key"


def test_what_first_start_makes_is_in_no_commit_and_in_no_image() -> None:
    assert {".env", "/secrets/"} <= set((ROOT / ".gitignore").read_text().splitlines())
    sent = (ROOT / ".dockerignore").read_text().splitlines()
    assert sent[0] == "*"
    assert not {"!secrets", "!.env"} & set(sent)


@pytest.mark.parametrize("name", ["service", "jobs"])
def test_the_operators_files_are_mounted_where_the_settings_look(name: str, tmp_path: Path) -> None:
    mounts = {target: ROOT / source for source, target, *_ in
              (mount.split(":") for mount in SERVICES[name]["volumes"])}  # fmt: skip
    mounts["/run/secrets/issuer_key"] = first_start(tmp_path / "env").parent / "secrets/issuer.pem"
    environment = SERVICES[name]["environment"]
    fields = ("calendar_dir", "tariff_dir", "finality_file", "parties_file", "issuer_key")
    tables = {field: mounts[environment[f"KILOWITNESS_{field.upper()}"]] for field in fields}
    parts = parts_in(tmp_path, **tables)
    assert parts.issuer is not None
    assert (parts.tariffs, parts.patience, parts.speakers) == (load_tariffs(), load_patience(), ())
    parts.close()


def test_no_secret_is_written_down() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key):
                assert re.fullmatch(
                    r"\$\{\w+:\?set \w+ in \.env; \./deploy/first-start writes one\}", value
                ), f"{name}: {key}"
            if "://" in value and "@" in value:
                assert re.search(r"[/:]\$\{\w+:\?", value), f"{name}: {key} has a password in it"


def test_secrets_are_required() -> None:
    for use, name, rest in re.findall(r"(\$\{(\w+)([^}]*)\})", TEXT):
        if SECRET.search(name):
            assert rest.startswith(f":?set {name} in .env"), use


def test_grafana_finds_what_is_provisioned() -> None:
    mounts = dict(mount.split(":")[:2] for mount in SERVICES["grafana"]["volumes"])
    assert mounts["./dashboards/generated"] == DASHBOARD_FOLDER
    for name in PROVISIONING:
        folder = name.split("/", maxsplit=1)[0]
        assert mounts[f"./dashboards/provisioning/{folder}"] == f"/etc/grafana/provisioning/{folder}"
        assert (ROOT / "dashboards/provisioning" / name).exists()
    used = set(re.findall(r"\$(\w+)", PROVISIONING["datasources/kilowitness.yaml"])) - {"__file"}
    assert used <= SERVICES["grafana"]["environment"].keys()


def test_image_is_built_from_files_that_are_sent_and_exist() -> None:
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / path).exists() for path in sent)
    copied = re.findall(r"deploy/[\w-]+", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert set(copied) == {path for path in sent if path.startswith("deploy/")}
    assert all(os.access(ROOT / path, os.X_OK) for path in copied)
