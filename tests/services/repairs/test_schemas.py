"""What HTTP may say about orders, and how orders are shown."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from services.repairs.model import EventKind, Size
from services.repairs.promises import load_promises
from services.repairs.schemas import EventIn, OrderIn, PastEventIn, PastOrderIn, order_detail_out, order_out
from services.repairs.sla import Judge, Judged
from services.workdays import Workdays
from tests.services.repairs.orders import ZONE, event, local, order

ORDER = {
    "institution": "cz-sport",
    "location": " B1-203 ",
    "category": "plumbing",
    "size": "small",
    "description": "x",
    "reporter": "李",
}


def judged(report: str = "2026-11-20 09:00") -> Judged:
    subject = order(
        report,
        event("respond", report),
        event("pause", report, reason="parts"),
    )
    return Judge(load_promises(), Workdays(), ZONE, local("2026-11-22 08:00"))(subject)


def test_severity_is_normal_and_the_report_is_now_unless_said() -> None:
    found = OrderIn.model_validate(ORDER)
    assert found.severity == "normal"
    assert found.reported_at is None
    assert found.location == "B1-203"


def test_an_import_must_say_when() -> None:
    with pytest.raises(ValidationError, match="reported_at"):
        PastOrderIn.model_validate(ORDER)
    with pytest.raises(ValidationError, match="at"):
        PastEventIn.model_validate({"kind": "respond", "by": "王"})
    found = PastOrderIn.model_validate(ORDER | {"reported_at": "2026-11-20T09:00:00+08:00"})
    assert found.number is None
    assert found.events == []


@pytest.mark.parametrize("kind", EventKind)
def test_each_kind_takes_its_own_fields_and_no_others(kind: EventKind) -> None:
    needs: dict[str, dict[str, object]] = {
        "pause": {"reason": "parts"}, "resize": {"size": "large"}, "rate": {"rating": 4}
    }  # fmt: skip
    plain = {"kind": kind.value, "by": "王"}
    assert EventIn.model_validate(plain | needs.get(kind.value, {})).kind is kind
    if kind.value in needs:
        with pytest.raises(ValidationError):
            EventIn.model_validate(plain)
    for other in ("resize", "rate"):
        if other != kind.value:
            with pytest.raises(ValidationError):
                EventIn.model_validate(plain | needs.get(kind.value, {}) | needs[other])


@pytest.mark.parametrize("rating", [0, 5, 4.0, "4", True])
def test_a_rating_is_a_whole_number_from_1_to_4(rating: object) -> None:
    with pytest.raises(ValidationError, match="rating"):
        EventIn.model_validate({"kind": "rate", "by": "李", "rating": rating})


def test_instants_are_shown_with_the_offset_of_the_institutions() -> None:
    shown = order_out(judged(), ZONE)
    text = shown.model_dump_json()
    assert '"reported_at":"2026-11-20T09:00:00+08:00"' in text
    assert '"due_at":"2026-11-23T17:30:00+08:00"' in text
    assert shown.reported_at.utcoffset() == timedelta(hours=8)


def test_an_unknown_due_date_is_null() -> None:
    shown = order_out(judged("2026-12-31 09:00"), ZONE)
    assert shown.due_at is None
    assert shown.due_at_net is None
    assert shown.completion == "unknown"


def test_a_pause_that_lasts_has_no_end() -> None:
    (pause,) = order_out(judged(), ZONE).pauses
    assert (pause.end, pause.reason) == (None, "parts")


def test_details_have_events_and_contact_and_the_list_has_not() -> None:
    detail = order_detail_out(judged(), ZONE)
    assert [one.kind for one in detail.events] == ["respond", "pause"]
    assert detail.events[0].at.utcoffset() == timedelta(hours=8)
    assert "contact" in detail.model_dump()
    assert "contact" not in order_out(judged(), ZONE).model_dump()


def test_both_sizes_are_shown() -> None:
    subject = order("2026-11-20 09:00", event("resize", "2026-11-20 09:01", size=Size.LARGE))
    shown = order_out(Judge(load_promises(), Workdays(), ZONE, local("2026-11-22 08:00"))(subject), ZONE)
    assert (shown.size, shown.size_now) == (Size.SMALL, Size.LARGE)


def test_a_number_has_no_blanks_or_slashes() -> None:
    numbers = TypeAdapter(PastOrderIn)
    for wrong in ("", "a b", "a/b", "号", "x" * 65):
        with pytest.raises(ValidationError, match="number"):
            numbers.validate_python(ORDER | {"reported_at": "2026-11-20T09:00:00+08:00", "number": wrong})
