"""What an adjustment does to months: drafts follow, what is held is restated, a correction takes it in."""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.mv.adjustments.adjustment import Adjustment, Side
from services.mv.adjustments.terms import Lamps, PerDay
from services.mv.canonical import canonical
from services.savings.adjustments.wording import in_force
from services.savings.bundle.verify_command import main
from services.savings.jobs import job
from services.savings.settlement.events import Event, Kind, Role
from services.savings.settlement.standing import Standing
from services.savings.settlement.verification import first_fault
from services.scheduling import Job
from services.timeseries.schema import SAVINGS_DAY, SAVINGS_MONTH
from tests.services.savings.adjustments.words import adjustment
from tests.services.savings.conftest import Town
from tests.services.savings.examples import document

JUNE, JULY, AUGUST = "2025-06", "2025-07", "2025-08"
IN_JUNE, IN_JULY = 21 * 4.8, 20 * 4.8


@pytest.fixture
def savings_job(town: Town) -> Job:
    """The job, with the months until August settled once and June confirmed by both."""
    town.service.put_contract(document())
    town.meter_until("2025-09-20")
    found = job(town.service)
    found.run(None)
    for role in (Role.CLIENT, Role.ESCO):
        wish = Event(1, Kind.CONFIRM, "someone", role, town.now)
        assert town.service.step(document(), JUNE, wish) is not None
    return found


def word(town: Town, words: Adjustment, *sides: Side) -> None:
    """Word an adjustment and approve it for the sides."""
    town.service.adjustments.put(words, by="Li", role="esco", at=town.now)
    for side in sides:
        found = town.service.adjustments.approve(
            words.contract, words.code, side=side, by="Wang", role="head of logistics",
            content_sha256=words.content_sha256, at=town.now,
        )  # fmt: skip
        assert found is not None


def standing(town: Town, month: str) -> Standing:
    return town.service.settlements.standings("emc-001")[month][-1]


def kinds(town: Town, month: str) -> list[Kind]:
    return [event.kind for event in standing(town, month).events]


def frozen_in(town: Town, month: str) -> list[str]:
    found = town.service.settlements.get("emc-001", month)
    assert found is not None
    return [one["code"] for one in found.document["inputs"].get("adjustments", [])]


def test_one_approval_changes_no_month(town: Town, savings_job: Job) -> None:
    before = town.service.settlements.of_contract("emc-001")
    points = [series.fields["savings_kwh"].tolist() for series in town.store.read(SAVINGS_DAY)]
    word(town, adjustment(), Side.ESCO)
    savings_job.run(None)
    assert town.service.settlements.of_contract("emc-001") == before
    assert kinds(town, JUNE) == [Kind.MEASURED, Kind.CONFIRM, Kind.CONFIRM]
    assert [series.fields["savings_kwh"].tolist() for series in town.store.read(SAVINGS_DAY)] == points


def test_both_approvals_restate_what_is_held_and_settle_drafts_anew(town: Town, savings_job: Job) -> None:
    held = town.service.settlements.get("emc-001", JUNE)
    word(town, adjustment(), Side.ESCO, Side.CLIENT)
    savings_job.run(None)
    assert kinds(town, JUNE) == [Kind.MEASURED, Kind.CONFIRM, Kind.CONFIRM, Kind.RESTATEMENT]
    (change,) = standing(town, JUNE).events[-1].lines
    assert change.kwh is not None
    assert change.yuan is not None
    assert float(change.kwh) == pytest.approx(IN_JUNE)
    assert change.yuan > 0
    assert town.service.settlements.get("emc-001", JUNE) == held
    july = town.service.settlements.get("emc-001", JULY)
    assert july is not None
    assert july.difference_kwh is not None
    assert (july.version, frozen_in(town, JULY)) == (2, ["lamps-1"])
    assert float(july.difference_kwh) == pytest.approx(IN_JULY)
    (line,) = july.document["results"]["adjustments"]
    assert (line["code"], line["days"], line["adjustment_kwh"]) == ("lamps-1", 20, pytest.approx(IN_JULY))


def test_months_without_a_day_of_it_stay_as_they_are(town: Town, savings_job: Job) -> None:
    word(town, adjustment(), Side.ESCO, Side.CLIENT)
    savings_job.run(None)
    assert (standing(town, AUGUST).version, frozen_in(town, AUGUST)) == (1, [])
    assert kinds(town, "2025-05") == [Kind.MEASURED]


def test_words_changed_by_one_side_change_nothing_and_running_again_neither(
    town: Town, savings_job: Job
) -> None:
    word(town, adjustment(), Side.ESCO, Side.CLIENT)
    savings_job.run(None)
    before = [kinds(town, month) for month in (JUNE, JULY)]
    word(town, adjustment(term=Lamps(99, 40.0, 10.0)), Side.CLIENT)
    town.now += timedelta(days=1)
    savings_job.run(None)
    job(town.service).run(None)
    assert [kinds(town, month) for month in (JUNE, JULY)] == before
    assert standing(town, JULY).version == 2
    wordings = town.service.adjustments.wordings("emc-001")
    assert [one.number for one in in_force(wordings).values()] == [1]
    assert len(wordings) == 2


