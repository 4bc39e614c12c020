"""The first job of every cycle: intervals follow the readings, and the descriptions of the meters."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from services.metering.repository import Registry
from services.scheduling import Job
from services.timeseries.rollups import RolledUp, roll_up, roll_up_anew
from services.timeseries.store import TimeSeriesStore

OnChanged = Callable[[Sequence[RolledUp]], None]


def job(
    *, store: TimeSeriesStore, registry: Registry, zone: ZoneInfo, on_changed: OnChanged | None = None
) -> Job:
    """The job `rollup`, whose cursor is the store's.

    `on_changed` hears of the days after they are stored, and hears of them again when a run is cut short.
    """
    tell = on_changed or (lambda _changed: None)

    def run(cursor: str | None) -> str:
        changes = store.changes(cursor)
        anew = registry.awaiting_rollup()
        for meter, revision in anew:
            changed = roll_up_anew(store, meter, zone=zone)
            if changed is not None:
                tell([changed])
            registry.mark_rolled_up(meter.code, revision)
        done = {meter.code for meter, _ in anew}
        others = [meter for meter in registry.meters() if meter.code not in done]
        tell(roll_up(store, others, changes.touched, zone=zone))
        return changes.cursor

    return Job("rollup", run)
