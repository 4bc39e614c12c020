"""A right setting is taken, a wrong one stops with one line that names it."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("KILOWITNESS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()
    assert settings.store_url == "sqlite:///var/readings.db"
    assert settings.database_url == "sqlite:///var/kilowitness.db"
    assert settings.zone == ZoneInfo("Asia/Shanghai")
    assert settings.language == "zh"
    assert settings.api_token is None


def test_the_environment_is_read_and_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("KILOWITNESS_LANGUAGE=en\nKILOWITNESS_HTTP_PORT=1\nOTHER=x\n")
    monkeypatch.setenv("KILOWITNESS_HTTP_PORT", "8123")
    settings = load_settings()
    assert (settings.language, settings.http_port) == ("en", 8123)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("KILOWITNESS_TIMEZONE", "Asia/Shangai", "Asia/Shanghai"),
        ("KILOWITNESS_TIMEZONE", "../etc", "not a time zone"),
        ("KILOWITNESS_MQTT_URL", "tcp://host", "mqtt://"),
        ("KILOWITNESS_STORE_URL", "mysql://host", "influxdb2://"),
        ("KILOWITNESS_LANGUAGE", "fr", "'zh'"),
        ("KILOWITNESS_HTTP_PORT", "eighty", "integer"),
        ("KILOWITNESS_BATCH_MESSAGES", "0", "greater than or equal to 1"),
        ("KILOWITNESS_COLLECTOR_ID", "a b", "pattern"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert hint in message
    assert "\n" not in message


def test_the_token_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILOWITNESS_API_TOKEN", "hidden-words")
    settings = load_settings()
    assert "hidden-words" not in repr(settings)
    assert settings.api_token is not None
    assert settings.api_token.get_secret_value() == "hidden-words"
