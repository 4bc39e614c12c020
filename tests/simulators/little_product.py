"""A product in small, for tests: what was sent and registered in, the service's answers out.

It shares nothing with the simulator's truth: energy comes from registers and the ledgers that were
registered, trips from positions, repair figures from imported orders, savings from a plain regression.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import chinese_calendar
import numpy as np

from simulators.history import Message
from tests.simulators import gateway
from tests.simulators.stub_service import Answer, Stub

HOUR_MS = 3_600_000
CHANNELS = {"water": "water_m3", "gas": "gas_m3"}
QUANTITIES = {"electricity": "electricity_kwh", "lighting": "lighting_kwh", "hvac": "hvac_kwh",
              "sockets": "sockets_kwh", "water": "water_m3", "gas": "gas_m3"}  # fmt: skip


def local_day(instant: datetime) -> date:
    """The calendar day at UTC+8."""
    return (instant.astimezone(UTC) + timedelta(hours=8)).date()


def midnight(day: date) -> int:
    """Epoch milliseconds at which a day at UTC+8 begins."""
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) - 8 * HOUR_MS


class LittleProduct:
    """Answers from messages and from what a stub was told at registration."""

    def __init__(self, messages: Iterable[Message], told: Stub, *, start: date, until: date) -> None:
        sent = list(messages)
        self.start, self.until = start, until
        self.readings = gateway.all_readings(sent)
        self.positions = gateway.all_positions(sent)
        self.bad = sum(not message.items for message in sent)
        [self.registry] = told.bodies("PUT", "/registry")
        self.contracts = {
            asked.path.split("/")[2]: asked.body
            for asked in told.asked
            if asked.path.startswith("/contracts")
        }
        [self.vehicles] = told.bodies("PUT", "/vehicles")
        self.slips = [slip for part in told.bodies("PUT", "/trip-approvals") for slip in part]
        self.refuels = [row for part in told.bodies("POST", "/refuels") for row in part]
        self.orders = [order for part in told.bodies("POST", "/work-orders/import") for order in part]
        self.series: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        for (address, channel, time), value in self.readings.items():
            self.series[(address, channel)].append((time, value))

    def __call__(self, _method: str, path: str) -> Answer:
        if path.endswith("/savings"):
            return 200, {"total": self.savings(path.split("/")[2]), "items": []}
        routes = {
            "/ingest": self.ingest, "/energy": self.energy, "/fleet/summary": self.fleet,
            "/repairs/summary": self.repairs,
        }  # fmt: skip
        return 200, routes[path]()

    def ingest(self) -> dict[str, int]:
        """Distinct values, positions, bad messages and addresses that nobody registered."""
        known = {meter["address"] for meter in self.registry["meters"]}
        return {
            "readings_stored": len(self.readings), "positions_stored": len(self.positions),
            "rejected": self.bad, "unregistered": len({key[0] for key in self.readings} - known),
        }  # fmt: skip

    def hours(self, meter: dict[str, Any]) -> dict[int, float]:
        """Consumption between neighbouring readings, under the time of the later one."""
        channel = CHANNELS.get(meter["use"], "energy_kwh")
        series = sorted(self.series[(meter["address"], channel)])
        line, *later = meter["ledger"]
        ratio = 1.0 if line.get("already_primary", True) else line["ct"] * line["pt"]
        found = {}
        for (before, low), (after, high) in pairwise(series):
            used = high - low
            for swap in later:
                if before < gateway.epoch_ms(swap["valid_from"]) <= after:
                    used = (swap["closing"] - low) + (high - swap["opening"])
            if used < 0:
                used += 10.0 ** line["digits"]
            found[after] = used * ratio
        return found

    def energy(self) -> dict[str, Any]:
        """Totals of each institution by use; None where no meter is."""
        items: dict[str, dict[str, Any]] = {
            row["code"]: {"institution": row["code"], **dict.fromkeys(QUANTITIES.values())}
            for row in self.registry["institutions"]
        }
        for meter in self.registry["meters"]:
            if meter["use"] in QUANTITIES:
                item, name = items[meter["institution"]], QUANTITIES[meter["use"]]
                item[name] = (item[name] or 0.0) + sum(self.hours(meter).values())
        return {"items": list(items.values())}

    def savings(self, code: str) -> dict[str, float]:
        """Working and other days, each with a slope on the day's length by the cosine of the season."""
        contract = self.contracts[code]
        meters = {meter["code"]: meter for meter in self.registry["meters"]}
        daily: dict[date, float] = defaultdict(float)
        counts: dict[date, int] = defaultdict(int)
        for name in contract["meters"]:
            for time, used in self.hours(meters[name]).items():
                day = local_day(datetime.fromtimestamp(time / 1000 - 1, UTC))
                daily[day] += used
                counts[day] += 1
        whole = {day: used for day, used in daily.items() if counts[day] == 24 * len(contract["meters"])}
        begin, end = (date.fromisoformat(contract[name]) for name in ("baseline_start", "baseline_end"))
        base = [day for day in whole if begin <= day <= end]
        accepted = date.fromisoformat(contract["accepted_on"])
        after = [day for day in whole if accepted < day < self.until]
        observed = np.array([whole[day] for day in base])
        fit = np.linalg.lstsq(_drivers(base), observed, rcond=None)[0]
        residuals = observed - _drivers(base) @ fit
        actual = sum(whole[day] for day in after)
        saved = float((_drivers(after) @ fit).sum()) - actual
        band = 1.645 * 2 * float(residuals.std()) * len(after) * np.sqrt(1 / len(after) + 1 / len(base))
        return {"savings_kwh": saved, "uncertainty_kwh": band, "actual_kwh": actual}

    def fleet(self) -> dict[str, Any]:
        """Trips from positions, flags from slips, fuel from full tank to full tank."""
        tracks: dict[str, list[dict[str, float]]] = defaultdict(list)
        for address, time in sorted(self.positions):
            tracks[address.split("/")[1]].append(self.positions[(address, time)])
        items = []
        for vehicle in self.vehicles:
            trips = _trips(tracks[vehicle["code"]])
            flagged = sum(self._flagged(vehicle["code"], *trip[:2]) for trip in trips)
            items.append(
                {"vehicle": vehicle["code"], "trips": len(trips), "flagged_trips": flagged,
                 "distance_km": sum(trip[2] for trip in trips),
                 "litres_per_100km": self._litres(vehicle["code"])}
            )  # fmt: skip
        return {"items": items}

    def _flagged(self, vehicle: str, start_ms: float, end_ms: float) -> bool:
        ends = [datetime.fromtimestamp(ms / 1000, UTC) + timedelta(hours=8) for ms in (start_ms, end_ms)]
        outside = any(
            not chinese_calendar.is_workday(at.date()) or not 7 <= at.hour < 19 for at in ends
        )  # fmt: skip
        return outside and not any(
            slip["vehicle"] == vehicle
            and gateway.epoch_ms(slip["start"]) < end_ms
            and start_ms < gateway.epoch_ms(slip["end"])
            for slip in self.slips
        )

    def _litres(self, vehicle: str) -> float | None:
        rows = [row for row in self.refuels if row["vehicle"] == vehicle]
        full = [number for number, row in enumerate(rows) if row["full"]]
        if len(full) < 2:
            return None
        first, last = full[0], full[-1]
        litres = sum(row["litres"] for row in rows[first + 1 : last + 1])
        return float(100 * litres / (rows[last]["odometer_km"] - rows[first]["odometer_km"]))

    def repairs(self) -> dict[str, Any]:
        """Both clocks, by the day."""
        minutes, completed, on_time, late, still_open, overdue, ratings = [], 0, 0, 0, 0, 0, []
        for order in self.orders:
            events = {event["kind"]: event for event in order["events"]}
            reported = datetime.fromisoformat(order["reported_at"])
            due = local_day(reported)
            left = {"small": 1, "large": 3}[order["size"]]
            while left:
                due += timedelta(days=1)
                left -= chinese_calendar.is_workday(due)
            if "respond" in events:
                response = datetime.fromisoformat(events["respond"]["at"]) - reported
                minutes.append(response.total_seconds() / 60)
            if "complete" in events:
                done = local_day(datetime.fromisoformat(events["complete"]["at"]))
                completed, on_time, late = completed + 1, on_time + (done <= due), late + (done > due)
            elif "cancel" not in events:
                still_open, overdue = still_open + 1, overdue + (due < local_day(datetime.now(UTC)))
            if "rate" in events:
                ratings.append(events["rate"]["rating"])
        return {
            "reported": len(self.orders), "responded": len(minutes), "completed": completed,
            "response_minutes_p50": sorted(minutes)[len(minutes) // 2], "completed_on_time": on_time,
            "due_unknown": 0, "open": still_open, "overdue_open": overdue, "rated": len(ratings),
            "on_time_rate": on_time / (on_time + late + overdue),
            "satisfaction_rate": sum(rating > 2 for rating in ratings) / len(ratings),
        }  # fmt: skip


def _drivers(days: list[date]) -> Any:
    works = np.array([float(chinese_calendar.is_workday(day)) for day in days])
    season = np.cos(2 * np.pi * np.array([day.timetuple().tm_yday + 10 for day in days]) / 365.25)
    return np.column_stack([works, 1 - works, works * season, (1 - works) * season])


def _trips(points: list[dict[str, float]]) -> list[tuple[float, float, float]]:
    """(start, end, kilometres) of each run of the ignition that moved 200 m."""
    found, first = [], None
    for point in points:
        first = first or point
        if point["ignition"] == 0:
            distance = point["odometer_km"] - first["odometer_km"]
            if distance >= 0.2:
                found.append((first["time"], point["time"], distance))
            first = None
    return found
