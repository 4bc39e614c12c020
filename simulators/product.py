"""The product as anyone meets it over HTTP: is it up, what has it stored, what does it say."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2


class Product:
    """A client of the service at `base_url`; `token` opens the writing routes."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx2.Client(base_url=base_url, headers=headers, timeout=60, trust_env=False)

    def close(self) -> None:
        """Drop the connections."""
        self._client.close()

    def get(self, path: str, **params: str) -> Any:
        """The JSON at `/api/v1{path}`; raises httpx2.HTTPError when it is not to be had."""
        answer = self._client.get(f"/api/v1{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    def ready(self) -> bool:
        """Whether the service can serve."""
        try:
            return self._client.get("/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def ingest(self) -> Mapping[str, Any]:
        """How many messages and values have been stored, and how many items rejected."""
        figures: Mapping[str, Any] = self.get("/ingest")
        return figures


def wait_until(
    condition: Callable[[], bool],
    *,
    what: str,
    seconds: float,
    check: Callable[[], None],
    every_s: float = 0.25,
) -> None:
    """Return once `condition` holds; `check` may raise meanwhile. Raises TimeoutError that names `what`."""
    deadline = time.monotonic() + seconds
    while not condition():
        check()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(every_s)
