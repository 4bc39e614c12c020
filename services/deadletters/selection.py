"""Which letters are meant: by number, or by what they have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from services.deadletters.tables import CODE


@dataclass(frozen=True, slots=True)
class Selection:
    """Letters that answer every condition given; with none given, all of them.

    `topic` is an MQTT topic filter, `reason` the code that a reason begins with, `collector` who kept the
    letter, `requested` whether its replay was asked for, `until` the last number meant.
    """

    ids: Sequence[int] | None = None
    collector: str | None = None
    topic: str | None = None
    reason: str | None = None
    requested: bool = False
    until: int | None = None

    def where(self) -> tuple[str, list[object]]:
        """An SQL condition over the table `letter`, and its parameters."""
        clauses: list[str] = ["TRUE"]
        values: list[object] = []
        for clause, value in (
            ("collector = ?", self.collector),
            (f"id IN (SELECT letter FROM reject WHERE {CODE} = ?)", self.reason),  # noqa: S608
            (_topic_clause(self.topic), self.topic),
            ("id <= ?", self.until),
            ("id IN (SELECT value FROM json_each(?))", _listed(self.ids)),
        ):
            if value is not None:
                clauses.append(clause)
                values.append(value)
        if self.requested:
            clauses.append("requested_ms IS NOT NULL")
        return " AND ".join(clauses), values


def _topic_clause(topic: str | None) -> str:
    plain = topic is not None and "+" not in topic and "#" not in topic
    return "topic = ?" if plain else "topic_matches(?, topic)"


def _listed(ids: Sequence[int] | None) -> str | None:
    return None if ids is None else msgspec.json.encode(list(ids)).decode()
