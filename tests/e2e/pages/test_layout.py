"""How the pages stand on a screen, a telephone and paper, and whether everyone can read and reach them."""

import re
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from tests.e2e.pages.browsing import PAGES, Visit, overflow, screen, sheets

pytestmark = pytest.mark.chromium

A4_POINTS = (595, 842)


def test_text_in_charts_is_drawn_in_the_fonts_of_the_page(visit: Visit) -> None:
    browser = visit("/")
    fonts = browser.execute_script(
        "return [...document.querySelectorAll('svg text')].map(one => getComputedStyle(one).fontFamily)"
    )
    body = browser.execute_script("return getComputedStyle(document.body).fontFamily")
    assert set(fonts) == {body}


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


def test_the_statement_fits_its_screen_and_five_sheets_of_a4(visit: Visit) -> None:
    browser = visit("/statements/emc-01/2026-10")
    assert overflow(browser) <= 0
    printed = sheets(browser)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 5
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
    for path in PAGES:
        assert visit(path).execute_script(script) == [], path
    browser = visit("/")
    browser.execute_script("document.querySelector('h1').style.color = '#c8c8c8'")
    assert len(browser.execute_script(script)) == 1
