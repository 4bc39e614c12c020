"""The pages in a real Chromium: figures, charts, languages, forms, print, telephones, no foreign request."""

import base64
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from services.app import Parts, create_app
from services.clock import to_ms
from services.timeseries.schema import READINGS
from services.timeseries.store import Point
from tests.conftest import free_port, program
from tests.services.web.city import NOW, build_city

pytestmark = pytest.mark.chromium

A4_POINTS = (595, 842)
PAGES = ["/", "/repairs", "/repairs/new", "/statements/emc-01/2026-10", "/institutions/school"]


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
def opened_page(browser: Chrome, site: str) -> Iterator[Callable[[str], Chrome]]:
    """Opens a path in Chinese on a wide screen, and afterwards demands that the console stayed silent."""
    console(browser)

    def visit(path: str) -> Chrome:
        browser.get(site + path)
        return browser

    visit("/?lang=zh")
    yield visit
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert console(browser) == []


Visit = Callable[[str], Chrome]


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


def test_the_overview_shows_figures_and_charts(visit: Visit) -> None:
    browser = visit("/")
    assert browser.title.startswith("能耗与服务总览")
    assert re.match(r"[\d,]+ kWh", text_of(browser, "#today-kwh"))
    assert re.match(r"[\d,]+ kWh", text_of(browser, "#savings-kwh"))
    assert text_of(browser, "#completeness").endswith("%")
    shown = [svg for svg in browser.find_elements(By.CSS_SELECTOR, "svg[role=img]") if svg.is_displayed()]
    assert len(shown) == 3
    assert all(svg.size["width"] > 500 and svg.size["height"] > 150 for svg in shown)


def test_text_in_charts_is_drawn_in_the_fonts_of_the_page(visit: Visit) -> None:
    browser = visit("/")
    fonts = browser.execute_script(
        "return [...document.querySelectorAll('svg text')].map(one => getComputedStyle(one).fontFamily)"
    )
    body = browser.execute_script("return getComputedStyle(document.body).fontFamily")
    assert set(fonts) == {body}


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_anyone_else(visit: Visit, site: str, path: str) -> None:
    found = requested(visit(path))
    assert found
    assert [address for address in found if not address.startswith(f"{site}/")] == []


def test_the_language_changes_and_stays(visit: Visit) -> None:
    browser = visit("/")
    browser.find_element(By.CSS_SELECTOR, "a.language").click()
    assert text_of(browser, "h1") == "Energy and services today"
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    assert text_of(visit("/repairs"), "h1") == "Repairs"
    assert text_of(visit("/repairs?lang=zh"), "h1") == "维修看板"


def test_the_overview_follows_new_readings_without_a_reload(visit: Visit, parts: Parts) -> None:
    browser = visit("/")
    browser.find_element(By.CSS_SELECTOR, "details summary").click()
    browser.execute_script("window.stays = true; document.activeElement.blur()")
    assert "14:00" in text_of(browser, ".clock")
    at = to_ms(NOW - timedelta(minutes=5))
    parts.store.write([Point(READINGS, ("school", "school-main"), at, {"energy_kwh": 99_999.0})])
    browser.execute_script("window.kilowitness.refresh()")
    swapped = [StaleElementReferenceException]
    WebDriverWait(browser, 20, ignored_exceptions=swapped).until(
        lambda one: "14:35" in text_of(one, ".clock")
    )
    assert browser.execute_script("return window.stays")
    assert browser.find_element(By.CSS_SELECTOR, "details").get_attribute("open")


def test_an_empty_report_is_answered_next_to_its_fields(visit: Visit) -> None:
    browser = visit("/repairs/new")
    browser.find_element(By.CSS_SELECTOR, "form.entry button").click()
    assert text_of(browser, "#institution-error") == "请选择一项。"
    assert text_of(browser, "#description-error") == "请填写此项。"
    field = browser.find_element(By.ID, "description")
    assert field.get_attribute("aria-describedby") == "description-error"
    assert "需要更正" in text_of(browser, "[role=alert]")
    console(browser)  # Chromium notes the 422


def test_a_report_moves_over_the_board(visit: Visit) -> None:
    browser = visit("/repairs/new")
    Select(browser.find_element(By.ID, "institution")).select_by_value("library")
    Select(browser.find_element(By.ID, "category")).select_by_value("plumbing")
    for field, typed in (("location", "阅览室"), ("description", "水管渗漏"), ("reporter", "陈晓")):
        browser.find_element(By.ID, field).send_keys(typed)
    browser.find_element(By.CSS_SELECTOR, "form.entry button").click()
    number = browser.current_url.rsplit("/", 1)[1]
    assert re.fullmatch(r"R20261122-\d{4}", number)
    assert column_of(visit("/repairs"), number) == "column-reported"
    for action in ("respond", "complete"):
        visit(f"/repairs/{number}")
        browser.find_element(By.ID, f"by-{action}").send_keys("张师傅")
        browser.find_element(By.CSS_SELECTOR, f"#do-{action} button").click()
        expected = {"respond": "column-responded", "complete": "column-done"}[action]
        assert column_of(visit("/repairs"), number) == expected
    visit(f"/repairs/{number}")
    browser.find_element(By.ID, "by-rate").send_keys("陈晓")
    browser.find_element(By.CSS_SELECTOR, "#do-rate button").click()
    assert "评价：满意" in text_of(browser, ".lead-flags")


