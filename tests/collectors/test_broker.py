"""The broker's URL."""

from pathlib import Path

import pytest

from collectors.broker import BrokerAddress, broker_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://broker", BrokerAddress("broker", 1883)),
        ("mqtt://broker:1884/", BrokerAddress("broker", 1884)),
        ("mqtt://[::1]:1884", BrokerAddress("::1", 1884)),
        ("mqtt://meter:p%40ss%2Fword@10.0.0.7", BrokerAddress("10.0.0.7", 1883, "meter", "p@ss/word")),
        ("mqtt://meter@broker", BrokerAddress("broker", 1883, "meter")),
    ],
)
def test_a_url_says_where_and_who(url: str, address: BrokerAddress) -> None:
    assert broker_address(url) == address


def test_tls_has_its_own_port_and_checks_certificates() -> None:
    address = broker_address("mqtts://broker")
    assert address.port == 8883
    assert address.tls is not None
    assert address.tls.check_hostname
    assert str(address) == "mqtts://broker:8883"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://broker", "starts with mqtt://"),
        ("mqtt://", "names no host"),
        ("mqtt://:1883", "names no host"),
        ("mqtt://broker:port", "port"),
        ("mqtt://broker:99999", "ort"),
        ("mqtt://broker/topic", "/topic after the host"),
        ("mqtts://broker?ca=/nowhere/ca.pem", "ca=/nowhere/ca.pem: No such file"),
    ],
)
def test_a_wrong_url_is_named_in_one_line(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^KILOWITNESS_MQTT_URL: ") as caught:
        broker_address(url)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ValueError, match=r"ca=.*ca\.pem"):
        broker_address(f"mqtts://broker?ca={tmp_path / 'ca.pem'}")


def test_the_password_is_never_shown() -> None:
    address = broker_address("mqtt://meter:secret@broker")
    assert "secret" not in str(address)
    assert "secret" not in repr(address)
