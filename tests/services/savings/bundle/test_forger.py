"""The issuer who cheats: every small lie, hashed and signed with the right key. What holds all the same is
listed here, and is what a bundle cannot prove: what someone says, and no figure follows from.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import pytest

from services.savings.bundle.archive import unpack
from services.savings.bundle.check import check
from services.savings.bundle.making import MANIFEST, SIGNATURE
from services.savings.bundle.parts import copies, spelled
from services.savings.settlement.document import settle
from tests.services.savings.bundle.forging import KNOWN, rehashed
from tests.services.savings.bundle.measured import WEATHER, Stated, stated
from tests.services.savings.bundle.mutating import lines_of, mutations
from tests.services.savings.bundle.test_measurements import AGREED, LAMPS, RATE
from tests.services.savings.bundles import ISSUER
from tests.services.savings.examples import TERMS

APRIL: dict[str, Any] = {"baseline_start": "2025-04-01", "baseline_end": "2025-04-30"}
WORD = {"by": "王敏", "role": "bureau", "reason": "双方同意", "at": "2025-07-02T01:00:00+00:00"}
Forgery = tuple[str, Callable[[], bytes]]


@cache
def of(kind: str) -> Stated:
    """June of a contract with a short baseline."""
    match kind:
        case "weather":
            return stated({"by": "regression", "form": "2p", "weather": WEATHER}, **APRIL)
        case "lamps":
            return stated(LAMPS, adjustments=AGREED, **APRIL)
        case "rate":
            return stated(RATE, **APRIL)
        case "released":
            held = stated(limits={"cvrmse": "0.0001"}, **APRIL)
            return held.altered(lambda inputs: inputs.update(release=WORD))
        case "guaranteed":
            found = stated(kind=kind, terms=TERMS[kind], **APRIL)
            sums = {"months": ["2025-05"], "so_far": {"1": {"savings_kwh": "4000.000"}}}
            return found.altered(lambda inputs: inputs.update(sums))
    return stated(adjustments=AGREED, **APRIL)


KINDS = ("adjusted", "weather", "lamps", "rate", "released", "guaranteed")


def holds(data: bytes) -> bool:
    """Whether nothing is found; the first thing found is enough."""
    return not any(one.fault for one in check(data, KNOWN))


def kept(forgeries: list[Forgery], allowed: str) -> list[str]:
    """The forgeries that hold and are not of those that may."""
    may = re.compile(allowed)
    return [place for place, make in forgeries if not may.fullmatch(place) and holds(make())]


def manifests(files: Mapping[str, bytes]) -> Iterator[Forgery]:
    said = json.loads(files[MANIFEST])
    for path, how, change in mutations(said):
        other = change(said)
        if isinstance(other, dict) and path[:1] not in {("files",), ("issuer",)}:
            yield _named(path, how), partial(rehashed, {**files, MANIFEST: spelled(other)}, ISSUER)


def documents(files: Mapping[str, bytes], name: str) -> Iterator[Forgery]:
    said = json.loads(files[name])
    for path, how, change in mutations(said):
        yield _named(path, how), partial(_with, files, name, change)


def _with(files: Mapping[str, bytes], name: str, change: Callable[[Any], Any]) -> bytes:
    return rehashed({**files, name: spelled(change(json.loads(files[name])))}, ISSUER)


def tables(files: Mapping[str, bytes], name: str) -> Iterator[Forgery]:
    for how, lines in lines_of(files[name].decode().split("\n")):
        content = "\n".join(lines).encode()
        yield how, partial(rehashed, {**files, name: content}, ISSUER)


def settled(one: Stated) -> Iterator[Forgery]:
    """Other inputs with all that follows from them computed again."""
    for path, how, change in mutations(one.inputs):
        yield _named(path, how), partial(_settled, one, change)


def _settled(one: Stated, change: Callable[[Any], Any]) -> bytes:
    """Nothing at all of inputs that cannot be settled."""
    try:
        found = settle(change(one.inputs))
        return _bundle(one, found, copies(found))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return b""


def _bundle(one: Stated, found: Any, repeated: Mapping[str, bytes]) -> bytes:
    parts = {**one.files, "settlement.json": spelled(found), **repeated}
    if "adjustments.json" not in repeated:
        parts.pop("adjustments.json", None)
    inputs = found["inputs"]
    return rehashed(
        parts, ISSUER, input_sha256=found["input_sha256"], contract=inputs["contract"]["code"],
        calendar=inputs["calendar"], month=inputs["month"], engine=inputs["engine"],
    )  # fmt: skip


def _named(path: tuple[str | int, ...], how: str) -> str:
    return f"{'.'.join(map(str, path))}: {how}"


def drawn(forgeries: Iterator[Forgery], count: int) -> list[Forgery]:
    """So many of them, the same each time."""
    every = list(forgeries)
    return random.Random(4).sample(every, min(count, len(every)))


def test_the_statements_that_are_forged_hold_before() -> None:
    assert all(holds(of(kind).content) for kind in KINDS)
    files = of("adjusted").files
    assert unpack(rehashed(files, ISSUER)).keys() == files.keys()
    assert rehashed(files, ISSUER) == of("adjusted").content


def test_of_a_manifest_only_times_version_and_editions_are_believed() -> None:
    may = r"(version: \d+|status: 'preview'|editions(\..*)?: .*|(created|settled)_at: '2.*'|time_zone: .*)"
    assert kept(list(manifests(of("adjusted").files)), may) == []


def test_of_a_ledger_only_names_and_limits_that_meet_no_reading_are_believed() -> None:
    names = r"meters\.0\.(address|building|institution|name_en|name_zh|parent|gap_limit_s): .*"
    unmet = r"meters\.0\.ledger\.0\.(digits|opening): [\d.]+"
    at_default = r"meters\.0\.(ledger\.0\.)?(time_zone|rated_kw|channels|closing|digits|opening|pt): removed"
    assert kept(list(documents(of("adjusted").files, "ledger.json")), f"{names}|{unmet}|{at_default}") == []


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_settlement_alone_nothing_is_believed(kind: str) -> None:
    """What follows is not computed again, so that two places of the bundle tell two things."""
    assert kept(drawn(documents(of(kind).files, "settlement.json"), 20), "") == []


@pytest.mark.parametrize("name", ["calendar.json", "tariff.json", "adjustments.json"])
def test_of_a_copy_nothing_is_believed(name: str) -> None:
    assert kept(drawn(documents(of("adjusted").files, name), 8), "") == []


TABLES = [("adjusted", "intervals.csv"), ("weather", "intervals.csv"), ("weather", "readings.csv"),
          ("lamps", "readings.csv")]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), TABLES)
def test_of_a_table_nothing_is_believed(kind: str, name: str) -> None:
    assert kept(drawn(tables(of(kind).files, name), 25), "") == []


TOLD = (
    r"contract\.(code|institution|price_source|price_yuan_per_kwh|signed_on|term_years|minimum_completeness"
    r"|name_\w\w|esco_\w\w): .*|contract\.(terms|measurement|limits)\..*: .*|contract\.limits: .*"
    r"|calendar: '.*|adjustments(\..*)?: .*|release: removed|release\.(by|role|reason|at): '.*"
    r"|months(\.0)?: .*|so_far(\..*)?: .*"
)
"""Terms, words and wordings, sums of earlier months: contract, parties and other bundles prove these."""


@pytest.mark.parametrize("kind", KINDS)
def test_with_all_computed_again_only_what_is_agreed_or_told_is_believed(kind: str) -> None:
    assert kept(drawn(settled(of(kind)), 20), TOLD) == []


@pytest.mark.parametrize("name", ["statement.txt", SIGNATURE, "intervals.csv", "ledger.json"])
def test_of_what_is_missing_nothing_holds(name: str) -> None:
    files = of("adjusted").files
    left = {key: content for key, content in files.items() if key != name}
    assert not holds(rehashed({SIGNATURE: b"{}", **left}, None if name == SIGNATURE else ISSUER))


def test_of_the_statement_in_words_nothing_is_believed() -> None:
    files = of("adjusted").files
    text = files["statement.txt"].decode()
    for other in (f"{text}Pay to 1234.\n", "", text.replace("hall", "mall", 1), text.replace("\n", "\r\n")):
        assert not holds(rehashed({**files, "statement.txt": other.encode()}, ISSUER))
