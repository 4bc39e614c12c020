"""The statement's PDF read back by another program: words, fonts, links, and where pages break."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import Destination

from services.app import Parts
from services.savings.contract.model import SettlementState
from services.web.i18n import LANGUAGES, Language
from services.web.paper.blocks import Cell, Column, Paper, Section, Table, Words
from services.web.paper.pdf import pdf
from services.web.statement_sources import Found
from tests.services.web.papers import TERMS, cells_of, changed, formats, found_of, settled_anew

BASE = "https://kilowitness.test"


@pytest.fixture(name="found", scope="module")
def a_statement(city: Parts) -> Found:
    return found_of(city)


def read(paper: Paper) -> PdfReader:
    return PdfReader(io.BytesIO(pdf(paper, base_url=BASE)))


def squeezed(text: str) -> str:
    """Without blanks and line ends, which a page sets as it needs them."""
    return re.sub(r"\s", "", text)


def words_of(reader: PdfReader) -> str:
    return squeezed("".join(page.extract_text() for page in reader.pages))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TERMS)
def test_every_word_of_the_paper_can_be_selected(city: Parts, kind: str, language: Language) -> None:
    paper = settled_anew(city, kind).paper(formats(language))
    text = words_of(read(paper))
    expected = [paper.title, paper.subject, *paper.lines, *(one.title for one in paper.sections)]
    expected += [words for cell in cells_of(paper) for words in (cell.text, cell.small)]
    assert [one for one in expected if squeezed(one) not in text] == []


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on PATH")
def test_another_reader_finds_the_same_words(found: Found, tmp_path: Path) -> None:
    paper = found.paper(formats("zh"))
    file = tmp_path / "statement.pdf"
    file.write_bytes(pdf(paper))
    text = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, check=True
    ).stdout.decode()
    for words in ("节能量结算单", "用能单位", "1,190.79", "2,023.27", "节能价值 × 节能服务公司分享比例"):
        assert squeezed(words) in squeezed(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_fonts_are_embedded(found: Found, language: Language) -> None:
    for page in read(found.paper(formats(language))).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            described = font.get_object()
            assert "NotoSansSC" in described["/BaseFont"]
            assert "/FontFile2" in described["/FontDescriptor"]


def test_it_is_a4_and_says_what_it_is(found: Found) -> None:
    reader = read(found.paper(formats("zh")))
    pages = len(reader.pages)
    assert 4 <= pages <= 6
    for number, page in enumerate(reader.pages, start=1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        text = page.extract_text()
        assert f"{number} / {pages}" in text
        assert found.view.statement.input_sha256 in text
        assert "节能量结算单 · emc-01 · 2026-10 · 第 1 版" in text
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"  # type: ignore[index]
    assert reader.metadata is not None
    assert "市第一中学照明改造" in str(reader.metadata.title)


def test_a_version_not_to_be_signed_says_so_on_every_page(found: Found) -> None:
    old = changed(found, state=SettlementState.SUPERSEDED)
    for page in read(old.paper(formats())).pages:
        assert "version 1 · superseded" in page.extract_text()


def test_the_same_paper_gives_the_same_bytes(found: Found) -> None:
    assert pdf(found.paper(formats())) == pdf(found.paper(formats()))


def test_charts_are_vectors_with_words(found: Found) -> None:
    reader = read(found.paper(formats()))
    assert not any("/XObject" in page["/Resources"] for page in reader.pages)  # type: ignore[operator]
    assert "Adjustedbaseline" in words_of(reader)
    assert "10-01" in words_of(reader)


def test_figures_link_to_their_sections_and_down_to_the_readings(found: Found) -> None:
    links, inside = [], 0
    for page in read(found.paper(formats())).pages:
        for one in page.get("/Annots", []):
            annotation = one.get_object()
            inside += "/Dest" in annotation
            links += [annotation["/A"]["/URI"]] if "/A" in annotation else []
    assert inside >= 4
    assert f"{BASE}/statements/emc-01/2026-10/days/2026-10-05?version=1" in links
    assert f"{BASE}/readings/school-lighting?from=2026-10-01&to=2026-10-31" in links


def test_the_outline_names_every_section(found: Found) -> None:
    paper = found.paper(formats())
    named = [one.title for one in read(paper).outline if isinstance(one, Destination)]
    assert named == [one.title for one in paper.sections]


def test_no_heading_stands_alone_at_the_end_of_a_page(city: Parts) -> None:
    for kind in TERMS:
        paper = settled_anew(city, kind).paper(formats())
        titles = {one.title for one in paper.sections}
        for page in read(paper).pages:
            lines = [line.strip() for line in page.extract_text().splitlines() if line.strip()]
            body = [line for line in lines if paper.mark not in line and paper.running not in line]
            assert not (titles & set(body[-2:])), body[-2:]


def test_a_table_that_fits_a_page_is_not_cut(found: Found) -> None:
    pages = [page.extract_text() for page in read(found.paper(formats())).pages]
    (holding,) = [text for text in pages if "2026-10-01\n" in text or "2026-10-01 Thursday" in text]
    assert "2026-10-31" in holding
    assert "Sum (days measured)" in holding


def test_a_longer_table_repeats_its_headings() -> None:
    columns = (Column("Day"), Column("Energy", number=True))
    rows = tuple((Cell(f"day {i}"), Cell(str(i))) for i in range(200))
    table = Table("A caption", columns, rows, (Cell("Sum"), Cell("19900")))
    paper = Paper("", "Title", "Subject", (), (), (Section("a", "Long", (table,)),), "running", "mark", "en")
    pages = [page.extract_text() for page in read(paper).pages]
    assert len(pages) > 2
    assert "day 0\n" in pages[0]
    assert all("Energy" in text for text in pages)


def test_a_sign_that_no_font_has_is_printed_as_its_code_point() -> None:
    section = Section("a", "Names", (Words("王\U00020bb7 & <b>堃</b>"),))
    paper = Paper("", "Title", "Subject", (), (), (section,), "running", "mark", "zh")
    assert "王[U+20BB7]&<b>堃</b>" in words_of(read(paper))


def test_a_statement_of_many_meters_and_months_is_still_printed(found: Found) -> None:
    s = found.view.statement
    months = tuple(replace(s.months[-1], month=f"2026-{1 + i:02}") for i in range(12))
    meters = tuple(replace(found.view.meters[0], code=f"meter-{i:03}") for i in range(90))
    wide = replace(changed(found, months=months), view=replace(found.view, meters=meters))
    text = words_of(read(wide.paper(formats())))
    assert "meter-000" in text
    assert "meter-089" in text
