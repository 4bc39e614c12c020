"""What `kilowitness verify` tells of a bundle that holds: who signed it, and what was left unchecked."""

from collections.abc import Sequence

from services.savings.bundle.case import Case
from services.savings.bundle.check import Against, Outcome, other_days
from services.savings.bundle.making import UNSIGNED, Status
from services.savings.bundle.verify_words import Words
from services.workdays import Workdays


def notes(case: Case, outcomes: Sequence[Outcome], words: Words, against: Against) -> list[str]:
    """What a reader has to know beside the verdict: who signed, and what nothing was there to check with."""
    manifest, not_checked = case.manifest, {one.step for one in outcomes if one.count is None}
    found = []
    if manifest["signature"] == UNSIGNED:
        found.append(words["unsigned"].upper())
    else:
        found.append(f"{words['signed_by']} {manifest['issuer']['fingerprint']}")
        found += [] if against.key else [words["compare"]]
    if manifest["status"] != Status.ISSUED:
        found.append(words["preview"])
    if "calendar" in not_checked:
        found.append(_calendar_note(case, words, against.workdays))
    if "editions" in not_checked:
        found.append(words["editions_differ"])
    if "chain" in not_checked and manifest["previous"] is not None:
        found.append(
            f"{words['previous_untold']}: {manifest['previous']['month']} v{manifest['previous']['version']}"
        )
    if against.previous is not None:
        before = Case(against.previous).manifest["issuer"]
        if before != manifest["issuer"]:
            found.append(f"{words['previous_signed_by']} {before['fingerprint']}")
    return found


def _calendar_note(case: Case, words: Words, own: Workdays) -> str:
    calendar, other = case.json("calendar.json"), other_days(case, own)
    return words["calendar_differs"].format(
        calendar=calendar["version"], days=len(other), of=len(calendar["working"]), first=other[0]
    )
