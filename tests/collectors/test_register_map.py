"""Register maps: which registers hold which channels, as TOML."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders.profile import ProfileError
from collectors.decoders.register_map import MAPS, RegisterMap, load_map, load_maps

GOOD = """
[[poll]]
start = 0
count = 10
[registers]
0 = { channel = "energy_kwh", type = "u32", scale = 0.01 }
"""


def written(folder: Path, text: str, name: str = "made") -> RegisterMap:
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return load_map(path)


def one_register(folder: Path, kind: str, extra: str = "") -> RegisterMap:
    register = f'7 = {{ channel = "energy_kwh", type = "{kind}"{extra} }}'
    return written(folder, f"poll = []\n[registers]\n{register}\n")


@pytest.mark.parametrize(
    ("kind", "layout", "value"),
    [
        ("u16", ">H", 65_535), ("s16", ">h", -2), ("u32", ">I", 4_294_967_295), ("s32", ">i", -70_000),
        ("u64", ">Q", 2**63 + 2048), ("s64", ">q", -(2**62)), ("f32", ">f", 0.15625),
        ("f64", ">d", -1234.5678),
    ],
)  # fmt: skip
def test_every_type_in_either_order_of_words(tmp_path: Path, kind: str, layout: str, value: float) -> None:
    content = struct.pack(layout, value)
    words = [content[at : at + 2] for at in range(0, len(content), 2)]
    high_first = one_register(tmp_path, kind)
    low_first = one_register(tmp_path, kind, ', words = "low-first"')
    assert high_first.values(7, content) == {"energy_kwh": value}
    assert low_first.values(7, b"".join(reversed(words))) == {"energy_kwh": value}
    assert low_first.values(5, b"\x01\x02\x03\x04" + b"".join(reversed(words)) + b"\x05\x06") == {
        "energy_kwh": value
    }


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 10, 100, 1000, 10_000]))
def test_decimals_stay_the_decimals_of_the_display(
    tmp_path_factory: pytest.TempPathFactory, raw: int, by: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    registers = one_register(folder, "u32", f", scale = {1 / by}")
    assert registers.values(7, raw.to_bytes(4, "big")) == {"energy_kwh": raw / by}


def test_factors_that_are_no_whole_part(tmp_path: Path) -> None:
    assert one_register(tmp_path, "u16", ", scale = 40").values(7, b"\x00\x05") == {"energy_kwh": 200.0}
    assert one_register(tmp_path, "u16", ", scale = 0.0036").values(7, b"\x00\x0a") == {"energy_kwh": 0.036}
    assert one_register(tmp_path, "s16", ", scale = -1").values(7, b"\x00\x05") == {"energy_kwh": -5.0}


def test_a_register_that_is_not_whole_in_the_reply_is_left_out(tmp_path: Path) -> None:
    registers = one_register(tmp_path, "u32")
    assert registers.values(8, bytes(20)) == {}
    assert registers.values(6, bytes(4)) == {}
    assert registers.values(6, bytes(5)) == {}
    assert registers.values(6, bytes(6)) == {"energy_kwh": 0.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("poll = ", "Invalid value"),
        ("", "missing required field"),
        (GOOD.replace("[registers]", "[register]"), "register"),
        (GOOD.replace("count = 10", "count = 126"), "126 registers from 0 on cannot be asked for"),
        (GOOD.replace("count = 10", "count = 0"), "0 registers"),
        (GOOD.replace("start = 0", "start = 65530"), "10 registers from 65530 on"),
        (GOOD.replace("start = 0", "start = -1"), "from -1 on"),
        (GOOD.replace("start = 0", "start = 0\nfunction = 6"), "function"),
        ("[[poll]]\nstart = 30\ncount = 10\n" + GOOD, "function 3 with 10 registers stands twice"),
        (GOOD.replace("u32", "u24"), "u24"),
        (GOOD.replace("energy_kwh", "energy_mwh"), "'energy_mwh' is not a channel"),
        (GOOD.replace("0 = {", "0x10 = {"), "0x10 is no register"),
        (GOOD.replace("0 = {", "65535 = {"), "65535 is no register of type u32"),
        (GOOD.replace("0.01", "0"), "scale 0"),
        (GOOD.replace("0.01", "inf"), "scale inf"),
        (GOOD.replace("0.01", "nan"), "scale nan"),
        (GOOD.split("[registers]")[0] + "[registers]", "none is mapped"),
        (GOOD.replace("scale", "scales"), "scales"),
    ],
)
def test_a_wrong_map_is_named_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        written(tmp_path, text)
    assert str(caught.value).startswith("register map made.toml: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_same_poll_may_stand_twice(tmp_path: Path) -> None:
    assert written(tmp_path, "[[poll]]\nstart = 0\ncount = 10\n" + GOOD).starts == {(3, 10): 0}


def test_the_users_maps_come_with_and_in_place_of_the_built_in_ones(tmp_path: Path) -> None:
    built_in = [path.stem for path in sorted(MAPS.glob("*.toml"))]
    assert built_in == ["acrel-adw300"]
    assert [one.name for one in load_maps()] == built_in
    assert [one.name for one in load_maps(tmp_path)] == built_in
    (tmp_path / "modbus").mkdir()
    written(tmp_path / "modbus", GOOD, "pump-meter")
    written(tmp_path / "modbus", GOOD, "acrel-adw300")
    maps = {one.name: one for one in load_maps(tmp_path)}
    assert sorted(maps) == ["acrel-adw300", "pump-meter"]
    assert maps["acrel-adw300"].starts == {(3, 10): 0}
