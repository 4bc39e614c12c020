"""The file of speakers: what is read of it, and the one line that names what is wrong."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.app import Parts, create_app
from services.savings.parties.files import PartiesError, load_speakers
from services.savings.parties.speakers import Speaker
from services.savings.settlement.events import Role
from services.settings import SettingsError
from tests.services.installation import parts_in

SHA = hashlib.sha256(b"one").hexdigest()
OTHER = hashlib.sha256(b"two").hexdigest()
LINES = f"""
[[speaker]]
name = "武汉灯光节能服务有限公司"
side = "esco"
contracts = ["emc-001", "emc-004"]
sha256 = "{SHA}"
first_day = 2026-07-01
last_day = 2027-06-30
"""
BUREAU = f"""
[[speaker]]
name = "Bureau"
side = "bureau"
contracts = ["*"]
sha256 = "{OTHER}"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "parties.toml"
    found.write_text(LINES + BUREAU, encoding="utf-8")
    return found


def test_speakers_are_read_in_their_order(file: Path) -> None:
    esco, bureau = load_speakers(file, SecretStr("three"))
    days = date(2026, 7, 1), date(2027, 6, 30)
    assert esco == Speaker("武汉灯光节能服务有限公司", Role.ESCO, ("emc-001", "emc-004"), SHA, *days)
    assert bureau == Speaker("Bureau", Role.BUREAU, ("*",), OTHER)


def test_without_a_file_or_with_an_empty_one_nobody_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "parties.toml"
    empty.write_text("# nobody yet\n", encoding="utf-8")
    assert load_speakers(None) == load_speakers(empty) == ()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('side = "esco"', 'side = "seller"', "speaker.0.side: "),
        ('side = "esco"', 'side = "service"', "speaker.0.side: "),
        ('side = "esco"\n', "", "speaker.0.side: Field required"),
        ('"emc-001", "emc-004"', "", "speaker.0.contracts: "),
        ('["emc-001", "emc-004"]', '"*"', "speaker.0.contracts: "),
        ('"emc-004"', '"Emc 4"', "speaker.0.contracts.1: "),
        ('"emc-004"', '"*"', 'speaker.0.contracts: "*" is all contracts'),
        (SHA, SHA[:-1], "speaker.0.sha256: "),
        (SHA, SHA.upper(), "speaker.0.sha256: "),
        ("2027-06-30", "2026-06-30", "speaker.0: last_day is before first_day"),
        ("2027-06-30", '"soon"', "speaker.0.last_day: "),
        ("灯光", "\\n", "speaker.0.name: a sign that does not print: U+000A"),
        ('name = "武汉灯光节能服务有限公司"', 'name = " "', "speaker.0.name: "),
        ("first_day", "since", "speaker.0.since: "),
        ("[[speaker]]", "[[speakers]]", "speakers: "),
        ("[[speaker]]", "[speaker", "not TOML"),
        (f'"{OTHER}"', f'"{SHA}"', "speaker.1 Bureau: its token is that of speaker.0 武汉"),
    ],
)
def test_a_wrong_file_is_named_with_its_place_in_one_line(file: Path, old: str, new: str, named: str) -> None:
    text = (LINES + BUREAU).replace(old, new, 1)
    assert text != LINES + BUREAU
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PartiesError) as caught:
        load_speakers(file)
    assert str(caught.value).startswith(f"{file}: {named}")
    assert "\n" not in str(caught.value)


def test_the_writers_token_is_no_speakers(file: Path) -> None:
    with pytest.raises(PartiesError, match=r"speaker\.1 Bureau: .* of the writers \(KILOWITNESS_API_TOKEN\)"):
        load_speakers(file, SecretStr("two"))


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[[speaker]]\n"])
def test_a_program_with_a_wrong_file_does_not_start(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "parties.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        parts_in(tmp_path, parties_file=file)
    assert str(caught.value).startswith(f"KILOWITNESS_PARTIES_FILE: {file}: ")
    assert "\n" not in str(caught.value)


def test_a_program_knows_those_whom_its_file_names(tmp_path: Path, file: Path) -> None:
    parts: Parts = parts_in(tmp_path, parties_file=file, api_token="three")
    create_app(parts)
    assert [one.name for one in parts.voices.named("bureau", "any")] == ["Bureau"]
    assert parts.voices.of("one") is not None
    assert parts.voices.today() == date(2026, 11, 22)
    parts.close()
