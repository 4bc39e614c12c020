"""The Acrel gateway's conversation, against the examples of its protocol."""

from dataclasses import replace

from simulators.devices.acrel_gateway import AcrelGateway
from simulators.devices.device import Message, document
from tests.simulators.devices.parts import EIGHT_MS, SAMPLE, content, has_shape_of

LOGIN = {
    "ver": 1011, "rssi": 48, "code": 1968, "ccid": " ", "imei": " ", "verpro": 0,
    "time": "20221008105559", "gwSN": "12209263660002", "type": "login", "iapVer": 0,
}  # fmt: skip
DATA = {
    "type": "data", "time": "20211124101800", "gwSN": "12109132830001", "meterSN": "12109132830004",
    "meterName": "adl400", "meterStatus": "normal", "ch": 0, "ua": 221, "ub": 220.9, "uc": 220.9,
    "ia": 1.2, "ib": 1.2, "ic": 1.2, "pa": 1, "pb": 1, "pc": 1, "p": 3, "qa": 1, "qb": 1, "qc": 1, "q": 3,
    "pf": 0.9, "pt": 1, "ct": 40, "wh": 8.98, "wl": 0.6, "varh": 5.21, "varl": 5.43,
}  # fmt: skip


def _answer(gateway: AcrelGateway, kind: str, **more: object) -> list[Message]:
    topic = f"/server/acrelHW/AWT100/{kind}/12109132830001"
    return list(gateway.receive(Message(topic, document({"type": kind, **more})), SAMPLE))


def test_it_logs_in_and_asks_the_time_once_it_is_let_in() -> None:
    gateway = AcrelGateway()
    (login,) = gateway.connected(SAMPLE)
    assert login.topic == "/gw/acrelHW/AWT100/login/12109132830001"
    assert has_shape_of(content(login), LOGIN)
    assert content(login)["time"] == "20261122080000"
    assert _answer(gateway, "login", res=0) == []
    assert not gateway.logged_in
    (ask,) = _answer(gateway, "login", res=1)
    assert ask.topic == "/gw/acrelHW/AWT100/time/12109132830001"
    assert content(ask)["utc"] == "8"
    assert gateway.logged_in
    assert not gateway.knows_time
    assert _answer(gateway, "time", res=1) == []
    assert gateway.knows_time


def test_its_data_has_the_shape_of_the_protocol_s() -> None:
    (data,) = AcrelGateway().report(SAMPLE)
    assert data.topic == "/gw/acrelHW/AWT100/data/12109132830001"
    assert has_shape_of(content(data), DATA)
    meaning, status = data.means
    assert (meaning.device, meaning.time_ms) == (("acrel-hw", "12109132830004"), EIGHT_MS)
    assert (status.device, status.time_ms, status.values) == (meaning.device, None, {"online": 1.0})


def test_what_is_confirmed_is_not_sent_again() -> None:
    gateway = AcrelGateway(patience_ms=1000)
    gateway.report(SAMPLE)
    assert _answer(gateway, "data", res=1) == []
    assert gateway.overdue(SAMPLE.time_ms + 60_000) == ()


def test_what_is_not_confirmed_comes_again_as_history_until_it_is() -> None:
    gateway = AcrelGateway(patience_ms=1000)
    (first,) = gateway.report(SAMPLE)
    (login,) = gateway.overdue(SAMPLE.time_ms + 1000)
    assert content(login)["type"] == "login"
    _answer(gateway, "login", res=1)
    gateway.report(replace(SAMPLE, time_ms=SAMPLE.time_ms + 60_000))
    _answer(gateway, "data", res=0)
    assert gateway.overdue(SAMPLE.time_ms + 60_500) == ()
    again = gateway.overdue(SAMPLE.time_ms + 61_500)
    assert [message.topic for message in again] == ["/gw/acrelHW/AWT100/hstdata/12109132830001"] * 2
    assert content(again[0]) == content(first) | {"type": "hstdata"}
    assert again[0].means == first.means[:1]
    _answer(gateway, "hstdata", res=1)
    assert [m.means[0].time_ms for m in gateway.overdue(SAMPLE.time_ms + 90_000)] == [EIGHT_MS + 60_000]
    _answer(gateway, "hstdata", res=1)
    _answer(gateway, "hstdata", res=1)
    assert gateway.unconfirmed == []
