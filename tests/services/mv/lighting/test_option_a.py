import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.mv.canonical import canonical
from services.mv.lighting.lamps import LampGroup
from services.mv.lighting.option_a import LampLine, OptionA, option_a
from services.mv.lighting.sampling import Agreed, Sample
from services.mv.operating_days import On, Period
from tests.services.mv.lighting.test_lamps import MAY, group


def records(result: OptionA) -> dict[str, Any]:
    return {record.what: record for record in result.records}


def test_the_worked_truth_of_a_thousand_lamps() -> None:
    result = option_a((group(),), MAY)
    assert (result.baseline_kwh, result.actual_kwh, result.savings_kwh) == (8800.0, 3520.0, 5280.0)
    (line,) = result.lines
    assert (line.count, line.watts_before, line.watts_after, line.hours_after, line.days) == (
        1000,
        40,
        16,
        10,
        22,
    )
    assert line.savings_kwh == 5280.0


def test_the_half_width_by_hand() -> None:
    """220 kWh a watt; errors of 1.2 and 0.4 W over √20, 980 of 1000 lamps not measured; t(23) = 1.714."""
    errors = np.array([1.2, 0.4]) * np.sqrt(0.98 / 20) * 220
    freedom = (errors**2).sum() ** 2 / (errors**4 / 19).sum()
    assert int(freedom) == 23
    assert option_a((group(),), MAY).uncertainty_kwh == pytest.approx(1.714 * np.hypot(*errors), rel=0.002)


def test_nothing_sampled_and_no_error_agreed_gives_no_band_but_says_so() -> None:
    stipulated = group(watts_before=Agreed(40, "name plate"), watts_after=Agreed(16, "name plate"))
    result = option_a((stipulated,), MAY)
    found = records(result)
    assert (result.savings_kwh, result.uncertainty_kwh) == (5280.0, 0.0)
    assert (found["stipulated_share"].figure, found["measured_figures"].ok) == (1.0, False)
    assert found["measured_figures"].source.startswith("IPMVP")


def test_records_name_each_sample_and_the_share_of_stipulated_figures() -> None:
    found = records(option_a((group(watts_before=Sample(40, 20, 20, 1000)),), MAY))
    assert not found["sample_size:corridor:watts_before"].ok
    assert found["sample_size:corridor:watts_before"].limit == 64
    assert found["sample_size:corridor:watts_after"].ok
    assert found["stipulated_share"].figure == 0.5
    assert found["stipulated_share"].ok


def test_days_without_a_calendar_are_listed_where_they_matter() -> None:
    unknown = replace(MAY, working=(None,) * 31)
    by_calendar = option_a((group(days_a_month=None, on=On.WORKING_DAYS),), unknown)
    assert by_calendar.savings_kwh == 0
    assert (records(by_calendar)["days_without_calendar"].figure, by_calendar.lines[0].days) == (31, 0)
    assert not records(by_calendar)["days_without_calendar"].ok
    assert records(option_a((group(),), unknown))["days_without_calendar"].ok


def test_failed_lamps_save_nothing_and_dimming_saves_more() -> None:
    failed = option_a((group(in_service=Agreed(0.9, "walk-round of 31 May")),), MAY)
    assert failed.savings_kwh == pytest.approx(0.9 * 5280)
    dimmed = option_a((group(control_after=Agreed(0.5, "dimming plan")),), MAY)
    assert dimmed.savings_kwh == 5280 + 1760


def test_the_interactive_effect_stands_apart_and_may_take_away() -> None:
    cooled = option_a((group(interactive=Agreed(0.05, "study")),), MAY)
    heated = option_a((group(interactive=Agreed(-0.05, "study")),), MAY)
    assert (cooled.interactive_kwh, cooled.savings_kwh) == (264.0, 5544.0)
    assert (heated.interactive_kwh, heated.savings_kwh) == (-264.0, 5016.0)
    assert cooled.baseline_kwh - cooled.actual_kwh == 5280


def test_lamps_that_use_more_than_before_give_a_negative_saving_with_a_band() -> None:
    result = option_a((group(watts_after=Sample(50, 1, 20, 1000)),), MAY)
    assert result.savings_kwh == -2200.0
    assert result.uncertainty_kwh > 0


def test_a_figure_shared_by_groups_errs_for_all_of_them_together() -> None:
    plates = {"watts_before": Agreed(40, "name plate"), "watts_after": Agreed(16, "name plate")}
    hours = Sample(10, 1, 9, 40)
    shared = replace(hours, shared="office hours")
    two = option_a((group("a", hours=shared, **plates), group("b", hours=shared, **plates)), MAY)
    one = two.lines[0].uncertainty_kwh
    assert two.uncertainty_kwh == pytest.approx(2 * one, abs=0.002)
    apart = option_a((group("a", hours=hours, **plates), group("b", hours=hours, **plates)), MAY)
    assert apart.uncertainty_kwh == pytest.approx(2**0.5 * one * 1.746 / 1.860, rel=0.005)
    assert [r.what for r in two.records].count("sample_size:office hours") == 1


