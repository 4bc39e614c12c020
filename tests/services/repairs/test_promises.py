"""The dated promises: the built-in ones, later ones, and files that cannot be used."""

from datetime import date, time
from pathlib import Path

import pytest

from services.repairs.model import Severity, Size
from services.repairs.promises import BUILT_IN, PromisesError, load_promises


def test_the_built_in_promise_is_the_bureaus() -> None:
    promise = load_promises().on(date(2026, 11, 22))
    assert promise.working_days == {Size.SMALL: 1, Size.LARGE: 3}
    assert promise.response_minutes == {Severity.NORMAL: 30, Severity.URGENT: 15}
    assert promise.close_of_business == time(17, 30)


def test_every_figure_names_its_source() -> None:
    promise = load_promises().lines[0]
    assert set(promise.sources) >= {"working_days", "response_minutes", "close_of_business", "pause_reasons"}
    assert promise.sources["response_minutes"] == "the bureau's own choice"


@pytest.mark.parametrize("reason", ["parts", "no_access", "outage_approval", "weather", "等待配件", "天气"])
def test_approved_reasons_go_by_name_and_in_chinese(reason: str) -> None:
    assert load_promises().lines[0].approves(reason)


def test_any_other_reason_is_not_approved() -> None:
    assert not load_promises().lines[0].approves("too much to do")


def test_a_later_promise_holds_from_its_day_and_the_old_one_until_then(tmp_path: Path) -> None:
    later = BUILT_IN.read_text().split("\n[[promise]]\n")[1].replace("2000-01-01", "2027-01-01")
    file = tmp_path / "promises.toml"
    file.write_text(f"[[promise]]\n{later.replace('urgent = 15', 'urgent = 10')}\n{BUILT_IN.read_text()}")
    promises = load_promises(file)
    assert promises.on(date(2026, 12, 31)).response_minutes[Severity.URGENT] == 15
    assert promises.on(date(2027, 1, 1)).response_minutes[Severity.URGENT] == 10
    assert promises.on(date(1990, 1, 1)).effective_from == date(2000, 1, 1)
    assert promises.version != load_promises().version


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("small = 1", "", "'small'"),
        ("small = 1", "small = 0", "at least 1"),
        ("urgent = 15", "urgent = -1", "at least 1"),
        ("17:30:00", '"half past five"', "close_of_business"),
        ("\n[[promise]]", "\n[[promise", "TOMLDecodeError"),
        ("\n[[promise]]", "\n[[other]]", "TypeError"),
    ],
)
def test_a_wrong_file_is_named_with_the_reason(tmp_path: Path, old: str, new: str, reason: str) -> None:
    file = tmp_path / "promises.toml"
    file.write_text(BUILT_IN.read_text().replace(old, new, 1))
    with pytest.raises(PromisesError, match=r"promises\.toml") as failure:
        load_promises(file)
    assert reason in str(failure.value)


def test_an_absent_or_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PromisesError):
        load_promises(tmp_path / "absent.toml")
    (tmp_path / "empty.toml").write_text("promise = []")
    with pytest.raises(PromisesError, match="holds no promise"):
        load_promises(tmp_path / "empty.toml")
