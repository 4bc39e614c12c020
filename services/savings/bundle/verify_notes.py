"""What `kilowitness verify` tells of a bundle that holds: who signed it, and what was left unchecked."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.savings.bundle.case import Case
from services.savings.bundle.check import Against, Outcome, other_days
from services.savings.bundle.making import README_TXT, UNSIGNED, Status
from services.savings.bundle.readme import README
from services.savings.bundle.since import told_otherwise
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
    found += _of_the_one_before(case, words, against)
    if case.text(README_TXT) != README:
        found.append(words["readme_differs"])
    return found + _taken_as_told(case.document["inputs"], words)


def _of_the_one_before(case: Case, words: Words, against: Against) -> list[str]:
    manifest = case.manifest
    if against.previous is None:
        begins = manifest["previous"] is None and manifest["status"] == Status.ISSUED
        return [words["first"]] if begins else []
    before = Case(against.previous)
    other = before.manifest["issuer"]
    found = [f"{words['previous_signed_by']} {other['fingerprint']}"] if other != manifest["issuer"] else []
    otherwise = (one.told(says=words["says"], gives=words["before"]) for one in told_otherwise(case, before))
    return found + [f"{words['since']} {told}" for told in otherwise]


def _taken_as_told(inputs: Mapping[str, Any], words: Words) -> list[str]:
    """What no figure of the bundle follows from, and amounts do."""
    found = []
    if "release" in inputs:
        found.append(words["released"].format(**inputs["release"]))
    if inputs.get("months"):
        found.append(words["so_far"].format(months=", ".join(inputs["months"])))
    return found


def _calendar_note(case: Case, words: Words, own: Workdays) -> str:
    calendar, other = case.json("calendar.json"), other_days(case, own)
    return words["calendar_differs"].format(
        calendar=calendar["version"], days=len(other), of=len(calendar["working"]), first=other[0]
    )
