"""The dated rules: the built-in ones, later ones, and files that cannot be used."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from services.fleet.model import VehicleKind
from services.fleet.rules import BUILT_IN, RulesError, load_rules


def test_the_built_in_rules() -> None:
    rules = load_rules().on(date(2026, 11, 22))
    assert (rules.hours_start, rules.hours_end) == (time(7), time(19))
    assert rules.tolerance == timedelta(minutes=30)
    assert rules.exempt_kinds == frozenset()
    assert rules.fuel_excess == 0.15
    assert set(rules.sources) == {"hours", "approval_tolerance_minutes", "exempt_kinds", "fuel_excess"}


def test_later_rules_hold_from_their_day(tmp_path: Path) -> None:
    old = BUILT_IN.read_text()
    new = old.split("\n[[rules]]\n")[1].replace("2000-01-01", "2027-01-01").replace("= 30", "= 45")
    new = new.replace("[]", '["emergency"]')
    file = tmp_path / "rules.toml"
    file.write_text(f"[[rules]]\n{new}\n{old}")
    rules = load_rules(file)
    assert rules.on(date(2026, 12, 31)).exempt_kinds == frozenset()
    assert rules.on(date(2027, 1, 1)).exempt_kinds == {VehicleKind.EMERGENCY}
    assert rules.widest_tolerance == timedelta(minutes=45)
    assert rules.on(date(1999, 1, 1)).effective_from == date(2000, 1, 1)
    assert rules.version != load_rules().version


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("hours_end = 19:00:00", "hours_end = 06:00:00", "before hours_end"),
        ("hours_end = 19:00:00", "hours_end = 19", "times"),
        ("minutes = 30", "minutes = -1", "not negative"),
        ("exempt_kinds = []", 'exempt_kinds = ["taxi"]', "taxi"),
        ("fuel_excess = 0.15\n", "", "fuel_excess"),
        ("\n[[rules]]", "\n[[rules", "TOMLDecodeError"),
    ],
)
def test_a_wrong_file_is_named_with_the_reason(tmp_path: Path, old: str, new: str, reason: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(BUILT_IN.read_text().replace(old, new, 1))
    with pytest.raises(RulesError, match=r"rules\.toml") as failure:
        load_rules(file)
    assert reason in str(failure.value)


def test_an_absent_or_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RulesError):
        load_rules(tmp_path / "absent.toml")
    (tmp_path / "empty.toml").write_text("rules = []")
    with pytest.raises(RulesError, match="holds no rules"):
        load_rules(tmp_path / "empty.toml")
