"""Pictures of pages by a real Chromium, and one line where there is none."""

import struct
from pathlib import Path
from typing import Any

import pytest

from simulators import screenshots
from simulators.processes import ProgramFailed
from simulators.screenshots import take_screenshots
from tests.simulators.stub_service import running_stub

SHOWN = {
    "overview": "/",
    "repairs": "/repairs",
    "statement": "/statements/emc-001/2026-10",
    "statement-weather": "/statements/emc-002/2026-08",
    "adjustments": "/contracts/emc-003/adjustments",
    "steps": "/contracts/emc-004/adjustments",
}


def product(_method: str, path: str) -> tuple[int, Any]:
    """A service with four contracts: plain, by weather, adjusted, and with a step; its pages are JSON too."""
    weather = {"by": "regression", "weather": "gov-x1"}
    answers: dict[str, Any] = {
        "/contracts": [
            {"code": "emc-001", "measurement": None}, {"code": "emc-002", "measurement": weather},
            {"code": "emc-003", "measurement": {"by": "lamps"}}, {"code": "emc-004"},
        ],
        "/contracts/emc-001/settlements": [{"month": "2026-09"}, {"month": "2026-10"}],
        "/contracts/emc-002/settlements": [
            {"month": "2026-08", "savings_kwh": 900.0}, {"month": "2026-10", "savings_kwh": 20.0},
        ],
        "/contracts/emc-003/adjustments": [{"code": "nra-1"}],
    }  # fmt: skip
    if path.endswith("/steps"):
        return 200, {"proposals": [{"first_day": "2026-08-01"}] if "emc-004" in path else []}
    return 200, {"page": path, "items": answers.get(path, [])}


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
    for path in SHOWN.values():
        assert {(path, "lang=zh"), (path, "lang=en")} <= visited


def test_the_pages_are_those_that_show_most() -> None:
    """The newest statement, the month that weather made most of, agreed adjustments, and a step."""
    with running_stub(product) as stub:
        assert {name: path for name, (path, _) in screenshots._pages(stub.url).items()} == SHOWN


def test_a_city_without_weather_or_adjustments_has_three_pages() -> None:
    def plain(method: str, path: str) -> tuple[int, Any]:
        if path == "/contracts":
            return 200, {"items": [{"code": "emc-001"}]}
        return product(method, path)

    with running_stub(plain) as stub:
        assert set(screenshots._pages(stub.url)) == {"overview", "repairs", "statement"}


def test_without_a_browser_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshots, "find_program", lambda _name: None)
    with pytest.raises(ProgramFailed, match="chromium is not on PATH; install it to take pictures"):
        take_screenshots("http://127.0.0.1:1", tmp_path / "images")
    assert not (tmp_path / "images").exists()
