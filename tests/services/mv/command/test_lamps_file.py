from pathlib import Path

import pytest

from services.mv.command.lamps_file import COLUMNS, TEMPLATE, read_inventory
from services.mv.command.refusals import FileRefused
from services.mv.lighting.lamps import BOUNDS, FULL, NO_EFFECT, LampGroup
from services.mv.lighting.sampling import Agreed, Sample
from services.mv.operating_days import On

BASE = {
    "group": "corridors",
    "count": "1000",
    "watts_before": "40",
    "watts_before_source": "name plate",
    "watts_after": "16",
    "watts_after_source": "name plate",
    "hours": "10",
    "hours_source": "annex 2",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "inventory.csv"


def read(file: Path, *rows: dict[str, str]) -> tuple[LampGroup, ...]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]
    file.write_text("\n".join(lines))
    return read_inventory(file)[1]


def test_the_least_a_row_needs(file: Path) -> None:
    (group,) = read(file, BASE)
    plate = Agreed(40, "name plate")
    assert (group.name, group.count, group.watts_before, group.on) == ("corridors", 1000, plate, On.EVERY_DAY)
    assert (group.control_before, group.in_service, group.interactive) == (FULL, FULL, NO_EFFECT)
    assert (group.hours_before, group.days_a_month, group.type_before) == (None, None, "")


def test_measured_figures_have_deviation_size_and_population(file: Path) -> None:
    measured = {"watts_before_source": "", "watts_before_deviation": "1.2", "watts_before_n": "20"}
    (group,) = read(file, BASE | measured | {"watts_before_of": "1000"})
    assert group.watts_before == Sample(40, 1.2, 20, 1000)


def test_agreed_figures_may_have_an_error_and_rows_may_share_one(file: Path) -> None:
    shared = {"hours_error": "0.5", "hours_shared": "timetable"}
    groups = read(file, BASE | shared, BASE | shared | {"group": "halls"})
    assert {group.hours for group in groups} == {Agreed(10, "annex 2", 0.5, "timetable")}


@pytest.mark.parametrize("name", list(BOUNDS))
def test_every_figure_is_a_column_that_is_read(file: Path, name: str) -> None:
    (group,) = read(file, BASE | {name: "0.5", f"{name}_source": "annex 3"})
    assert getattr(group, name) == Agreed(0.5, "annex 3")
    assert name in COLUMNS or name == "control_after"
    assert read_inventory(file)[0].record.ok


def test_days_and_types(file: Path) -> None:
    (group,) = read(file, BASE | {"on": "working_days", "type_before": "T8", "type_after": "LED"})
    assert (group.on, group.type_before, group.type_after) == (On.WORKING_DAYS, "T8", "LED")


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"group": ""}, "group", "the cell is empty"),
        ({"count": ""}, "count", "is not a whole number"),
        ({"count": "10.5"}, "count", "'10.5' is not a whole number"),
        ({"count": "0"}, "count", "0 is not from 1 to ∞"),
        ({"watts_before": ""}, "watts_before", "the cell is empty, and the way needs it"),
        ({"hours": "", "hours_source": ""}, "hours", "the cell is empty"),
        ({"hours": "26"}, "hours", "26 is not from 0 to 24"),
        ({"hours": "ten"}, "hours", "'ten' is not a finite number"),
        ({"control_after": "60"}, "control_after", "60 is not from 0 to 1"),
        ({"on": "sundays"}, "on", "'sundays' is none of every_day, working_days, other_days"),
        ({"hours_source": ""}, "hours_source", "say where hours comes from"),
        ({"hours_n": "5"}, "hours_source", "measured (_deviation, _n, _of) or agreed"),
        ({"in_service_source": "count"}, "in_service", "the cell is empty"),
        ({"hours_error": "-1"}, "hours_error", "-1 is not a number from 0 on"),
        ({"hours_source": "", "hours_n": "5", "hours_of": "9"}, "hours_deviation", "has its deviation"),
    ],
)
def test_each_slip_names_row_and_column(
    file: Path, changed: dict[str, str], column: str, reason: str
) -> None:
    with pytest.raises(FileRefused) as caught:
        read(file, BASE | {"group": "halls"}, BASE | changed)
    assert (caught.value.line, caught.value.column) == (3, column)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("deviation", "size", "population", "column"),
    [("-1", "5", "9", "deviation"), ("1", "1", "9", "n"), ("1", "10", "9", "n"), ("1", "2.5", "9", "n")],
)
def test_a_sample_that_cannot_be_is_refused(
    file: Path, deviation: str, size: str, population: str, column: str
) -> None:
    sample = {"hours_source": "", "hours_deviation": deviation, "hours_n": size, "hours_of": population}
    with pytest.raises(FileRefused) as caught:
        read(file, BASE | sample)
    assert caught.value.column == f"hours_{column}"


def test_one_of_one_is_measured_whole(file: Path) -> None:
    whole = {"hours_source": "", "hours_deviation": "0", "hours_n": "1", "hours_of": "1"}
    assert read(file, BASE | whole)[0].hours == Sample(10, 0, 1, 1)


def test_a_group_is_there_once(file: Path) -> None:
    with pytest.raises(FileRefused, match=r"line 3, column group: 'corridors' is there twice"):
        read(file, BASE, BASE)


def test_the_template_is_an_inventory_with_nothing_left_over(file: Path) -> None:
    file.write_text(TEMPLATE)
    rows, groups = read_inventory(file)
    assert rows.record.ok
    assert [group.name for group in groups] == ["corridors", "classrooms"]
    assert isinstance(groups[1].hours, Sample)


def test_a_misspelt_column_shows(file: Path) -> None:
    read(file, BASE | {"watts_after_deviaton": "0.4"})
    assert read_inventory(file)[0].not_read == ("watts_after_deviaton",)
