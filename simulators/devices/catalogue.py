"""Every dialect by name: the devices that speak it, and a line on what they send."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulators.devices.acrel_adw import AcrelAdw
from simulators.devices.acrel_gateway import AcrelGateway
from simulators.devices.canonical import Canonical
from simulators.devices.cjt188 import Cjt188
from simulators.devices.device import Device
from simulators.devices.dlt645 import Dlt645
from simulators.devices.edgelogger import EdgeLogger
from simulators.devices.frames import Gateway
from simulators.devices.homeassistant import HomeAssistant
from simulators.devices.jt808 import Jt808
from simulators.devices.modbus import ModbusAdw300
from simulators.devices.neuron import Neuron
from simulators.devices.shelly import ShellyPlug, ShellyPro3Em
from simulators.devices.sparkplug import Sparkplug
from simulators.devices.tasmota import Tasmota
from simulators.devices.thingsboard import ThingsBoard
from simulators.devices.wudun import Wudun
from simulators.devices.zigbee2mqtt import Zigbee2Mqtt


@dataclass(frozen=True, slots=True)
class Dialect:
    """`make` gives new devices, as they are before they connect."""

    name: str
    about: str
    make: Callable[[], Sequence[Device]]


def _frames() -> Gateway:
    return Gateway(name="gw-hex", as_hex=True)


def _water_meters() -> Sequence[Device]:
    return [Cjt188(), Cjt188(address="11110020120218", gateway=_frames(), clock=False, turned=True)]


DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect("canonical", "the project's own payload, its status as will", lambda: [Canonical()]),
        Dialect("acrel-adw", "Acrel ADW3xx json-v2, numbered points", lambda: [AcrelAdw()]),
        Dialect("acrel-hw", "Acrel two-way gateway: login, time, data, and hstdata when unanswered",
                lambda: [AcrelGateway()]),
        Dialect("neuron", "EMQX Neuron, values-format and tags-format with error codes",
                lambda: [Neuron(), Neuron(node="Modbus-2", tags=True)]),
        Dialect("thingsboard", "ThingsBoard gateway telemetry, two meters a message",
                lambda: [ThingsBoard()]),
        Dialect("zigbee2mqtt", "Zigbee plug: retained state without time, availability",
                lambda: [Zigbee2Mqtt()]),
        Dialect("tasmota", "Tasmota plug: ENERGY with local zone-less Time, LWT as will",
                lambda: [Tasmota()]),
        Dialect("shelly-gen2", "Shelly three-phase meter and plug: status and NotifyStatus, online as will",
                lambda: [ShellyPro3Em(), ShellyPlug()]),
        Dialect("homeassistant", "single values on topics of their own, `unavailable` among them",
                lambda: [HomeAssistant()]),
        Dialect("edgelogger", "nested batches with local times of 17 digits, and in milliseconds before",
                lambda: [EdgeLogger(), EdgeLogger(device="EM-2025-001", earlier=True)]),
        Dialect("wudun", "energy management box: one meter, then all of them, with nulls", lambda: [Wudun()]),
        Dialect("sparkplug", "Sparkplug B: births, data by alias, NDEATH as will, answers a rebirth command",
                lambda: [Sparkplug()]),
        Dialect("dlt645", "DL/T 645-2007 replies, raw and as hex with several a packet",
                lambda: [Dlt645(), Dlt645(address="000000000161", gateway=_frames())]),
        Dialect("cjt188", "CJ/T 188 cold water, raw with its clock, as hex turned round and without one",
                _water_meters),
        Dialect("modbus-acrel-adw300", "Modbus RTU replies of an Acrel ADW300, raw and as hex",
                lambda: [ModbusAdw300(), ModbusAdw300(unit=17, gateway=_frames())]),
        Dialect("jt808", "JT/T 808 positions as EMQX forwards them, batches of 1796 late and out of order",
                lambda: [Jt808()]),
    )
}  # fmt: skip
