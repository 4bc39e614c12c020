"""Pictures of pages by a real Chromium, and one line where there is none."""

import struct
from pathlib import Path
from typing import Any

import pytest

from simulators import screenshots
from simulators.processes import ProgramFailed
from simulators.screenshots import take_screenshots
from tests.simulators.stub_service import running_stub


def product(_method: str, path: str) -> tuple[int, Any]:
    """A service with two contracts, the first with two settled months; its pages are JSON too."""
    if path == "/contracts":
        return 200, {"items": [{"code": "emc-001"}, {"code": "emc-002"}]}
    if path == "/contracts/emc-001/settlements":
        return 200, {"items": [{"month": "2026-09"}, {"month": "2026-10"}]}
    return 200, {"page": path}


def size_of(picture: Path) -> tuple[int, ...]:
    """Width and height from the header of a PNG."""
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


@pytest.mark.chromium
def test_every_page_is_taken_in_both_languages(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "images"
    with running_stub(product) as stub:
        take_screenshots(stub.url, folder)
        visited = {(asked.path, asked.query) for asked in stub.asked}
        wanted = {name: size for name, (_, size) in screenshots._pages(stub.url).items()}
    taken = {path.name: size_of(path) for path in folder.iterdir()}
    assert taken == {f"{name}-{tongue}.png": size for name, size in wanted.items() for tongue in ("zh", "en")}
    assert set(wanted) == {"overview", "statement", "repairs"}
    for path in ("/", "/statements/emc-001/2026-10", "/repairs"):
        assert {(path, "lang=zh"), (path, "lang=en")} <= visited


def test_without_a_browser_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshots, "find_program", lambda _name: None)
    with pytest.raises(ProgramFailed, match="chromium is not on PATH; install it to take pictures"):
        take_screenshots("http://127.0.0.1:1", tmp_path / "images")
    assert not (tmp_path / "images").exists()
