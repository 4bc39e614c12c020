"""Dashboards into a Grafana that is already there, over its HTTP API."""

from collections.abc import Iterable
from typing import Any, Protocol

from grafana_client import GrafanaApi, TokenAuth
from grafana_client.client import GrafanaClientError, GrafanaException

from dashboards.provisioning import FOLDER_TITLE, FOLDER_UID

TIMEOUT_S = 30.0


class PushRefused(Exception):
    """Grafana did not take the dashboards; the message is one line with its reason."""


class Saved(Protocol):
    """Called with the title and the address of each dashboard that Grafana took."""

    def __call__(self, title: str, address: str) -> None: ...


def push(url: str, token: str, dashboards: Iterable[dict[str, Any]], saved: Saved) -> None:
    """Create the folder where it is missing, and create or overwrite every dashboard by its uid.

    `token` is a service account's with the role Editor. Raises `PushRefused`.
    """
    grafana = GrafanaApi.from_url(url=url, credential=TokenAuth(token=token), timeout=TIMEOUT_S)
    try:
        _ensure_folder(grafana)
        for dashboard in dashboards:
            answer = grafana.dashboard.update_dashboard(
                {"dashboard": dashboard, "folderUid": FOLDER_UID, "overwrite": True}
            )
            saved(dashboard["title"], url.rstrip("/") + answer["url"])
    except GrafanaException as error:
        raise PushRefused(f"{url}: {error.message}") from error
    except OSError as error:
        raise PushRefused(f"{url}: {error}") from error


def _ensure_folder(grafana: GrafanaApi) -> None:
    try:
        grafana.folder.get_folder(FOLDER_UID)
    except GrafanaClientError as error:
        if error.status_code != 404:
            raise
        grafana.folder.create_folder(FOLDER_TITLE, uid=FOLDER_UID)
