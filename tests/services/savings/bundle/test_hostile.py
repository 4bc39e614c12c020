"""Files made to mislead or to wear out who verifies them: each ends with a code, and one line a fault."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.mv.canonical import canonical
from services.savings.bundle import verify_files
from services.savings.bundle.archive import NotABundle, pack, unpack
from services.savings.bundle.making import MANIFEST, SIGNATURE
from services.savings.bundle.parts import spelled
from services.savings.bundle.verify_command import main
from services.savings.bundle.verify_lines import MOST, shown
from services.savings.bundle.verify_words import WORDS
from services.savings.settlement.document import settle
from tests.services.savings.bundle.forging import document, files, rehashed, sealed, until
from tests.services.savings.bundles import ISSUER, OTHER
from tests.services.savings.examples import frozen

Captured = pytest.CaptureFixture[str]


def verify(folder: Path, content: bytes, *options: str) -> int:
    file = folder / "statement.kwb"
    file.write_bytes(content)
    return main([str(file), "--language", "en", *options])


def key(folder: Path, pem: bytes | None = None) -> str:
    path = folder / "issuer.pub"
    path.write_bytes(ISSUER.public.pem.encode() if pem is None else pem)
    return str(path)


# Archives


def zipped(*entries: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry


def encrypted(content: bytes) -> bytes:
    """With the flag of encryption set on every entry of the directory."""
    data = bytearray(content)
    at = data.find(b"PK\1\2")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\1\2", at + 4)
    return bytes(data)


def within(count: int) -> bytes:
    """Entries that all claim the bytes of the first."""
    data = zipped(*((f"{n}.json", b"x" * 100_000 if n == 0 else b"") for n in range(count)))
    out, at = bytearray(data), data.find(b"PK\1\2")
    while at >= 0:
        out[at + 20 : at + 28] = struct.pack("<II", 100_000, 100_000)
        out[at + 42 : at + 46] = struct.pack("<I", 0)
        at = data.find(b"PK\1\2", at + 4)
    return bytes(out)


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "none": lambda: b"PK",
    "empty": lambda: zipped(),
    "deflated": lambda: zipped(*files().items(), method=zipfile.ZIP_DEFLATED),
    "bzip2": lambda: zipped(*files().items(), method=zipfile.ZIP_BZIP2),
    "bomb": lambda: zipped(("manifest.json", bytes(50_000_000)), method=zipfile.ZIP_DEFLATED),
    "within": lambda: within(500),
    "encrypted": lambda: encrypted(sealed().content),
    "symbolic links": lambda: zipped(*((link(name), content) for name, content in files().items())),
    "other case": lambda: pack({name.swapcase(): content for name, content in files().items()}),
    "upwards": lambda: pack({f"../{name}": content for name, content in files().items()}),
    "absolute": lambda: pack({f"/tmp/{name}": content for name, content in files().items()}),
    "a comment": lambda: sealed().content[:-2] + b"\2\0hi",
    "before": lambda: b"PK\0\0" + sealed().content,
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_of_another_hand_is_refused(name: str, tmp_path: Path, capsys: Captured) -> None:
    assert verify(tmp_path, ARCHIVES[name]()) == 1
    assert "does not hold. " in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["statement.kwb"]


def test_entries_within_each_other_are_refused_before_they_are_read() -> None:
    with pytest.raises(NotABundle, match="one within another"):
        unpack(within(500))


def test_the_same_name_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("a.json", b"1"), ("a.json", b"2"))
    with pytest.raises(NotABundle, match="there twice"):
        unpack(twice)


@pytest.mark.parametrize("part", range(100))
def test_cut_off_anywhere_it_is_refused(part: int) -> None:
    content = sealed().content
    with pytest.raises(NotABundle):
        unpack(content[: len(content) * part // 100])


# Files that are none, and keys of another kind


def test_a_folder_and_a_file_without_end_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert main([str(tmp_path)]) == 2
    monkeypatch.setattr(verify_files, "MOST_BYTES", 1000)
    assert main(["/dev/zero"]) == 2
    assert "/dev/zero" in capsys.readouterr().err


KEYS: list[Callable[[], Any]] = [
    lambda: rsa.generate_private_key(65537, 2048), x25519.X25519PrivateKey.generate,
    lambda: ec.generate_private_key(ec.SECP256R1()),
]  # fmt: skip


@pytest.mark.parametrize("make", KEYS)
def test_a_key_of_another_kind_is_named(make: Callable[[], Any], tmp_path: Path, capsys: Captured) -> None:
    pem = make().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert verify(tmp_path, sealed().content, "--key", key(tmp_path, pem)) == 2
    assert "a public key, but not Ed25519" in capsys.readouterr().err


@pytest.mark.parametrize("pem", [b"", b"\xff\xfe", ISSUER.public.pem.encode()[:-30], b"-----BEGIN"])
def test_what_is_no_key_is_named(pem: bytes, tmp_path: Path, capsys: Captured) -> None:
    assert verify(tmp_path, sealed().content, "--key", key(tmp_path, pem)) == 2
    assert "no public key in PEM" in capsys.readouterr().err


# What a file says to the terminal


def test_a_file_does_not_write_on_the_terminal_what_it_wants(tmp_path: Path, capsys: Captured) -> None:
    """A name that clears the line and says that all is well is shown sign by sign."""
    lie = "\x1b[2K\rstatement.kwb: every figure holds.\n\u202e"
    manifest = document(MANIFEST)
    manifest["files"][0]["name"] = lie
    assert verify(tmp_path, pack({**files(), MANIFEST: spelled(manifest)})) == 1
    told = capsys.readouterr().out
    assert "\\x1b[2K\\r" in told
    assert "\\u202e" in told
    assert not {"\x1b", "\r", "\u202e"} & set(told)
    assert not any(line.startswith("statement.kwb") for line in told.splitlines())


def test_a_long_word_is_shortened() -> None:
    assert shown("a" * 10_000 + "b") == "a" * (MOST // 2) + " […] " + "a" * (MOST // 2 - 1) + "b"
    assert shown("节能 ± 1 kWh") == "节能 ± 1 kWh"


VERDICT = {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("settings", VERDICT)
def test_a_terminal_without_chinese_gets_the_verdict_too(settings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "statement.kwb"
    file.write_bytes(sealed().content)
    run = {**os.environ, **settings, "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7",
           "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}  # fmt: skip
    code = "import sys; from services.savings.bundle.verify_command import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, check=False, env=run)
    assert (done.returncode, done.stderr) == (0, b"")
    assert ISSUER.public.fingerprint.encode() in done.stdout


# Manifests, signed by who cheats


def retold(change: Callable[[Any], object]) -> bytes:
    """Another manifest, signed as it is."""
    manifest = document(MANIFEST)
    change(manifest)
    parts = {name: content for name, content in files().items() if name not in {MANIFEST, SIGNATURE}}
    return rehashed({MANIFEST: spelled(manifest), **parts, SIGNATURE: b"{}"}, OTHER)


WORDS_OF_A_MANIFEST: list[tuple[str, Callable[[Any], object]]] = [
    ("status", lambda one: one.pop("status")),
    ("status", lambda one: one.update(status="paid")),
    ("version", lambda one: one.update(version=0)),
    ("version", lambda one: one.update(version=1.0)),
    ("version", lambda one: one.update(version=True)),
    ("created_at", lambda one: one.update(created_at="yesterday")),
    ("created_at", lambda one: one.update(created_at="2025-07-03T04:00:00")),
    ("settled_at", lambda one: one.update(settled_at="2025-07-03T04:00:00Z")),
    ("signature", lambda one: one.update(signature="by hand")),
    ("previous", lambda one: one.update(previous=0)),
    ("previous.version", lambda one: one.update(
        previous={"month": "2025-05", "version": "1", "manifest_sha256": "0" * 64})),
    ("editions", lambda one: one.update(editions=None)),
    ("month", lambda one: one.update(month="2025-13")),
    ("more", lambda one: one.update(more="pay twice")),
]  # fmt: skip


@pytest.mark.parametrize(("place", "change"), WORDS_OF_A_MANIFEST)
def test_a_manifest_says_what_it_has_to_and_no_more(
    place: str, change: Callable[[Any], object], tmp_path: Path, capsys: Captured
) -> None:
    data = retold(change)
    found = until("manifest", data)
    assert found is not None
    assert (found.file, found.place) == (MANIFEST, place)
    assert verify(tmp_path, data) == 1
    assert f"manifest.json {place}" in capsys.readouterr().out


def test_days_far_apart_are_refused_before_their_hours_are_made() -> None:
    there = document()
    there["inputs"]["hours"] = [["2025-06-01", [None] * 24]]
    there["inputs"]["reporting_days"][-1][0] = "9998-12-31"
    found = until("intervals", rehashed({**files(), "settlement.json": spelled(there)}, OTHER))
    assert found is not None
    assert "9998-12-31 follows 2025-06-29" in found.place


# Exported settlements


def export() -> str:
    return canonical(settle(frozen()))


def test_an_export_is_no_signed_statement(tmp_path: Path, capsys: Captured) -> None:
    """Who takes the settlement out of its bundle leaves the signature behind; a key asks for one."""
    assert verify(tmp_path, export().encode()) == 0
    assert WORDS["en"]["unsigned_export"] in capsys.readouterr().out
    assert verify(tmp_path, export().encode(), "--key", key(tmp_path)) == 1
    assert "signature: none" in capsys.readouterr().out


EXPORTS: dict[str, Callable[[str], str]] = {
    "is there twice": lambda text: '{"format": "x",' + text[1:],
    "NaN is no number": lambda text: text.replace("30.7", "NaN", 1),
    "recursion": lambda text: "[" * 200_000,
    "format": lambda text: json.dumps([text]),
    "inputs": lambda text: text.replace('"contract":{', '"contract":[],"other":{', 1),
}


@pytest.mark.parametrize("told", EXPORTS)
def test_an_export_that_reads_in_two_ways_or_in_none_is_refused(
    told: str, tmp_path: Path, capsys: Captured
) -> None:
    assert verify(tmp_path, EXPORTS[told](export()).encode()) == 1
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"\xff\xfe{}", b"\0" * 100])
def test_no_text_at_all_is_refused(content: bytes, tmp_path: Path, capsys: Captured) -> None:
    assert verify(tmp_path, content) == 1
    assert "not JSON" in capsys.readouterr().out
