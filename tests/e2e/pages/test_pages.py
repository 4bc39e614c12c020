"""The pages in a real Chromium: figures, charts, languages, forms, what follows live, no foreign request."""

import re
from datetime import timedelta

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from services.app import Parts
from services.clock import to_ms
from services.timeseries.schema import READINGS
from services.timeseries.store import Point
from tests.e2e.pages.browsing import PAGES, Visit, console, follow, requested, text_of, until
from tests.services.web.city import NOW

pytestmark = pytest.mark.chromium


def test_the_overview_shows_figures_and_charts(visit: Visit) -> None:
    browser = visit("/")
    assert browser.title.startswith("能耗与服务总览")
    assert re.match(r"[\d,]+ kWh", text_of(browser, "#today-kwh"))
    assert re.match(r"[\d,]+ kWh", text_of(browser, "#savings-kwh"))
    assert text_of(browser, "#completeness").endswith("%")
    shown = [svg for svg in browser.find_elements(By.CSS_SELECTOR, "svg[role=img]") if svg.is_displayed()]
    assert len(shown) == 3
    assert all(svg.size["width"] > 500 and svg.size["height"] > 150 for svg in shown)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_anyone_else(visit: Visit, site: str, path: str) -> None:
    found = requested(visit(path))
    assert found
    assert [address for address in found if not address.startswith(f"{site}/")] == []


def test_the_language_changes_and_stays(visit: Visit) -> None:
    browser = visit("/")
    follow(browser, "a.language")
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
    until(browser, lambda one: "14:35" in text_of(one, ".clock"))
    assert browser.execute_script("return window.stays")
    assert browser.find_element(By.CSS_SELECTOR, "details").get_attribute("open")


def test_an_empty_report_is_answered_next_to_its_fields(visit: Visit) -> None:
    browser = visit("/repairs/new")
    follow(browser, "form.entry button")
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
    follow(browser, "form.entry button")
    number = browser.current_url.rsplit("/", 1)[1]
    assert re.fullmatch(r"R20261122-\d{4}", number)
    assert column_of(visit("/repairs"), number) == "column-reported"
    for action in ("respond", "complete"):
        visit(f"/repairs/{number}")
        browser.find_element(By.ID, f"by-{action}").send_keys("张师傅")
        follow(browser, f"#do-{action} button")
        expected = {"respond": "column-responded", "complete": "column-done"}[action]
        assert column_of(visit("/repairs"), number) == expected
    visit(f"/repairs/{number}")
    browser.find_element(By.ID, "by-rate").send_keys("陈晓")
    follow(browser, "#do-rate button")
    assert "评价：满意" in text_of(browser, ".lead-flags")


def column_of(browser: Chrome, number: str) -> str:
    card = browser.find_element(By.CSS_SELECTOR, f"[data-number='{number}']")
    name = card.find_element(By.XPATH, "..").get_attribute("aria-labelledby")
    assert name is not None
    return name


def test_the_overview_leads_to_the_statement_and_to_an_institution(visit: Visit) -> None:
    browser = visit("/")
    follow(browser, "a[href^='/statements/']")
    assert text_of(browser, "h1") == "节能量结算单"
    assert re.match(r"[\d,]+\.\d\d$", text_of(browser, "#savings"))
    assert re.match(r"[\d,]+\.\d\d$", text_of(browser, "#fee"))
    visit("/")
    follow(browser, "table.bars a")
    assert text_of(browser, "h1").startswith("市第一中学")
    assert text_of(browser, "figure svg desc") == ""  # said to those who do not see it, not shown


def test_the_board_is_narrowed_to_an_institution_and_remembers_it(visit: Visit) -> None:
    browser = visit("/repairs")
    Select(browser.find_element(By.ID, "institution")).select_by_value("school")
    follow(browser, ".filter button")
    assert browser.current_url.endswith("/repairs?institution=school")
    chosen = Select(browser.find_element(By.ID, "institution")).first_selected_option
    assert chosen.get_attribute("value") == "school"
    places = {one.text for one in browser.find_elements(By.CSS_SELECTOR, ".order h3 + p")}
    assert not [place for place in places if "图书馆" in place]


def test_a_dead_letter_is_looked_at_sent_for_replay_and_dropped(visit: Visit) -> None:
    browser = visit("/dead-letters?lang=en")
    follow(browser, "table.letters th a")
    assert text_of(browser, "h1") == "gw/1/up"
    assert text_of(browser, "pre.payload").startswith("000000  00 01 02")
    follow(browser, "#do-replay button")
    assert text_of(browser, ".lead-flags") == "Replay requested"
    assert not browser.find_element(By.CSS_SELECTOR, "#do-drop button").is_displayed()
    browser.find_element(By.CSS_SELECTOR, "details summary").click()
    follow(browser, "#do-drop button")
    assert text_of(browser, "h1") == "Dead letters"
    assert "gw/1/up" not in text_of(browser, "main")


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