def test_two_different_figures_cannot_be_shared_under_one_name() -> None:
    other = group("b", hours=Agreed(9, "log", shared="hours"))
    with pytest.raises(ValueError, match="shared as 'hours'"):
        option_a((group("a", hours=Agreed(10, "log", shared="hours")), other), MAY)


@pytest.mark.parametrize("inventory", [(), (group("a"), group("a"))])
def test_an_inventory_has_groups_with_names_of_their_own(inventory: tuple[LampGroup, ...]) -> None:
    with pytest.raises(ValueError, match="at least one group"):
        option_a(inventory, MAY)


def test_an_inventory_replays_from_its_json_to_the_same_bytes() -> None:
    inventory = (group("a", hours=Agreed(10, "annex")), group("b", watts_before=Sample(36, 1, 9, 200)))
    inputs = json.loads(canonical({"inventory": inventory, "period": MAY}))
    again = option_a(
        TypeAdapter(tuple[LampGroup, ...]).validate_python(inputs["inventory"]),
        TypeAdapter(Period).validate_python(inputs["period"]),
    )
    assert canonical(again) == canonical(option_a(inventory, MAY))


WATTS = st.builds(Sample, st.floats(0, 400), st.floats(0, 40), st.integers(2, 30), st.integers(30, 5000))
HOURS = st.builds(Agreed, st.floats(0, 24), st.just("annex"), st.floats(0, 2))
GROUPS = st.lists(
    st.builds(
        group,
        st.text("abcdef", min_size=1),
        count=st.integers(1, 5000),
        watts_before=WATTS,
        watts_after=WATTS,
        hours=HOURS,
        hours_before=st.none() | HOURS,
        interactive=st.builds(Agreed, st.floats(-0.3, 0.3), st.just("study")),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda lamps: lamps.name,
)


@given(GROUPS)
def test_the_table_adds_up_on_paper(groups: list[LampGroup]) -> None:
    result = option_a(tuple(groups), MAY)
    thousandths = [round(line.savings_kwh * 1000) for line in result.lines]
    assert round(result.savings_kwh * 1000) == sum(thousandths)
    rows: tuple[OptionA | LampLine, ...] = (result, *result.lines)
    for row in rows:
        parts = (
            round(row.baseline_kwh * 1000) - round(row.actual_kwh * 1000) + round(row.interactive_kwh * 1000)
        )
        assert round(row.savings_kwh * 1000) == parts
        assert row.uncertainty_kwh >= 0


@given(GROUPS)
def test_the_order_of_groups_changes_no_total(groups: list[LampGroup]) -> None:
    forth, back = option_a(tuple(groups), MAY), option_a(tuple(reversed(groups)), MAY)
    assert (forth.savings_kwh, forth.lines) == (back.savings_kwh, back.lines[::-1])
    assert forth.uncertainty_kwh == pytest.approx(back.uncertainty_kwh, abs=0.002)


def test_the_band_holds_the_truth_of_inventories_that_were_sampled() -> None:
    """Two groups of lamps of uneven watts, 6 and 10 of them measured, hours logged on 5 of 20 circuits."""
    rng, held = np.random.default_rng(20261102), 0
    may = Period(date(2026, 5, 1), date(2026, 6, 1), (True,) * 31)

    def sample(values: Any, size: int, shared: str = "") -> Sample:
        drawn = rng.choice(values, size, replace=False)
        return Sample(float(drawn.mean()), float(drawn.std(ddof=1)), size, len(values), shared)

    for _ in range(600):
        hours = rng.normal(9, 1.2, 20)
        logged, truth, inventory = sample(hours, 5, "loggers"), 0.0, []
        for name, count, size in (("office", 400, 6), ("corridor", 90, 10)):
            before, after = rng.normal(40, 3, count), rng.gamma(40, 0.4, count)
            truth += float(before.sum() - after.sum()) * float(hours.mean()) * 31 / 1000
            watts = {"watts_before": sample(before, size), "watts_after": sample(after, size)}
            inventory.append(group(name, count=count, hours=logged, days_a_month=None, **watts))
        result = option_a(tuple(inventory), may)
        held += abs(result.savings_kwh - truth) <= result.uncertainty_kwh
    assert 0.85 <= held / 600 <= 0.95
