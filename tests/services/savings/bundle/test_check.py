"""One reading altered, one figure altered, one missing: each is found and named."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from services.savings.bundle.archive import pack, unpack
from services.savings.bundle.check import STEPS, Against, check
from services.savings.bundle.making import MANIFEST, SIGNATURE, Link, sha256
from services.savings.bundle.parts import spelled
from tests.services.savings.bundle.forging import KNOWN, faults, files, is_found, rehashed, sealed, until
from tests.services.savings.bundles import ISSUER, OTHER, made

FAST = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def test_what_was_made_holds() -> None:
    outcomes = list(check(sealed().content, KNOWN))
    assert [one.step for one in outcomes] == list(STEPS)
    assert [one.fault for one in outcomes] == [None] * len(STEPS)
    assert {one.step for one in outcomes if one.count is None} == {"chain"}


@FAST
@given(data=st.data())
def test_any_byte_altered_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed().content) - 1))
    content = bytearray(sealed().content)
    content[at] ^= data.draw(st.integers(1, 255))
    assert is_found(bytes(content))


@FAST
@given(data=st.data())
def test_any_byte_altered_and_hashed_anew_is_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(files())))
    at = data.draw(st.integers(0, len(files()[name]) - 1))
    content = bytearray(files()[name])
    content[at] ^= data.draw(st.integers(1, 255))
    altered = {**files(), name: bytes(content)}
    try:
        again = rehashed(altered)
    except (ValueError, LookupError, TypeError, AttributeError):
        again = pack(altered)
    assume(again != sealed().content)  # a hash that was altered is put right by hashing anew
    assert is_found(again)


CELLS = ("measured_kwh", "first_value", "last_value", "first_time", "last_quality", "end", "coverage")


@FAST
@given(data=st.data())
def test_a_cell_altered_and_signed_by_another_is_found_by_arithmetic(data: st.DataObject) -> None:
    lines = files()["intervals.csv"].decode().split("\n")
    column = data.draw(st.sampled_from(CELLS))
    row = data.draw(st.integers(1, len(lines) - 2))
    cells = lines[row].split(",")
    place = lines[0].split(",").index(column)
    cells[place] = data.draw(st.sampled_from(["", "7.5", "9", "-1", "nan", "2024-09-09T00:00:00.000+08:00"]))
    lines[row] = ",".join(cells)
    again = rehashed({**files(), "intervals.csv": "\n".join(lines).encode()}, OTHER)
    assert until("intervals", again) is not None
    assert until("signature", again) is None
    assert next(one.fault for one in check(again, KNOWN) if one.fault).place == "issuer.fingerprint"


@FAST
@given(data=st.data())
def test_a_row_left_out_or_repeated_is_found(data: st.DataObject) -> None:
    lines = files()["intervals.csv"].decode().split("\n")
    row = data.draw(st.integers(0, len(lines) - 2))
    lines[row : row + 1] = [lines[row]] * data.draw(st.sampled_from([0, 2]))
    again = rehashed({**files(), "intervals.csv": "\n".join(lines).encode()}, OTHER)
    found = until("intervals", again)
    assert found is not None
    assert found.file == "intervals.csv"
    assert found.place.startswith(("line", "lines"))


def leaves(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(document, dict):
        return [leaf for key, one in document.items() for leaf in leaves(one, (*path, key))]
    if isinstance(document, list):
        return [leaf for i, one in enumerate(document) for leaf in leaves(one, (*path, i))]
    return [path]


def other_than(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return not value
    return f"{value}1" if isinstance(value, str) else value + 1


@settings(FAST, max_examples=25)
@given(data=st.data())
def test_any_result_altered_and_signed_by_another_is_found(data: st.DataObject) -> None:
    document = json.loads(files()["settlement.json"])
    path = data.draw(st.sampled_from(leaves(document["results"])))
    place = document["results"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = other_than(place[path[-1]])
    found = until("results", rehashed({**files(), "settlement.json": spelled(document)}, OTHER))
    assert found is not None
    assert found.file == "settlement.json"


FORGERIES: list[tuple[str, Callable[[Any], object], str, str]] = [
    ("ledger.json", lambda one: one["meters"][0]["ledger"][0].update(ct=20.0), "intervals", "measured_kwh"),
    ("ledger.json", lambda one: one["meters"].pop(), "readings", "meters"),
    ("ledger.json", lambda one: one["meters"][0].update(code="hall-l3"), "readings", "meters"),
    ("calendar.json", lambda one: one["working"].update({"2025-06-03": False}), "calendar", "2025-06-03"),
    ("calendar.json", lambda one: one["working"].pop("2025-06-04"), "copies", "line 1"),
    ("tariff.json", lambda one: one.update(price_yuan_per_kwh="0.8"), "copies", "line 1"),
    ("settlement.json", lambda one: one["inputs"]["reporting_days"][3][3][1].__setitem__(0, 1.0),
     "values", "inputs reporting 2025-06-04 hall-l2 measured_kwh"),
    ("settlement.json", lambda one: one["inputs"]["baseline_days"].pop(7), "intervals", "line"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "step", "place"), FORGERIES)
def test_a_forgery_by_another_hand_is_named(
    name: str, change: Callable[[Any], object], step: str, place: str
) -> None:
    document = copy.deepcopy(json.loads(files()[name]))
    change(document)
    found = faults(rehashed({**files(), name: spelled(document)}, OTHER), Against())
    assert place in found[step].place


@pytest.mark.parametrize("name", ["settlement.json", "intervals.csv", "README.txt", "tariff.json", SIGNATURE])
def test_a_file_left_out_is_found(name: str) -> None:
    rest = {key: content for key, content in files().items() if key != name}
    assert "manifest" in faults(pack(rest))
    if name != SIGNATURE:
        assert faults(rehashed(rest, OTHER), Against())


def test_a_file_put_in_is_found() -> None:
    assert faults(pack({**files(), "more.txt": b"x"})).keys() == {"manifest", "copies"}
    assert faults(rehashed({**files(), "more.txt": b"x"}, OTHER), Against())["copies"].file == "more.txt"


def test_without_a_signature_it_does_not_hold_unless_that_is_wanted() -> None:
    unsigned = made(issuer=None).content
    assert faults(unsigned, Against()).keys() == {"signature"}
    assert not faults(unsigned, Against(unsigned_ok=True))
    assert faults(unsigned, Against(unsigned_ok=True, key=ISSUER.public)).keys() == {"signature"}
    stripped = {name: content for name, content in files().items() if name != SIGNATURE}
    stripped[MANIFEST] = spelled({**json.loads(files()[MANIFEST]), "signature": "none"})
    assert faults(pack(stripped), Against(unsigned_ok=True)).keys() == {"signature"}


def test_the_chain_names_the_statement_before() -> None:
    after = made(previous=Link("2025-06", 1, sealed().manifest_sha256), month="2025-07").content
    assert not faults(after, Against(ISSUER.public, previous=sealed().content))
    forged = made(issuer=OTHER).content
    assert faults(after, Against(ISSUER.public, previous=forged))["chain"].place.startswith("previous: ")
    assert faults(after, Against(previous=forged))["chain"].place == "previous"
    assert faults(after, Against(previous=b"PK nothing")).keys() == {"chain"}
    assert faults(sealed().content, Against(previous=after))["chain"].said == "None"


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\3\4" + b"\0" * 40, pack({}), pack({MANIFEST: b"[]"}),
                                     pack({MANIFEST: b'{"format":"kilowitness-bundle/1"}'}),
                                     pack({MANIFEST: b"[" * 100_000})])  # fmt: skip
def test_anything_else_is_refused_without_an_error(content: bytes) -> None:
    assert "manifest" in faults(content)


def test_the_same_content_gives_the_same_bytes() -> None:
    assert made().content == sealed().content
    assert sha256(sealed().content) == sha256(pack(unpack(sealed().content)))
