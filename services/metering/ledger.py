"""The dated ledger of a meter as one channel sees it.

A device reports counts; `scale` makes of them what its face shows, in `unit`. Register width, closing and
opening registers are as displayed. Unit and transformers then make of a difference what flowed on the primary
side: [channel's unit] = reported × scale × unit × CT × PT.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.metering.channels import CHANNELS, Kind
from services.metering.model import ChannelTerms, Meter, MeterPeriod, MeterUse
from services.metering.units import in_own_unit

_AS_REPORTED = ChannelTerms()
_MAIN = {MeterUse.WATER: "water_m3", MeterUse.GAS: "gas_m3", MeterUse.HEAT: "heat_gj"}


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A line of the ledger for one register: `scale` gives what is displayed, `ratio` primary consumption.

    `digits`, `closing` and `opening` are as displayed; None is a register that nobody read. `rated_kw` is
    None for registers that are not energy in kWh, and for circuits whose rated power is not known.
    """

    valid_from: datetime
    scale: float = 1.0
    ratio: float = 1.0
    digits: int = 8
    closing: float | None = None
    opening: float | None = None
    rated_kw: float | None = None


def main_register(use: MeterUse) -> str:
    """The register that a line's own `digits`, `closing` and `opening` speak of."""
    return _MAIN.get(use, "energy_kwh")


def register_lines(meter: Meter, channel: str) -> tuple[RegisterLine, ...]:
    """The ledger as a register sees it, the oldest line first.

    A device has one face for each register: what a replacement read off the main one says nothing of another,
    whose own closing and opening stand under `channels`.
    """
    main = channel == main_register(meter.use)
    return tuple(_register(line, channel, main=main, rated_kw=meter.rated_kw) for line in meter.ledger)


def _register(line: MeterPeriod, channel: str, *, main: bool, rated_kw: float | None) -> RegisterLine:
    terms = line.channels.get(channel, _AS_REPORTED)
    electric = CHANNELS[channel].unit == "kWh"
    closing, opening = (line.closing, line.opening) if main else (None, None)
    return RegisterLine(
        line.valid_from,
        scale=terms.scale,
        ratio=in_own_unit(channel, terms.unit) * (line.ratio if electric else 1.0),
        digits=line.digits if terms.digits is None else terms.digits,
        closing=closing if terms.closing is None else terms.closing,
        opening=opening if terms.opening is None else terms.opening,
        rated_kw=(line.rated_kw or rated_kw) if electric else None,
    )


def gauge_factors(ledger: Sequence[MeterPeriod], channel: str) -> list[float]:
    """What a reported value of a gauge is multiplied with, by line of the ledger.

    `power_kw` by CT × PT, `current_a` by CT, `voltage_v` by PT, unless already primary.
    """
    return [_gauge(line, channel) for line in ledger]


def _gauge(line: MeterPeriod, channel: str) -> float:
    terms = line.channels.get(channel, _AS_REPORTED)
    by_channel = {"power_kw": line.ct * line.pt, "current_a": line.ct, "voltage_v": line.pt}
    primary = 1.0 if line.already_primary else by_channel.get(channel, 1.0)
    return terms.scale * in_own_unit(channel, terms.unit) * primary


def is_register(channel: str) -> bool:
    """Whether differences of the channel are consumption."""
    return CHANNELS[channel].kind is Kind.REGISTER
