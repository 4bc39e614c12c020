"""A real Chromium for tests: what it reads off a page, and how it leaves one."""

import base64
from collections.abc import Callable

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

PAGES = (
    "/", "/repairs", "/repairs/new", "/statements/emc-01/2026-10", "/institutions/school", "/quarantine",
    "/dead-letters", "/dead-letters/1",
)  # fmt: skip

Visit = Callable[[str], Chrome]
"""Opens a path of the service."""


def until(browser: Chrome, true: Callable[[Chrome], bool]) -> None:
    """Wait, at most 20 seconds, while the page changes."""
    WebDriverWait(browser, 20, ignored_exceptions=[StaleElementReferenceException]).until(true)


def follow(browser: Chrome, selector: str) -> None:
    """Click a link or a button, and wait until its page is there."""
    page = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.CSS_SELECTOR, selector).click()
    WebDriverWait(browser, 20).until(staleness_of(page))


def console(browser: Chrome) -> list[dict[str, object]]:
    """What the page logged since the last look."""
    found: list[dict[str, object]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return found


def text_of(browser: Chrome, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def requested(browser: Chrome) -> list[str]:
    found: list[str] = browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    return found


def screen(browser: Chrome, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def overflow(browser: Chrome) -> int:
    found: int = browser.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found


def sheets(browser: Chrome) -> bytes:
    """The page as it prints, in the size that its own style asks for."""
    answer = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    return base64.b64decode(answer["data"])
