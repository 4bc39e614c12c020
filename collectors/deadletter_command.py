"""`kilowitness deadletter`: list, show, and drop what could not be understood."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.deadletters.letters import DeadLetters, DeadLetterUnavailable, Letter
from services.settings import SettingsError, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one action; 0, or 1 if a letter is not there, or 2 for a wrong setting or option."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        if not settings.deadletter_path.exists():
            print("no dead letters", file=sys.stderr)  # noqa: T201
            return 0 if options.action == "list" else 1
        letters = DeadLetters(settings.deadletter_path)
    except (SettingsError, DeadLetterUnavailable) as error:
        print(f"kilowitness deadletter: {error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        if options.action == "list":
            return _list(letters, options.limit, settings.zone)
        if options.action == "show":
            return _show(letters, options.id, settings.zone, payload_only=options.payload)
        return _drop(letters, options.ids, everything=options.all)
    except DeadLetterUnavailable as error:
        print(f"kilowitness deadletter: {error}", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        letters.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kilowitness deadletter", description="What collectors could not understand, with the reasons."
    )
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="the newest letters")
    listing.add_argument("--limit", type=_number, default=50, help="how many (default: 50)")
    show = actions.add_parser("show", help="one letter with all its reasons and its payload")
    show.add_argument("id", type=_number)
    show.add_argument("--payload", action="store_true", help="only the payload, byte for byte, to pipe on")
    drop = actions.add_parser("drop", help="forget letters")
    which = drop.add_mutually_exclusive_group(required=True)
    which.add_argument("ids", type=_number, nargs="*", default=[], metavar="ID")
    which.add_argument("--all", action="store_true", help="every one")
    return parser


def _number(text: str) -> int:
    """A letter's number, or how many: what the file can count to."""
    value = int(text)
    if not 0 <= value < 2**63:
        raise ValueError
    return value


def _list(letters: DeadLetters, limit: int, zone: ZoneInfo) -> int:
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "received", "topic", "rejected", "first reason"):
        table.add_column(
            heading, overflow="fold", justify="right" if heading in {"id", "rejected"} else "left"
        )
    for letter in letters.newest(limit):
        reason = letter.rejects[0].reason if letter.rejects else ""
        table.add_row(
            str(letter.id), _local(letter, zone), Text(letter.topic), str(letter.rejected), Text(reason)
        )
    console = Console()
    console.print(table)
    if (total := letters.count()) > table.row_count:
        console.print(f"{table.row_count} of {total}; --limit shows more")
    return 0


def _show(letters: DeadLetters, number: int, zone: ZoneInfo, *, payload_only: bool) -> int:
    letter = letters.get(number)
    if letter is None:
        print(f"there is no letter {number}", file=sys.stderr)  # noqa: T201
        return 1
    if payload_only:
        sys.stdout.buffer.write(letter.payload)
        return 0
    reasons = [("" if r.item is None else f"item {r.item}: ") + r.reason for r in letter.rejects]
    if letter.rejected > len(reasons):
        reasons.append(f"and {letter.rejected - len(reasons)} more")
    try:
        payload = letter.payload.decode("utf-8")
    except UnicodeDecodeError:
        payload = letter.payload.hex(" ")
    console = Console(markup=False, highlight=False, soft_wrap=True)
    console.print(f"id        {letter.id}\nreceived  {_local(letter, zone)}\ntopic     {letter.topic}")
    console.print(f"decoder   {letter.decoder or '(none)'}")
    for reason in reasons:
        console.print(f"rejected  {reason}")
    console.print(f"payload   {len(letter.payload)} bytes\n{payload}")
    return 0


def _drop(letters: DeadLetters, numbers: Sequence[int], *, everything: bool) -> int:
    dropped = letters.drop_all() if everything else letters.drop(numbers)
    print(f"{dropped} dropped")  # noqa: T201
    return 0 if everything or dropped == len(set(numbers)) else 1


def _local(letter: Letter, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(letter.received_ms / 1000, zone).isoformat(sep=" ", timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
