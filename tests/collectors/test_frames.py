"""Payloads of transparent gateways: hex or raw, and the frames among whatever else the line heard."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.decoders import Reject, Report, Unreadable
from collectors.decoders.cjt188 import Cjt188Framing
from collectors.decoders.dlt645 import Dlt645Framing
from collectors.decoders.frames import MOST_BYTES, Framing, read_bcd, read_frames, split, unwrap
from collectors.decoders.modbus import ModbusFraming
from collectors.decoders.register_map import MAPS, load_map
from tests.collectors.serial_frames import (
    GAP_BYTES,
    SENDER,
    dlt645_reply,
    flipped,
    heat,
    modbus_reply,
    reasons,
    said,
    water,
)

ENERGY = dlt645_reply("123456789012", "00010000", "12345678")
VOLTAGE = dlt645_reply("123456789012", "02010100", "2284")
ADW300 = ModbusFraming(load_map(MAPS / "acrel-adw300.toml"))
BLOCK = modbus_reply(3, [2284] * 46)
FRAMES: list[tuple[Framing, bytes]] = [
    (Dlt645Framing(), ENERGY),
    (Cjt188Framing(), water("00032109")),
    (Cjt188Framing(), heat("12345678")),
    (ADW300, BLOCK),
]
names = pytest.mark.parametrize(
    ("framing", "frame"), FRAMES, ids=["dlt645", "cjt188-water", "cjt188-heat", "modbus"]
)
gaps = st.lists(st.sampled_from(list(GAP_BYTES)), max_size=20).map(bytes)
wake_ups = st.integers(0, 5).map(lambda count: b"\xfe" * count)


def in_pairs(content: bytes) -> list[str]:
    return [f"{byte:02x}" for byte in content]


@pytest.mark.parametrize(
    "text",
    [
        "".join(in_pairs(ENERGY)),
        "".join(in_pairs(ENERGY)).upper(),
        " ".join(in_pairs(ENERGY)),
        "  " + "  ".join(in_pairs(ENERGY)).upper() + "\r\n",
        ":".join(in_pairs(ENERGY)),
        "-".join(in_pairs(ENERGY)),
        ", ".join("0x" + pair for pair in in_pairs(ENERGY)),
        " ".join("0X" + pair.upper() for pair in in_pairs(ENERGY)),
        '"' + "".join(in_pairs(ENERGY)) + '"',
        "0x" + "".join(in_pairs(ENERGY)),
        "\n".join(in_pairs(ENERGY)) + ";",
    ],
)
def test_hex_as_gateways_write_it(text: str) -> None:
    assert unwrap(text.encode()) == ENERGY


@names
def test_raw_bytes_stay_as_they_are(framing: Framing, frame: bytes) -> None:
    assert unwrap(frame) == frame


@given(st.binary(min_size=1, max_size=80), st.sampled_from(["", " ", ",", " 0x", "-"]), st.booleans())
def test_any_bytes_survive_being_written_as_hex(content: bytes, between: str, upper: bool) -> None:
    text = between.join(in_pairs(content))
    assert unwrap((text.upper().replace("X", "x") if upper else text).encode()) == content


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty-payload"),
        (b" \r\n", "empty-payload"),
        (b'""', "empty-payload"),
        (b"68 6", "odd-hex"),
        (b"0x68 0x1", "odd-hex"),
        (b"\x68" * (MOST_BYTES + 1), "too-long: 65537 bytes"),
    ],
)
def test_payloads_without_bytes(payload: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        unwrap(payload)


@names
@given(st.data())
def test_frames_among_wake_up_bytes_and_noise_are_all_found(
    framing: Framing, frame: bytes, data: st.DataObject
) -> None:
    parts = data.draw(st.lists(st.tuples(gaps, wake_ups), min_size=1, max_size=4))
    payload = b"".join(gap + wake_up + frame for gap, wake_up in parts) + data.draw(gaps)
    found = list(split(payload, framing))
    assert [content for content, is_frame in found if is_frame] == [frame] * len(parts)
    assert b"".join(c for c, is_frame in found if not is_frame).replace(b"\xfe", b"") == payload.replace(
        frame, b""
    ).replace(b"\xfe", b"")


@names
def test_items_count_frames_and_the_gaps_between_them(framing: Framing, frame: bytes) -> None:
    payload = b"\xfe\xfe" + frame + b"\x01\x02" + frame + b"\xfe" + frame + b"\r\n"
    heard = said(framing, payload)
    assert [(type(one), one.item) for one in heard] == [
        (Report, 0), (Reject, 1), (Report, 2), (Report, 3), (Reject, 4)
    ]  # fmt: skip
    assert reasons(framing, payload) == [
        (1, "garbage: 2 bytes are no frame: 01 02"),
        (4, "garbage: 2 bytes are no frame: 0D 0A"),
    ]


@names
def test_no_flipped_bit_passes_as_a_value(framing: Framing, frame: bytes) -> None:
    for wrong in flipped(frame):
        heard = said(framing, wrong)
        assert heard
        assert all(isinstance(one, Reject) for one in heard), wrong.hex(" ")


@names
def test_a_frame_with_a_flipped_bit_costs_no_other(framing: Framing, frame: bytes) -> None:
    (good,) = said(framing, frame)
    assert isinstance(good, Report)
    for wrong in flipped(frame):
        for payload in (frame + wrong + frame, frame + b"\xfe\xfe\xfe\xfe" + wrong + b"\xfe" + frame):
            reports = [one for one in said(framing, payload) if isinstance(one, Report)]
            assert [(r.device, r.values) for r in reports] == [(good.device, good.values)] * 2


@names
def test_cut_anywhere_a_frame_says_nothing(framing: Framing, frame: bytes) -> None:
    for end in range(1, len(frame)):
        assert all(isinstance(one, Reject) for one in said(framing, frame[:end]))
        assert all(isinstance(one, Reject) for one in said(framing, frame[end:]))


def test_why_there_is_no_frame() -> None:
    framing = Dlt645Framing()
    assert reasons(framing, ENERGY[:-1] + b"\x17")[0][1].startswith("no-end: the frame ends with 17H")
    assert reasons(framing, ENERGY[:-3])[0][1] == "cut-short: the frame has 17 of 20 bytes"
    wrong = ENERGY[:-2] + bytes([(ENERGY[-2] + 1) % 256]) + ENERGY[-1:]
    due = f"its bytes sum to {ENERGY[-2]:02X}H"
    assert reasons(framing, b"\x68\x68" + wrong)[0][1].endswith(due)
    assert reasons(framing, b"\x68" * 3) == [(0, "garbage: 3 bytes are no frame: 68 68 68")]
    assert reasons(framing, bytes(range(9))) == [
        (0, "garbage: 9 bytes are no frame: 00 01 02 03 04 05 06 07…")
    ]


def test_a_68h_just_before_a_frame_hides_nothing() -> None:
    heard = said(Dlt645Framing(), b"\x68" + ENERGY)
    assert [type(one) for one in heard] == [Reject, Report]


def test_wake_up_bytes_alone_say_nothing() -> None:
    assert said(Dlt645Framing(), b"\xfe" * 4) == []


@given(st.integers(0, 99_999_999))
def test_bcd_is_the_digits(number: int) -> None:
    assert read_bcd(bytes.fromhex(f"{number:08d}")[::-1]) == number


@pytest.mark.parametrize("content", [b"\xff\xff", b"\x12\x3a", b"\xa0\x00"])
def test_what_is_no_digit_is_no_bcd(content: bytes) -> None:
    with pytest.raises(ValueError, match=content.hex(" ").upper()):
        read_bcd(content)


@names
@given(payload=st.binary(max_size=120))
@example(payload=b"\x68" * 40)
@example(payload=b"\x01\x03\x03\x03" * 20)
def test_no_bytes_make_a_protocol_fail(framing: Framing, frame: bytes, payload: bytes) -> None:
    try:
        for one in read_frames(payload, framing, SENDER):
            assert isinstance(one, (Report, Reject))
    except Unreadable:
        pass


@names
@given(st.data())
def test_no_damage_to_a_frame_makes_a_protocol_fail(
    framing: Framing, frame: bytes, data: st.DataObject
) -> None:
    wrong = bytearray(frame * 2)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(wrong) - 1))
        wrong[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        wrong = wrong or bytearray(b"\x68")
    for one in said(framing, bytes(wrong) + b"\xfe\x16"):
        assert isinstance(one, (Report, Reject))


@names
def test_the_longest_payload_of_nothing_but_starts_is_one_reject(framing: Framing, frame: bytes) -> None:
    for pattern in (frame[:1], frame[:3], frame[:-1] + b"\x00"):
        payload = (pattern * MOST_BYTES)[:MOST_BYTES]
        heard = said(framing, payload)
        assert len(heard) == 1
        assert isinstance(heard[0], Reject)
