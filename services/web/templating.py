"""The Jinja environment of the pages: templates see texts and formats, never a database."""

import hashlib
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.web import formats, statement_words
from services.web.i18n import HTML_LANG, Language, texts

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def environment() -> Environment:
    """Templates that escape everything and stop at an undefined name."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters |= {
        "number": formats.number,
        "signed": formats.signed,
        "percent": formats.percent,
        "change": formats.change,
        "completeness": formats.completeness,
        "exact": formats.exact,
        "plain": formats.plain,
        **statement_words.FILTERS,
    }
    found.globals |= {"unknown": formats.UNKNOWN, "assets": _assets()}
    return found


def _assets() -> str:
    """Changes with every static file, so that browsers fetch a new one."""
    content = b"".join(file.read_bytes() for file in sorted(STATIC.iterdir()))
    return hashlib.sha256(content).hexdigest()[:10]


def render(template: str, *, language: Language, zone: ZoneInfo, here: str, **values: object) -> str:
    """A page as text; `here` is its path, for the navigation."""
    t = texts(language)
    other: Language = "en" if language == "zh" else "zh"
    return environment().get_template(template).render(
        t=t, f=formats.Formats(t, zone), here=here, html_lang=HTML_LANG[language],
        other_language=other, other_html_lang=HTML_LANG[other], **values,
    )  # fmt: skip


def page(content: str, status: int = 200) -> HTMLResponse:
    """An answer that loads nothing from outside and is framed by nobody."""
    return HTMLResponse(content, status, headers=dict(_HEADERS))


_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