def column_of(browser: Chrome, number: str) -> str:
    card = browser.find_element(By.CSS_SELECTOR, f"[data-number='{number}']")
    name = card.find_element(By.XPATH, "..").get_attribute("aria-labelledby")
    assert name is not None
    return name


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_telephone_screen_needs_no_sideways_scrolling(visit: Visit, path: str, language: str) -> None:
    browser = visit(f"{path}?lang={language}")
    for width in (390, 360):
        screen(browser, width)
        assert overflow(browser) <= 0


def test_charts_stay_legible_on_a_telephone(visit: Visit) -> None:
    browser = visit("/")
    screen(browser, 360)
    heights = browser.execute_script(
        "return [...document.querySelectorAll('svg[role=img] text')]"
        ".map(one => one.getBoundingClientRect().height).filter(height => height > 0)"
    )
    assert heights
    assert min(heights) >= 10


def test_the_statement_fits_its_screen_and_four_sheets_of_a4(visit: Visit) -> None:
    browser = visit("/statements/emc-01/2026-10")
    assert overflow(browser) <= 0
    printed = sheets(browser)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 4
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {A4_POINTS}


def test_no_table_of_the_statement_is_wider_than_the_paper(visit: Visit) -> None:
    browser = visit("/statements/emc-01/2026-10?lang=en")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 673, "height": 980, "deviceScaleFactor": 1, "mobile": False},
    )  # 178 mm at 96 dpi
    assert overflow(browser) <= 0
    assert not browser.find_element(By.CSS_SELECTOR, "header.site").is_displayed()
    assert browser.find_element(By.CSS_SELECTOR, ".signatures").is_displayed()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_every_control_can_be_reached_and_seen_with_the_keyboard(visit: Visit) -> None:
    browser = visit("/repairs/new")
    outlines = browser.execute_script(
        "return [...document.querySelectorAll('a, button, input, select, textarea')].map(one => {"
        " one.focus({focusVisible: true}); return getComputedStyle(one).outlineStyle })"
    )
    assert set(outlines) == {"solid"}


def test_words_contrast_with_their_ground(visit: Visit) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 for every text on the board and the overview."""
    script = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
    for path in ("/", "/repairs", "/repairs/new", "/statements/emc-01/2026-10"):
        assert visit(path).execute_script(script) == [], path
    browser = visit("/")
    browser.execute_script("document.querySelector('h1').style.color = '#c8c8c8'")
    assert len(browser.execute_script(script)) == 1


def test_the_overview_leads_to_the_statement_and_to_an_institution(visit: Visit) -> None:
    browser = visit("/")
    browser.find_element(By.CSS_SELECTOR, "a[href^='/statements/']").click()
    assert text_of(browser, "h1") == "节能量结算单"
    assert re.match(r"[\d,]+\.\d\d$", text_of(browser, "#savings"))
    assert re.match(r"[\d,]+\.\d\d$", text_of(browser, "#fee"))
    visit("/")
    browser.find_element(By.CSS_SELECTOR, "table.bars a").click()
    assert text_of(browser, "h1").startswith("市第一中学")
    assert text_of(browser, "figure svg desc") == ""  # said to those who do not see it, not shown


def test_the_board_is_narrowed_to_an_institution_and_remembers_it(visit: Visit) -> None:
    browser = visit("/repairs")
    Select(browser.find_element(By.ID, "institution")).select_by_value("school")
    browser.find_element(By.CSS_SELECTOR, ".filter button").click()
    assert browser.current_url.endswith("/repairs?institution=school")
    chosen = Select(browser.find_element(By.ID, "institution")).first_selected_option
    assert chosen.get_attribute("value") == "school"
    places = {one.text for one in browser.find_elements(By.CSS_SELECTOR, ".order h3 + p")}
    assert not [place for place in places if "图书馆" in place]


def test_the_figures_behind_a_chart_can_be_read(visit: Visit) -> None:
    browser = visit("/")
    details = browser.find_element(By.CSS_SELECTOR, "figure details")
    assert not details.find_element(By.TAG_NAME, "table").is_displayed()
    details.find_element(By.TAG_NAME, "summary").click()
    rows = details.find_elements(By.CSS_SELECTOR, "tbody tr")
    assert len(rows) == 60
    assert rows[0].find_element(By.TAG_NAME, "th").text == "2026年11月21日"


def test_a_page_comes_quickly_once_its_charts_are_drawn(visit: Visit) -> None:
    browser = visit("/")
    taken = []
    for _ in range(3):
        visit("/")
        entry = "performance.getEntriesByType('navigation')[0]"
        taken.append(browser.execute_script(f"return {entry}.responseEnd - {entry}.requestStart"))
    assert min(taken) < 1000
