"""The answer of `kilowitness mv` for people: the printed object in, tables on the terminal out."""

from typing import Any

from rich.cells import cell_len
from rich.table import Table

from services.mv.command.naming import coefficient_name, form_name
from services.mv.command.tables import PERCENT, console, findings, kwh, saving_table, table
from services.mv.command.words import words


def print_summary(answer: dict[str, Any], *, language: str) -> None:
    """Print the saving, how it was found, the gates and whatever is not as it should be."""
    t, screen = words(language), console()
    for part in (*_PARTS.get(answer["form"], _of_regression)(answer, t), *_of_all(answer, t)):
        screen.print(part)
    screen.print(f"{answer['engine']} · {t['word.inputs']} {answer['input_sha256'][:12]}")


def _of_all(answer: dict[str, Any], t: dict[str, str]) -> list[Table]:
    odd = [record for record in answer["records"] if not record["ok"]]
    parts = ((answer["gates"], t["word.gates"]), (odd, t["word.records"]))
    return [findings(records, title, t) for records, title in parts if records]


def _of_regression(answer: dict[str, Any], t: dict[str, str]) -> list[Table]:
    saving = saving_table(answer, t)
    measured = answer["periods"]["reporting_days_measured"]
    rows = {"measured": measured, "days": measured + answer["periods"]["reporting_days_left_out"]}
    saving.add_row(t["word.measured"], t["word.of_days"].format(**rows), "")
    found = [saving, _model(answer, t)]
    if answer["candidates"]:
        found.append(_candidates(answer, t))
    return [*found, _steps(answer["steps"], t)] if answer["steps"] else found


def _model(answer: dict[str, Any], t: dict[str, str]) -> Table:
    title = f"{t['word.model']}{t['place.colon']}{form_name(answer['form'], t)}"
    found = table(title, t["word.coefficient"], t["word.value"], t["word.unit"], left=(0, 2))
    for row in answer["coefficients"]:
        found.add_row(coefficient_name(row["name"], t), f"{row['value']:,.3f}", row["unit"])
    fit = answer["fit"]
    found.add_row("R²", f"{fit['r2']:.4f}", "")
    found.add_row("CV(RMSE)", f"{PERCENT * fit['cvrmse']:.2f}", "%")
    found.add_row("NMBE", f"{PERCENT * fit['nmbe']:.2f}", "%")
    found.add_row("n′ / n", f"{fit['n_effective']:.0f} / {fit['n']}", "")
    return found


def _candidates(answer: dict[str, Any], t: dict[str, str]) -> Table:
    headings = (t["word.form"], "p", "R²", "R² adj", "CV(RMSE) %", "BIC", "")
    found = table(t["word.candidates"], *headings, left=(0, 6))
    ordered = sorted(answer["candidates"], key=lambda c: (c["bic"] is None, c["bic"]))
    for row in ordered:
        why = t[f"why.{row['why_not'] or 'chosen'}"]
        figures = ["–"] * 4
        if row["bic"] is not None:
            shares = (f"{row['r2']:.4f}", f"{row['adjusted_r2']:.4f}", f"{PERCENT * row['cvrmse']:.2f}")
            figures = [*shares, f"{row['bic']:,.1f}"]
        style = "" if row["why_not"] else "bold"
        found.add_row(form_name(row["form"], t), str(row["p"]), *figures, why, style=style)
    return found


def _steps(steps: list[dict[str, Any]], t: dict[str, str]) -> Table:
    headings = (t["word.first_day"], t["word.last_day"], t["word.size"], t["word.confidence"])
    found = table(t["word.steps"], *headings, left=(0, 1))
    for row in steps:
        size, sure = f"{row['size_kwh_per_day']:+,.1f}", f"{PERCENT * row['confidence']:.1f} %"
        found.add_row(row["first_day"], row["last_day"] or t["word.to_the_end"], size, sure)
    return found


def _of_lamps(answer: dict[str, Any], t: dict[str, str]) -> list[Table]:
    watts, hours = (
        f"{t[f'word.{name}']} {t['word.before']} → {t['word.after']}" for name in ("watts", "hours")
    )
    headings = (t["word.group"], t["word.count"], watts, hours, t["word.days"])
    found = table(t["word.lamps"], *headings, t["word.interactive"], t["word.saved"], "±")
    for row in answer["lamps"]:
        found.add_row(
            row["group"],
            f"{row['count']:,}",
            f"{row['watts_before']:g} → {row['watts_after']:g}",
            f"{row['hours_before']:g} → {row['hours_after']:g}",
            f"{row['days']:g}",
            *(kwh(row[name]) for name in ("interactive_kwh", "savings_kwh", "uncertainty_kwh")),
        )
    return [saving_table(answer, t), found]


def _of_rate(answer: dict[str, Any], t: dict[str, str]) -> list[Table]:
    found = table(t["word.rate"], "", "%" if answer["rate"] is not None else "")
    shares = [answer[name] for name in ("rate", "rate_uncertainty")]
    rate, band = ("–" if share is None else f"{PERCENT * share:.2f}" for share in shares)
    found.add_row(t["word.rate"], rate, style="bold")
    found.add_row(t["word.band"], f"± {band}")
    found.add_row(t["word.tested"], f"{answer['fixtures_tested']} / {answer['population']:,}")
    if answer["reporting_kwh"] is None:
        found.caption, found.caption_justify = t["word.no_meter"], "left"
        found.min_width = cell_len(t["word.no_meter"])
        return [found]
    return [saving_table(answer, t), found]


_PARTS = {"option_a": _of_lamps, "saving_rate": _of_rate}
