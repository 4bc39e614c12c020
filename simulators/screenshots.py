"""The README's pictures: the running demo's own pages, taken by a headless Chromium."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from matplotlib.image import imread, imsave

from simulators.processes import ProgramFailed, find_program
from simulators.service import Service

_OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--virtual-time-budget=5000",
)  # fmt: skip
Page = tuple[str, tuple[int, int]]
"""A path, and the width and height of its picture."""

_PAPER, _CHART = (1000, 1560), (1280, 1300)
TIMEOUT_S = 60
FRAME = 120
"""Rows added to the window and cut off again: the browser takes some of its height for its own frame."""


def take_screenshots(base_url: str, folder: Path) -> None:
    """Write `<page>-<language>.png` into `folder`; raises `ProgramFailed` when there is no Chromium."""
    browser = find_program("chromium") or find_program("google-chrome")
    if browser is None:
        raise ProgramFailed("chromium is not on PATH; install it to take pictures")
    folder.mkdir(parents=True, exist_ok=True)
    for name, (path, size) in _pages(base_url).items():
        for language in ("zh", "en"):
            target = folder / f"{name}-{language}.png"
            _picture(browser, f"{base_url}{path}?lang={language}", target, size)


def _pages(base_url: str) -> Mapping[str, Page]:
    """The overview, repairs, two statements, and where there are any: agreed adjustments, and a step."""
    pages: dict[str, Page] = {"overview": ("/", (1280, 1640)), "repairs": ("/repairs", (1280, 900))}
    with Service(base_url) as service:
        contracts = service.get("/contracts")["items"]
        pages["statement"] = (_newest(service, contracts[0]["code"]), _PAPER)
        for one in contracts:
            if (one.get("measurement") or {}).get("weather"):
                pages["statement-weather"] = (_best(service, one["code"]), _PAPER)
            path = f"/contracts/{one['code']}"
            if service.get(f"{path}/adjustments")["items"]:
                pages["adjustments"] = (f"{path}/adjustments", _CHART)
            elif service.get(f"{path}/steps")["proposals"]:
                pages.setdefault("steps", (f"{path}/adjustments", _CHART))
    return pages


def _newest(service: Service, contract: str) -> str:
    settled = service.get(f"/contracts/{contract}/settlements")["items"]
    return f"/statements/{contract}/{max(row['month'] for row in settled)}"


def _best(service: Service, contract: str) -> str:
    """The statement of the month that saved most: weather tells little of mild ones."""
    settled = service.get(f"/contracts/{contract}/settlements")["items"]
    return f"/statements/{contract}/{max(settled, key=lambda row: row['savings_kwh'])['month']}"


def _picture(browser: str, url: str, target: Path, size: tuple[int, int]) -> None:
    width, height = size
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser, *_OPTIONS, f"--user-data-dir={profile}", f"--window-size={width},{height + FRAME}",
            f"--screenshot={target.resolve()}", url,
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_S)
    if not target.exists():
        raise ProgramFailed(f"{browser} took no picture of {url}")
    imsave(target, imread(target)[:height])
