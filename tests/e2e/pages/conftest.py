"""The service over a small city, and a browser to visit it with."""

import json
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from services.app import Parts, create_app
from services.clock import to_ms
from services.deadletters.letters import DeadLetters, Letter, Reject
from tests.conftest import free_port, program
from tests.e2e.pages.browsing import Visit, console
from tests.services.web.city import NOW, build_city


@pytest.fixture(scope="module", name="parts")
def city_of_this_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = build_city(tmp_path_factory.mktemp("city"))
    _keep_letters(parts)
    yield parts
    parts.close()


def _keep_letters(parts: Parts) -> None:
    """A long array that is not understood, and a frame."""
    array = json.dumps(
        [{"time": n, "energy_kwh": n, "a_channel_nobody_knows": n} for n in range(30)]
    ).encode()
    letters = DeadLetters(parts.settings.deadletter_path, collector="collector-east-of-the-river")
    topic = "kilowitness/v1/the-second-peoples-hospital/boiler-room-3/readings"
    rejects = tuple(Reject("unknown-channel: 'a_channel_nobody_knows'", n) for n in range(30))
    letters.add([Letter(to_ms(NOW), topic, array, "canonical", rejects)])
    letters.add([Letter(to_ms(NOW), "gw/1/up", bytes(range(48)), "dlt645", (Reject("bad-checksum: 0x2f"),))])
    letters.close()


@pytest.fixture(scope="module", name="site")
def running_site(parts: Parts) -> Iterator[str]:
    """The service on a port of its own; yields its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(parts), port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module", name="browser")
def real_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = program("chromium") or ""
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--window-size=1280,1000", f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(
        options=options, service=Service(executable_path=program("chromedriver") or "chromedriver")
    )
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture(name="visit")
def opened_page(browser: Chrome, site: str) -> Iterator[Visit]:
    """Opens a path in Chinese on a wide screen, and afterwards demands that the console stayed silent."""
    console(browser)

    def visit(path: str) -> Chrome:
        browser.get(site + path)
        return browser

    visit("/?lang=zh")
    yield visit
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert console(browser) == []
