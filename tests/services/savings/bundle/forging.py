"""A sealed bundle, and what a forger does to it: files altered, hashed anew, signed with a key of his own."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from services.savings.bundle.archive import pack, unpack
from services.savings.bundle.check import Against, check
from services.savings.bundle.issuer import Issuer
from services.savings.bundle.making import MANIFEST, SIGNATURE, Bundle, sha256, signed_as
from services.savings.bundle.parts import copies, spelled
from services.savings.settlement.document import settle
from services.savings.settlement.faults import Fault
from tests.services.savings.bundles import ISSUER, OTHER, made

KNOWN = Against(key=ISSUER.public)
UNKNOWN = Against()


@cache
def sealed() -> Bundle:
    """June, by the issuer."""
    return made()


@cache
def files() -> Mapping[str, bytes]:
    """Its files."""
    return unpack(sealed().content)


def document(name: str = "settlement.json") -> Any:
    """One of its JSON files, to be altered."""
    return json.loads(files()[name])


def faults(data: bytes, against: Against = KNOWN) -> dict[str, Fault]:
    """What does not hold, by step."""
    return {one.step: one.fault for one in check(data, against) if one.fault is not None}


def until(step: str, data: bytes) -> Fault | None:
    """What a step finds, whoever signed; the steps after it are not taken."""
    return next(one.fault for one in check(data, UNKNOWN) if one.step == step)


def is_found(data: bytes, against: Against = UNKNOWN) -> bool:
    """Whether any step finds something."""
    return any(one.fault is not None for one in check(data, against))


def rehashed(given: Mapping[str, bytes], issuer: Issuer | None = None, **facts: Any) -> bytes:
    """Packed anew with a manifest that tells the hashes of what is there, signed anew where one can sign.

    `facts` are said in the manifest besides.
    """
    manifest = json.loads(given[MANIFEST]) | facts
    parts = {name: content for name, content in given.items() if name not in {MANIFEST, SIGNATURE}}
    manifest["files"] = [
        {"name": name, "sha256": sha256(content), "size": len(content)} for name, content in parts.items()
    ]
    signature = given[SIGNATURE]
    if issuer is not None:
        public = issuer.public
        manifest["issuer"] = {"public_key": public.pem, "fingerprint": public.fingerprint}
        signature = spelled(signed_as(public, spelled(manifest), issuer.sign(spelled(manifest))))
    return pack({MANIFEST: spelled(manifest), **parts, SIGNATURE: signature})


def settled_anew(change: Callable[[Any], object]) -> bytes:
    """A forger's best: other inputs, everything computed from them again, and his own signature."""
    inputs = document()["inputs"]
    change(inputs)
    found = settle(inputs)
    parts = {**files(), "settlement.json": spelled(found), **copies(found)}
    return rehashed(
        parts, OTHER, input_sha256=found["input_sha256"], calendar=inputs["calendar"],
        contract=inputs["contract"]["code"],
    )  # fmt: skip
