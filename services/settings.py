"""The settings of every program, read once from the environment and `.env` by its `__main__`."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every field is the environment variable `KILOWITNESS_<FIELD>`; the README lists them."""

    model_config = SettingsConfigDict(
        env_prefix="KILOWITNESS_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    mqtt_url: str = "mqtt://127.0.0.1:1883"
    store_url: str = "sqlite:///var/readings.db"
    database_url: str = "sqlite:///var/kilowitness.db"
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    http_host: str = "127.0.0.1"
    http_port: int = Field(8000, ge=0, le=65535)
    api_token: SecretStr | None = None
    """Writers of the HTTP API must show it as a bearer token; required to listen beyond this machine."""
    deadletter_path: Path = Path("var/deadletter.db")
    deadletter_most_mb: int = Field(1024, ge=1)
    """MiB that dead letters may take; then collectors leave what they cannot understand at the broker."""
    profile_dir: Path | None = None
    """Folder of device profiles (TOML) that add to or override the built-in ones."""
    share_group: str | None = Field(None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    """Collectors with the same group share the messages (MQTT 5 shared subscriptions)."""
    collector_id: str = Field("collector-1", pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    batch_messages: int = Field(5000, ge=1, le=60_000)
    """Most messages written and acknowledged together; at most the broker's in-flight limit."""
    jobs_interval_s: float = Field(60.0, gt=0)
    calendar_dir: Path | None = None
    """Folder of yearly working-calendar files (holiday-cn JSON) that add to or override the built-in ones."""
    tariff_dir: Path | None = None
    """Folder of tariffs (TOML) that add to or override the built-in ones."""
    finality_file: Path | None = None
    """Dated lines (TOML) of how long a month's data are waited for, beside the built-in ones."""
    parties_file: Path | None = None
    """Who speaks for which side of which contract (TOML), each with a token of its own."""
    issuer_key: Path | None = None
    """The Ed25519 key (PEM) that signs statements; without it bundles are unsigned, and say so."""
    health_interval_s: float = Field(10.0, gt=0)
    """How often a collector tells how much it took in."""
    grid_region: str = "national"
    """Whose grid CO2 factor carbon is computed with: a region of services/indicators/coefficients.toml."""
    grafana_url: str | None = None
    grafana_token: SecretStr | None = None
    """A service account's token, for `kilowitness dashboards push`."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not a time zone; try Asia/Shanghai") from error
        return name

    @field_validator("mqtt_url")
    @classmethod
    def _mqtt_scheme(cls, url: str) -> str:
        if not url.startswith(("mqtt://", "mqtts://")):
            raise ValueError("starts with mqtt:// or mqtts://, for example mqtt://user:pass@host:1883")
        return url

    @field_validator("store_url")
    @classmethod
    def _store_scheme(cls, url: str) -> str:
        schemes = ("sqlite:///", "influxdb://", "influxdb2://", "influxdb3://",
                   "influxdbs://", "influxdbs2://", "influxdbs3://")  # fmt: skip
        if not url.startswith(schemes):
            raise ValueError(
                "starts with sqlite:///, influxdb://, influxdb2:// or influxdb3:// "
                "(influxdbs://, influxdbs2://, influxdbs3:// for TLS)"
            )
        return url

    @property
    def zone(self) -> ZoneInfo:
        """The institutions' time zone, for period arithmetic."""
        return ZoneInfo(self.timezone)


class SettingsError(Exception):
    """A setting is wrong; the message is one line that names it and the cure."""


def load_settings() -> Settings:
    """Read the settings, or raise `SettingsError` with one line that names the wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = "KILOWITNESS_" + str(first["loc"][0]).upper()
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise SettingsError(f"{name}: {reason}") from None
