"""The options of `kilowitness mv`: each belongs to a way, and --help tells of every column."""

import argparse
from datetime import date
from pathlib import Path

import pytest

from services.mv.command import options as room
from services.mv.command.asked import calendar_of, points_of, reading_of
from services.mv.command.options import FIXTURES, LAMPS, REGRESSION, TEMPLATES, parsed
from services.mv.command.refusals import FileRefused

BOTH = ["--baseline", "b.csv", "--reporting", "r.csv"]


def options(*more: str) -> argparse.Namespace:
    return parsed([*BOTH, *more])[0]


@pytest.mark.parametrize(
    ("arguments", "way"),
    [
        (BOTH, REGRESSION),
        (["--lamps", "l.csv", "--start", "2026-01-01", "--end", "2026-02-01", "--calendar", "none"], LAMPS),
        (["--fixtures", "f.csv", "--population", "400", "--after-kwh", "12.5"], FIXTURES),
        (["--fixtures", "f.csv", "--json", "--language", "zh"], FIXTURES),
    ],
)
def test_the_files_say_which_way(arguments: list[str], way: str) -> None:
    assert parsed(arguments)[1] == way


def test_every_option_belongs_to_a_way_or_to_all() -> None:
    names = set(vars(options()))
    assert names == room._OF_ALL.union(*room._OF_WAY.values())


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ([], "one_way"),
        (["--baseline", "b.csv"], "one_way"),
        (["--reporting", "r.csv"], "one_way"),
        ([*BOTH, "--lamps", "l.csv"], "one_way"),
        ([*BOTH, "--population", "4"], "other_way"),
        (["--lamps", "l.csv", "--method", "4p"], "other_way"),
        (["--fixtures", "f.csv", "--calendar", "none"], "other_way"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: list[str], key: str) -> None:
    with pytest.raises(FileRefused) as caught:
        parsed(arguments)
    assert caught.value.key == key


def test_an_option_that_says_what_holds_anyway_is_no_offence() -> None:
    assert parsed(["--fixtures", "f.csv", "--calendar", "cn"])[1] == FIXTURES


def test_a_template_needs_no_files() -> None:
    assert parsed(["--template", "lamps"])[0].template == "lamps"


def test_days_are_dates() -> None:
    found, _ = parsed(["--lamps", "l.csv", "--start", "2026-01-01", "--end", "2026-02-01"])
    assert (found.start, found.end) == (date(2026, 1, 1), date(2026, 2, 1))


def test_help_tells_of_every_column_of_the_templates(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parsed(["--help"])
    assert caught.value.code == 0
    told = capsys.readouterr().out
    for template in TEMPLATES.values():
        for name in template.split("\n")[0].split(","):
            figure, _, part = name.rpartition("_")
            assert name in told or (figure in told and f"..._{part}" in told), name
    assert all(name in told for name in ("energy_kwh", "temperature", "estimated", "start, end"))


def test_how_files_are_read() -> None:
    found = reading_of(options("--utc", "--unit", "f", "--zone", "Asia/Urumqi", "--driver", "head_count"))
    assert (found.zone.key, found.utc, found.fahrenheit) == ("Asia/Urumqi", True, True)
    assert found.drivers == ("head_count",)


def test_without_a_calendar_every_day_is_worked() -> None:
    new_year = date(2026, 1, 1)
    assert calendar_of(options()).is_working(new_year) is False
    assert calendar_of(options("--calendar", "none")).is_working(new_year) is True


def test_closures_and_a_place_are_part_of_the_calendar(tmp_path: Path) -> None:
    file = tmp_path / "closures.csv"
    file.write_text("start,end\n2026-07-01,2026-08-31\n")
    found = calendar_of(options("--closures", str(file), "--latitude", "30", "--longitude", "111"))
    assert (len(found.closures), found.place) == (1, (30.0, 111.0))
    assert calendar_of(options()).place is None


@pytest.mark.parametrize(
    ("arguments", "points"),
    [
        (["--method", "3ph", "--heating-point", "15"], (15.0, None)),
        (["--method", "3pc-types", "--cooling-point", "68", "--unit", "f"], (None, 20.0)),
        (["--method", "5p", "--heating-point", "15", "--cooling-point", "22"], (15.0, 22.0)),
    ],
)
def test_agreed_points_are_in_celsius(arguments: list[str], points: tuple[float | None, ...]) -> None:
    found = points_of(options(*arguments))
    assert found is not None
    assert (found.heating_c, found.cooling_c) == points


def test_no_point_is_none_and_a_point_for_another_form_is_refused() -> None:
    assert points_of(options("--method", "3ph")) is None
    with pytest.raises(FileRefused, match="--cooling-point for 3pc"):
        points_of(options("--method", "3ph", "--cooling-point", "20"))
