"""The job that seals the bundle of every statement soon after it was issued, while its readings stand."""

from services.savings.bundle.service import Bundles, MeterGone
from services.scheduling import Job
from services.timeseries.store import StoreUnavailable


class NotSealed(Exception):
    """Bundles that could not be sealed; the message names their contracts and says why."""


def job(bundles: Bundles) -> Job:
    """The job "bundles". A contract that fails does not stop the others, and is tried again next time."""

    def run(cursor: str | None) -> str | None:
        failed: list[str] = []
        for code in bundles.issued():
            try:
                bundles.seal(code)
            except (MeterGone, StoreUnavailable) as error:
                failed.append(f"{code}: {error}")
        if failed:
            raise NotSealed("; ".join(failed))
        return cursor

    return Job("bundles", run)
