"""Where the broker is and who we are there, read from one URL."""

import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker; `tls` is None for a plain connection. As text it never shows the password."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def broker_address(url: str) -> BrokerAddress:
    """Read `mqtt://user:password@host:port` or `mqtts://…`, there with `?ca=FILE` for a private authority.

    Raises ValueError with one line that names what is wrong, without the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"KILOWITNESS_MQTT_URL: {error}") from None
    if parts.scheme not in _PORTS:
        raise ValueError("KILOWITNESS_MQTT_URL: starts with mqtt:// or mqtts://")
    if not parts.hostname:
        raise ValueError("KILOWITNESS_MQTT_URL: names no host")
    if parts.path not in {"", "/"}:
        raise ValueError(f"KILOWITNESS_MQTT_URL: {parts.path} after the host means nothing here")
    return BrokerAddress(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=_tls(parse_qs(parts.query)) if parts.scheme == "mqtts" else None,
    )


def _tls(query: dict[str, list[str]]) -> ssl.SSLContext:
    authority = query.get("ca", [None])[0]
    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        raise ValueError(f"KILOWITNESS_MQTT_URL: ca={authority}: {error.strerror or error}") from None
