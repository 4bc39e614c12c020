"""What someone may do to a bundle who holds the file, and perhaps a key of his own, but not the issuer's."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.savings.bundle.archive import pack, unpack
from services.savings.bundle.case import Case
from services.savings.bundle.check import Against, check, other_days
from services.savings.bundle.making import MANIFEST, SIGNATURE, Link
from services.savings.bundle.parts import spelled
from services.savings.settlement.document import settle
from services.workdays import Workdays
from tests.services.savings.bundle.forging import (
    KNOWN,
    UNKNOWN,
    document,
    faults,
    files,
    is_found,
    rehashed,
    sealed,
    settled_anew,
    until,
)
from tests.services.savings.bundles import ISSUER, OTHER, made

DRAWN = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(DRAWN, max_examples=12)


# Files altered, left out, put in, exchanged


@DRAWN
@given(data=st.data())
def test_one_byte_of_one_file_is_found_in_that_file(data: st.DataObject) -> None:
    """The archive is packed as it should be; the hashes, or the signature over them, tell."""
    name = data.draw(st.sampled_from(sorted(files())))
    content = bytearray(files()[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    again = pack({**files(), name: bytes(content)})
    if name in {MANIFEST, SIGNATURE}:
        assert until("signature", again) is not None
    else:
        found = until("manifest", again)
        assert found is not None
        assert name in found.place


def test_every_file_is_missed() -> None:
    for name in files():
        rest = {key: content for key, content in files().items() if key != name}
        assert until("manifest", pack(rest)) is not None
        if name not in {MANIFEST, SIGNATURE}:
            again = rehashed(rest, OTHER)
            assert until("manifest", again) is not None or until("copies", again) is not None


@DRAWN
@given(name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30))
def test_a_file_put_in_is_found_under_any_name(name: str) -> None:
    if name not in files():
        assert until("manifest", pack({**files(), name: b"x"})) is not None


@pytest.mark.parametrize("name", ["说明.txt", "../evil", "settlement.json ", "Settlement.json"])
def test_a_file_put_in_and_hashed_is_found_too(name: str) -> None:
    assert until("copies", rehashed({**files(), name: b"x"}, OTHER)) is not None


@pytest.mark.parametrize("pair", [("settlement.json", "ledger.json"), ("intervals.csv", "readings.csv"),
                                  ("calendar.json", "tariff.json"), ("README.txt", "statement.txt"),
                                  (MANIFEST, SIGNATURE)])  # fmt: skip
def test_two_files_with_each_others_names_are_found(pair: tuple[str, str]) -> None:
    one, other = pair
    exchanged = {**files(), one: files()[other], other: files()[one]}
    assert until("manifest", pack(exchanged)) is not None
    if MANIFEST not in pair and "README.txt" not in pair:
        assert is_found(rehashed(exchanged, OTHER))


def test_files_in_another_order_are_found() -> None:
    assert until("manifest", pack(dict(sorted(files().items())))) is not None


def test_bytes_before_or_after_the_archive_are_found() -> None:
    for content in (b"#!/bin/sh\n" + sealed().content, sealed().content + b"\0"):
        assert is_found(content)


# Signatures


def resigned(**changes: Any) -> bytes:
    """The bundle with other words in its signature."""
    signature = {**document(SIGNATURE), **changes}
    return pack({**files(), SIGNATURE: spelled(signature)})


def test_signed_again_by_another_it_does_not_hold_for_who_has_the_issuers_key() -> None:
    again = rehashed(files(), OTHER)
    assert not faults(again, UNKNOWN)
    found = faults(again, KNOWN)
    assert found.keys() == {"signature"}
    assert found["signature"].said == repr(OTHER.public.fingerprint)


def test_anothers_signature_under_the_issuers_name_is_found() -> None:
    signed = base64.b64encode(OTHER.sign(files()[MANIFEST])).decode()
    assert faults(resigned(signature=signed), UNKNOWN).keys() == {"signature"}


@pytest.mark.parametrize(
    "changes",
    [
        {"fingerprint": OTHER.public.fingerprint}, {"algorithm": "RSA"}, {"manifest_sha256": "0" * 64},
        {"signature": ""}, {"signature": "no base 64!"}, {"signature": None}, {"more": 1},
    ],
)  # fmt: skip
def test_what_a_signature_says_of_itself_is_checked(changes: dict[str, Any]) -> None:
    assert faults(resigned(**changes), UNKNOWN).keys() == {"signature"}


def test_a_signature_of_another_statement_is_none_of_this() -> None:
    july = made(month="2025-07").content
    other = {**files(), SIGNATURE: unpack(july)[SIGNATURE]}
    assert "signature" in faults(pack(other), UNKNOWN)


@pytest.mark.parametrize("key", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_an_issuer_without_a_key_is_found(key: str) -> None:
    manifest = document(MANIFEST)
    manifest["issuer"]["public_key"] = key
    assert "signature" in faults(pack({**files(), MANIFEST: spelled(manifest)}), UNKNOWN)


# The chain


def after(link: Link | None) -> bytes:
    return made(previous=link, month="2025-07").content


def true() -> Link:
    return Link("2025-06", 1, sealed().manifest_sha256)


@pytest.mark.parametrize(
    "changes",
    [{"month": "2025-05"}, {"version": 2}, {"manifest_sha256": "0" * 64}, None],
)
def test_a_link_to_anything_but_the_statement_before_is_found(changes: dict[str, Any] | None) -> None:
    link = None if changes is None else replace(true(), **changes)
    against = Against(ISSUER.public, previous=sealed().content)
    assert faults(after(link), against).keys() == {"chain"}


def test_the_true_link_holds() -> None:
    assert not faults(after(true()), Against(ISSUER.public, previous=sealed().content))


def test_the_statement_before_must_itself_hold() -> None:
    altered = pack({**files(), "tariff.json": b"{}"})
    found = faults(after(true()), Against(previous=altered))
    assert found["chain"].place.startswith("previous: ")
    forged = rehashed(files(), OTHER)
    assert faults(after(true()), Against(ISSUER.public, previous=forged)).keys() == {"chain"}


def test_a_statement_of_another_contract_is_not_the_one_before() -> None:
    def renamed(inputs: Any) -> None:
        inputs["contract"]["code"] = "emc-002"

    other = settled_anew(renamed)
    found = faults(after(true()), Against(previous=other))
    assert found.keys() == {"chain"}


# Figures: everything hashed anew and signed by the forger, and no key to tell him by


def altered(name: str, change: Callable[[Any], object], **facts: Any) -> bytes:
    there = document(name)
    change(there)
    return rehashed({**files(), name: spelled(there)}, OTHER, **facts)


RESULTS: list[tuple[str, Callable[[Any], object]]] = [
    ("savings_yuan", lambda results: results.update(savings_yuan="999.99")),
    ("esco_fee_yuan", lambda results: results.update(esco_fee_yuan="0.01")),
    ("client_keeps_yuan", lambda results: results.update(client_keeps_yuan="1.00")),
    ("lines", lambda results: results["lines"].pop()),
    ("lines", lambda results: results["lines"].append(dict(results["lines"][-1]))),
    ("lines", lambda results: results["lines"][0].update(value="1.00")),
    ("lines", lambda results: results["lines"][2].update(formula="baseline_kwh")),
    ("days", lambda results: results["days"][3].update(baseline_kwh=1.0)),
    ("period", lambda results: results["period"].update(uncertainty_kwh=0.0)),
    ("model", lambda results: results["model"]["coefficients"][0].update(value=1.0)),
    ("holds", lambda results: results["holds"].append({"what": "x"})),
    ("state", lambda results: results.update(state="held")),
    ("rounding", lambda results: results.update(rounding="down")),
    ("more", lambda results: results.update(more=1)),
]  # fmt: skip


@pytest.mark.parametrize(("place", "change"), RESULTS)
def test_a_figure_of_the_results_is_found_by_recomputation(
    place: str, change: Callable[[Any], object]
) -> None:
    found = until("results", altered("settlement.json", lambda there: change(there["results"])))
    assert found is not None
    assert place in found.place


INPUTS: list[tuple[str, Callable[[Any], object]]] = [
    ("values", lambda one: one["reporting_days"][3][3][0].__setitem__(0, 400.0)),
    ("values", lambda one: one["baseline_days"][40][3][1].__setitem__(0, 4000.0)),
    ("values", lambda one: one["reporting_days"][3][3][0].__setitem__(1, 40.0)),
    ("results", lambda one: one["reporting_days"][3].__setitem__(2, 24.0)),
    ("calendar", lambda one: one["reporting_days"][3].__setitem__(1, False)),
]


@pytest.mark.parametrize(("step", "change"), INPUTS)
def test_an_input_altered_with_all_that_follows_from_it_is_found(
    step: str, change: Callable[[Any], object]
) -> None:
    """Days, hours of daylight and working days are not the forger's to choose: readings and calendar tell."""
    assert until(step, settled_anew(change)) is not None


