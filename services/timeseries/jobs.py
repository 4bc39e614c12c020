"""The first job of every cycle: intervals follow readings, descriptions of meters, and people's decisions."""

from collections.abc import Callable, Iterable, Sequence
from zoneinfo import ZoneInfo

from services.metering.model import Meter
from services.metering.quarantine import Quarantine
from services.metering.quarantine_round import Round
from services.metering.repository import Registry
from services.scheduling import Job
from services.timeseries.rollups import RolledUp, roll_up, roll_up_anew
from services.timeseries.schema import READINGS
from services.timeseries.store import TimeSeriesStore, Touched

OnChanged = Callable[[Sequence[RolledUp]], None]


def job(
    *, store: TimeSeriesStore, registry: Registry, zone: ZoneInfo, quarantine: Quarantine,
    on_changed: OnChanged | None = None,
) -> Job:  # fmt: skip
    """The job `rollup`, whose cursor is the store's.

    `on_changed` hears of the days after they are stored, and hears of them again when a run is cut short.
    """
    tell = on_changed or (lambda _changed: None)

    def run(cursor: str | None) -> str:
        changes = store.changes(cursor)
        anew = registry.awaiting_rollup()
        aside = quarantine.round()
        for meter, revision in anew:
            changed = roll_up_anew(store, meter, zone=zone, quarantine=aside)
            if changed is not None:
                tell([changed])
            registry.mark_rolled_up(meter.code, revision)
        done = {meter.code for meter, _ in anew}
        others = [meter for meter in registry.meters() if meter.code not in done]
        touched = [*changes.touched, *_decided(others, aside)]
        tell(roll_up(store, others, touched, zone=zone, quarantine=aside))
        aside.followed()
        return changes.cursor

    return Job("rollup", run)


def _decided(meters: Iterable[Meter], aside: Round) -> list[Touched]:
    """The ranges of readings that decisions speak of, as if they had been written again."""
    addresses = {meter.code: meter.address for meter in meters}
    return [
        Touched(READINGS.name, tuple(addresses[code].split("/", 1)), first_ms, last_ms)
        for code, first_ms, last_ms in aside.waiting()
        if code in addresses
    ]
