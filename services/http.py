"""What every route shares: problem details (RFC 9457), the writer's token, and pages by cursor."""

import base64
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Generic, TypeVar

from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, SecretStr
from starlette.exceptions import HTTPException

Item = TypeVar("Item")


class Problem(Exception):
    """An answer other than success: `status`, and a `detail` that names the culprit and the cure."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is None on the last."""

    items: Sequence[Item]
    next_cursor: str | None = None


def encode_cursor(key: str) -> str:
    """An opaque cursor for the key of the last row shown."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """The key inside a cursor; raises `Problem` 400 when it is not one of ours."""
    if cursor is None:
        return None
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "cursor: not one that this service gave out") from error


def encode_place(at: datetime, key: str) -> str:
    """The cursor of a list that is ordered by an instant and a key."""
    return encode_cursor(f"{at.isoformat()}|{key}")


def decode_place(cursor: str | None) -> tuple[datetime, str] | None:
    """The instant and the key inside a cursor; raises `Problem` 400 when it is not one of ours."""
    place = decode_cursor(cursor)
    if place is None:
        return None
    instant, _, key = place.partition("|")
    try:
        return datetime.fromisoformat(instant).astimezone(UTC), key
    except (ValueError, OverflowError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "cursor: not one that this service gave out") from error


def writer_guard(token: SecretStr | None) -> Callable[[str | None], None]:
    """A dependency that lets a writer pass: everyone when no token is set, else its bearer."""

    def guard(authorization: Annotated[str | None, Header()] = None) -> None:
        if token is None:
            return
        shown = (authorization or "").removeprefix("Bearer ")
        if not secrets.compare_digest(shown.encode(), token.get_secret_value().encode()):
            raise Problem(
                HTTPStatus.UNAUTHORIZED, "Authorization: show the bearer token KILOWITNESS_API_TOKEN"
            )

    return guard


def problem_response(
    status: int, detail: str, *, headers: dict[str, str] | None = None, **members: object
) -> JSONResponse:
    """Problem details as an answer; `members` are extension members."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    if status == HTTPStatus.UNAUTHORIZED:
        headers = {"WWW-Authenticate": "Bearer", **(headers or {})}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def install_problem_details(app: FastAPI) -> None:
    """Make every error of `app` an `application/problem+json` answer."""

    @app.exception_handler(Problem)
    def _ours(_request: Request, error: Problem) -> JSONResponse:
        return problem_response(error.status, error.detail)

    @app.exception_handler(HTTPException)
    def _framework(_request: Request, error: HTTPException) -> JSONResponse:
        return problem_response(error.status_code, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(Exception)
    def _unforeseen(_request: Request, _error: Exception) -> JSONResponse:
        return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed; its log says why")

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"pointer": "/".join(str(part) for part in row["loc"]), "detail": row["msg"]}
            for row in error.errors()
        ]
        first = errors[0]
        detail = f"{first['pointer']}: {first['detail']}"
        return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)
