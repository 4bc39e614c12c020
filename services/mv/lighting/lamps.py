"""The lamp inventory of IPMVP option A: groups of lamps with what was measured and what was agreed of them.

Plain values, so that a document can hold an inventory; what it saves is worked out in `lamps_option_a`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.mv.lighting.sampling import Agreed, Figure
from services.mv.operating_days import On, Period

FULL = Agreed(1.0, "nothing agreed: full power, every lamp in service")
NO_EFFECT = Agreed(0.0, "nothing agreed: no interactive effect")
BOUNDS = {
    "watts_before": (0.0, 1e5),
    "watts_after": (0.0, 1e5),
    "hours": (0.0, 24.0),
    "hours_before": (0.0, 24.0),
    "days_a_month": (0.0, 31.0),
    "control_before": (0.0, 1.0),
    "control_after": (0.0, 1.0),
    "in_service": (0.0, 1.0),
    "interactive": (-1.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class LampGroup:
    """Lamps (luminaires with their gear) of one kind that burn alike: one line of the table.

    `watts_before`, `watts_after` [W a lamp]; `hours` [h/d] burnt in the reporting period, and in the baseline
    unless `hours_before` says otherwise; days from the calendar (`on`), or `days_a_month` where agreed;
    `control_*`: mean power while burning ÷ full power (dimming, presence); `in_service`: share of lamps that
    give light, since a failed lamp saves nothing; `interactive`: what heating and cooling add to the lamps'
    saving, as a share of it. `ValueError` names a figure out of bounds.
    """

    name: str
    type_before: str
    type_after: str
    count: int
    watts_before: Figure
    watts_after: Figure
    hours: Figure
    hours_before: Figure | None = None
    on: On = On.EVERY_DAY
    days_a_month: Figure | None = None
    control_before: Figure = FULL
    control_after: Figure = FULL
    in_service: Figure = FULL
    interactive: Figure = NO_EFFECT

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"{self.name}: count is at least 1")
        for slot, figure in self.figures():
            low, high = BOUNDS[slot]
            if not low <= figure.value <= high:
                raise ValueError(f"{self.name}: {slot} {figure.value} is not from {low:g} to {high:g}")

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """The figures it has, by the name of their field."""
        for slot in BOUNDS:
            figure = getattr(self, slot)
            if figure is not None:
                yield slot, figure

    def values(self) -> dict[str, float]:
        """The value of each figure, `hours_before` always among them."""
        found = {slot: float(figure.value) for slot, figure in self.figures()}
        return {"hours_before": found["hours"], **found}

    def days(self, period: Period, values: dict[str, float]) -> float:
        """Days [d] on which it burns in a period: agreed ones by the month, else those of the calendar."""
        if "days_a_month" in values:
            return values["days_a_month"] * period.months
        return float(period.count(self.on))

    def energies(self, period: Period, values: dict[str, float]) -> tuple[float, float, float]:
        """Baseline, actual and interactive energy [kWh] with these values: linear in every single one."""
        lamp_days = self.count * self.days(period, values) * values["in_service"] / 1000
        before = lamp_days * values["watts_before"] * values["control_before"] * values["hours_before"]
        after = lamp_days * values["watts_after"] * values["control_after"] * values["hours"]
        return before, after, (before - after) * values["interactive"]
