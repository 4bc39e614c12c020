"""The service over a small city, and a browser to visit it with."""

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from services.app import Parts, create_app
from tests.conftest import free_port, program
from tests.e2e.pages.browsing import Visit, console
from tests.services.web.city import build_city


@pytest.fixture(scope="module", name="parts")
def city_of_this_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = build_city(tmp_path_factory.mktemp("city"))
    yield parts
    parts.close()


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
