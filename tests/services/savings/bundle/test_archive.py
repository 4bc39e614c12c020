"""The archive: any unzip opens it, and whatever is altered in its bytes is seen."""

import io
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.bundle.archive import NotABundle, pack, repacked_fault, unpack

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1, max_size=20)
FILES = st.dictionaries(NAMES, st.binary(max_size=200), max_size=5)
TWO = {"a.txt": b"first", "b/c.txt": b"second"}


@given(files=FILES)
def test_what_is_packed_comes_back_in_its_order(files: dict[str, bytes]) -> None:
    found = unpack(pack(files))
    assert list(found.items()) == list(files.items())
    assert pack(found) == pack(files)
    assert repacked_fault(pack(files), files) is None


def test_any_unzip_opens_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(pack(TWO))) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert (tmp_path / "b" / "c.txt").read_bytes() == b"second"


@given(data=st.data())
def test_every_altered_byte_is_seen(data: st.DataObject) -> None:
    content = bytearray(pack(TWO))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack(bytes(content))
    except NotABundle:
        return
    assert found != TWO or repacked_fault(bytes(content), found)


@given(cut=st.integers(0, len(pack(TWO)) - 1))
def test_what_is_cut_off_is_seen(cut: int) -> None:
    content = pack(TWO)[:cut]
    try:
        found = unpack(content)
    except NotABundle:
        return
    assert repacked_fault(content, found)


@given(junk=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(junk: bytes) -> None:
    with suppress(NotABundle):
        assert repacked_fault(junk, unpack(junk)) is not None


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive by another hand."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_compressed_file_is_refused() -> None:
    with pytest.raises(NotABundle, match=r"'a\.txt': compressed, or there twice"):
        unpack(zipped(("a.txt", b"x" * 99), method=zipfile.ZIP_DEFLATED))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused() -> None:
    with pytest.raises(NotABundle, match=r"'a\.txt': compressed, or there twice"):
        unpack(zipped(("a.txt", b"one"), ("a.txt", b"two")))


def test_another_packer_is_told_by_the_first_byte_that_differs() -> None:
    theirs = zipped(*TWO.items())
    assert unpack(theirs) == TWO
    place = repacked_fault(theirs, TWO)
    assert place is not None
    assert place.startswith("byte ")
    assert int(place.removeprefix("byte ")) < len(theirs)


def test_bytes_behind_the_end_are_told_by_their_place() -> None:
    packed = pack(TWO)
    assert repacked_fault(packed + b"more", TWO) == f"byte {len(packed)}"


def test_an_entry_that_points_beyond_the_file_is_refused() -> None:
    content = bytearray(pack({"a": b"x"}))
    at = content.index(b"PK\1\2") + 42
    content[at : at + 4] = struct.pack("<I", 2**31)
    with pytest.raises(NotABundle):
        unpack(bytes(content))


def test_names_in_another_script_are_kept() -> None:
    assert unpack(pack({"说明.txt": b"x"})) == {"说明.txt": b"x"}
