"""What is kept in the end, read without the product: InfluxDB over HTTP, letters from their file."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from simulators.faulty.ledger import Letter, Row
from simulators.faulty.messages import INSTITUTION, METERS
from simulators.processes import ProgramFailed

DATABASE = "faults"
_IGNORED = {"time", "quality"}
_NS_IN_MS = 1_000_000


class Contents:
    """The database at `port` of this machine, asked directly and not through any proxy."""

    def __init__(self, port: int) -> None:
        self._port = port

    def create(self, line: str) -> None:
        """Make the database, with one line in it."""
        self._request("POST", "/query", {"q": f'CREATE DATABASE "{DATABASE}"'})
        self._request("POST", "/write", {"db": DATABASE, "precision": "ms"}, line.encode())

    def count(self) -> int:
        """How many rows have a register."""
        found = list(self._select('SELECT count("energy_kwh") FROM "readings"'))
        return int(found[0]["values"][0][1]) if found else 0

    def rows(self) -> Iterator[Row]:
        """Every row of every series, meter by meter. A series of nobody's institution is another meter."""
        for meter in [*(f"m{place}" for place in range(METERS)), None]:
            yield from self._rows_of(meter)

    def _rows_of(self, meter: str | None) -> Iterator[Row]:
        """One meter's rows, or those of every meter that is none of the gateways'."""
        ours = "|".join(f"m{place}" for place in range(METERS))
        which = f"\"meter\" = '{meter}'" if meter else f'"meter" !~ /^({ours})$/'
        for series in self._select(f'SELECT * FROM "readings" WHERE {which} GROUP BY *'):  # noqa: S608
            tags, columns = series["tags"], series["columns"]
            name = tags["meter"] if tags["institution"] == INSTITUTION else "/".join(tags.values())
            for row in series["values"]:
                time_ms, beside = divmod(row[0], _NS_IN_MS)
                values = {
                    channel: value
                    for channel, value in zip(columns, row, strict=True)
                    if channel not in _IGNORED and value is not None
                }
                yield name if not beside else f"{name} between milliseconds", time_ms, values

    def _select(self, statement: str) -> Iterator[dict[str, Any]]:
        answer = self._request("GET", "/query", {"db": DATABASE, "epoch": "ns", "q": statement})
        (result,) = json.loads(answer)["results"]
        if "error" in result or result.get("partial"):
            raise ProgramFailed(f"influxd answers {result.get('error', 'in part')} to {statement}")
        yield from result.get("series", ())

    def _request(self, method: str, path: str, query: dict[str, str], body: bytes | None = None) -> bytes:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            connection.request(method, f"{path}?{urlencode(query)}", body)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status not in {200, 204}:
            raise ProgramFailed(f"influxd answers {response.status}: {content[:200]!r}")
        return content


def letters_in(path: Path) -> Counter[Letter]:
    """How often each message is in the dead letter file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
        rows = db.execute("SELECT topic, payload FROM letter").fetchall()
    return Counter((topic, bytes(payload)) for topic, payload in rows)
