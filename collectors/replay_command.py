"""`kilowitness deadletter replay`: letters decoded and stored once more, and a count of what is left."""

import sys

from rich.console import Console
from rich.progress import Progress

from collectors.decoders.profile import ProfileError
from collectors.registry import known_devices
from collectors.replay import LINE, Replay, Tally
from collectors.routing import Router, all_decoders
from collectors.stores import store_of
from services.deadletters.letters import DeadLetters
from services.deadletters.selection import Selection
from services.settings import Settings, SettingsError
from services.timeseries.store import StoreUnavailable


def replay(letters: DeadLetters, selection: Selection, settings: Settings, *, dry: bool) -> int:
    """Replay a selection; 0 if none is left, 1 if some is or the store is away, 2 for a wrong setting."""
    try:
        store = store_of(settings)
        known = known_devices(settings)
        router = Router(all_decoders(settings.profile_dir), settings.zone, zones=known)
    except (SettingsError, ProfileError) as error:
        print(f"kilowitness deadletter: {error}", file=sys.stderr)  # noqa: T201
        return 2
    known.refresh()
    replaying = Replay(letters=letters, router=router, store=store, dry=dry)
    try:
        if not dry:
            store.prepare()
        total = _run(replaying, letters, selection)
    except StoreUnavailable as error:
        _report(replaying.tally, dry=dry)
        print(f"the store is unavailable: {error}; what is not replayed is kept", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        store.close()
    _report(replaying.tally, dry=dry)
    absent = 0 if selection.ids is None else len(set(selection.ids)) - total
    if absent:
        print(f"{absent} of these letters are not there", file=sys.stderr)  # noqa: T201
    return 0 if not absent and replaying.tally.removed == total else 1


def _run(replaying: Replay, letters: DeadLetters, selection: Selection) -> int:
    """Replay with a progress bar on a terminal; returns how many letters there were."""
    sizes = letters.sizes(selection)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("replay", total=len(sizes))
        for done in replaying.run(sizes):
            progress.update(task, completed=done)
    return len(sizes)


def _report(tally: Tally, *, dry: bool) -> None:
    begin = "dry run, nothing is changed: " if dry else ""
    print(f"{begin}values stored {tally.stored}, letters done {tally.removed}, letters left {tally.kept}")  # noqa: T201
    for code, count in sorted(tally.left.items(), key=lambda one: (-one[1], one[0])):
        cure = "; import the file again" if code == LINE else ""
        print(f"{count:>9} {code}{cure}")  # noqa: T201
