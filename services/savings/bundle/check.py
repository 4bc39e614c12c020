"""Check a bundle from its bytes alone: each step in turn, and the first thing that does not hold in each.

Nothing is believed: hashes, signature and chain, then every figure again from the quoted readings upwards.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from services.savings.bundle import ledger
from services.savings.bundle.archive import repacked_fault
from services.savings.bundle.case import Case
from services.savings.bundle.days import unproven_values
from services.savings.bundle.issuer import IssuerKeyError, PublicKey
from services.savings.bundle.making import (
    LEDGER,
    MANIFEST,
    README_TXT,
    SETTLEMENT,
    SIGNATURE,
    UNSIGNED,
    Status,
    sha256,
    signed_as,
)
from services.savings.bundle.manifest import manifest_fault
from services.savings.bundle.parts import copies, editions, listed_meters, spelled, working_days
from services.savings.bundle.rows import (
    INTERVALS,
    READING_COLUMNS,
    READINGS,
    Faulty,
    first_difference,
    interval_columns,
    interval_lines,
    reading_lines,
)
from services.savings.settlement.faults import Fault
from services.savings.settlement.verification import adjustment_fault, fault_of
from services.workdays import Workdays

UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError, OSError)
"""What reading and computing raise of bytes that are anything at all."""
_REQUIRED = (SETTLEMENT, INTERVALS, READINGS, LEDGER, README_TXT)
_KEY = "issuer.fingerprint"
OTHER_KEY = "previous: signed by another key"
"""The place of a fault that the former key of an issuer may cure."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step: how much was checked (None: nothing to check it against), or what does not hold."""

    step: str
    count: int | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """What a bundle is held against besides itself; the one before is held against `key` unless it has its
    own, and working days against the built-in calendar unless another is given.
    """

    key: PublicKey | None = None
    previous: bytes | None = None
    unsigned_ok: bool = False
    previous_key: PublicKey | None = None
    workdays: Workdays = field(default_factory=Workdays)


def check(data: bytes, against: Against) -> Iterator[Outcome]:
    """Every step in order; later ones go on after a fault, to say where the figures part."""
    case = Case(data)
    for name, step in STEPS.items():
        try:
            yield Outcome(name, count=step(case, against))
        except Faulty as error:
            yield Outcome(name, fault=error.fault)
        except UNREADABLE as error:
            yield Outcome(name, fault=unreadable(error))


def unreadable(error: Exception) -> Fault:
    """What is told of a file that is not what it should be."""
    reason = next(iter(str(error).splitlines()), "")
    return Fault(f"cannot be read ({type(error).__name__}: {reason})")


def _archive(case: Case, _: Against) -> int:
    if place := repacked_fault(case.data, case.files):
        raise Faulty(Fault(f"the archive is not as it was packed, from {place} on"))
    return len(case.data)


def _manifest(case: Case, _: Against) -> int:
    if fault := manifest_fault(case.manifest):
        raise Faulty(fault)
    listed = {row["name"]: row for row in case.manifest["files"]}
    for i, row in enumerate(case.manifest["files"]):
        content = case.files.get(row["name"])
        if content is None:
            raise Faulty(Fault("missing", file=row["name"]))
        for told, value in (("size", len(content)), ("sha256", sha256(content))):
            if row[told] != value:
                raise Faulty(Fault(f"files[{i}] {row['name']} {told}", str(row[told]), str(value), MANIFEST))
    signed = [] if case.manifest["signature"] == UNSIGNED else [SIGNATURE]
    expected, names = [MANIFEST, *listed, *signed], list(case.files)
    if names != expected or len(listed) != len(case.manifest["files"]):
        raise Faulty(Fault("files", ", ".join(names), ", ".join(expected), MANIFEST))
    if missing := [name for name in _REQUIRED if name not in listed]:
        raise Faulty(Fault("missing", file=missing[0]))
    return len(listed)


def _signature(case: Case, against: Against) -> int | None:
    manifest = case.manifest
    if manifest["signature"] == UNSIGNED:
        if against.unsigned_ok and against.key is None and manifest["issuer"] is None:
            return None
        raise Faulty(Fault("signature: none, anyone can have made this", file=MANIFEST))
    told = manifest["issuer"]
    try:
        public = PublicKey.read(told["public_key"].encode(), "issuer.public_key")
    except IssuerKeyError as error:
        raise Faulty(Fault(str(error), file=MANIFEST)) from error
    _same("issuer", told, {"fingerprint": public.fingerprint, "public_key": public.pem}, MANIFEST)
    if against.key is not None:
        _same(_KEY, public.fingerprint, against.key.fingerprint, MANIFEST)
    signature = case.json(SIGNATURE)
    signed = base64.b64decode(signature["signature"], validate=True)
    _same("", signature, signed_as(public, case.files[MANIFEST], signed), SIGNATURE)
    if not public.holds(signed, case.files[MANIFEST]):
        raise Faulty(Fault("signature: the key did not sign this manifest", file=SIGNATURE))
    return 1


