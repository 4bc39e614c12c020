"""Which InfluxDB a store URL names, and what differs between its versions over HTTP."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

CHANGES_SUFFIX = "_changes"
CHANGES_KEPT_DAYS = 30
"""How long a notice of a change is kept; a reader that was away longer is told everything."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The write request of one major version; InfluxQL on /query is common to all."""

    version: int
    example: str
    port: int
    write_path: str
    database_parameter: str
    milliseconds: str
    authorization: str
    shows_series: bool = True
    """Whether `SHOW SERIES` is among its InfluxQL."""


DIALECTS = {
    "influxdb": Dialect(
        1, "influxdb://user:password@host:8086/database", 8086, "/write", "db", "ms", "Basic"
    ),
    "influxdb2": Dialect(
        2, "influxdb2://TOKEN@host:8086/bucket?org=ORG", 8086, "/api/v2/write", "bucket", "ms", "Token"
    ),
    "influxdb3": Dialect(
        3, "influxdb3://TOKEN@host:8181/database", 8181, "/api/v3/write_lp", "db", "millisecond", "Bearer",
        shows_series=False,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """A parsed store URL. Its text never shows the secret."""

    dialect: Dialect
    url: str
    database: str
    organization: str | None = None
    user: str = ""
    secret: str = field(default="", repr=False)

    @property
    def changes_database(self) -> str:
        """Where the notices of changes are kept, apart from the readings: they expire."""
        return self.database + CHANGES_SUFFIX

    @property
    def headers(self) -> dict[str, str]:
        """The Authorization header, none when the URL carries no credentials."""
        if not self.secret:
            return {}
        secret = self.secret
        if self.dialect.version == 1:
            secret = b64encode(f"{self.user}:{self.secret}".encode()).decode()
        return {"Authorization": f"{self.dialect.authorization} {secret}"}

    def write_parameters(self, database: str) -> Mapping[str, str]:
        """Query parameters of a write to `database`; without a precision, times are the server's own."""
        parameters = {self.dialect.database_parameter: database}
        if self.organization:
            parameters["org"] = self.organization
        return parameters


def parse(url: str) -> Server:
    """Read `influxdb[s][2|3]://…`. Raises ValueError saying what is missing, without the secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("not a URL; like influxdb://user:password@host:8086/database") from None
    dialect = DIALECTS.get(parts.scheme.replace("influxdbs", "influxdb"))
    if dialect is None:
        known = "sqlite:///, influxdb://, influxdb2:// or influxdb3://"
        raise ValueError(f"a store URL starts with {known}, not {parts.scheme}://")
    database = unquote(parts.path.removeprefix("/"))
    organization = parse_qs(parts.query).get("org", [None])[0]
    try:
        port = parts.port or dialect.port
    except ValueError:
        raise ValueError(f"the port is not a number; like {dialect.example}") from None
    if not parts.hostname or not database or "/" in database:
        raise ValueError(f"a host and one name after it are needed; like {dialect.example}")
    if dialect.version == 2 and not organization:
        raise ValueError(f"the organization is missing; like {dialect.example}")
    user, secret = _credentials(parts, dialect)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    scheme = "https" if parts.scheme.startswith("influxdbs") else "http"
    return Server(dialect, f"{scheme}://{host}:{port}", database, organization, user, secret)


def _credentials(parts: SplitResult, dialect: Dialect) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if dialect.version == 1:
        return user, password
    return "", f"{user}:{password}" if password else user
