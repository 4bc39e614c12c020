"""From a reading set aside to a person's decision and back into the intervals, over the roll-up job."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from services.metering.cases import Kind, State, Wish
from services.metering.model import Quality
from services.timeseries.rollups import RolledUp
from services.timeseries.schema import INTERVAL_HOUR
from services.timeseries.store import Point
from tests.services.metering.documents import line
from tests.services.timeseries.meters import HOUR_MS, T0, reading, write_all
from tests.services.timeseries.test_jobs import House, house

__all__ = ["house"]


def hourly(house: House, *values: float | None, first: int = 0, code: str = "main") -> None:
    write_all(
        house.store,
        [
            reading(60 * (first + n), meter=code, energy_kwh=value)
            for n, value in enumerate(values)
            if value is not None
        ],
    )


def hours(house: House, code: str = "main") -> dict[int, tuple[float, float, int]]:
    """Hour → measured, coverage and marks."""
    found = {}
    for series in house.store.read(INTERVAL_HOUR, {"meter": code}):
        columns = (series.fields[name].tolist() for name in ("measured", "coverage", "quality"))
        for time, *figures in zip(series.times_ms.tolist(), *columns, strict=True):
            found[(time - T0) // HOUR_MS] = (figures[0], figures[1], int(figures[2]))
    return found


def used(house: House) -> float:
    """Everything measured or estimated of all hours."""
    (series,) = house.store.read(INTERVAL_HOUR, {"meter": "main"})
    return float(series.fields["measured"].sum() + series.fields["estimated"].sum())


def states(house: House) -> dict[int | str, str]:
    """Hour of the case → its state; that of a single reading as text."""
    found: dict[int | str, str] = {}
    for case in house.quarantine.cases():
        hour = (case.doubt.at_ms - T0) // HOUR_MS
        found[hour if case.doubt.reading is None else f"{hour}"] = str(case.state)
    return found


def decide(house: House, hour: int, *, accept: bool = True, kind: Kind = Kind.SPAN) -> None:
    wish = Wish(accept, "王敏", "现场核对")
    assert house.quarantine.decide(("main", "energy_kwh", T0 + hour * HOUR_MS, kind), wish) is not None


FALL = (500.0, 510.0, 0.5, 9.5, 20.5)


def test_a_fall_is_found_accepted_counted_and_taken_back(house: House) -> None:
    house.register("main")
    hourly(house, *FALL)
    house.cycle()
    assert states(house) == {1: "open"}
    assert hours(house)[1] == (0, 0, Quality.QUARANTINED)
    decide(house, 1)
    assert house.cycle() == [RolledUp("main", date(2026, 1, 1), date(2026, 1, 1))]
    assert hours(house)[1] == (0.5, 1, Quality.DECIDED)
    assert states(house) == {1: "accepted"}
    decide(house, 1, accept=False)
    house.cycle()
    assert hours(house)[1] == (0, 0, Quality.QUARANTINED | Quality.DECIDED)
    assert states(house) == {1: "rejected"}
    assert house.cycle() == []


def test_a_decision_changes_its_own_hours_and_no_others(house: House) -> None:
    house.register("main", "light", rated_kw=20)
    for code in ("main", "light"):
        hourly(house, *range(0, 600, 5), code=code)
        hourly(house, *range(1_000, 1_100, 5), first=120, code=code)
    house.cycle()
    before, beside = hours(house), hours(house, "light")
    decide(house, 119)
    assert [changed.meter for changed in house.cycle()] == ["main"]
    after = hours(house)
    assert {hour for hour in after if after[hour] != before[hour]} == {119}
    assert after[119] == (405, 1, Quality.DECIDED)
    assert hours(house, "light") == beside


def test_late_readings_that_explain_a_span_withdraw_its_case(house: House) -> None:
    house.register("main", rated_kw=1)
    hourly(house, 100, None, 104)
    house.cycle()
    assert states(house) == {}
    hourly(house, 190, first=3)
    house.cycle()
    assert states(house) == {2: "open"}
    decide(house, 2)
    house.cycle()
    hourly(house, 105, 106, first=4)  # now 190 is a stray between 104 and 105
    house.cycle()
    assert states(house) == {2: "withdrawn", "3": "open"}
    assert used(house) == 6
    (case,) = house.quarantine.cases(states=[State.WITHDRAWN])
    assert [one.by for one in case.decisions] == ["王敏"]


def test_a_restored_reading_moves_the_doubt_to_its_neighbour(house: House) -> None:
    house.register("main")
    hourly(house, 100, 110, 5_000, 120, 130)
    house.cycle()
    assert states(house) == {"2": "open"}
    decide(house, 2, kind=Kind.READING)
    house.cycle()
    assert states(house) == {"2": "accepted", 2: "open"}
    assert [hours(house)[hour] for hour in (1, 2)] == [
        (4_890, 1, Quality.DECIDED), (0, 0, Quality.DECIDED | Quality.QUARANTINED),
    ]  # fmt: skip
    decide(house, 2, accept=False, kind=Kind.READING)
    house.cycle()
    assert states(house) == {"2": "rejected", 2: "withdrawn"}
    assert hours(house)[1] == (0, 0, Quality.GAP | Quality.QUARANTINED)  # a gap whose total is known
    assert used(house) == 30


def test_correcting_the_ledger_answers_the_case_and_computes_the_meter_anew(house: House) -> None:
    house.register("main", "light")
    hourly(house, *FALL)
    hourly(house, *FALL, code="light")
    house.cycle()
    beside = hours(house, "light")
    swapped = [line(), line("2026-01-01T01:30:00+08:00", closing=512, opening=0)]
    house.register("main", ledger=swapped)
    assert [changed.meter for changed in house.cycle()] == ["main"]
    assert hours(house)[1] == (2.5, 1, Quality.REPLACED)
    assert {case.meter: case.state for case in house.quarantine.cases()} == {
        "main": State.WITHDRAWN, "light": State.OPEN,
    }  # fmt: skip
    assert hours(house, "light") == beside


def test_a_corrected_scale_recomputes_only_what_it_touches(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.register("main", "light")
    for code in ("main", "light"):
        hourly(house, *range(100, 150), code=code)
    house.cycle()
    written: list[Point] = []
    real = house.store.write

    def noted(points: Sequence[Point]) -> None:
        written.extend(points)
        real(points)

    monkeypatch.setattr(house.store, "write", noted)
    halved = line(
        "2026-01-02T16:00:00+08:00", closing=140, opening=70, channels={"energy_kwh": {"scale": 0.5}}
    )
    house.register("main", ledger=[line(), halved])
    assert house.cycle() == [RolledUp("main", date(2026, 1, 1), date(2026, 1, 3))]
    assert {point.tags[1] for point in written} == {"main"}
    hour = {(p.time_ms - T0) // HOUR_MS for p in written if p.measurement is INTERVAL_HOUR}
    assert hour == set(range(39, 49))
    assert hours(house)[10] == (1, 1, 0)
    assert hours(house)[45] == (0.5, 1, 0)


def test_cases_outlive_a_store_that_is_away_and_a_run_cut_short(house: House, tmp_path: Path) -> None:
    house.register("main")
    hourly(house, *FALL)
    house.cycle()
    decide(house, 1)
    ended: list[str] = []

    def fail(_changed: object) -> None:
        ended.append("cut short")
        raise RuntimeError("cut short")

    with pytest.raises(RuntimeError):
        house.rollup(fail).run(None)
    assert ended == ["cut short"]
    house.cycle()
    assert hours(house)[1] == (0.5, 1, Quality.DECIDED)
    assert states(house) == {1: "accepted"}
