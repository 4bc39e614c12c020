"""Every measurement, tag and field of the time-series store; nothing else spells them.

Raw measurements are keyed by the device as reported; interval and KPI measurements by the registry's codes.
All field values are numbers. A field that is unknown is absent, never zero; only one that was told and no
longer holds is overwritten with zero (`withdrawal`).
"""

from dataclasses import dataclass

from services.metering.channels import CHANNELS


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement's name, its tags (with the time: the identity of a point) and its fields."""

    name: str
    tags: tuple[str, ...]
    fields: tuple[str, ...]
    raw: bool = False
    """Written by collectors: the store notes which ranges changed, so that rollups follow."""


READINGS = Measurement("readings", ("institution", "meter"), (*CHANNELS, "quality"), raw=True)
POSITIONS = Measurement(
    "positions",
    ("institution", "vehicle"),
    ("lat", "lon", "speed_kmh", "ignition", "odometer_km", "fuel_l"),
    raw=True,
)
DEVICE_STATUS = Measurement("device_status", ("institution", "device"), ("online",))
DEVICE_CLOCK = Measurement("device_clock", ("institution", "device"), ("offset_s", "delay_s"))
"""How far a device's clock is ahead of ours, and how much later than its quickest its readings come."""

INTERVAL_HOUR = Measurement(
    "interval_hour", ("institution", "meter", "channel"), ("measured", "estimated", "coverage", "quality")
)
INTERVAL_DAY = Measurement(
    "interval_day", ("institution", "meter", "channel"), ("measured", "estimated", "coverage", "quality")
)
GAUGE_HOUR = Measurement(
    "gauge_hour", ("institution", "meter", "channel"), ("mean", "lowest", "highest", "coverage")
)
GAUGE_DAY = Measurement(
    "gauge_day", ("institution", "meter", "channel"), ("mean", "lowest", "highest", "coverage")
)

INSTITUTION_DAY = Measurement(
    "institution_day",
    ("institution", "county"),
    (
        "electricity_kwh", "lighting_kwh", "hvac_kwh", "sockets_kwh", "water_m3", "gas_m3",
        "energy_kgce", "carbon_kg", "energy_kgce_per_m2", "electricity_kwh_per_m2", "energy_kgce_per_person",
        "water_m3_per_person", "coverage",
    ),
)  # fmt: skip
SAVINGS_DAY = Measurement(
    "savings_day",
    ("contract", "institution"),
    ("baseline_kwh", "actual_kwh", "savings_kwh", "uncertainty_kwh", "coverage"),
)
SAVINGS_MONTH = Measurement(
    "savings_month",
    ("contract", "institution"),
    (
        "baseline_kwh", "actual_kwh", "savings_kwh", "uncertainty_kwh", "coverage",
        "savings_yuan", "esco_fee_yuan",
    ),
)  # fmt: skip
SAVINGS_TOTAL = Measurement(
    "savings_total",
    ("contract", "institution"),
    ("baseline_kwh", "actual_kwh", "savings_kwh", "uncertainty_kwh", "coverage", "days_measured"),
)
"""All reporting days so far, at the start of the first; with no day measured it tells nothing."""
REPAIRS_DAY = Measurement(
    "repairs_day",
    ("institution", "size"),
    (
        "reported", "responded", "response_minutes_p50", "response_minutes_p90", "response_on_time",
        "completed", "completed_on_time", "overdue_open", "due_unknown", "open", "rated", "satisfied",
    ),
)  # fmt: skip
FLEET_DAY = Measurement(
    "fleet_day",
    ("institution", "vehicle", "kind"),
    ("distance_km", "trips", "in_use", "available", "flagged_trips"),
)
FLEET_FUEL = Measurement(
    "fleet_fuel", ("institution", "vehicle", "kind"), ("litres", "distance_km", "litres_per_100km")
)
COLLECTOR_HEALTH = Measurement(
    "collector_health",
    ("collector",),
    ("messages", "readings", "rejected", "retried", "pending"),
)

MEASUREMENTS: dict[str, Measurement] = {
    m.name: m
    for m in (
        READINGS, POSITIONS, DEVICE_STATUS, DEVICE_CLOCK, INTERVAL_HOUR, INTERVAL_DAY, GAUGE_HOUR, GAUGE_DAY,
        INSTITUTION_DAY, SAVINGS_DAY, SAVINGS_MONTH, SAVINGS_TOTAL, REPAIRS_DAY, FLEET_DAY, FLEET_FUEL,
        COLLECTOR_HEALTH,
    )
}  # fmt: skip
