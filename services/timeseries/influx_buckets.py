"""Buckets, InfluxQL mappings and scoped tokens of InfluxDB 2.x, through its own client library."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from influxdb_client import (
    Authorization,
    Bucket,
    BucketRetentionRules,
    DBRPCreate,
    DBRPsService,
    InfluxDBClient,
    Permission,
    PermissionResource,
)
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from services.timeseries.influx_url import CHANGES_KEPT_DAYS, Server
from services.timeseries.store import StoreUnavailable

_log = logging.getLogger(__name__)


def prepare(server: Server) -> None:
    """Create the bucket, which keeps for ever, and the one of notices, each with its mapping."""
    with _client(server) as client:
        for name, days in ((server.database, None), (server.changes_database, CHANGES_KEPT_DAYS)):
            try:
                _bucket_with_mapping(client, server, name, days)
            except ApiException as error:
                if error.status not in {401, 403}:
                    raise
                _log.warning("InfluxDB at %s: not allowed to create %s; going on without", server.url, name)


def scoped_token(server: Server, *, description: str, read: bool = False, write: bool = False) -> str:
    """A new 2.x token for this bucket only: `write` for a collector, `read` for Grafana, both for jobs.

    A writer also writes the notices of changes, and who reads and writes also reads them. The
    URL's own token must be allowed to create tokens. Raises `StoreUnavailable`.
    """
    with _client(server) as client:
        buckets = client.buckets_api()
        data = buckets.find_bucket_by_name(server.database)
        notices = buckets.find_bucket_by_name(server.changes_database)
        if data is None or notices is None:
            raise StoreUnavailable(
                f"InfluxDB at {server.url} has no bucket {server.database!r}; prepare it first"
            )
        permissions = [_permission("read", data)] if read else []
        permissions += [_permission("write", bucket) for bucket in (data, notices) if write]
        permissions += [_permission("read", notices)] if read and write else []
        made = client.authorizations_api().create_authorization(
            authorization=Authorization(
                org_id=data.org_id, permissions=permissions, description=description
            )
        )  # fmt: skip
        return str(made.token)


def accepts(server: Server, token: str) -> bool:
    """Whether the server still knows a token. Raises `StoreUnavailable`."""
    with _client(replace(server, secret=token)) as client:
        try:
            client.buckets_api().find_buckets(limit=1)
        except ApiException as error:
            if error.status == 401:
                return False
            raise
    return True


def _permission(action: str, bucket: Bucket) -> Permission:
    resource = PermissionResource(type="buckets", id=bucket.id, org_id=bucket.org_id)
    return Permission(action=action, resource=resource)


def _bucket_with_mapping(client: InfluxDBClient, server: Server, name: str, days: int | None) -> None:
    buckets = client.buckets_api()
    bucket = buckets.find_bucket_by_name(name)
    if bucket is None:
        rules = [BucketRetentionRules(type="expire", every_seconds=days * 86_400)] if days else []
        bucket = buckets.create_bucket(bucket_name=name, org=server.organization, retention_rules=rules)
    mappings = DBRPsService(client.api_client)
    if not mappings.get_dbr_ps(org=server.organization, db=name).content:
        mappings.post_dbrp(
            dbrp_create=DBRPCreate(
                org=server.organization,
                bucket_id=bucket.id,
                database=name,
                retention_policy="autogen",
                default=True,
            )
        )


@contextmanager
def _client(server: Server) -> Iterator[InfluxDBClient]:
    try:
        with InfluxDBClient(
            url=server.url, token=server.secret, org=server.organization, timeout=10_000, retries=False
        ) as client:
            yield client
    except ApiException as error:
        raise StoreUnavailable(
            f"InfluxDB at {server.url} answers {error.status}: {error.message or error.reason}; "
            "check the organization and the token in the store URL"
        ) from error
    except HTTPError as error:
        raise StoreUnavailable(f"InfluxDB at {server.url} does not answer: {error}") from error
