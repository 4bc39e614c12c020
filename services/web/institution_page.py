"""One institution's page: its last twelve months by use, its figures per area and person, its meters."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from services.metering.model import Institution
from services.web.energy_view import MeterCoverage, Use, by_month, days_of_use
from services.web.meter_table import day_table
from services.web.overview import Sources

MONTHS = 12


@dataclass(frozen=True, slots=True)
class InstitutionView:
    """Electricity [kWh] from the first of `months` until yesterday, and the meters' coverage of yesterday."""

    institution: Institution
    months: tuple[Use, ...]
    kwh: float | None
    coverage: float
    meters: tuple[MeterCoverage, ...]
    yesterday: date

    @property
    def kwh_per_m2(self) -> float | None:
        """Over the floor area, if that is known."""
        area = self.institution.floor_area_m2
        return self.kwh / area if self.kwh is not None and area else None

    @property
    def kwh_per_person(self) -> float | None:
        """Over the energy users, if their number is known."""
        people = self.institution.head_count
        return self.kwh / people if self.kwh is not None and people else None


def build_institution(sources: Sources, code: str) -> InstitutionView | None:
    """Read what the page shows; None when there is no such institution."""
    institution = sources.registry.institution(code)
    if institution is None:
        return None
    meters = sources.registry.meters(institution=code)
    today = sources.today()
    days = days_of_use(sources.store, meters, start=_first_month(today), end=today, zone=sources.zone)
    known = [day.total for day in days if day.total is not None]
    yesterday = today - timedelta(days=1)
    table = day_table(sources.store, meters, start=yesterday, end=today, zone=sources.zone)
    return InstitutionView(
        institution=institution,
        months=by_month(days),
        kwh=sum(known) if known else None,
        coverage=sum(day.coverage for day in days) / len(days),
        meters=tuple(
            MeterCoverage(meter, float(np.nan_to_num(table.coverage[i, 0])))
            for i, meter in enumerate(table.meters)
        ),
        yesterday=yesterday,
    )


def _first_month(today: date) -> date:
    """The first day of the month eleven months before that of yesterday."""
    last = today - timedelta(days=1)
    months = last.year * 12 + last.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)
