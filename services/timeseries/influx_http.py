"""One InfluxDB server over HTTP: lines out, frames in, every refusal told apart by who must act on it.

A line the server will never take (400, 422) is found by halving the batch, so that all others are stored. A
request too large (413) is halved as well. Anything else that is not success leaves the batch to be repeated.
"""

import gzip
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import msgspec

from services.timeseries.influx_url import Server
from services.timeseries.schema import Measurement
from services.timeseries.store import StoreUnavailable

_REFUSED = {400, 413, 422}


class Frame(msgspec.Struct):
    """The rows of one tag set: `columns` begins with time; an absent value is None."""

    columns: list[str]
    values: list[list[float | int | str | None]] = []
    tags: dict[str, str | None] = {}

    def identity(self, measurement: Measurement) -> tuple[str, ...]:
        """The tag values in the measurement's order; a tag the points do not have is empty."""
        return tuple(self.tags.get(tag) or "" for tag in measurement.tags)


class _Result(msgspec.Struct):
    series: list[Frame] = []
    error: str = ""
    partial: bool = False


class _Answer(msgspec.Struct):
    results: list[_Result] = []
    error: str = ""


_ANSWERS = msgspec.json.Decoder(_Answer)


class InfluxHttp:
    """Requests to one server. Safe to use from several threads.

    `gzip_from_bytes`: compress larger writes; it pays on a slow line only (on the loopback it costs a quarter
    of the throughput), so it is off by default. `transport` is for tests.
    """

    def __init__(
        self,
        server: Server,
        *,
        timeout_s: float = 30.0,
        gzip_from_bytes: int | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.server = server
        self._gzip_from_bytes = gzip_from_bytes
        self._client = httpx2.Client(
            base_url=server.url,
            headers=server.headers,
            timeout=httpx2.Timeout(timeout_s, connect=min(5.0, timeout_s)),
            limits=httpx2.Limits(max_connections=32, max_keepalive_connections=8),
            verify=ssl.create_default_context(),
            trust_env=False,
            transport=transport,
        )

    def write(self, lines: Sequence[bytes], *, database: str, stamped: bool) -> list[tuple[int, str]]:
        """Store the lines; (index, reason) of those that the server will never take.

        `stamped`: the lines carry times in milliseconds; otherwise the server gives them its own time.
        """
        parameters = dict(self.server.write_parameters(database))
        if stamped:
            parameters["precision"] = self.server.dialect.milliseconds
        rejected = []
        pending = [(0, len(lines))]
        while pending:
            first, end = pending.pop()
            reason = self._post(b"\n".join(lines[first:end]), parameters)
            if reason is not None and end - first == 1:
                rejected.append((first, reason))
            elif reason is not None:
                middle = (first + end) // 2
                pending += [(middle, end), (first, middle)]
        return rejected

    def query(
        self, statement: str, *, database: str, epoch: str = "ms", chunked: bool = False
    ) -> list[Frame]:
        """The frames an InfluxQL SELECT answers with. Raises `StoreUnavailable`."""
        parameters = {"db": database, "epoch": epoch, "q": statement}
        if chunked:
            parameters["chunked"] = "true"
        response = self.request("GET", "/query", parameters=parameters)
        if response.status_code != 200:
            raise self.unavailable(response)
        answers = self._decoded(response)
        results = [result for answer in answers for result in answer.results]
        for error in [answer.error for answer in answers] + [result.error for result in results]:
            if error:
                raise StoreUnavailable(f"InfluxDB at {self.server.url} cannot answer: {error[:300]}")
        if not chunked and any(result.partial for result in results):
            return self.query(statement, database=database, epoch=epoch, chunked=True)
        return [frame for result in results for frame in result.series]

    def request(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """The server's answer, whatever its status. Raises `StoreUnavailable` when there is none."""
        try:
            return self._client.request(method, path, params=parameters, content=content, headers=headers)
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise StoreUnavailable(f"InfluxDB at {self.server.url} does not answer: {reason}") from error

    def unavailable(self, response: httpx2.Response) -> StoreUnavailable:
        """What to raise for an answer that says nothing about single lines."""
        status = response.status_code
        cure = {
            401: "; check the user, password or token in the store URL",
            403: "; the user or token in the store URL may not do this",
            404: f"; is there a database or bucket {self.server.database!r}?",
        }.get(status, "")
        return StoreUnavailable(
            f"InfluxDB at {self.server.url} answers {status}: {said(response)}{cure}",
            pause_asked(response.headers.get("Retry-After", ""), datetime.now(UTC)),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, body: bytes, parameters: Mapping[str, str]) -> str | None:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self._gzip_from_bytes is not None and len(body) >= self._gzip_from_bytes:
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        response = self.request(
            "POST", self.server.dialect.write_path, parameters=parameters, content=body, headers=headers
        )
        if response.is_success:
            return None
        if response.status_code in _REFUSED:
            return said(response)
        raise self.unavailable(response)

    def _decoded(self, response: httpx2.Response) -> list[_Answer]:
        try:
            return _ANSWERS.decode_lines(response.content)
        except msgspec.DecodeError as error:
            raise StoreUnavailable(f"InfluxDB at {self.server.url} answers no JSON: {error}") from error


def pause_asked(retry_after: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks to wait (RFC 9110, 10.2.3: a number, or a date)."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


class _Refusal(msgspec.Struct):
    error: str = ""
    message: str = ""
    data: object = None


def said(response: httpx2.Response) -> str:
    """The reason in a refusal's body: `error` (1.x, 3.x), `message` (2.x), 3.x naming the line in `data`."""
    try:
        body = msgspec.json.decode(response.content, type=_Refusal)
    except msgspec.DecodeError:
        return response.text.strip()[:300] or response.reason_phrase
    reason = body.error or body.message or response.reason_phrase
    if isinstance(body.data, list) and body.data and isinstance(body.data[0], dict):
        reason = f"{reason}: {body.data[0].get('error_message', '')}"
    return reason[:300]
