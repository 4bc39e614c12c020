"""The product as the simulator sees it: its HTTP interface under /api/v1, and nothing behind it."""

import time
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx2

_RETRY_S = 0.25
_NOT_READY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}


class ServiceRefused(Exception):
    """The product refused, or does not answer; the message is one line that says what and why."""


class Service:
    """A client that shows `token` to writers' routes and waits `patience_s` for a service that starts."""

    def __init__(self, base_url: str, *, token: str | None = None, patience_s: float = 60.0) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._base_url = base_url.rstrip("/")
        self._client = httpx2.Client(
            base_url=f"{self._base_url}/api/v1", headers=headers, timeout=120, trust_env=False
        )
        self._patience_s = patience_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, **query: str) -> Any:
        """The JSON answer to GET. Raises `ServiceRefused`."""
        return self._ask("GET", path, params=query)

    def put(self, path: str, body: object) -> Any:
        """The JSON answer to PUT. Raises `ServiceRefused`."""
        return self._ask("PUT", path, json=body)

    def post(self, path: str, body: object) -> Any:
        """The JSON answer to POST. Raises `ServiceRefused`."""
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **parts: Any) -> Any:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                answer = self._client.request(method, path, **parts)
            except httpx2.ConnectError as error:
                trouble = f"no answer from {self._base_url} ({error})"
            except httpx2.HTTPError as error:
                raise ServiceRefused(f"{method} {path}: {type(error).__name__}: {error}") from error
            else:
                if answer.status_code not in _NOT_READY:
                    return _content(method, path, answer)
                trouble = f"{method} {path}: still {answer.status_code} after {self._patience_s:g} s"
            if time.monotonic() >= deadline:
                raise ServiceRefused(trouble)
            time.sleep(_RETRY_S)


def _content(method: str, path: str, answer: httpx2.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = answer.text[:200]
    raise ServiceRefused(f"{method} {path}: {answer.status_code} {detail}")
