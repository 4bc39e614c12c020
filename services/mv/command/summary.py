"""The answer of `kilowitness mv` for people: the printed object in, tables on the terminal out."""

from typing import Any

from rich.console import Console
from rich.table import Table

from services.mv.command.words import words

_PERCENT = 100


def print_summary(answer: dict[str, Any], *, language: str) -> None:
    """Print the saving, the model, its rivals, the gates and whatever is not as it should be."""
    t, console = words(language), Console(highlight=False)
    console.print(_saving(answer, t))
    console.print(_model(answer, t))
    if answer["candidates"]:
        console.print(_candidates(answer, t))
    console.print(_findings(answer["gates"], t["gates"], t))
    odd = [record for record in answer["records"] if not record["ok"]]
    if odd:
        console.print(_findings(odd, t["records"], t))
    console.print(f"{answer['engine']} · {t['inputs']} {answer['input_sha256'][:12]}")


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="left" if i == 0 else "right")
    return table


def _kwh(value: float) -> str:
    return f"{value:,.1f}"


def _saving(answer: dict[str, Any], t: dict[str, str]) -> Table:
    table = _table(t["saving"], "", "kWh")
    start, end = answer["periods"]["reporting"]
    adjusted, saved = answer["adjusted_baseline_kwh"], answer["savings_kwh"]
    table.add_row(f"{t['adjusted']} ({start} – {end})", _kwh(adjusted))
    table.add_row(t["actual"], _kwh(answer["reporting_kwh"]))
    share = f" ({_PERCENT * saved / adjusted:.1f} %)" if adjusted else ""
    table.add_row(t["saved"] + share, _kwh(saved), style="bold")
    table.add_row(t["band"], f"± {_kwh(answer['uncertainty_kwh'])}")
    return table


def _model(answer: dict[str, Any], t: dict[str, str]) -> Table:
    table = _table(f"{t['model']}: {answer['form']}", t["coefficient"], t["value"], t["unit"])
    for row in answer["coefficients"]:
        table.add_row(row["name"], f"{row['value']:,.3f}", row["unit"])
    fit = answer["fit"]
    table.add_row("R²", f"{fit['r2']:.4f}", "")
    table.add_row("CV(RMSE)", f"{_PERCENT * fit['cvrmse']:.2f}", "%")
    table.add_row("n′ / n", f"{fit['n_effective']:.0f} / {fit['n']}", "")
    return table


def _candidates(answer: dict[str, Any], t: dict[str, str]) -> Table:
    table = _table(t["candidates"], t["form"], "p", "R²", "R² adj", "CV(RMSE) %", "BIC", "")
    ordered = sorted(answer["candidates"], key=lambda c: (c["bic"] is None, c["bic"]))
    for row in ordered:
        known = row["bic"] is not None
        figures = (
            [
                f"{row['r2']:.4f}",
                f"{row['adjusted_r2']:.4f}",
                f"{_PERCENT * row['cvrmse']:.2f}",
                f"{row['bic']:.1f}",
            ]
            if known
            else ["–"] * 4
        )
        table.add_row(row["form"], str(row["p"]), *figures, t[f"why_{row['why_not'] or 'chosen'}"])
    return table


def _findings(records: list[dict[str, Any]], title: str, t: dict[str, str]) -> Table:
    table = _table(title, "", t["figure"], t["limit"], "", t["source"])
    for row in records:
        limit = "–" if row["limit"] is None else f"{row['limit']:g}"
        mark = "✓" if row["ok"] else "✗"
        table.add_row(row["what"].replace("_", " "), f"{row['figure']:.4g}", limit, mark, row["source"])
    return table
