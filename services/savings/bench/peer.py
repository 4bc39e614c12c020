"""The peer beside the engine: opendsm's daily model fits the same made-up buildings, where it is importable.

It is no dependency of this project: whoever wants the comparison installs it into the same environment.
"""

import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from services.mv.baseline import fit
from services.mv.model import Days
from services.savings.bench.engine import median_ms


class NoPeer(Exception):
    """opendsm cannot be imported here; the message says why."""


def fit_ms(buildings: Sequence[Days]) -> tuple[float, float]:
    """Median milliseconds of a fit by the engine, and by opendsm; `buildings` need weather.

    Both check whether the days suffice, and select a form. Each fits the first building once before, for
    opendsm compiles itself on the way. Raises `NoPeer`.
    """
    eemeter, pandas = _package("opendsm.eemeter"), _package("pandas")
    logging.getLogger("eemeter").setLevel(logging.ERROR)  # it warns of every building

    def peer_fit(frame: Any) -> None:
        data = eemeter.DailyBaselineData(frame, is_electricity_data=True)
        eemeter.DailyModel().fit(data, ignore_disqualification=True)

    frames = [_frame(pandas, days) for days in buildings]
    return median_ms(fit, buildings), median_ms(peer_fit, frames)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except (ImportError, TypeError) as error:  # TypeError: a package that it needs is too new for it
        raise NoPeer(f"{name}: {error}") from error


def _frame(pandas: Any, days: Days) -> Any:
    """What opendsm reads: temperature [°F] and energy [kWh] by local day."""
    if days.outdoor_c is None:
        raise ValueError("a building without weather cannot be compared")
    columns = {"temperature": days.outdoor_c * 1.8 + 32, "observed": days.energy_kwh}
    return pandas.DataFrame(columns, index=pandas.DatetimeIndex(days.days, tz="Asia/Shanghai"))