@FEW
@given(data=st.data())
def test_any_day_value_altered_with_all_that_follows_is_found(data: st.DataObject) -> None:
    period = data.draw(st.sampled_from(["baseline_days", "reporting_days"]))
    day = data.draw(st.integers(0, len(document()["inputs"][period]) - 1))
    meter, column = data.draw(st.integers(0, 1)), data.draw(st.integers(0, 2))

    def change(inputs: Any) -> None:
        values = inputs[period][day][3][meter]
        values[column] = round((values[column] or 0.0) * 0.9 + 0.001, 3)

    forged = {**files(), "settlement.json": spelled(_settled(change))}
    found = until("values", rehashed(forged, OTHER))
    assert found is not None
    assert found.file == "settlement.json"


def _settled(change: Callable[[Any], object]) -> Any:
    """The document with altered inputs; its results are left, for the values are looked at before them."""
    there = document()
    change(there["inputs"])
    return there


@FEW
@given(data=st.data())
def test_any_reading_altered_is_found(data: st.DataObject) -> None:
    lines = files()["intervals.csv"].decode().split("\n")
    row = data.draw(st.integers(1, len(lines) - 2))
    cells = lines[row].split(",")
    place = lines[0].split(",").index(data.draw(st.sampled_from(["first_value", "last_value"])))
    cells[place] = repr(round(float(cells[place]) + data.draw(st.sampled_from([-0.01, 0.01, 5.0])), 2))
    lines[row] = ",".join(cells)
    again = rehashed({**files(), "intervals.csv": "\n".join(lines).encode()}, OTHER)
    found = until("intervals", again)
    assert found is not None
    assert found.file == "intervals.csv"