def test_agreed_to_be_nothing_it_is_as_if_it_never_was(town: Town, savings_job: Job) -> None:
    first = town.service.settlements.get("emc-001", JULY)
    word(town, adjustment(), Side.ESCO, Side.CLIENT)
    savings_job.run(None)
    word(town, adjustment(term=PerDay(0.0)), Side.ESCO, Side.CLIENT)
    savings_job.run(None)
    assert kinds(town, JUNE)[3:] == [Kind.RESTATEMENT, Kind.RESTORED]
    assert standing(town, JUNE).restatement is None
    july = town.service.settlements.get("emc-001", JULY)
    assert july is not None
    assert first is not None
    assert (july.version, july.input_sha256) == (3, first.input_sha256)
    assert july.esco_fee_yuan == first.esco_fee_yuan


def test_points_are_told_anew_where_nothing_is_held(town: Town, savings_job: Job) -> None:
    before = town.store.read(SAVINGS_MONTH)[0].fields["savings_kwh"]
    word(town, adjustment(), Side.ESCO, Side.CLIENT)
    savings_job.run(None)
    after = town.store.read(SAVINGS_MONTH)[0].fields["savings_kwh"]
    assert (after - before).tolist() == pytest.approx([0, 0, IN_JULY, 0, 0])
    days = town.store.read(SAVINGS_DAY)[0].fields
    of_today = town.service.savings(town.service.history(document()))
    assert days["savings_kwh"].sum() == pytest.approx(of_today.total.savings_kwh)
    assert days["baseline_kwh"].sum() == pytest.approx(of_today.total.baseline_kwh)


def test_without_any_the_savings_are_those_of_the_basis_alone(town: Town, savings_job: Job) -> None:
    history = town.service.history(document())
    assert town.service.savings(history) == history.basis.account(history.reporting.total())


@pytest.fixture
def corrected(town: Town, savings_job: Job) -> dict[str, Any]:
    """June as corrected for the adjustment, as exported."""
    word(town, adjustment(), Side.ESCO, Side.CLIENT)
    savings_job.run(None)
    wish = Event(1, Kind.CORRECT, "someone", Role.BUREAU, town.now, "the corridor")
    found = town.service.step(document(), JUNE, wish)
    assert found is not None
    assert found.version == 2
    exported: dict[str, Any] = json.loads(canonical(found.document))
    return exported


def test_a_correction_takes_it_in_and_the_export_holds(town: Town, corrected: dict[str, Any]) -> None:
    assert frozen_in(town, JUNE) == ["lamps-1"]
    assert standing(town, JUNE).restatement is None
    assert first_fault(corrected) is None
    (line,) = corrected["results"]["adjustments"]
    assert line["adjustment_kwh"] == pytest.approx(IN_JUNE)
    job(town.service).run(None)
    assert standing(town, JUNE).version == 2


def test_the_command_verifies_the_export_and_names_what_was_altered(
    corrected: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "june.json"
    export.write_text(canonical(corrected), encoding="utf-8")
    assert main([str(export)]) == 0
    corrected["inputs"]["adjustments"][0]["term"]["watts"] = 41.0
    export.write_text(canonical(corrected), encoding="utf-8")
    capsys.readouterr()
    assert main([str(export)]) != 0
    assert "lamps-1" in capsys.readouterr().out


def other(key: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda one: one.update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["term"].update(count=13),
        lambda one: one["approvals"].pop(),
        lambda one: one["approvals"][0].update(side="esco"),
        other("reason", "two corridors"),
        other("last_day", "2025-07-21"),
        other("evidence", []),
        other("half_width_share", 0.2),
        other("contract", "emc-002"),
        lambda one: one["approvals"][0].update(by="Sun"),
    ],
)
def test_an_altered_adjustment_is_found(
    corrected: dict[str, Any], change: Callable[[dict[str, Any]], object]
) -> None:
    altered = copy.deepcopy(corrected)
    change(altered["inputs"]["adjustments"][0])
    assert first_fault(altered) is not None


def test_an_adjustment_left_out_or_slipped_in_is_found(corrected: dict[str, Any]) -> None:
    without = copy.deepcopy(corrected)
    del without["inputs"]["adjustments"]
    assert "adjustments" in str(first_fault(without)) or "results" in str(first_fault(without))
    doubled = copy.deepcopy(corrected)
    doubled["inputs"]["adjustments"] *= 2
    assert "no two of one code" in str(first_fault(doubled))
