"""The ledger of a bundle: meters as a registry document spells them, and decisions about their readings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.metering.model import ChannelTerms, Meter, MeterPeriod
from services.metering.rulings import Ruling, Verdict
from services.metering.schemas import MeterEntry
from services.savings.bundle.register import Register
from services.savings.settlement.faults import Fault

Json = dict[str, Any]


def spelled(registers: Sequence[Register]) -> Json:
    """As JSON knows them; `read` is the inverse."""
    rulings = {one.meter.code: [asdict(ruling) for ruling in one.rulings] for one in registers}
    return {
        "meters": [MeterEntry.model_validate(one.meter).model_dump(mode="json") for one in registers],
        "rulings": {code: told for code, told in rulings.items() if told},
    }


def read(document: Mapping[str, Any]) -> dict[str, Register]:
    """The registers by the code of their meter. Raises `ValueError`, `TypeError` or `LookupError`."""
    found: dict[str, Register] = {}
    for row in document["meters"]:
        meter = _meter(MeterEntry.model_validate(row))
        told = document["rulings"].get(meter.code, ())
        rulings = [Ruling(**{**one, "verdict": Verdict(one["verdict"])}) for one in told]
        found[meter.code] = Register(meter, tuple(rulings))
    return found


def unread(said: Any, read: Any, place: str = "ledger") -> Fault | None:
    """The first thing in a document that is not what was read of it; what is not said is at its default."""
    if isinstance(said, Mapping) and isinstance(read, Mapping):
        if strange := [key for key in said if key not in read]:
            return Fault(f"{place}.{strange[0]}: nothing reads it")
        pairs = [(key, said[key], read[key]) for key in said]
    elif isinstance(said, list) and isinstance(read, list) and len(said) == len(read):
        pairs = [(i, one, other) for i, (one, other) in enumerate(zip(said, read, strict=True))]
    elif said == read and type(said) is type(read):
        return None
    else:
        return Fault(place, repr(said), repr(read))
    found = (unread(one, other, f"{place}.{key}") for key, one, other in pairs)
    return next((fault for fault in found if fault), None)


def _meter(entry: MeterEntry) -> Meter:
    given = {name: getattr(entry, name) for name in MeterEntry.model_fields if name != "ledger"}
    lines = [
        MeterPeriod(
            **line.model_dump(exclude={"channels"}),
            channels={name: ChannelTerms(**terms.model_dump()) for name, terms in line.channels.items()},
        )
        for line in entry.ledger
    ]
    return Meter(**given, ledger=tuple(lines))
