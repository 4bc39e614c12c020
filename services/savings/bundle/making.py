"""The bundle of a statement: a settlement with the readings it rests on, in one file that anyone can check.

A settlement's document, the registers of its meters and the readings quoted of them go in; the bytes of
`statement-{contract}-{month}-v{version}.kwb` come out. The same content gives the same bytes.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from services.savings.bundle.archive import pack
from services.savings.bundle.days import Unproven, runs_of, unproven_values
from services.savings.bundle.issuer import Issuer, PublicKey
from services.savings.bundle.ledger import spelled as spelled_ledger
from services.savings.bundle.parts import Json, copies, editions, listed_meters, spelled, weather_meter
from services.savings.bundle.readme import README
from services.savings.bundle.register import Quote, Register
from services.savings.bundle.rows import INTERVALS, READINGS, Key, interval_lines, reading_lines
from services.savings.settlement.document import Settlement

FORMAT = "kilowitness-bundle/1"
MANIFEST, SIGNATURE, SETTLEMENT, LEDGER = "manifest.json", "signature.json", "settlement.json", "ledger.json"
README_TXT = "README.txt"
UNSIGNED, ED25519 = "none", "Ed25519"


class Status(StrEnum):
    """Whether the statement was issued; the bundle of one that was not is no link of the chain."""

    ISSUED = "issued"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Link:
    """The bundle before in the contract's chain."""

    month: str
    version: int
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class Making:
    """What a bundle says of itself: where it stands in the chain, when it was made, who signs (or no one)."""

    status: Status
    made_at: datetime
    previous: Link | None
    issuer: Issuer | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Bundle:
    """The file; `unproven` are what of its frozen values the readings do not give."""

    name: str
    manifest_sha256: str
    content: bytes
    unproven: tuple[Unproven, ...]


def bundle(
    settlement: Settlement, registers: Mapping[str, Register], quotes: Mapping[Key, Quote], making: Making
) -> Bundle:
    """Put a statement's bundle together; `registers` are by meter, that of weather among them."""
    document = settlement.document
    weather = weather_meter(document) is not None
    runs = runs_of(document, registers, quotes, making.zone)
    unproven = unproven_values(document, runs, making.zone)
    files: dict[str, bytes] = {
        SETTLEMENT: spelled(document),
        INTERVALS: _table(interval_lines(runs, making.zone, weather=weather)),
        READINGS: _table(reading_lines(runs, making.zone)),
        LEDGER: spelled(spelled_ledger([registers[code] for code in listed_meters(document)])),
        **copies(document),
        README_TXT: README.encode(),
    }
    manifest = spelled(_manifest(settlement, files, making, unproven=len(unproven)))
    signed = {}
    if making.issuer is not None:
        signed[SIGNATURE] = spelled(signed_as(making.issuer.public, manifest, making.issuer.sign(manifest)))
    name = f"statement-{settlement.contract}-{settlement.month}-v{settlement.version}.kwb"
    content = pack({MANIFEST: manifest, **files, **signed})
    return Bundle(name, sha256(manifest), content, unproven)


def signed_as(public: PublicKey, manifest: bytes, signature: bytes) -> Json:
    """What `signature.json` says of a signature over the bytes of `manifest.json`."""
    return {
        "algorithm": ED25519,
        "fingerprint": public.fingerprint,
        "manifest_sha256": sha256(manifest),
        "signature": base64.b64encode(signature).decode("ascii"),
    }


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def _manifest(settlement: Settlement, files: Mapping[str, bytes], making: Making, *, unproven: int) -> Json:
    inputs, issuer = settlement.document["inputs"], making.issuer
    previous: dict[str, Any] | None = None
    if making.previous is not None:
        link = making.previous
        previous = {"month": link.month, "version": link.version, "manifest_sha256": link.manifest_sha256}
    return {
        "format": FORMAT,
        "status": making.status.value,
        "contract": settlement.contract,
        "month": settlement.month,
        "version": settlement.version,
        "created_at": making.made_at.isoformat(),
        "settled_at": settlement.settled_at.isoformat(),
        "engine": inputs["engine"],
        "calendar": inputs["calendar"],
        "time_zone": making.zone.key,
        "editions": editions(),
        "input_sha256": settlement.document["input_sha256"],
        "unproven_values": unproven,
        "previous": previous,
        "signature": UNSIGNED if issuer is None else ED25519,
        "issuer": None if issuer is None
        else {"public_key": issuer.public.pem, "fingerprint": issuer.public.fingerprint},
        "files": [
            {"name": name, "sha256": sha256(content), "size": len(content)} for name, content in files.items()
        ],
    }  # fmt: skip


def _table(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
