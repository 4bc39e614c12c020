"""Plausibility limits: dated, with a source, and never edited away silently."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from services.metering.ledger import RegisterLine
from services.metering.limits import LimitsError, built_in, load_limits
from services.metering.registers import weigh

ROW = """
[[register]]
valid_from = {since}
rated_margin = {margin}
shortest_judged_h = 1.0
rollover_top_share = 0.9
rollover_most_share = 0.01
source = "{source}"
mark = "{mark}"
"""
CLOCK = """
[[clock]]
valid_from = 2020-01-01
marked_s = 300.0
steady_s = 60.0
source = "x"
mark = "M"
"""


def row(since: str = "2020-01-01", margin: str = "2.0", source: str = "x", mark: str = "M") -> str:
    return ROW.format(since=since, margin=margin, source=source, mark=mark)


def table(folder: Path, *rows: str) -> Path:
    file = folder / "limits.toml"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def test_the_products_own_table_is_whole_and_read_once() -> None:
    assert built_in() is built_in()
    assert built_in().registers[0].rated_margin == 2
    assert built_in().of_clock(0) == built_in().clocks[0]


def test_a_span_is_judged_by_the_limit_in_force_when_it_began(tmp_path: Path) -> None:
    limits = load_limits(table(tmp_path, row(), row("2026-01-02", "1.0"), CLOCK))
    start = datetime(2026, 1, 1, 22, tzinfo=UTC)
    times = int(start.timestamp() * 1000) + np.arange(5) * 3_600_000
    ledger = [RegisterLine(datetime(2025, 1, 1, tzinfo=UTC), digits=6, rated_kw=10)]
    weighed = weigh(times, np.arange(5) * 15.0, ledger=ledger, gap_limit_s=5400, limits=limits)
    assert weighed.cumulative.known.tolist() == [True, True, False, False]
    assert limits.of_registers(np.array([0])).tolist() == [0]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((row(source=""), CLOCK), "needs a source"),
        ((row(mark="X"), CLOCK), "needs a source, and a mark"),
        ((row(margin="0.0"), CLOCK), "rated_margin is not a positive figure"),
        ((row(margin="2"), CLOCK), "rated_margin is not a positive figure"),
        ((row(margin='"2"'), CLOCK), "rated_margin is not a positive figure"),
        ((row("2026-01-01"), row("2025-01-01"), CLOCK), "follow each other in time"),
        ((row(), row(), CLOCK), "follow each other in time"),
        ((CLOCK,), "'register'"),
        ((row() + "other = 1.0", CLOCK), "other"),
        ((row().replace("rated_margin = 2.0", ""), CLOCK), "rated_margin"),
    ],
)
def test_a_row_that_does_not_hold_is_named(tmp_path: Path, rows: tuple[str, ...], said: str) -> None:
    with pytest.raises(LimitsError, match=said):
        load_limits(table(tmp_path, *rows))
