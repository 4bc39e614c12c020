"""`kilowitness verify FILE`: recompute a bundle, or an exported settlement, from the file alone."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from services.savings.bundle.case import Case
from services.savings.bundle.check import OTHER_KEY, STEPS, UNREADABLE, Against, Outcome, check, unreadable
from services.savings.bundle.issuer import IssuerKeyError, PublicKey
from services.savings.bundle.verify_files import exported, read_bytes
from services.savings.bundle.verify_lines import ready, say
from services.savings.bundle.verify_notes import notes
from services.savings.bundle.verify_words import WORDS, Language, Words
from services.savings.settlement.faults import Fault
from services.savings.settlement.verification import fault_of
from services.settings import SettingsError, load_settings
from services.workdays import CalendarFileError, Workdays, load_workdays

_ZIP = b"PK"
_WIDTH = 80


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when every figure holds, 1 when one does not (named on the way out), 2 for no such file, or
    one that cannot be read.
    """
    ready()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.previous_key is not None and options.previous is None:
        parser.error("--previous-key: what it signed is given with --previous")
    language: Language = options.language or _language()
    words = WORDS[language]
    try:
        data = read_bytes(options.file)
        previous = None if options.previous is None else read_bytes(options.previous)
        key, previous_key = _key(options.key), _key(options.previous_key)
        workdays = _workdays(options.calendar_dir)
    except OSError as error:
        print(f"kilowitness verify: {error.filename}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 2
    except (IssuerKeyError, CalendarFileError) as error:
        print(f"kilowitness verify: {error}", file=sys.stderr)  # noqa: T201
        return 2
    if not data.startswith(_ZIP):
        signed = key is not None or previous is not None
        return _verify_document(options.file, data, words, signed=signed)
    against = Against(key, previous, options.unsigned_ok, previous_key, workdays)
    return _verify_bundle(options.file, data, against, words)


def _key(path: Path | None) -> PublicKey | None:
    return None if path is None else PublicKey.load(path)


def _workdays(folder: Path | None) -> Workdays:
    if folder is not None and not folder.is_dir():
        raise CalendarFileError(f"{folder}: no such folder")
    return load_workdays(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kilowitness verify", description=__doc__)
    parser.add_argument("file", type=Path, help="a bundle (.kwb), or a settlement exported as JSON")
    parser.add_argument("--key", type=Path, help="the issuer's public key (PEM), from the issuer")
    parser.add_argument("--previous", type=Path, help="the bundle of the statement before, for the chain")
    parser.add_argument(
        "--previous-key", type=Path, help="the public key of that one, where the issuer has changed keys"
    )
    parser.add_argument(
        "--calendar-dir", type=Path, help="calendar files (holiday-cn JSON) beside the built-in years"
    )
    parser.add_argument("--unsigned-ok", action="store_true", help="take a bundle that nobody signed")
    parser.add_argument("--language", choices=sorted(WORDS), help="otherwise that of KILOWITNESS_LANGUAGE")
    return parser


def _language() -> Language:
    """Of the settings; a file is checked also where these are wrong."""
    try:
        return load_settings().language
    except SettingsError:
        return "zh"


def _verify_document(file: Path, data: bytes, words: Words, *, signed: bool) -> int:
    """Of figures alone: who asks for a signature or a chain as well is given neither by an export."""
    try:
        document = exported(data)
    except (ValueError, RecursionError) as error:
        say(f"{file}: not JSON ({error})")
        return 1
    try:
        fault = fault_of(document)
    except UNREADABLE as error:
        fault = unreadable(error)
    if fault is None and signed:
        fault = Fault("signature: none, an exported settlement is signed by nobody")
    if fault:
        say(_refusal(file, fault, words))
        return 1
    say(words["unsigned_export"])
    say(_summary(file, document, words))
    return 0


def _verify_bundle(file: Path, data: bytes, against: Against, words: Words) -> int:
    outcomes: list[Outcome] = []
    with Progress(
        TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True), transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        task = bar.add_task(file.name, total=len(STEPS))
        for outcome in check(data, against):
            outcomes.append(outcome)
            bar.update(task, advance=1, description=words[outcome.step])
    faults = [one.fault for one in outcomes if one.fault is not None]
    _print_table(outcomes, words)
    case = Case(data)
    if faults:
        say(_refusal(file, faults[0], words))
        for fault in list(dict.fromkeys(faults))[1:]:
            say(f"{words['also']} {fault.told(says=words['says'], gives=words['gives'])}")
        if any(fault.place == OTHER_KEY for fault in faults):
            say(words["other_key"])
        return 1
    for note in notes(case, outcomes, words, against):
        say(note)
    say(_summary(file, case.document, words))
    return 0


def _print_table(outcomes: Sequence[Outcome], words: Words) -> None:
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column(words["step"])
    table.add_column(words["count"], justify="right")
    table.add_column(words["verdict"])
    for one in outcomes:
        verdict = "fails" if one.fault else "open" if one.count is None else "holds"
        table.add_row(words[one.step], "" if one.count is None else f"{one.count:,}", words[verdict])
    Console(width=_WIDTH, highlight=False).print(table)


def _refusal(file: Path, fault: Fault, words: Words) -> str:
    return f"{file}: {words['first_fault']}. {fault.told(says=words['says'], gives=words['gives'])}"


def _summary(file: Path, document: Mapping[str, Any], words: Words) -> str:
    results, inputs = document["results"], document["inputs"]
    period = results["period"]
    return (
        f"{file}: {words['all_hold']}. {inputs['contract']['code']} {inputs['month']}: "
        f"{period['savings_kwh']} kWh ± {period['uncertainty_kwh']}, "
        f"{words['fee']} {results['esco_fee_yuan'] or words['no_fee']}, "
        f"{words['inputs']} {document['input_sha256']}"
    )
