"""Payloads as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deadletters.payload import excerpt, hex_dump, read_line, read_payload

MOST = 4096


def test_json_is_indented_and_nothing_in_it_changes() -> None:
    shown = read_payload(b'{"a":1.10,"a":[1e400,"\xe8\xaf\xbb"]}', most=MOST)
    assert shown.form == "json"
    assert shown.text.split() == ['{', '"a":', '1.10,', '"a":', '[', '1e400,', '"读"', ']', '}']  # fmt: skip
    assert not shown.cut


@pytest.mark.parametrize("payload", [b'{"a": 1', b"on", "温度 21\r\n".encode(), b"[1,]", b"[" * 3000])
def test_text_that_is_no_json_stays_as_it_is(payload: bytes) -> None:
    shown = read_payload(payload, most=MOST)
    assert (shown.form, shown.text) == ("text", payload.decode())


@pytest.mark.parametrize(
    "payload", [b"\x00", b"\xff\xfe", b"a\x1b[2Jb", "\u202eevil".encode(), b"\x68\x11\x16"]
)
def test_what_cannot_be_shown_as_text_is_dumped(payload: bytes) -> None:
    assert read_payload(payload, most=MOST).form == "hex"


def test_a_dump_shows_offset_bytes_and_ascii() -> None:
    assert hex_dump(bytes(range(60, 78))).splitlines() == [
        "000000  3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK",
        "000010  4c 4d                                            LM",
    ]
    assert hex_dump(b"") == ""


def test_a_long_payload_is_cut_between_characters_and_says_so() -> None:
    shown = read_payload("读".encode() * 9, most=10)
    assert (shown.form, shown.text, shown.cut) == ("text", "读读读", True)
    assert read_payload(b"\xff" * 20, most=16).text.count("\n") == 0


def test_an_excerpt_is_text_or_hexadecimal() -> None:
    assert excerpt("a读".encode()[:3], cut=True) == "a"
    assert excerpt("a读".encode()[:3], cut=False) == "61 e8 af"
    assert excerpt(b"\x68\xff", cut=True) == "68 ff"


@pytest.mark.parametrize(
    ("beginning", "cut", "line"),
    [
        (b'{"a":\r\n\t1}', False, '{"a": 1}'),
        (b"abcdefghijklmnop", False, "abcdefghi…"),
        (b"abc", True, "abc…"),
        (b"\x68\xff", False, "68 ff"),
        (b"\x1b[2J", False, "1b 5b 32 …"),
        (b"", False, ""),
    ],
)
def test_a_line_shows_how_a_payload_begins(beginning: bytes, cut: bool, line: str) -> None:
    assert read_line(beginning, cut=cut, most=10) == line


@given(st.binary(max_size=200), st.integers(0, 100))
def test_every_payload_can_be_shown(payload: bytes, most: int) -> None:
    shown = read_payload(payload, most=most)
    assert shown.cut == (len(payload) > most and shown.form != "json")
    assert isinstance(excerpt(payload, cut=True), str)
