"""Tables on the terminal that every answer of `kilowitness mv` has: the saving, its gates, odd records."""

from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from services.mv.command.naming import record_name, source_name

PERCENT = 100
_LEAST_WIDTH = 120
"""Where nobody's terminal says otherwise, such as in a pipe."""


def console() -> Console:
    """A console as wide as the terminal, or wide enough for the tables."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=_LEAST_WIDTH)


def table(title: str, *headings: str, left: tuple[int, ...] = (0,)) -> Table:
    """An empty table whose columns are numbers, but for those at `left`."""
    found = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        min_width=cell_len(title),
    )
    for i, heading in enumerate(headings):
        found.add_column(heading, justify="left" if i in left else "right")
    return found


def kwh(value: float | None) -> str:
    """Energy for people: 0.1 kWh is more than a band tells apart."""
    return "–" if value is None else f"{value:,.1f}"


def saving_table(answer: dict[str, Any], t: dict[str, str]) -> Table:
    """Adjusted baseline, actual use, saving and band of any way."""
    found = table(t["word.saving"], "", "kWh", t["word.of_baseline"])
    start, end = answer.get("periods", {}).get("reporting", (None, None))
    span = f" [{start}, {end})" if start else ""
    adjusted, saved = answer["adjusted_baseline_kwh"], answer["savings_kwh"]
    band = answer["uncertainty_kwh"]
    found.add_row(t["word.adjusted"] + span.replace("[", r"\["), kwh(adjusted), "")
    found.add_row(t["word.actual"], kwh(answer["reporting_kwh"]), "")
    found.add_row(t["word.saved"], kwh(saved), _share(saved, adjusted), style="bold")
    found.add_row(t["word.band"], f"± {kwh(band)}", _share(band, adjusted))
    return found


def _share(part: float | None, whole: float | None) -> str:
    return f"{PERCENT * part / whole:.1f}" if part is not None and whole else ""


def findings(records: list[dict[str, Any]], title: str, t: dict[str, str]) -> Table:
    """Records as they are: figure, limit, whether it holds, and by what."""
    found = table(title, "", t["word.figure"], t["word.limit"], "", t["word.source"], left=(0, 4))
    for row in records:
        limit = "–" if row["limit"] is None else f"{row['limit']:,.6g}"
        mark = "✓" if row["ok"] else "✗"
        name, source = record_name(row["what"], t), source_name(row["source"], t)
        found.add_row(name, f"{row['figure']:,.4g}", limit, mark, source)
    return found
