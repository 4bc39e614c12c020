"""What `kilowitness verify` says of a bundle, and how it ends."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.savings.bundle.archive import pack, unpack
from services.savings.bundle.making import MANIFEST, SIGNATURE, Link
from services.savings.bundle.verify_command import main
from services.savings.bundle.verify_words import WORDS, Language
from services.workdays import Workdays, load_workdays
from tests.services.savings.bundle.forging import rehashed, settled_anew
from tests.services.savings.bundles import ISSUER, OTHER, days_from, made


@cache
def june() -> bytes:
    return made().content


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = tmp_path / "issuer.pub"
    path.write_text(ISSUER.public.pem)
    return str(path)


def verify(tmp_path: Path, content: bytes, *options: str) -> int:
    file = tmp_path / "statement.kwb"
    file.write_bytes(content)
    return main([str(file), *options])


def test_a_bundle_that_holds_ends_with_0(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, june(), "--key", key, "--language", "en") == 0
    told = capsys.readouterr().out
    assert ISSUER.public.fingerprint in told
    assert "every figure holds. emc-001 2025-06" in told
    assert "give the issuer's public key" not in told
    assert all(word in told for word in (WORDS["en"]["intervals"], WORDS["en"]["results"]))


def test_without_the_key_it_says_what_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(tmp_path, june()) == 0
    told = capsys.readouterr().out
    assert WORDS["zh"]["compare"] in told
    assert WORDS["zh"]["all_hold"] in told


def test_an_altered_reading_is_named_with_row_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = unpack(june())
    lines = files["intervals.csv"].decode().split("\n")
    cells = lines[100].split(",")
    assert cells[5] == "373.3"
    lines[100] = ",".join([*cells[:5], "373.4", *cells[6:]])
    altered = pack({**files, "intervals.csv": "\n".join(lines).encode()})
    assert verify(tmp_path, altered, "--language", "en") == 1
    told = capsys.readouterr().out
    assert "does not hold. manifest.json files[1] intervals.csv sha256: says" in told
    place = "also: intervals.csv line 101 hall-l1 2024-08-08 measured_kwh"
    assert f"{place}: says 373.4, recomputed 373.3" in told


def test_another_key_is_found_when_the_issuers_is_known(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, made(issuer=OTHER).content, "--key", key, "--language", "en") == 1
    told = capsys.readouterr().out
    pair = f"says '{OTHER.public.fingerprint}', recomputed '{ISSUER.public.fingerprint}'"
    assert f"does not hold. manifest.json issuer.fingerprint: {pair}" in told


def test_an_unsigned_bundle_says_so_loudly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unsigned = made(issuer=None).content
    assert SIGNATURE not in unpack(unsigned)
    assert json.loads(unpack(unsigned)[MANIFEST])["signature"] == "none"
    assert verify(tmp_path, unsigned, "--language", "en") == 1
    assert "signature: none" in capsys.readouterr().out
    assert verify(tmp_path, unsigned, "--language", "en", "--unsigned-ok") == 0
    assert WORDS["en"]["unsigned"].upper() in capsys.readouterr().out


def test_the_statement_before_is_asked_for_and_checked(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    link = Link("2025-06", 1, made().manifest_sha256)
    after = made(previous=link, month="2025-07").content
    assert verify(tmp_path, after, "--language", "en") == 0
    assert "(--previous): 2025-06 v1" in capsys.readouterr().out
    (tmp_path / "june.kwb").write_bytes(june())
    assert verify(tmp_path, after, "--previous", str(tmp_path / "june.kwb"), "--key", key) == 0
    assert WORDS["zh"]["previous_untold"] not in capsys.readouterr().out


@cache
def july_by_a_new_key() -> bytes:
    return made(OTHER, Link("2025-06", 1, made().manifest_sha256), "2025-07").content


def test_a_changed_key_is_named_with_its_cure_and_cured(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    june_file, new = tmp_path / "june.kwb", tmp_path / "new.pub"
    june_file.write_bytes(june())
    new.write_text(OTHER.public.pem)
    known = ("--key", str(new), "--previous", str(june_file))
    for language in WORDS:
        assert verify(tmp_path, july_by_a_new_key(), *known, "--language", language) == 1
        told = capsys.readouterr().out
        assert f"{ISSUER.public.fingerprint}" in told
        assert f"{OTHER.public.fingerprint}" in told
        assert WORDS[language]["other_key"] in told
    assert verify(tmp_path, july_by_a_new_key(), *known, "--previous-key", key) == 0
    told = capsys.readouterr().out
    assert f"{WORDS['zh']['signed_by']} {OTHER.public.fingerprint}" in told
    assert f"{WORDS['zh']['previous_signed_by']} {ISSUER.public.fingerprint}" in told


def test_a_former_key_that_did_not_sign_is_no_cure(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    link = Link("2025-06", 1, made().manifest_sha256)
    (tmp_path / "june.kwb").write_bytes(june())
    (tmp_path / "new.pub").write_text(OTHER.public.pem)
    after = made(previous=link, month="2025-07").content
    known = ("--key", key, "--previous", str(tmp_path / "june.kwb"), "--language", "en")
    assert verify(tmp_path, after, *known, "--previous-key", str(tmp_path / "new.pub")) == 1
    assert "previous: signed by another key" in capsys.readouterr().out
    assert verify(tmp_path, after, *known) == 0
    assert WORDS["en"]["previous_signed_by"] not in capsys.readouterr().out


def test_without_any_key_a_change_of_keys_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "june.kwb").write_bytes(june())
    known = ("--previous", str(tmp_path / "june.kwb"), "--language", "en")
    assert verify(tmp_path, july_by_a_new_key(), *known) == 0
    told = capsys.readouterr().out
    assert f"{WORDS['en']['previous_signed_by']} {ISSUER.public.fingerprint}" in told


def test_another_fault_of_the_statement_before_names_no_key(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "june.kwb").write_bytes(june()[:-1])
    after = made(previous=Link("2025-06", 1, made().manifest_sha256), month="2025-07").content
    known = ("--key", key, "--previous", str(tmp_path / "june.kwb"), "--language", "en")
    assert verify(tmp_path, after, *known) == 1
    told = capsys.readouterr().out
    assert "previous: " in told
    assert WORDS["en"]["other_key"] not in told


def test_a_former_key_asks_for_what_it_signed(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        verify(tmp_path, june(), "--previous-key", key)
    assert ended.value.code == 2
    assert "--previous" in capsys.readouterr().err


def holidays(folder: Path, *, off: bool = True) -> str:
    """An operator's calendar that gives a working day off, or confirms it."""
    folder.mkdir(exist_ok=True)
    day = {"name": "校庆", "date": "2025-06-04", "isOffDay": off}
    others = [
        {"name": "", "date": one.isoformat(), "isOffDay": not Workdays().is_working_day(one)}
        for one in days_from("2025-01-01", "2025-12-31")
    ]
    content = {"year": 2025, "days": [*others, day]}
    (folder / "2025.json").write_text(json.dumps(content), encoding="utf-8")
    return str(folder)


