"""Lamps, saving rates and adjustments in a bundle: what holds, and each thing altered is found and named."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest

from services.mv.adjustments.adjustment import Adjustment, Kind, Side, approved
from services.mv.adjustments.terms import Lamps, PerDay, Term
from services.mv.canonical import sha256_of
from services.mv.operating_days import On
from services.savings.bundle.check import STEPS, check
from services.savings.bundle.parts import spelled
from services.savings.bundle.verify_command import main
from services.savings.settlement.document import settle
from services.savings.settlement.verification import fault_of, first_fault
from tests.services.savings.bundle.forging import KNOWN, UNKNOWN, faults, rehashed, until
from tests.services.savings.bundle.measured import Stated, stated
from tests.services.savings.bundles import OTHER

Change = Callable[[Any], object]

LAMPS = {
    "by": "lamps",
    "groups": [
        {
            "name": name, "type_before": "T8 36 W", "type_after": "LED 16 W", "count": 400,
            "watts_before": {"mean": 40.2, "deviation": 1.1, "size": 12, "population": 400},
            "watts_after": {"mean": 16.4, "deviation": 0.3, "size": 12, "population": 400},
            "hours": {"value": 10.0, "source": "annex 2"}, "on": "working_days",
        }
        for name in ("offices", "corridor")
    ],
}  # fmt: skip
RATE = {
    "by": "saving_rate", "population": 60,
    "tests": [
        {"fixture": f"F-{i}", "before_kwh": 1.0, "after_kwh": 0.38 + 0.02 * i, "before_on": "2025-04-10",
         "after_on": "2025-04-20"}
        for i in range(3)
    ],
}  # fmt: skip
AT = datetime(2025, 6, 20, 1, tzinfo=UTC)


def adjustment(
    code: str, term: Term, sides: tuple[Side, ...] = (Side.CLIENT, Side.ESCO), **said: Any
) -> Adjustment:
    given = {
        "kind": Kind.HOURS,
        "first_day": date(2025, 6, 9),
        "last_day": date(2025, 6, 20),
        "reason": "a school",
    }
    found = Adjustment(code=code, contract="emc-001", term=term, evidence=("letter 7",), **{**given, **said})
    for side in sides:
        found = approved(found, side=side, by=f"{side} person", role="head", at=AT)
    return found


AGREED = (
    adjustment("evening-school", PerDay(18.5), on=On.WORKING_DAYS, half_width_share=0.1),
    adjustment("lamps-removed", Lamps(-40, 36, 10), kind=Kind.LAMPS),
)


@cache
def of(way: str) -> Stated:
    match way:
        case "lamps":
            return stated(LAMPS)
        case "saving rate":
            return stated(RATE)
        case "adjusted lamps":
            return stated(LAMPS, adjustments=AGREED)
        case "adjusted saving rate":
            return stated(RATE, adjustments=AGREED)
    return stated(adjustments=AGREED)


WAYS = ("lamps", "saving rate", "adjusted", "adjusted lamps", "adjusted saving rate")


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_measure_holds_from_its_bundle_alone(way: str) -> None:
    outcomes = {one.step: one for one in check(of(way).content, KNOWN)}
    assert [one.fault for one in outcomes.values()] == [None] * len(STEPS)
    assert outcomes["adjustments"].count == (2 if "adjusted" in way else 0)
    assert ("adjustments.json" in of(way).files) == ("adjusted" in way)
    assert (outcomes["readings"].count == 0) == ("lamps" in way)
    assert of(way).made(None) != of(way).content
    assert first_fault(json.loads(of(way).files["settlement.json"])) is None


def test_a_bundle_of_lamps_has_no_meter_and_no_reading() -> None:
    files = of("lamps").files
    assert files["intervals.csv"].count(b"\n") == files["readings.csv"].count(b"\n") == 1
    assert json.loads(files["ledger.json"]) == {"meters": [], "rulings": {}}
    row = "reporting,hall-l1,energy_kwh,2025-06-02T00:00:00.000+08:00,1.0,0"
    found = faults(of("lamps").with_lines("readings.csv", lambda rows: rows.insert(1, row)), UNKNOWN)
    assert found["intervals"].file == "readings.csv"


def group(slot: str, value: Any) -> Change:
    return lambda inputs: inputs["contract"]["measurement"]["groups"][1].update({slot: value})


WATTS = {"mean": 15.4, "deviation": 0.3, "size": 12, "population": 400}
INVENTORY: list[tuple[Change, str]] = [
    (group("watts_after", WATTS), "results.model.lamps[1] corridor.watts_after"),
    (group("watts_before", WATTS), "results.model.lamps[1] corridor.watts_before"),
    (group("count", 401), "results.model.lamps[1] corridor.count"),
    (group("hours", {"value": 11.0, "source": "annex 2"}), "results.model.lamps[1] corridor.hours_before"),
    (group("name", "cellar"), "results.model.lamps[1] cellar.group"),
    (group("on", "every_day"), "results.model.lamps[1] corridor.days"),
    (group("watts_after", {**WATTS, "mean": 16.4, "deviation": 0.4}), "lamps[1] corridor.uncertainty_kwh"),
    (group("hours", {"value": 10.0, "source": "annex 3"}), "input_sha256"),
]


def test_the_table_of_lamps_is_recomputed() -> None:
    def results(document: Any) -> None:
        document["results"]["model"]["lamps"][0]["savings_kwh"] += 1

    assert found_in("lamps", results) == "results.model.lamps[0] offices.savings_kwh"


def found_in(way: str, change: Change) -> str:
    """What the results step says of a settlement in which one thing is altered, and the export says, too."""
    document = json.loads(of(way).files["settlement.json"])
    change(document)
    data = rehashed({**of(way).files, "settlement.json": spelled(document)}, OTHER)
    found, exported = until("results", data), fault_of(document)
    assert found is not None
    assert exported is not None
    assert exported.place == found.place
    return found.place


@pytest.mark.parametrize(("change", "place"), INVENTORY)
def test_one_figure_of_the_inventory_altered_is_named(change: Change, place: str) -> None:
    assert found_in("lamps", lambda document: change(document["inputs"])).endswith(place)


@pytest.mark.parametrize(
    ("way", "change"),
    [
        ("lamps", group("watts_after", WATTS)),
        ("saving rate", lambda inputs: inputs["contract"]["measurement"]["tests"].pop()),
        ("adjusted", lambda inputs: inputs["adjustments"][0]["approvals"][0].update(by="who never did")),
    ],
)
def test_what_the_parties_said_rests_on_the_signature_of_the_issuer_alone(way: str, change: Change) -> None:
    data = of(way).forged(change)
    assert not faults(data, UNKNOWN)
    assert faults(data, KNOWN)["signature"].place == "issuer.fingerprint"


def fixture(slot: str, value: Any) -> Change:
    return lambda document: document["inputs"]["contract"]["measurement"]["tests"][2].update({slot: value})


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (fixture("after_kwh", 0.41), "results.model.rate.rate"),
        (fixture("before_kwh", 1.01), "results.model.rate.rate"),
        (fixture("hours_after", 23.0), "results.model.rate.rate"),
        (fixture("fixture", "F-9"), "input_sha256"),
        (lambda document: document["inputs"]["contract"]["measurement"]["tests"].pop(),
         "results.model.rate.rate"),
        (lambda document: document["inputs"]["contract"]["measurement"].update(population=61),
         "results.model.rate.uncertainty"),
        (lambda document: document["results"]["model"]["rate"].update(rate=0.7), "results.model.rate.rate"),
        (lambda document: document["inputs"]["reporting_days"][4][3][0].__setitem__(0, 99.0),
         "results.days[4] 2025-06-05.baseline_kwh"),
    ],
)  # fmt: skip
def test_one_thing_of_a_saving_rate_altered_is_named(change: Change, place: str) -> None:
    assert found_in("saving rate", change) == place


def test_what_the_after_meter_read_is_proven_and_what_was_before_is_not_there() -> None:
    data = of("saving rate").forged(lambda inputs: inputs["reporting_days"][4][3][0].__setitem__(0, 99.0))
    found = faults(data, UNKNOWN)
    assert found.keys() == {"values"}
    assert found["values"].place == "inputs reporting 2025-06-05 hall-l1 measured_kwh"
    assert "baseline" not in of("saving rate").files["intervals.csv"].decode()
    assert json.loads(of("saving rate").files["calendar.json"])["working"].keys() == {
        f"2025-06-{day:02}" for day in range(1, 31)
    }


@pytest.mark.parametrize("way", ["lamps", "saving rate"])
def test_days_from_which_nothing_is_learnt_belong_to_no_settlement(way: str) -> None:
    row = stated().inputs["baseline_days"][0]
    meters = row[3] if way == "saving rate" else []
    added = copy.deepcopy(of(way).inputs)
    assert added["baseline_days"] == []
    added["baseline_days"].append([*row[:3], meters])
    with pytest.raises(ValueError, match="baseline_days: nothing is learnt from them"):
        settle(added)
    said = json.loads(of(way).files["settlement.json"])
    said["inputs"] = added
    found = faults(rehashed({**of(way).files, "settlement.json": spelled(said)}, OTHER), UNKNOWN)
    assert "nothing is learnt" in found["results"].place


def test_days_that_a_regression_learns_from_stay() -> None:
    bare = stated().altered(lambda inputs: inputs["baseline_days"].clear())
    with pytest.raises(ValueError, match="baseline_days: not every day"):
        settle(bare.inputs)


def first(**said: Any) -> Change:
    return lambda inputs: inputs["adjustments"][0].update(said)


def approvals(change: Change) -> Change:
    return lambda inputs: change(inputs["adjustments"][0]["approvals"])


def twice_by_the_client(given: Any) -> None:
    given[1] = copy.deepcopy(given[0]) | {"by": "another person"}


OTHER_WORDS = ".approvals[0] client client person.content_sha256"
ALTERED: list[tuple[Change, str]] = [
    (first(term={"kwh_per_day": 28.5, "formula": "per_day"}), OTHER_WORDS),
    (first(reason="another school"), OTHER_WORDS),
    (first(last_day="2025-06-21"), OTHER_WORDS),
    (first(half_width_share=0.0), OTHER_WORDS),
    (first(evidence=[]), OTHER_WORDS),
    (lambda inputs: [one.update(contract="emc-002") for one in inputs["adjustments"]], ".contract"),
    (approvals(lambda given: given.pop()), ".approvals: not approved by esco"),
    (approvals(lambda given: given.pop(0)), ".approvals: not approved by client"),
    (approvals(lambda given: given.clear()), ".approvals: not approved by client and esco"),
    (approvals(twice_by_the_client), ".approvals: not approved by esco"),
    (approvals(lambda given: given[1].update(content_sha256="0" * 64)),
     ".approvals[1] esco esco person.content_sha256"),
    (first(note="between us"), ".note: does not follow from the inputs"),
]  # fmt: skip


@pytest.mark.parametrize("way", ["adjusted", "adjusted lamps"])
@pytest.mark.parametrize(("change", "place"), ALTERED)
def test_an_adjustment_altered_after_approval_is_named_whatever_else_is_redone(
    way: str, change: Change, place: str
) -> None:
    data = of(way).forged(change)
    found = faults(data, UNKNOWN)
    assert found.keys() == {"adjustments", "results"}
    assert found["adjustments"] == found["results"]
    assert found["adjustments"].file == "settlement.json"
    assert found["adjustments"].place.startswith("inputs.adjustments[0] evening-school")
    assert found["adjustments"].place.endswith(place)


def test_an_amount_altered_after_approval_tells_both_hashes() -> None:
    change = first(term={"kwh_per_day": 28.5, "formula": "per_day"})
    document = settle(of("adjusted").altered(change).inputs)
    found = fault_of(document)
    assert found is not None
    assert found.said == AGREED[0].content_sha256
    altered = adjustment("evening-school", PerDay(28.5), on=On.WORKING_DAYS, half_width_share=0.1)
    assert found.recomputed == altered.content_sha256


def test_an_adjustment_without_a_day_in_the_month_is_named() -> None:
    may = adjustment("may", PerDay(5.0), first_day=date(2025, 5, 14), last_day=date(2025, 5, 31))
    weekend = adjustment("weekend", PerDay(5.0), first_day=date(2025, 6, 7), last_day=date(2025, 6, 8),
                         on=On.WORKING_DAYS)  # fmt: skip
    for one in (may, weekend):
        found = faults(stated(adjustments=[*AGREED, one]).content)
        assert found["adjustments"].place == f"inputs.adjustments[2] {one.code}: has no day in 2025-06"


def test_what_one_side_alone_wants_is_no_adjustment() -> None:
    wish = adjustment("wish", PerDay(50.0), sides=(Side.ESCO, Side.ESCO))
    found = faults(stated(adjustments=[*AGREED, wish]).content)
    assert found["adjustments"].place == "inputs.adjustments[2] wish.approvals: not approved by client"


def test_one_adjustment_of_another_contract_is_named() -> None:
    document = json.loads(of("adjusted").files["settlement.json"])
    document["inputs"]["adjustments"][1]["contract"] = "emc-002"
    found = fault_of(document)
    assert found is not None
    assert found.place == "inputs.adjustments[1] lamps-removed.contract"
    assert (found.said, found.recomputed) == ("'emc-002'", "'emc-001'")


def test_an_adjustment_left_out_is_found_in_what_it_came_to() -> None:
    document = json.loads(of("adjusted").files["settlement.json"])
    document["inputs"]["adjustments"].pop()
    document["input_sha256"] = sha256_of(document["inputs"])
    assert "results.days[8] 2025-06-09.baseline_kwh" in str(first_fault(document))
    document["inputs"]["adjustments"] = "none"
    assert "inputs: cannot be settled" in str(first_fault(document))


def test_the_copy_of_the_adjustments_says_the_same() -> None:
    told_of = json.loads(of("adjusted").files["adjustments.json"])
    assert [one["code"] for one in told_of] == ["evening-school", "lamps-removed"]
    told_of[0]["term"]["kwh_per_day"] = 28.5
    altered = {**of("adjusted").files, "adjustments.json": spelled(told_of)}
    found = faults(rehashed(altered, OTHER), UNKNOWN)
    assert found.keys() == {"copies"}
    assert found["copies"].file == "adjustments.json"
    del altered["adjustments.json"]
    assert faults(rehashed(altered, OTHER), UNKNOWN)["copies"].file == "adjustments.json"


@pytest.mark.parametrize(
    ("language", "word"), [("zh", "双方批准的调整"), ("en", "adjustments approved by both sides")]
)
def test_the_command_tells_of_adjustments_once(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], language: str, word: str
) -> None:
    file = tmp_path / "june.kwb"
    file.write_bytes(of("adjusted").content)
    assert main([str(file), "--language", language]) == 0
    assert word in capsys.readouterr().out
    file.write_bytes(of("adjusted").forged(approvals(lambda given: given.pop())))
    assert main([str(file), "--language", language]) == 1
    assert capsys.readouterr().out.count("not approved by esco") == 1
