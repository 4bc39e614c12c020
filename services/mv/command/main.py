"""`kilowitness mv`: measure and verify one saving from two CSV files, without service or database.

Two tables in; the baseline, its gates, the saving and its band out, as one JSON object, as a summary for
people, and as a picture.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from services.mv.baseline import NoBaseline
from services.mv.command.files import FileRefused
from services.mv.command.measure import Measured, document, measure
from services.mv.shapes import METHODS, UnknownMethod


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 with the answer on standard output, 2 with one line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        found = measure(options)
        if options.plot:
            _plot(found, options)
    except (FileRefused, NoBaseline, UnknownMethod) as error:
        print(f"kilowitness mv: {error}", file=sys.stderr)  # noqa: T201
        return 2
    if options.json:
        print(json.dumps(document(found), ensure_ascii=False, indent=2))  # noqa: T201
    else:
        from services.mv.command.summary import print_summary

        print_summary(document(found), language=options.language)
    return 0


def _plot(found: Measured, options: argparse.Namespace) -> None:
    from services.mv.command.plot import picture

    try:
        svg = picture(found.model, found.days, found.savings, language=options.language)
        options.plot.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise FileRefused(f"{options.plot}: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "kilowitness mv",
        description="Fit a baseline to hours, days or bills and account for a reporting period's saving.",
        epilog="Columns: time (a local date, or a time stamp), temperature, energy_kwh (empty: unknown). "
        "Rows under a day apart are hours, rows weeks apart are bills: these may have the columns end and "
        "estimated.",
    )
    files = parser.add_argument_group("files")
    files.add_argument("--baseline", type=Path, required=True, help="CSV of the baseline period")
    files.add_argument("--reporting", type=Path, required=True, help="CSV of the reporting period")
    files.add_argument("--closures", type=Path, help="CSV of terms and closures: start, end, kind, days")
    files.add_argument("--unit", choices=("c", "f"), default="c", help="unit of the temperature column")
    files.add_argument("--utc", action="store_true", help="time stamps without an offset are UTC, not local")
    files.add_argument("--zone", default="Asia/Shanghai", help="whose days these are (default %(default)s)")
    files.add_argument("--driver", action="append", default=[], help="a further column that explains energy")
    model = parser.add_argument_group("model")
    calendars = ("cn", "none")
    model.add_argument(
        "--calendar", choices=calendars, default="cn", help="the Chinese working calendar, or none"
    )
    model.add_argument(
        "--method", choices=("auto", *METHODS, "towt"), default="auto", help="the baseline's form"
    )
    model.add_argument("--heating-point", type=float, help="an agreed balance point, in --unit")
    model.add_argument("--cooling-point", type=float, help="an agreed balance point, in --unit")
    model.add_argument("--latitude", type=float, help="degrees north; with --longitude, daylight is a driver")
    model.add_argument("--longitude", type=float, help="degrees east")
    answer = parser.add_argument_group("answer")
    answer.add_argument("--json", action="store_true", help="print one JSON object")
    answer.add_argument("--plot", type=Path, metavar="OUT.SVG", help="draw baseline, fit, reporting and band")
    answer.add_argument("--language", choices=("en", "zh"), default="en", help="of summary and picture")
    return parser
