from base64 import b64decode

import pytest

from services.timeseries.influx_url import DIALECTS, parse


def test_a_1x_url_names_user_password_and_database() -> None:
    server = parse("influxdb://reader:s%40cret@influx.example:8087/energy")
    assert (server.dialect.version, server.url, server.database) == (
        1,
        "http://influx.example:8087",
        "energy",
    )
    scheme, encoded = server.headers["Authorization"].split()
    assert (scheme, b64decode(encoded)) == ("Basic", b"reader:s@cret")
    assert server.write_parameters("energy") == {"db": "energy"}


def test_a_2x_url_names_token_bucket_and_organization() -> None:
    server = parse("influxdb2://a-b_c%3D%3D@influx.example/bucket%20one?org=City%20Hall")
    assert (server.dialect.version, server.url) == (2, "http://influx.example:8086")
    assert server.headers == {"Authorization": "Token a-b_c=="}
    assert server.write_parameters("bucket one") == {"bucket": "bucket one", "org": "City Hall"}
    assert server.changes_database == "bucket one_changes"


def test_a_3x_url_names_token_and_database() -> None:
    server = parse("influxdb3://apiv3_x@influx.example/energy")
    assert (server.dialect.version, server.url) == (3, "http://influx.example:8181")
    assert server.headers == {"Authorization": "Bearer apiv3_x"}
    assert server.write_parameters("energy") == {"db": "energy"}


@pytest.mark.parametrize("version", ["", "2", "3"])
def test_an_s_asks_for_tls(version: str) -> None:
    server = parse(f"influxdbs{version}://t@influx.example:443/energy?org=city")
    assert server.url == "https://influx.example:443"
    assert server.dialect == DIALECTS[f"influxdb{version}"]


def test_without_credentials_none_are_sent() -> None:
    for name in DIALECTS:
        assert parse(f"{name}://127.0.0.1/energy?org=city").headers == {}


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert parse("influxdb://[::1]:8086/energy").url == "http://[::1]:8086"


def test_a_token_with_a_colon_is_one_token() -> None:
    assert parse("influxdb3://a:b@host/energy").headers == {"Authorization": "Bearer a:b"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("influxdb://u:hunter2@host:8086", "one name after it"),
        ("influxdb://u:hunter2@host:8086/", "one name after it"),
        ("influxdb://u:hunter2@host:8086/a/b", "one name after it"),
        ("influxdb://u:hunter2@/a", "a host"),
        ("influxdb2://hunter2@host/bucket", "organization is missing"),
        ("influxdb3://hunter2@host:many/db", "port is not a number"),
        ("influxdb4://hunter2@host/db", "starts with"),
        ("influxdb://u:hunter2@[::1/a", "not a URL"),
    ],
)
def test_a_wrong_url_is_said_with_an_example_and_without_its_secret(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse(url)
    assert "hunter2" not in str(caught.value)
    assert "influxdb" in str(caught.value)


def test_no_text_of_a_server_shows_its_secret() -> None:
    for url in ("influxdb://u:hunter2@host/db", "influxdb3://hunter2@host/db"):
        server = parse(url)
        assert "hunter2" not in repr(server) + str(server) + server.url
