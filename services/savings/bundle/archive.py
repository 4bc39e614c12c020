"""The file of a bundle: named contents in, a ZIP whose bytes follow from them alone out, and back.

Stored without compression, with one fixed time, so that any unzip opens it and any altered byte shows.
"""

import struct
import zipfile
from collections.abc import Mapping
from io import BytesIO

_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNIX = 3
_LOCAL = struct.Struct("<26xHH")
"""A local header up to its two lengths, of the name and of the extra field."""


class NotABundle(ValueError):
    """The bytes are no archive, or one that another hand has packed; the message says where they differ."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """The archive of `files` in their order."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            archive.writestr(entry, content)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of an archive, in its order, also where their checksums do not hold. Raises `NotABundle`."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        raise NotABundle(f"no ZIP archive ({error})") from error
    if sum(entry.file_size for entry in entries) > len(data):
        raise NotABundle("its files are longer than itself: cut off, or one within another")
    found: dict[str, bytes] = {}
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.filename in found:
            raise NotABundle(f"{entry.filename!r}: compressed, or there twice")
        if entry.header_offset < 0 or entry.header_offset + _LOCAL.size > len(data):
            raise NotABundle(f"{entry.filename!r}: cut off")
        lengths = _LOCAL.unpack_from(data, entry.header_offset)
        start = entry.header_offset + _LOCAL.size + sum(lengths)
        found[entry.filename] = data[start : start + entry.file_size]
    return found


def repacked_fault(data: bytes, files: Mapping[str, bytes]) -> str | None:
    """Where `data` is not what packing its `files` gives, or None."""
    expected = pack(files)
    if data == expected:
        return None
    at = next((i for i, (one, other) in enumerate(zip(data, expected, strict=False)) if one != other), None)
    return f"byte {min(len(data), len(expected)) if at is None else at}"
