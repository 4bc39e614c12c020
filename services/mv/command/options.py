"""The options of `kilowitness mv`: three ways to a saving, and which options belong to which."""

import argparse
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn

from services.mv.command import fixtures_file, lamps_file
from services.mv.command.refusals import FileRefused
from services.mv.command.words import LANGUAGES
from services.mv.shapes import METHODS

REGRESSION, LAMPS, FIXTURES = "--baseline", "--lamps", "--fixtures"
TEMPLATES = {"lamps": lamps_file.TEMPLATE, "fixtures": fixtures_file.TEMPLATE}
_OF_ALL = {"json", "language", "template"}
_OF_WAY = {
    REGRESSION: {
        "baseline", "reporting", "closures", "unit", "utc", "zone", "driver", "calendar", "method",
        "heating_point", "cooling_point", "latitude", "longitude", "plot",
    },
    LAMPS: {"lamps", "start", "end", "calendar"},
    FIXTURES: {"fixtures", "population", "after_kwh"},
}  # fmt: skip
_COLUMNS = """\
columns of --baseline and --reporting (one row an hour or less, a day, or a bill)
  time                         a local date, or a time stamp of the row's start
  energy_kwh                   energy of the row; empty: unknown, 0: nothing used
  temperature                  mean outdoor temperature, in --unit
  end, estimated               of a bill: the day after its last, and whether nobody read it (yes)
  any other                    a driver, where --driver names it
columns of --closures: start, end (both within), and where wanted kind, days (all or working)
"""


def parsed(arguments: Sequence[str]) -> tuple[argparse.Namespace, str]:
    """The options and the way they ask for: `REGRESSION`, `LAMPS` or `FIXTURES`.

    Raises `FileRefused` when they ask for none, for two, for something another way has, or for what is no
    option at all.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    given = {name for name, value in vars(options).items() if value != parser.get_default(name)}
    ways = [way for way in _OF_WAY if way.strip("-") in given]
    if options.template:
        return options, ""
    if len(ways) != 1 or (ways == [REGRESSION] and options.reporting is None):
        raise FileRefused("one_way")
    foreign = sorted(given - _OF_ALL - _OF_WAY[ways[0]])
    if foreign:
        raise FileRefused("other_way", file="--" + foreign[0].replace("_", "-"), way=ways[0])
    return options, ways[0]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, in place of the usage of all options."""
        raise FileRefused("option", reason=message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "kilowitness mv",
        description="Account for the saving of a retrofit: by a baseline fitted to hours, days or bills "
        "(--baseline, --reporting), by an inventory of lamps (--lamps) or by the saving rate of metered "
        "fixtures (--fixtures).",
        epilog="\n".join([_COLUMNS, lamps_file.COLUMNS, fixtures_file.COLUMNS]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_regression(parser)
    lamps = parser.add_argument_group("by lamps (IPMVP option A)")
    lamps.add_argument("--lamps", type=Path, metavar="CSV", help="inventory of lamp groups")
    lamps.add_argument("--start", type=_date, metavar="DATE", help="first day of the reporting period")
    lamps.add_argument("--end", type=_date, metavar="DATE", help="the day after its last")
    fixtures = parser.add_argument_group("by saving rate (24 h before and after)")
    fixtures.add_argument("--fixtures", type=Path, metavar="CSV", help="tests of the same fixtures")
    fixtures.add_argument("--population", type=int, metavar="N", help="how many fixtures they speak for")
    fixtures.add_argument("--after-kwh", type=float, metavar="KWH", help="what all of them used since")
    answer = parser.add_argument_group("answer")
    answer.add_argument("--json", action="store_true", help="print one JSON object")
    answer.add_argument("--language", choices=LANGUAGES, default="en", help="of summary, picture, errors")
    answer.add_argument("--template", choices=TEMPLATES, help="print an example file that works")
    return parser


def _add_regression(parser: argparse.ArgumentParser) -> None:
    files = parser.add_argument_group("by baseline")
    files.add_argument("--baseline", type=Path, metavar="CSV", help="the baseline period")
    files.add_argument("--reporting", type=Path, metavar="CSV", help="the reporting period")
    files.add_argument("--closures", type=Path, metavar="CSV", help="terms and closures")
    files.add_argument("--unit", choices=("c", "f"), default="c", help="unit of the temperature column")
    files.add_argument("--utc", action="store_true", help="time stamps without an offset are UTC, not local")
    files.add_argument("--zone", default="Asia/Shanghai", help="whose days these are (default %(default)s)")
    files.add_argument("--driver", action="append", default=[], help="a further column that explains energy")
    files.add_argument(
        "--calendar", choices=("cn", "none"), default="cn", help="the Chinese working calendar, or none"
    )
    files.add_argument(
        "--method", choices=("auto", *METHODS, "towt"), default="auto", help="the baseline's form"
    )
    files.add_argument("--heating-point", type=_finite, help="an agreed balance point, in --unit")
    files.add_argument("--cooling-point", type=_finite, help="an agreed balance point, in --unit")
    files.add_argument("--latitude", type=float, help="degrees north; with --longitude, daylight is a driver")
    files.add_argument("--longitude", type=float, help="degrees east")
    files.add_argument("--plot", type=Path, metavar="SVG", help="draw baseline, fit, reporting and band")


def _finite(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return value


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-05-31") from error
