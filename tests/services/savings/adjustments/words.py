"""Wordings of adjustments for tests: bodies over HTTP, and the engine's own."""

from datetime import date
from typing import Any

from services.mv.adjustments.adjustment import Adjustment, Kind
from services.mv.adjustments.terms import Lamps, Term

PATH = "/contracts/emc-001/adjustments"
LAMPS = {"formula": "lamps", "count": 12, "watts": 40, "hours": 10}


def body(**fields: Any) -> dict[str, Any]:
    """Twelve lamps of 40 W hung from 10 June to 20 July 2025, ten hours a day: 4.8 kWh/d."""
    return {
        "kind": "lamps",
        "first_day": "2025-06-10",
        "last_day": "2025-07-20",
        "term": LAMPS,
        "reason": "a further corridor",
        "evidence": ["work order 17"],
        "by": "Li",
        "role": "esco",
        **fields,
    }


def approval(sha: str, side: str = "client", **fields: Any) -> dict[str, Any]:
    """The body of an approval."""
    return {"side": side, "by": "Wang", "role": "head of logistics", "content_sha256": sha, **fields}


def adjustment(code: str = "lamps-1", *, term: Term | None = None, contract: str = "emc-001") -> Adjustment:
    """What `body` says."""
    return Adjustment(
        code=code,
        contract=contract,
        kind=Kind.LAMPS,
        first_day=date(2025, 6, 10),
        last_day=date(2025, 7, 20),
        term=term or Lamps(12, 40.0, 10.0),
        reason="a further corridor",
        evidence=("work order 17",),
    )
