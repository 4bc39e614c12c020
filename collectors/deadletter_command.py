"""`kilowitness deadletter`: list, show, replay and drop what could not be understood."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from collectors.replay_command import replay
from services.deadletters.catalogue import Entry, entries
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable, Letter
from services.deadletters.selection import Selection
from services.settings import Settings, SettingsError, load_settings

_DESCRIPTION = """\
What collectors could not understand, whole and with the reasons, until it is replayed or dropped.

A replay decodes the kept messages again, as of when they arrived: after a new device profile, a wider limit,
or a new version. What is good now is stored; what is still rejected keeps its letter, with the new reasons.
It may be interrupted and repeated at any time. A line of a CSV file is taken by importing its file again.
"""


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
        return _run(options, letters, settings)
    except DeadLetterUnavailable as error:
        print(f"kilowitness deadletter: {error}", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        letters.close()


def _run(options: argparse.Namespace, letters: DeadLetters, settings: Settings) -> int:
    if options.action == "show":
        return _show(letters, options.id, settings.zone, payload_only=options.payload)
    selection = Selection(
        ids=options.ids or None, topic=options.topic, reason=options.reason, collector=options.collector
    )
    if options.action == "list":
        return _list(letters, selection, options.limit, settings.zone)
    if options.action == "replay":
        return replay(letters, selection, settings, dry=options.dry_run)
    return _drop(letters, selection)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kilowitness deadletter",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="the newest letters")
    listing.add_argument("--limit", type=_number, default=50, help="how many (default: 50)")
    listing.set_defaults(ids=[])
    _add_conditions(listing)
    show = actions.add_parser("show", help="one letter with all its reasons and its payload")
    show.add_argument("id", type=_number)
    show.add_argument("--payload", action="store_true", help="only the payload, byte for byte, to pipe on")
    again = actions.add_parser("replay", help="decode letters again, store what is good now, keep the rest")
    again.add_argument("--dry-run", action="store_true", help="count, and change nothing")
    drop = actions.add_parser("drop", help="forget letters")
    for action in (again, drop):
        which = action.add_mutually_exclusive_group(required=True)
        which.add_argument("ids", type=_number, nargs="*", default=[], metavar="ID")
        which.add_argument("--all", action="store_true", help="every one, or every one that is meant by:")
        _add_conditions(action)
    return parser


def _add_conditions(action: argparse.ArgumentParser) -> None:
    action.add_argument("--topic", metavar="FILTER", help="only topics under this MQTT filter: a/+/c, a/#")
    action.add_argument("--reason", metavar="CODE", help="only those rejected for this, as unknown-channel")
    action.add_argument("--collector", metavar="ID", help="only those that this collector kept")


def _number(text: str) -> int:
    """A letter's number, or how many: what the file can count to."""
    value = int(text)
    if not 0 <= value < 2**63:
        raise ValueError
    return value


def _list(letters: DeadLetters, selection: Selection, limit: int, zone: ZoneInfo) -> int:
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "received", "seen", "topic", "rejected", "first reason"):
        table.add_column(
            heading, overflow="fold", justify="right" if heading in {"id", "seen", "rejected"} else "left"
        )
    for entry in entries(letters, selection, most=limit):
        table.add_row(
            str(entry.id), _local(entry, zone), str(entry.seen), Text(entry.topic), str(entry.rejected),
            Text(entry.reason),
        )  # fmt: skip
    console = Console()
    console.print(table)
    if (total := letters.count(selection)) > table.row_count:
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
    if letter.seen > 1:
        console.print(f"seen      {letter.seen} times, the last {_local_ms(letter.last_received_ms, zone)}")
    console.print(f"collector {letter.collector or '(not told)'}")
    console.print(f"decoder   {letter.decoder or '(none)'}")
    for word, at_ms in (("requested", letter.requested_ms), ("replayed", letter.replayed_ms)):
        if at_ms is not None:
            console.print(f"{word:<9} {_local_ms(at_ms, zone)}")
    for reason in reasons:
        console.print(f"rejected  {reason}")
    console.print(f"payload   {len(letter.payload)} bytes\n{payload}")
    return 0


def _drop(letters: DeadLetters, selection: Selection) -> int:
    dropped = letters.drop(selection)
    print(f"{dropped} dropped")  # noqa: T201
    return 0 if selection.ids is None or dropped == len(set(selection.ids)) else 1


def _local(letter: Letter | Entry, zone: ZoneInfo) -> str:
    return _local_ms(letter.received_ms, zone)


def _local_ms(at_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(sep=" ", timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