def by_own_calendar(tmp_path: Path) -> bytes:
    """June of an operator who has a calendar of his own."""
    version = load_workdays(Path(holidays(tmp_path / "own"))).version

    def closed(inputs: Any) -> None:
        inputs["calendar"] = version
        inputs["reporting_days"][3][1] = False

    return settled_anew(closed)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_calendar_of_the_signers_own_is_told(
    tmp_path: Path, language: Language, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, by_own_calendar(tmp_path), "--language", language) == 0
    told = capsys.readouterr().out
    first, _, last = WORDS[language]["calendar_differs"].partition("{calendar")
    assert first in told
    assert last.rpartition("}")[2] in told
    assert "2025.json" in told
    assert "2025-06-04" in told
    assert verify(tmp_path, june(), "--language", language) == 0
    assert "--calendar-dir" not in capsys.readouterr().out


def test_the_operators_calendar_files_are_checked_where_they_are_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, own = by_own_calendar(tmp_path), ("--calendar-dir", holidays(tmp_path / "own"))
    assert verify(tmp_path, bundle, *own, "--language", "en") == 0
    assert "its calendar is" not in capsys.readouterr().out
    assert verify(tmp_path, bundle, "--calendar-dir", holidays(tmp_path / "own", off=False)) == 1
    assert "calendar.json working.2025-06-04" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["none", "damaged"])
def test_calendar_files_that_cannot_be_read_end_with_2(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "2025.json").write_text("no calendar")
    assert verify(tmp_path, june(), "--calendar-dir", str(tmp_path / name)) == 2
    assert name in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"PK\3\4cut off", june()[:5000], june() + b"more"])
def test_a_damaged_file_ends_with_1(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, content) == 1
    assert WORDS["zh"]["first_fault"] in capsys.readouterr().out


@pytest.mark.parametrize("missing", ["file", "--key", "--previous"])
def test_a_file_that_is_not_there_ends_with_2(
    tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "statement.kwb"
    there.write_bytes(june())
    none = str(tmp_path / "none")
    assert main([none] if missing == "file" else [str(there), missing, none]) == 2
    assert "none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"status": "preview"}, "preview"),
        ({"editions": {"mv/limits.toml": "0" * 64}}, "editions_differ"),
    ],
    ids=["preview", "editions"],
)
@pytest.mark.parametrize("language", sorted(WORDS))
def test_what_does_not_refuse_a_bundle_is_told(
    tmp_path: Path, language: Language, facts: dict[str, Any], note: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path, rehashed(unpack(june()), ISSUER, **facts), "--language", language) == 0
    assert WORDS[language][note] in capsys.readouterr().out
    assert verify(tmp_path, june(), "--language", language) == 0
    assert WORDS[language][note] not in capsys.readouterr().out


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()


def test_it_runs_without_database_or_network(tmp_path: Path) -> None:
    file = tmp_path / "statement.kwb"
    file.write_bytes(june())
    code = (
        "import sys, socket\n"
        "from services.savings.bundle.verify_command import main\n"
        "socket.socket.connect = None\n"
        f"code = main([{str(file)!r}, '--language', 'en'])\n"
        "assert not {'sqlalchemy', 'sqlite3', 'httpx2', 'fastapi'} & set(sys.modules), 'imported'\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
