"""The ledger of a bundle: meters as a registry document spells them, and decisions about their readings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.metering.model import ChannelTerms, Meter, MeterPeriod
from services.metering.rulings import Ruling, Verdict
from services.metering.schemas import MeterEntry
from services.savings.bundle.register import Register

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
