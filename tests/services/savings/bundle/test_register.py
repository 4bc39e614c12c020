"""What is quoted of readings gives the days that all of them give, whatever happened to the meter."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.clock import from_ms
from services.metering.model import Meter, MeterPeriod
from services.metering.rulings import Ruling, Verdict
from services.metering.spans import Booleans
from services.savings.bundle.ledger import read, spelled
from services.savings.bundle.register import CHANNEL, Cut, Quote, Register, day_edges, essential
from services.savings.bundle.rows import (
    INTERVAL_COLUMNS,
    READING_COLUMNS,
    Faulty,
    Run,
    first_difference,
    interval_lines,
    read_quotes,
    reading_lines,
)
from tests.services.savings.bundles import days_from, instant, meter, readings
from tests.services.savings.conftest import ZONE

DAYS = days_from("2025-06-02", "2025-06-11")
EDGES = day_edges(DAYS, ZONE)
REGISTER = Register(meter("hall-l1"))


def same(one: Cut, other: Cut) -> bool:
    return all(
        np.array_equal(np.round(a, 3), np.round(b, 3), equal_nan=True)
        for a, b in zip(one.columns, other.columns, strict=True)
    )


def lost(quote: Quote, start: str, end: str) -> Quote:
    return quote.only((quote.times_ms < instant(start)) | (quote.times_ms >= instant(end)))


def stepped(quote: Quote, at: str, by: float) -> Quote:
    return replace(quote, values=np.round(quote.values + np.where(quote.times_ms >= instant(at), by, 0.0), 2))


def spiked(quote: Quote, at: str) -> Quote:
    return replace(quote, values=np.where(quote.times_ms == instant(at), 0.0, quote.values))


def with_lines(*lines: MeterPeriod) -> Meter:
    base = REGISTER.meter
    return replace(base, ledger=(*base.ledger, *lines))


WHOLE = readings(DAYS, seed=3)
SWAP = datetime.fromisoformat("2025-06-05T11:00:00+08:00")


def swapped() -> tuple[Register, Quote]:
    at = int((WHOLE.times_ms >= instant("2025-06-05T11:00:00")).nonzero()[0][0])
    closing = float(WHOLE.values[at])
    quote = stepped(WHOLE, "2025-06-05T11:00:00", -closing + 3.0)
    line = MeterPeriod(SWAP, ct=20.0, already_primary=False, closing=closing, opening=3.0)
    return Register(with_lines(line)), quote


def decided() -> tuple[Register, Quote]:
    quote = stepped(WHOLE, "2025-06-06T15:00:00", -900.0)
    at = int((quote.times_ms >= instant("2025-06-06T15:00:00")).nonzero()[0][0])
    times, values = quote.times_ms.tolist(), quote.values.tolist()
    ruling = Ruling(times[at - 1], times[at], values[at - 1], values[at], None, Verdict.RESET)
    return replace(REGISTER, rulings=(ruling,)), quote


CASES: dict[str, tuple[Register, Quote]] = {
    "ordinary": (REGISTER, WHOLE),
    "not on midnight": (REGISTER, readings(DAYS, seed=3, offset_min=11)),
    "a gap across midnight": (REGISTER, lost(WHOLE, "2025-06-04T20:00:00", "2025-06-05T03:00:00")),
    "a gap within a day": (REGISTER, lost(WHOLE, "2025-06-04T04:00:00", "2025-06-04T13:00:00")),
    "silence for days": (REGISTER, lost(WHOLE, "2025-06-04T04:00:00", "2025-06-08T13:00:00")),
    "begins late": (REGISTER, lost(WHOLE, "2025-06-01T00:00:00", "2025-06-04T13:00:00")),
    "ends early": (REGISTER, lost(WHOLE, "2025-06-08T13:00:00", "2025-06-14T00:00:00")),
    "a step back": (REGISTER, stepped(WHOLE, "2025-06-06T15:00:00", -900.0)),
    "a spike": (REGISTER, spiked(WHOLE, "2025-06-06T15:00:00")),
    "a spike at midnight": (REGISTER, spiked(WHOLE, "2025-06-06T00:00:00")),
    "two spikes": (REGISTER, spiked(spiked(WHOLE, "2025-06-06T15:00:00"), "2025-06-06T16:00:00")),
    "a rollover": (
        Register(with_lines(MeterPeriod(from_ms(int(WHOLE.times_ms[0])), digits=3))),
        replace(WHOLE, values=np.round((WHOLE.values - 50.0) % 1000.0, 2)),
    ),
    "a replacement": swapped(),
    "a decision": decided(),
    "more than the rated power": (
        Register(replace(REGISTER.meter, rated_kw=5.0)), stepped(WHOLE, "2025-06-06T15:00:00", 900.0),
    ),
    "registers of many digits": (REGISTER, replace(WHOLE, values=WHOLE.values / 3)),
    "nothing at all": (REGISTER, Quote.none()),
    "one reading": (REGISTER, WHOLE.only(WHOLE.times_ms == instant("2025-06-06T15:00:00"))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_quoted_readings_give_the_same_days(name: str) -> None:
    register, quote = CASES[name]
    chosen = essential(register, quote, EDGES)
    assert same(register.cut(chosen, EDGES), register.cut(quote, EDGES))
    assert set(chosen.times_ms.tolist()) <= set(quote.times_ms.tolist())


@pytest.mark.parametrize("name", CASES)
def test_the_tables_say_what_was_quoted_and_are_read_back(name: str) -> None:
    register, quote = CASES[name]
    chosen = essential(register, quote, EDGES)
    run = Run(("reporting", "hall-l1", CHANNEL), EDGES, register.cut(chosen, EDGES), chosen)
    spellings = (interval_lines, reading_lines)
    tables = ["".join(f"{line}\n" for line in table([run], ZONE)) for table in spellings]
    found = read_quotes(*tables).get(run.key, Quote.none())
    assert found.times_ms.tolist() == chosen.times_ms.tolist()
    again = Run(run.key, EDGES, register.cut(found, EDGES), found)
    lines = zip(tables, spellings, (INTERVAL_COLUMNS, READING_COLUMNS), strict=True)
    for said, table, columns in lines:
        assert first_difference("x.csv", said, table([again], ZONE), columns) is None


def test_two_readings_a_day_are_enough_of_an_ordinary_meter() -> None:
    assert len(essential(*CASES["ordinary"], EDGES).times_ms) == len(DAYS) + 1
    assert len(essential(*CASES["not on midnight"], EDGES).times_ms) == 2 * (len(DAYS) + 1)


def test_a_replacement_and_a_spike_are_quoted_with_their_neighbours() -> None:
    for name, at in (("a replacement", "2025-06-05T11:00:00"), ("a spike", "2025-06-06T15:00:00")):
        chosen = essential(*CASES[name], EDGES)
        assert {instant(at) + step * 1_800_000 for step in (-1, 0, 1)} <= set(chosen.times_ms.tolist())


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_whatever_is_lost_or_wrong_the_days_are_the_same(data: st.DataObject) -> None:
    n = len(WHOLE.times_ms)
    kept: Booleans = np.ones(n, np.bool_)
    values = WHOLE.values.copy()
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, n - 1))
        kept[start : start + data.draw(st.integers(1, 60))] = False
    for _ in range(data.draw(st.integers(0, 3))):
        values[data.draw(st.integers(0, n - 1)) :] += data.draw(st.sampled_from([-500.0, 0.1, 700.0]))
    for _ in range(data.draw(st.integers(0, 3))):
        values[data.draw(st.integers(0, n - 1))] = data.draw(st.sampled_from([0.0, 1e6]))
    register = Register(replace(REGISTER.meter, rated_kw=data.draw(st.sampled_from([None, 5.0]))))
    quote = replace(WHOLE, values=values).only(kept)
    assert same(register.cut(essential(register, quote, EDGES), EDGES), register.cut(quote, EDGES))


@pytest.mark.parametrize("name", CASES)
def test_a_ledger_is_read_back_as_it_was(name: str) -> None:
    register, _ = CASES[name]
    assert read(spelled([register])) == {"hall-l1": register}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("reporting,hall-l1,energy_kwh,noon,1.0,0", "readings.csv line 2 time: says noon"),
        (
            "reporting,hall-l1,energy_kwh,2025-06-05T11:00+08:00,much,0",
            "readings.csv line 2 value: says much",
        ),
        (
            "reporting,hall-l1,energy_kwh,2025-06-05T11:00+08:00,1.0,x",
            "readings.csv line 2 quality: says x",
        ),
        ("reporting,hall-l1,energy_kwh", "readings.csv line 2: says 3 cells"),
    ],
)
def test_a_cell_that_is_no_reading_is_named(row: str, told: str) -> None:
    with pytest.raises(Faulty) as caught:
        read_quotes(",".join(INTERVAL_COLUMNS) + "\n", ",".join(READING_COLUMNS) + f"\n{row}\n")
    assert str(caught.value).startswith(told)
