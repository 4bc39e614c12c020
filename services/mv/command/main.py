"""`kilowitness mv`: measure and verify one saving from files, without service or database.

Files in; the saving with its band, its gates and its findings out, as one JSON object, as a summary for
people, and as a picture. The way is a fitted baseline, an inventory of lamps or a saving rate.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from services.mv.command.answer import document
from services.mv.command.fixtures import fixtures_answer
from services.mv.command.lamps import lamps_answer
from services.mv.command.measure import Measured, measure
from services.mv.command.options import FIXTURES, LAMPS, REGRESSION, TEMPLATES, parsed
from services.mv.command.refusals import FileRefused
from services.mv.shapes import UnknownMethod


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 with the answer on standard output, 2 with one line on standard error."""
    language = "zh" if _asks_for_chinese(arguments) else "en"
    try:
        options, way = parsed(arguments)
        if options.template:
            print(TEMPLATES[options.template], end="")  # noqa: T201
            return 0
        answer = _ANSWERS[way](options)
    except FileRefused as error:
        return _refused(error.told(language))
    except UnknownMethod as error:
        return _refused(FileRefused("engine", reason=error).told(language))
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2))  # noqa: T201
    else:
        from services.mv.command.summary import print_summary

        print_summary(answer, language=options.language)
    return 0


def _by_regression(options: argparse.Namespace) -> dict[str, Any]:
    inputs = (options.baseline, options.reporting, options.closures)
    if options.plot and options.plot.resolve() in [file.resolve() for file in inputs if file]:
        raise FileRefused("overwritten", file=options.plot)
    found = measure(options)
    if options.plot:
        _plot(found, options)
    return document(found)


_ANSWERS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    REGRESSION: _by_regression,
    LAMPS: lamps_answer,
    FIXTURES: fixtures_answer,
}


def _asks_for_chinese(arguments: Sequence[str]) -> bool:
    """Known before the options are: they may be what is refused."""
    return "--language=zh" in arguments or ("--language", "zh") in pairwise(arguments)


def _refused(reason: str) -> int:
    print(f"kilowitness mv: {reason}", file=sys.stderr)  # noqa: T201
    return 2


def _plot(found: Measured, options: argparse.Namespace) -> None:
    from services.mv.command.plot import picture

    try:
        svg = picture(found, language=options.language)
        options.plot.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise FileRefused("unwritable", file=options.plot, reason=error.strerror or error) from error
