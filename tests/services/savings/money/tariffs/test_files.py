from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.savings.money.tariffs.document import read, spelled
from services.savings.money.tariffs.files import BUILT_IN, TariffError, load_tariffs, plans_of
from services.savings.money.tariffs.plan import Period, Structure
from tests.services.savings.money.tariffs.plans import night, spelling

GOOD = """
region = "here"
zone = "Asia/Shanghai"
effective_from = 2026-01-01
source = "a table"
mark = "M"

[[hours]]
id = "h"
spans = [
    { period = "valley", months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], start = "23:00", end = "07:00" },
    { period = "flat", months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], start = "07:00", end = "23:00" },
]

[[plan]]
id = "home"
structure = "single"
voltage = "<1 kV"
hours = "h"
price = { flat = 0.58, valley = 0.43 }
"""


@pytest.fixture(name="file")
def toml_file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def test_a_file_gives_its_plans_with_prices_digit_for_digit(file: Path) -> None:
    file.write_text(GOOD)
    (plan,) = plans_of(file)
    assert (plan.id, plan.region, plan.structure) == ("home", "here", Structure.SINGLE)
    assert plan.prices == {Period.FLAT: Decimal("0.58"), Period.VALLEY: Decimal("0.43")}
    assert (plan.effective_from, plan.effective_to, plan.non_tou) == (date(2026, 1, 1), None, None)
    assert plan.hours is not None
    assert plan.hours.minutes(2) == {Period.VALLEY: 480, Period.FLAT: 960}


WRONG = [
    ("price = { flat = 0.58, valley = 0.43 }", "price = { flat = 0.58 }",
     "price.valley: missing, the hours have this period"),
    ("flat = 0.58,", "flat = 0.58, sharp = 0.9,", "price.sharp: the hours have no such period"),
    ("flat = 0.58,", "flat = -0.58,", "price.flat: Input should be greater than 0"),
    ('end = "07:00"', 'end = "06:30"', "hours: month 1: 06:30-07:00 lies in no period"),
    ('end = "07:00"', 'end = "07:15"', "hours: month 1: 07:00-07:15 lies in two periods"),
    ('start = "23:00"', 'start = "23:30"', "hours: month 1: 23:00-23:30 lies in no period"),
    ('"flat", months = [1, 2, 3, 4', '"flat", months = [1, 2, 4',
     "hours: month 3: 07:00-23:00 lies in no period"),
    ('end = "07:00"', 'end = "7"', "hours.spans.0.end: "),
    ('end = "07:00"', 'end = "24:30"', "hours.spans.0.end: "),
    ('hours = "h"', 'hours = "x"', "hours: the file has no [[hours]] 'x'"),
    ('hours = "h"\n', "", "price.flat: the hours have no such period"),
    ('hours = "h"\nprice = { flat = 0.58, valley = 0.43 }', "", "non_tou: missing, and there are no hours"),
    ('"single"', '"two-part"',
     "structure: a two-part tariff, and no other, has a demand or a capacity price"),
    ('mark = "M"', 'mark = "sure"', "mark: "),
    ('source = "a table"', 'source = " "', "source: "),
    ('"Asia/Shanghai"', '"Asia/Atlantis"', "zone: 'Asia/Atlantis' is not a time zone"),
    ('"Asia/Shanghai"', '"Europe/Berlin"', "zone: 'Europe/Berlin' has summer time"),
    ('structure = "single"', 'structure = "single"\neffective_to = 2025-01-01',
     "effective_to: before effective_from"),
    ('structure = "single"', 'structure = "single"\neffective_to = 2026-01-30',
     "effective_to: not the last of a month"),
    ("effective_from = 2026-01-01", "effective_from = 2026-01-02",
     "effective_from: not the first of a month"),
    ("flat = 0.58,", "flat = 0.58, noon = 1,", "price.noon"),
    ('voltage = "<1 kV"', 'voltage = "<1 kV"\nsurprise = 1', "surprise: "),
]  # fmt: skip


@pytest.mark.parametrize(("there", "instead", "reason"), WRONG, ids=[row[2] for row in WRONG])
def test_what_is_wrong_is_named_with_file_plan_and_key(
    file: Path, there: str, instead: str, reason: str
) -> None:
    assert there in GOOD
    file.write_text(GOOD.replace(there, instead, 1))
    with pytest.raises(TariffError) as caught:
        load_tariffs(file.parent)
    assert str(caught.value).startswith(f"{file}: plan home: {reason}")


def test_a_plan_without_an_id_is_named_as_such(file: Path) -> None:
    file.write_text(GOOD.replace('id = "home"\n', ""))
    with pytest.raises(TariffError, match="plan without an id: id: Field required"):
        load_tariffs(file.parent)


@pytest.mark.parametrize(
    "text", ["[[plan", "plan = 3", '[plan]\nid = "x"', '\nplan = ["x"]', "", '[[plans]]\nid = "x"']
)
def test_what_is_no_table_of_plans_is_refused(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(TariffError, match=r"mine\.toml"):
        load_tariffs(file.parent)


def test_plans_of_one_id_do_not_overlap(file: Path) -> None:
    later = GOOD.split("[[plan]]")[1].replace('voltage = "', 'effective_from = 2026-05-01\nvoltage = "')
    file.write_text(f"{GOOD}[[plan]]{later}")
    with pytest.raises(TariffError, match=r"mine\.toml: plan home: effective_from: 2026-05-01 lies within"):
        load_tariffs(file.parent)
    file.write_text(f"{GOOD}effective_to = 2026-04-30\n[[plan]]{later}")
    assert len(load_tariffs(file.parent).plans) == len(load_tariffs().plans) + 2


def test_a_folder_of_ones_own_adds_and_replaces(file: Path) -> None:
    built_in = next(BUILT_IN.glob("*.toml")).read_text(encoding="utf-8")
    file.write_text(built_in.replace("non_tou = 0.735686", "non_tou = 0.7"), encoding="utf-8")
    known = load_tariffs(file.parent)
    assert len(known.plans) == len(load_tariffs().plans)
    replaced = known.on("hubei-single-1kv", date(2026, 1, 1))
    assert replaced is not None
    assert replaced.non_tou == Decimal("0.7")


def test_a_plan_of_ones_own_that_overlaps_a_built_in_one_is_refused(file: Path) -> None:
    built_in = next(BUILT_IN.glob("*.toml")).read_text(encoding="utf-8")
    moved = built_in.replace("effective_from = 2026-01-01", "effective_from = 2025-12-01")
    file.write_text(moved, encoding="utf-8")
    with pytest.raises(TariffError, match=f"2026-01-01 lies within the plan of 2025-12-01 in {file}"):
        load_tariffs(file.parent)


def test_every_plan_survives_its_spelling() -> None:
    for plan in (*load_tariffs().plans, night(), night(hours=None, price=None)):
        assert read(spelled(plan)) == plan
        assert spelled(read(spelled(plan))) == spelled(plan)


def test_a_spelling_has_only_what_json_knows() -> None:
    found = spelled(read(spelling()))
    assert found["price"] == {"valley": "0.3", "peak": "0.9"}
    assert found["effective_from"] == "2026-01-01"
    assert "effective_to" not in found
