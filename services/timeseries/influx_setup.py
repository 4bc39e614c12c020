"""The databases a store needs on an InfluxDB server, made once by whoever may make them.

A user or token that may not create is no error here, because a write-only collector need not: what is then
missing is said by the first write or read.
"""

import logging

import msgspec

from services.timeseries import influxql
from services.timeseries.influx_http import InfluxHttp
from services.timeseries.influx_url import CHANGES_KEPT_DAYS

_log = logging.getLogger(__name__)


def prepare(http: InfluxHttp) -> None:
    """Create the database or bucket, which keeps for ever, and the one of notices. Safe to repeat."""
    server = http.server
    if server.dialect.version == 2:
        # Imported here because the client library costs every other start half a second.
        from services.timeseries import influx_buckets

        influx_buckets.prepare(server)
        return
    for database, days in ((server.database, None), (server.changes_database, CHANGES_KEPT_DAYS)):
        if server.dialect.version == 1:
            duration = f" WITH DURATION {days}d" if days else ""
            statement = f"CREATE DATABASE {influxql.name(database)}{duration}"
            response = http.request("POST", "/query", parameters={"q": statement})
        else:
            body = {"db": database} | ({"retention_period": f"{days}d"} if days else {})
            response = http.request(
                "POST",
                "/api/v3/configure/database",
                content=msgspec.json.encode(body),
                headers={"Content-Type": "application/json"},
            )
        if response.status_code == 403:
            _log.warning("InfluxDB at %s: not allowed to create %s; going on without", server.url, database)
        elif not response.is_success and response.status_code != 409:
            raise http.unavailable(response)