@pytest.mark.parametrize(
    ("name", "value"),
    [("contract", "emc-002"), ("month", "2025-07"), ("engine", "another/9"), ("calendar", "x"),
     ("input_sha256", "0" * 64), ("time_zone", "UTC"), ("time_zone", "Nowhere/There"),
     ("unproven_values", 1), ("format", "kilowitness-bundle/9")],
)  # fmt: skip
def test_what_the_manifest_says_of_the_statement_is_checked(name: str, value: object) -> None:
    assert is_found(rehashed(files(), OTHER, **{name: value}))


def test_other_terms_are_for_the_key_alone_to_tell() -> None:
    """Who forges the contract itself and computes all anew makes another statement, in his own name."""

    def dearer(inputs: Any) -> None:
        inputs["contract"]["price_yuan_per_kwh"] = "0.935686"

    forged = settled_anew(dearer)
    assert not faults(forged, UNKNOWN)
    assert faults(forged, KNOWN).keys() == {"signature"}
    signer = next(iter(json.loads(unpack(forged)[MANIFEST])["issuer"].values()))
    assert signer == OTHER.public.fingerprint


def test_working_days_of_a_calendar_that_this_programme_has_not_are_told_as_not_checked() -> None:
    def idle(inputs: Any) -> None:
        inputs["calendar"] = "holidays of another hand"
        inputs["reporting_days"][3][1] = False

    data = settled_anew(idle)
    outcomes = {one.step: one for one in check(data, UNKNOWN)}
    assert (outcomes["calendar"].count, outcomes["calendar"].fault) == (None, None)
    assert other_days(Case(data), Workdays()) == [date(2025, 6, 4)]


def test_another_name_for_the_same_working_days_changes_nothing() -> None:
    data = settled_anew(lambda inputs: inputs.update(calendar="the same, by another name"))
    outcomes = {one.step: one for one in check(data, UNKNOWN)}
    assert outcomes["calendar"].count == 365 + 30
    assert not faults(data, UNKNOWN)


def test_a_calendar_of_the_same_name_that_says_otherwise_refuses() -> None:
    known = Against(workdays=Workdays(dict.fromkeys([date(2025, 6, 4)], False)))
    assert faults(sealed().content, known)["calendar"].place == "working.2025-06-04"


def test_a_forgery_is_named_in_every_step_it_touches() -> None:
    """The first fault is that of the first step; the others say what follows from it."""
    found = [one.step for one in check(pack({**files(), "settlement.json": b"{}"}), UNKNOWN) if one.fault]
    assert found[0] == "manifest"
    assert {"readings", "results", "copies"} <= set(found)


def test_the_document_of_the_bundle_is_what_its_inputs_give() -> None:
    assert settle(document()["inputs"]) == document()