def _chain(case: Case, against: Against) -> int | None:
    link = case.manifest["previous"]
    if against.previous is None:
        return None
    before, key = Case(against.previous), against.previous_key or against.key
    alone = Against(key, workdays=against.workdays)
    fault = next((one.fault for one in check(against.previous, alone) if one.fault), None)
    if fault is not None:
        if fault.place == _KEY:
            raise Faulty(Fault(OTHER_KEY, fault.said, fault.recomputed))
        raise Faulty(Fault(f"previous: {fault}"))
    other = before.manifest
    _same("contract", case.manifest["contract"], other["contract"], MANIFEST)
    _same("previous: status", other["status"], Status.ISSUED.value, MANIFEST)
    expected = {
        "month": other["month"],
        "version": other["version"],
        "manifest_sha256": sha256(before.files[MANIFEST]),
    }
    _same("previous", link, expected, MANIFEST)
    return 1


def _readings(case: Case, _: Against) -> int:
    meters = list(listed_meters(case.document))
    _same("meters", list(case.registers), meters, LEDGER)
    again = json.loads(spelled(ledger.spelled(list(case.registers.values()))))
    if fault := ledger.unread(case.json(LEDGER), again):
        raise Faulty(fault.within(LEDGER))
    return sum(len(quote.times_ms) for quote in case.quotes.values())


def _intervals(case: Case, _: Against) -> int:
    lines = list(interval_lines(case.runs, case.zone, weather=case.weather))
    columns = interval_columns(weather=case.weather)
    if fault := first_difference(INTERVALS, case.text(INTERVALS), lines, columns):
        raise Faulty(fault)
    further = reading_lines(case.runs, case.zone)
    if fault := first_difference(READINGS, case.text(READINGS), further, READING_COLUMNS):
        raise Faulty(fault)
    return len(lines) - 1


def _values(case: Case, _: Against) -> int:
    for one in unproven_values(case.document, case.runs, case.zone):
        place = f"inputs {one.period} {one.day} {one.meter} {one.column}"
        raise Faulty(Fault(place, _number(one.said), _number(one.recomputed), SETTLEMENT))
    _same("unproven_values", case.manifest["unproven_values"], 0, MANIFEST)
    return sum(len(run.cut.coverage) for run in case.runs)


def _number(value: object) -> str:
    return "nothing" if value is None else str(value)


def _calendar(case: Case, against: Against) -> int | None:
    """Of a calendar under another name nothing is refused; what differs is told."""
    document, own = case.json("calendar.json"), against.workdays
    days, other = working_days(document), other_days(case, own)
    if not other:
        return len(days)
    if document["version"] != own.version:
        return None
    first = other[0]
    said, expected = repr(days[first]), repr(own.is_working_day(first))
    raise Faulty(Fault(f"working.{first}", said, expected, "calendar.json"))


def other_days(case: Case, own: Workdays) -> list[date]:
    """The days that are working days in a bundle's calendar or in one's own, and not in both."""
    days = working_days(case.json("calendar.json"))
    return [day for day, working in days.items() if working is not own.is_working_day(day)]


def _adjustments(case: Case, _: Against) -> int:
    if fault := adjustment_fault(case.document["inputs"]):
        raise Faulty(fault.within(SETTLEMENT))
    return len(case.document["inputs"].get("adjustments", ()))


def _results(case: Case, _: Against) -> int:
    if fault := fault_of(case.document):
        raise Faulty(fault.within(SETTLEMENT))
    return len(case.document["results"]["days"]) + len(case.document["results"]["lines"])


def _copies(case: Case, _: Against) -> int:
    expected = copies(case.document)
    for name, content in expected.items():
        if case.text(name) != content.decode():
            raise Faulty(_text_fault(name, case.text(name), content.decode()))
    inputs, manifest = case.document["inputs"], case.manifest
    facts = {
        "contract": inputs["contract"]["code"], "month": inputs["month"], "engine": inputs["engine"],
        "calendar": inputs["calendar"], "input_sha256": case.document["input_sha256"],
    }  # fmt: skip
    for name, value in facts.items():
        _same(name, manifest[name], value, MANIFEST)
    if extra := set(case.files) - {MANIFEST, SIGNATURE, *_REQUIRED, *expected}:
        raise Faulty(Fault("belongs to no bundle", file=min(extra)))
    return len(expected)


def _editions(case: Case, _: Against) -> int | None:
    """Tables that have grown since change no old figure, so another edition is told, not refused."""
    return len(editions()) if case.manifest["editions"] == editions() else None


def _text_fault(name: str, said: str, expected: str) -> Fault:
    rows = zip(said.split("\n"), expected.split("\n"), strict=False)
    for number, (one, other) in enumerate(rows, 1):
        if one != other:
            return Fault(f"line {number}", repr(one[:200]), repr(other[:200]), name)
    return Fault("lines", str(said.count("\n")), str(expected.count("\n")), name)


def _same(place: str, said: object, expected: object, file: str) -> None:
    if said != expected or type(said) is not type(expected):
        raise Faulty(Fault(place, repr(said), repr(expected), file))


STEPS: Mapping[str, Callable[[Case, Against], int | None]] = {
    "archive": _archive,
    "manifest": _manifest,
    "signature": _signature,
    "chain": _chain,
    "readings": _readings,
    "intervals": _intervals,
    "values": _values,
    "calendar": _calendar,
    "adjustments": _adjustments,
    "results": _results,
    "copies": _copies,
    "editions": _editions,
}
