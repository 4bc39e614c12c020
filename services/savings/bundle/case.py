"""A bundle that was opened: its files by name, each read and computed from when it is first needed."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from services.savings.bundle import ledger
from services.savings.bundle.archive import NotABundle, unpack
from services.savings.bundle.days import runs_of
from services.savings.bundle.making import FORMAT, LEDGER, MANIFEST, SETTLEMENT
from services.savings.bundle.parts import spelled, weather_meter
from services.savings.bundle.register import Quote, Register
from services.savings.bundle.rows import INTERVALS, READINGS, Faulty, Key, Run, read_quotes
from services.savings.settlement.faults import Fault

MOST_JSON = 32 * 1024 * 1024
"""Bytes of a JSON file, many times as much once read; ten years of 200 meters have half of that."""


class Case:
    """The files of one bundle. Reading them raises `Faulty`, or a `ValueError` and its kind."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def files(self) -> dict[str, bytes]:
        """By name, in the order of the archive."""
        try:
            return unpack(self.data)
        except NotABundle as error:
            raise Faulty(Fault(str(error))) from error

    def text(self, name: str) -> str:
        """A file's text."""
        if name not in self.files:
            raise Faulty(Fault("missing", file=name))
        return self.files[name].decode("utf-8")

    def json(self, name: str) -> Any:
        """A JSON file in its one spelling."""
        text = self.text(name)
        if len(self.files[name]) > MOST_JSON:
            raise Faulty(Fault(f"longer than {MOST_JSON} bytes", file=name))
        document = json.loads(text)
        if spelled(document) != self.files[name]:
            raise Faulty(Fault("not in canonical spelling", file=name))
        return document

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The content of `manifest.json`."""
        found = self.json(MANIFEST)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise Faulty(Fault(f"format: not {FORMAT}", file=MANIFEST))
        return found

    @cached_property
    def document(self) -> dict[str, Any]:
        """The settlement document."""
        found = self.json(SETTLEMENT)
        if not isinstance(found, dict):
            raise Faulty(Fault("no settlement", file=SETTLEMENT))
        return found

    @cached_property
    def zone(self) -> ZoneInfo:
        """Whose days are counted."""
        return ZoneInfo(self.manifest["time_zone"])

    @cached_property
    def registers(self) -> dict[str, Register]:
        """The registers by meter."""
        return ledger.read(self.json(LEDGER))

    @cached_property
    def weather(self) -> bool:
        """Whether the contract names weather."""
        return weather_meter(self.document) is not None

    @cached_property
    def quotes(self) -> Mapping[Key, Quote]:
        """The readings quoted."""
        return read_quotes(self.text(INTERVALS), self.text(READINGS), weather=self.weather)

    @cached_property
    def runs(self) -> list[Run]:
        """The intervals as they follow from the quoted readings."""
        return runs_of(self.document, self.registers, self.quotes, self.zone)
